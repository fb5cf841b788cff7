// Shows one step at a time and marks it in the picture. What a step tells stands in the page already.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const steps = [...document.querySelectorAll(".step")];
  const boxes = new Map([...document.querySelectorAll("[data-box]")].map((box) => [box.dataset.box, box]));
  const lines = new Map();
  for (const line of document.querySelectorAll("[data-line]")) {
    lines.set(line.dataset.line, [...(lines.get(line.dataset.line) ?? []), line]);
  }
  const listed = (text) => text.split(" ").filter(Boolean);
  const told = steps.map((step) => ({
    now: listed(step.dataset.now),
    near: listed(step.dataset.near),
    lines: listed(step.dataset.lines),
  }));
  const slider = byId("slider"), play = byId("play"), paper = byId("paper"), panel = byId("panel");
  const graph = paper.querySelector("svg");
  const turn = Number(slider.dataset.turn), last = steps.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const PAUSE = 1800; // milliseconds between two steps while it plays
  let current = 0, timer = null;

  // ---- the picture

  const mark = (element, name) => element?.classList.add(name);

  /** What was reached by the pass that this step belongs to is bright, what comes later is dim. */
  function markPicture() {
    for (const group of [...boxes.values(), ...[...lines.values()].flat()]) {
      group.classList.remove("now", "near", "reached");
    }
    const step = told[current];
    const all = current === 0 || current === last;
    for (let place = current < turn ? 0 : turn; place <= current; place += 1) {
      for (const key of [...told[place].now, ...told[place].near]) mark(boxes.get(key), "reached");
      for (const key of told[place].lines) lines.get(key)?.forEach((line) => mark(line, "reached"));
    }
    for (const key of step.near) mark(boxes.get(key), "near");
    for (const key of step.now) mark(boxes.get(key), "now");
    for (const key of step.lines) lines.get(key)?.forEach((line) => mark(line, "now"));
    graph.classList.toggle("stepping", !all);
    graph.classList.toggle("going-back", current >= turn);
    const { now, near } = current === 0 ? told[1] : step; // at first, where the pass will begin
    if (current !== last) bringIntoView([...now, ...near].map((key) => boxes.get(key)).filter(Boolean));
  }

  /** Scrolls the picture, not the page; first the box itself, then as much around it as there is room for. */
  function bringIntoView(wanted) {
    if (!wanted.length) return;
    const room = paper.getBoundingClientRect();
    const areas = wanted.map((box) => box.getBoundingClientRect());
    const ends = (area) => [area.left, area.top, area.right, area.bottom];
    let [left, top, right, bottom] = ends(areas[0]);
    for (const area of areas.slice(1)) {
      const [l, t, r, b] = ends(area);
      const wider = [Math.min(left, l), Math.min(top, t), Math.max(right, r), Math.max(bottom, b)];
      if (wider[2] - wider[0] > room.width || wider[3] - wider[1] > room.height) continue;
      [left, top, right, bottom] = wider;
    }
    paper.scrollBy({
      left: (left + right) / 2 - (room.left + room.right) / 2,
      top: (top + bottom) / 2 - (room.top + room.bottom) / 2,
      behavior: calm.matches ? "auto" : "smooth",
    });
  }

  const natural = Number(graph.getAttribute("width"));
  function zoom(scale) {
    graph.style.width = `${Math.max(120, Math.min(natural * 4, scale))}px`;
    markPicture();
  }
  function fit() {
    const ratio = natural / Number(graph.getAttribute("height"));
    const room = paper.clientHeight - 16;
    zoom(Math.min(paper.clientWidth - 16, room * ratio, natural * 1.4));
  }
  const width = () => graph.getBoundingClientRect().width;
  byId("smaller").addEventListener("click", () => zoom(width() / 1.25));
  byId("larger").addEventListener("click", () => zoom(width() * 1.25));
  byId("whole").addEventListener("click", fit);

  /** The picture was laid out for Helvetica; letters of a wider font are made smaller, so that they stay in their boxes. */
  function fitLetters() {
    const HELVETICA = 0.3613; // width of the word below at one hundredth of the size it is measured in
    const probe = document.createElementNS(graph.namespaceURI, "text");
    probe.textContent = "gradient";
    probe.setAttribute("font-family", "Helvetica,sans-Serif");
    probe.setAttribute("font-size", "100");
    graph.append(probe);
    const share = (HELVETICA * 1000) / probe.getComputedTextLength();
    probe.remove();
    if (!(share < 0.98)) return;
    for (const text of graph.querySelectorAll("text")) {
      text.setAttribute("font-size", String(Number(text.getAttribute("font-size")) * share));
    }
  }

  // ---- the steps

  function show(place) {
    current = Math.max(0, Math.min(last, place));
    steps.forEach((step, at) => { step.hidden = at !== current; });
    slider.value = String(current);
    slider.setAttribute("aria-valuetext", `${current + 1} of ${steps.length}. ${steps[current].dataset.said}`);
    byId("spoken").textContent = steps[current].dataset.said;
    byId("first").disabled = byId("back").disabled = current === 0;
    byId("last").disabled = byId("next").disabled = current === last;
    panel.scrollTop = 0;
    markPicture();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
    play.setAttribute("aria-label", "Play");
  }
  function start() {
    if (current === last) show(0);
    timer = setInterval(() => (current === last ? stop() : show(current + 1)), PAUSE);
    play.setAttribute("aria-pressed", "true");
    play.setAttribute("aria-label", "Pause");
  }
  function go(place) {
    stop();
    show(place);
  }

  byId("first").addEventListener("click", () => go(0));
  byId("back").addEventListener("click", () => go(current - 1));
  byId("next").addEventListener("click", () => go(current + 1));
  byId("last").addEventListener("click", () => go(last));
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  slider.addEventListener("input", () => go(Number(slider.value)));

  const keys = {
    ArrowRight: () => go(current + 1),
    ArrowLeft: () => go(current - 1),
    Home: () => go(0),
    End: () => go(last),
    " ": () => (timer === null ? start() : stop()),
  };
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (!(event.key in keys) || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === " " ? at.closest("button") : at === slider || at.closest(".dense")) return;
    event.preventDefault();
    keys[event.key]();
  });

  const asked = () => Number(/^#step-(\d+)$/.exec(location.hash)?.[1] ?? 0);
  addEventListener("hashchange", () => go(asked()));

  fitLetters();
  document.documentElement.classList.add("steps");
  document.documentElement.style.setProperty("--turn", String((turn - 0.5) / Math.max(last, 1)));
  show(asked());
})();
