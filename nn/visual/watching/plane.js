// The plane: probabilities as colours, the boundary where they are one half, the points on top.

const HUES = { // class 0, undecided, class 1
  light: [[76, 159, 209], [207, 229, 243], [251, 251, 251], [251, 220, 196], [238, 141, 79]],
  dark: [[45, 127, 184], [28, 63, 90], [27, 31, 39], [87, 54, 32], [201, 106, 43]],
};

function hue(probability, stops) {
  const place = Math.min(3.999, Math.max(0, 4 * probability));
  const [k, part] = [Math.floor(place), place % 1];
  return stops[k].map((value, i) => value + part * (stops[k + 1][i] - value));
}

const plane = typeof data.plane === "string" ? null : makePlane(data.plane);
if (!plane) {
  byId("panels").classList.add("no-plane");
  byId("plane").append(element("p", {}, data.plane));
}

function makePlane(given) {
  const n = given.resolution;
  // scores z, the logits of the probabilities: a byte is 127 plus 127 times the signed root of z / 16 (plane.py)
  const grids = given.grids.map((text) =>
    Float32Array.from(atob(text), (sign) => {
      const root = (sign.charCodeAt(0) - 127) / 127;
      return 16 * Math.sign(root) * root * root;
    }));
  const field = element("div", { class: "field" });
  const canvas = element("canvas", { "aria-hidden": "true" });
  const bar = element("canvas", { class: "bar", width: 96, height: 1, "aria-hidden": "true" });
  const keys = element("div", { class: "keys" });
  for (const k of [0, 1]) {
    const sample = shape("svg", { width: 14, height: 14, "aria-hidden": "true" });
    sample.append(mark(k, 7, 7, 4.5));
    keys.append(element("span", {}, sample, given.classes[k]));
  }
  keys.append(element("span", { class: "scale" }, "0", bar, `1  probability of ${given.classes[1]}`));
  byId("plane").append(field, keys);
  const shown = given.points[0].length;
  if (shown < given.total) byId("plane").append(element("p", {}, `${count(shown)} of ${count(given.total)} points are drawn.`));
  let boundary, svg, x, y;

  function mark(k, x, y, r) {
    if (k === 0) return shape("circle", { class: "point class-0", cx: x.toFixed(1), cy: y.toFixed(1), r });
    const [w, h] = [1.15 * r, 1.05 * r];
    return shape("path", { class: "point class-1", d: `M${x.toFixed(1)} ${(y - 1.2 * r).toFixed(1)}l${w} ${(1.2 * r + h - 0.4 * r).toFixed(1)}h${-2 * w}z` });
  }

  function draw() {
    const [left, right, top, bottom] = [40, 10, 6, 38];
    const width = Math.max(200, field.clientWidth), inner = width - left - right;
    const [wide, tall] = [given.high[0] - given.low[0], given.high[1] - given.low[1]];
    const high = inner * Math.min(1.15, Math.max(0.75, tall / wide));
    x = (value) => left + (inner * (value - given.low[0])) / wide;
    y = (value) => top + high * (1 - (value - given.low[1]) / tall);
    svg = shape("svg", { width, height: high + top + bottom, role: "img" });
    for (const tick of evenTicks(given.low[0], given.high[0], 5)) {
      svg.append(shape("text", { x: x(tick), y: top + high + 16, "text-anchor": "middle" }, String(tick).replace("-", "−")));
    }
    for (const tick of evenTicks(given.low[1], given.high[1], 5)) {
      svg.append(shape("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick).replace("-", "−")));
    }
    svg.append(shape("text", { x: left + inner / 2, y: top + high + 34, "text-anchor": "middle" }, given.labels[0]));
    svg.append(shape("text", { x: 10, y: top + high / 2, "text-anchor": "middle", transform: `rotate(-90 10 ${top + high / 2})` }, given.labels[1]));
    svg.append(shape("rect", { class: "frame", x: left, y: top, width: inner, height: high }));
    boundary = shape("path", { class: "boundary" });
    const points = shape("g");
    const r = shown <= 300 ? 4 : shown <= 1000 ? 2.8 : 2.2;
    for (let i = 0; i < shown; i++) points.append(mark(Number(given.label[i]), x(given.points[0][i]), y(given.points[1][i]), r));
    svg.append(boundary, points);
    Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${inner}px`, height: `${high}px` });
    field.replaceChildren(canvas, svg);
    const brush = bar.getContext("2d");
    for (let i = 0; i < 96; i++) {
      brush.fillStyle = `rgb(${hue(i / 95, dark.matches ? HUES.dark : HUES.light).join(" ")})`;
      brush.fillRect(i, 0, 1, 1);
    }
    shade();
  }

  function shade() {
    const grid = grids[moment];
    if (grid.length !== n * n) { // after this the answers were no probabilities
      canvas.hidden = true;
      boundary.setAttribute("d", "");
      return;
    }
    canvas.hidden = false;
    paint(grid);
    boundary.setAttribute("d", contour(grid));
    const ones = grid.reduce((sum, value) => sum + (value >= 0), 0);
    svg.setAttribute("aria-label",
      `The plane of ${given.labels.join(" and ")} with ${count(shown)} points; ` +
      `the model decides for ${given.classes[1]} on ${Math.round((100 * ones) / grid.length)} % of it`);
  }

  // Between the grid's points the scores are interpolated; then they become colours.
  function paint(grid) {
    const fine = 4, side = (n - 1) * fine + 1;
    canvas.width = canvas.height = side;
    const brush = canvas.getContext("2d");
    const image = brush.createImageData(side, side);
    const stops = dark.matches ? HUES.dark : HUES.light;
    const colours = Array.from({ length: 257 }, (_, k) => hue(1 / (1 + Math.exp((128 - k) / 16)), stops)); // z from -8 to 8
    for (let j = 0; j < side; j++) {
      const below = Math.min(n - 2, Math.floor((side - 1 - j) / fine)), v = (side - 1 - j) / fine - below;
      for (let i = 0; i < side; i++) {
        const before = Math.min(n - 2, Math.floor(i / fine)), u = i / fine - before, at = below * n + before;
        const value = (1 - v) * ((1 - u) * grid[at] + u * grid[at + 1]) + v * ((1 - u) * grid[at + n] + u * grid[at + n + 1]);
        const colour = colours[Math.min(256, Math.max(0, Math.round(128 + 16 * value)))];
        image.data.set([colour[0], colour[1], colour[2], 255], 4 * (j * side + i));
      }
    }
    brush.putImageData(image, 0, 0);
  }

  // Marching squares: in each cell a line between the two edges on which the probability passes one half.
  function contour(grid) {
    const px = (i) => x(given.low[0] + ((given.high[0] - given.low[0]) * i) / (n - 1)).toFixed(1);
    const py = (j) => y(given.low[1] + ((given.high[1] - given.low[1]) * j) / (n - 1)).toFixed(1);
    const lines = [];
    for (let j = 0; j < n - 1; j++) {
      for (let i = 0; i < n - 1; i++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const level = corners.map(([a, b]) => grid[b * n + a]);
        const cuts = [];
        for (let k = 0; k < 4; k++) {
          const [p, q] = [level[k], level[(k + 1) % 4]];
          if (p >= 0 === q >= 0) continue;
          const part = p / (p - q), [a, b] = corners[k], [c, d] = corners[(k + 1) % 4];
          cuts.push(`${px(a + part * (c - a))} ${py(b + part * (d - b))}`);
        }
        for (let k = 0; k + 1 < cuts.length; k += 2) lines.push(`M${cuts[k]}L${cuts[k + 1]}`);
      }
    }
    return lines.join("");
  }
  return { draw, shade };
}
