// The charts: curves over the epochs, with a mark at the moment shown.

const MARGIN = { left: 46, right: 12, top: 10, bottom: 24 };
const charts = [];

// A series is { name, colour, dash, epochs, values, now: snapshot -> value }.
function chart(title, note, series, kind) {
  const host = element("div", { class: "chart" });
  const heading = element("h2", {}, title);
  const legend = element("ul", { class: "legend" });
  const values = series.map((one) => {
    const line = shape("svg", { width: 24, height: 10, "aria-hidden": "true" });
    line.append(shape("line", { x1: 1, x2: 23, y1: 5, y2: 5, class: "curve", "stroke-dasharray": one.dash, style: `stroke: ${one.colour}` }));
    const value = element("b");
    legend.append(element("li", {}, line, element("span", {}, one.name), value));
    return value;
  });
  const figure = element("figure", {}, element("figcaption", {}, heading), host, legend);
  if (note) figure.append(element("p", {}, note));
  byId("charts").append(figure);
  const scale = heights(series.flatMap((one) => one.values), kind);
  let here, dots, x, y;

  function draw() {
    const width = Math.max(180, host.clientWidth), height = 190;
    const [inner, tall] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
    x = (epoch) => MARGIN.left + inner * along(epoch);
    y = (value) => MARGIN.top + tall * (1 - Math.min(1.03, Math.max(-0.03, scale.at(value))));
    const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": summary() });
    for (const [tick, text] of scale.ticks) {
      svg.append(shape("line", { class: "rule", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }));
      svg.append(shape("text", { x: MARGIN.left - 7, y: y(tick) + 4, "text-anchor": "end" }, text));
    }
    let free = -Infinity;
    for (const tick of epochTicks()) {
      if (x(tick) - free < 24) continue;
      free = x(tick) + 5 * count(tick).length;
      const end = x(tick) > width - 24;
      svg.append(shape("text", { x: end ? width - MARGIN.right + 8 : x(tick), y: height - 6, "text-anchor": end ? "end" : "middle" }, count(tick)));
    }
    for (const one of series) {
      svg.append(shape("path", { class: "curve", d: path(one), "stroke-dasharray": one.dash, style: `stroke: ${one.colour}` }));
    }
    here = shape("line", { class: "here", y1: MARGIN.top, y2: height - MARGIN.bottom });
    dots = series.map((one) => shape("circle", { class: "dot", r: 4, style: `fill: ${one.colour}` }));
    svg.append(here, ...dots);
    host.replaceChildren(svg);
    mark();
  }

  // A gap where there is no number; a short dash where one stands alone.
  function path(one) {
    let [d, joined] = ["", false];
    one.epochs.forEach((epoch, i) => {
      const value = one.values[i];
      const drawn = known(value) && (!kind.logarithmic || value > 0);
      if (drawn) d += `${joined ? "L" : "M"}${x(epoch).toFixed(1)} ${y(value).toFixed(1)}${joined ? "" : "h.01"}`;
      joined = drawn;
    });
    return d;
  }

  function mark() {
    const at = x(data.epochs[moment]);
    here.setAttribute("x1", at);
    here.setAttribute("x2", at);
    series.forEach((one, i) => {
      const value = one.now(moment);
      values[i].textContent = told(value, kind.percent);
      const drawn = known(value) && (!kind.logarithmic || value > 0);
      dots[i].setAttribute("visibility", drawn ? "visible" : "hidden");
      if (drawn) {
        dots[i].setAttribute("cx", at);
        dots[i].setAttribute("cy", y(value));
      }
    });
  }

  function summary() {
    const parts = series.map((one) => {
      const seen = one.values.filter((value) => value !== null);
      return seen.length ? `${one.name} from ${told(seen[0], kind.percent)} to ${told(seen.at(-1), kind.percent)}` : `${one.name}: no numbers`;
    });
    return `${title} over the epochs: ${parts.join("; ")}`;
  }

  function go(event) {
    const wanted = event.clientX - host.getBoundingClientRect().left;
    let best = 0;
    data.epochs.forEach((epoch, i) => {
      if (Math.abs(x(epoch) - wanted) < Math.abs(x(data.epochs[best]) - wanted)) best = i;
    });
    stop();
    show(best);
  }
  host.addEventListener("pointerdown", go);
  host.addEventListener("pointermove", (event) => event.buttons === 1 && go(event));
  charts.push({ draw, mark });
}

const rowOf = new Map(data.curves.epochs.map((epoch, row) => [epoch, row]));
for (const one of data.curves.charts) {
  const series = [["training", "var(--training)", ""], ["validation", "var(--validation)", "7 4"]]
    .filter(([which]) => one[which])
    .map(([which, colour, dash]) => {
      const values = one[which].map(read);
      const now = (i) => (rowOf.has(data.epochs[i]) ? values[rowOf.get(data.epochs[i])] : null);
      return { name: which, colour, dash, epochs: data.curves.epochs, values, now };
    });
  const percent = one.name === "accuracy";
  chart(one.name[0].toUpperCase() + one.name.slice(1), "", series, { percent, zero: one.name === "loss" });
}
for (const [title, note, table] of [
  ["Gradient norm of each layer", "", data.gradients],
  ["Change of each layer in one epoch", "Distance moved, divided by the norm of the layer's parameters.", data.updates],
]) {
  const series = data.layers.map((layer, k) => {
    const values = table.map((row) => read(row[k]));
    const colour = `var(--layer-${k % LAYERS})`;
    const dash = DASHES[Math.floor(k / LAYERS) % DASHES.length];
    return { name: layer.name, colour, dash, epochs: data.epochs, values, now: (i) => values[i] };
  });
  if (series.length) chart(title, note, series, { logarithmic: true });
}
