// What the reader moves: slider, keys, the button, the window. Last, everything is drawn for the first time.

const slider = byId("moment");
let moment = data.epochs.length - 1;
let playing = 0;

function show(i) {
  moment = Math.min(data.epochs.length - 1, Math.max(0, i));
  const epoch = data.epochs[moment];
  slider.value = moment;
  const numbers = data.curves.charts.flatMap((one) => {
    const row = rowOf.get(epoch);
    return row === undefined ? [] : `${one.name} ${told(read(one.training[row]), one.name === "accuracy")}`;
  });
  const words = [`epoch ${count(epoch)} of ${count(lastEpoch)}`, ...(epoch === 0 ? ["before training"] : numbers)];
  slider.setAttribute("aria-valuetext", words[0]);
  byId("now").replaceChildren(element("b", {}, words[0]), `, ${words.slice(1).join(", ")}`);
  for (const one of charts) one.mark();
  if (plane) plane.shade();
}

function stop() {
  if (playing) clearInterval(playing);
  playing = 0;
  face("Play", "M4 2.5v11l9.5-5.5z");
}

function play() {
  if (moment === data.epochs.length - 1) show(0);
  face("Pause", "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z");
  playing = setInterval(() => (moment < data.epochs.length - 1 ? show(moment + 1) : stop()), 140);
}

function face(word, d) {
  byId("play").setAttribute("aria-pressed", String(word === "Pause"));
  byId("play").querySelector("span").textContent = word;
  byId("play").querySelector("path").setAttribute("d", d);
  byId("now").setAttribute("aria-live", word === "Pause" ? "off" : "polite"); // nobody wants seven announcements a second
}

function draw() {
  for (const one of charts) one.draw();
  if (plane) plane.draw();
}

const steps = { ArrowLeft: () => moment - 1, ArrowRight: () => moment + 1, Home: () => 0, End: () => data.epochs.length - 1 };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const own = event.target instanceof HTMLButtonElement || event.target.type === "checkbox";
  if (event.key === " " && !own) playing ? stop() : play();
  else if (event.key in steps) {
    stop();
    show(steps[event.key]());
  } else return;
  event.preventDefault();
});
slider.addEventListener("input", () => {
  stop();
  show(slider.valueAsNumber);
});
byId("play").addEventListener("click", () => (playing ? stop() : play()));
byId("stretch").addEventListener("change", () => {
  stretched = byId("stretch").checked;
  draw();
});
dark.addEventListener("change", draw);

byId("subtitle").textContent = `${data.subtitle}, ${count(data.epochs.length)} snapshots`;
byId("ending").textContent = data.ending;
byId("ending").hidden = !data.ending;
if (data.curves.every > 1) byId("thinned").textContent = `Of the recorded epochs one in ${data.curves.every} is drawn, besides the snapshots.`;
slider.max = data.epochs.length - 1;
document.querySelector("main").hidden = false;
draw();
show(moment);
let width = document.body.clientWidth;
new ResizeObserver(() => {
  if (document.body.clientWidth !== width) {
    width = document.body.clientWidth;
    draw();
  }
}).observe(document.body);
