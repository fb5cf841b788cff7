"use strict";
// What all parts of the page need: the numbers, how they are written, and the scales of the axes.
// After this come charts.js, plane.js and controls.js, in one script.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)");
const known = (value) => value !== null && Number.isFinite(value);
const read = (value) => (value === null ? null : Number(value)); // "NaN" and "Infinity" come as words
const LAYERS = 6; // colours; then they begin anew with dashes
const DASHES = ["", "7 4", "2 3", "9 3 2 3"];

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function shape(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

// ---- numbers as text

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const power = (exponent) => "10" + [...String(exponent)].map((sign) => SUPERSCRIPTS[sign]).join("");
const count = (value) => value.toLocaleString("en");

function told(value, percent = false) {
  if (value === null) return "–";
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "−infinite";
  if (percent) return `${(100 * value).toFixed(1)} %`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return `${digits.replace("-", "−")} · ${power(Number(exponent))}`;
  }
  return value.toPrecision(3).replace("-", "−");
}

// ---- scales

let stretched = false;
const lastEpoch = Math.max(1, ...data.epochs, ...data.curves.epochs);
const along = (epoch) => (stretched ? Math.log1p(epoch) / Math.log1p(lastEpoch) : epoch / lastEpoch);

function epochTicks() {
  if (!stretched) return evenTicks(0, lastEpoch, 5).filter(Number.isInteger);
  const ticks = [0];
  for (let tick = 1; tick <= lastEpoch; tick *= 10) ticks.push(tick);
  return ticks;
}

function evenTicks(low, high, wanted) {
  const rough = (high - low) / wanted;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * unit >= rough) * unit;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

// From a value to a height between 0 and 1, with the ticks; by powers of ten where `logarithmic`.
function heights(values, { logarithmic, percent, zero }) {
  const seen = values.filter((value) => known(value) && (!logarithmic || value > 0));
  let low = seen.reduce((a, b) => Math.min(a, b), Infinity);
  let high = seen.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!seen.length) [low, high] = logarithmic ? [0.1, 1] : [0, 1];
  if (logarithmic) {
    let [from, to] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
    if (from === to) to += 1;
    const every = Math.ceil((to - from) / 5);
    const ticks = [];
    for (let k = from; k <= to; k += every) ticks.push([10 ** k, power(k)]);
    return { at: (value) => (Math.log10(value) - from) / (to - from), ticks };
  }
  if (percent) [low, high] = [Math.min(low, 0.45), Math.max(high, 1)];
  else if (zero && low > 0) low = 0;
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  if (!percent) high += 0.04 * (high - low);
  const ticks = evenTicks(low, high, 4).map((tick) => [tick, percent ? `${Math.round(100 * tick)} %` : String(tick).replace("-", "−")]);
  return { at: (value) => (value - low) / (high - low), ticks };
}
