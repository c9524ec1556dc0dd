// Charts in SVG, drawn from numbers. Colours come from the style sheet, so that light and dark need nothing here.

import { clock, day } from "./format.js";

const namespace = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name === "colour") node.style.setProperty("--colour", value);
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

/** A tick distance of 1, 2 or 5 times a power of ten that gives about `wanted` ticks. */
export function step(span, wanted) {
  if (!(span > 0)) return 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = rough / power;
  return (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 5 ? 5 : 10) * power;
}

const path = (points) => points.map(([x, y], index) => (index ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1)).join("");

/** Runs of neighbouring points that have a value; a gap in the data is a gap in the line. */
function runs(values) {
  const found = [];
  let run = [];
  values.forEach((value, index) => {
    if (typeof value === "number" && Number.isFinite(value)) run.push(index);
    else if (run.length > 0) {
      found.push(run);
      run = [];
    }
  });
  if (run.length > 0) found.push(run);
  return found;
}

/**
 * A chart over time: lines, or stacked areas.
 *
 * Values under the pointer, or under the arrow keys, are shown beside it.
 */
export class TimeChart {
  constructor(node, options) {
    this.node = node;
    this.options = { height: 168, format: String, stacked: false, empty: "No data in this window yet.", ...options };
    this.data = { times: [], series: [] };
    this.cursor = null;
    node.classList.add("time-chart");
    node.tabIndex = 0;
    node.setAttribute("role", "img");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    new ResizeObserver(() => this.draw()).observe(node);
    node.addEventListener("pointermove", (event) => this.point(event.clientX));
    node.addEventListener("pointerleave", () => this.move(null));
    node.addEventListener("blur", () => this.move(null));
    node.addEventListener("keydown", (event) => {
      const last = this.data.times.length - 1;
      const next = { ArrowLeft: (this.cursor ?? last + 1) - 1, ArrowRight: (this.cursor ?? -1) + 1, Home: 0, End: last }[event.key];
      if (next === undefined || last < 0) return;
      event.preventDefault();
      this.move(Math.max(0, Math.min(last, next)));
    });
  }

  /** @param data { times: [ms], series: [{ label, colour, values, dashed }], from, to, max } */
  update(data) {
    this.data = data;
    if (this.cursor !== null && this.cursor >= data.times.length) this.cursor = null;
    this.draw();
  }

  /** Whether any series has anything to show. */
  get isEmpty() {
    return !this.data.series.some((series) => series.values.some((value) => Number.isFinite(value)));
  }

  draw() {
    const width = this.node.clientWidth;
    if (width === 0) return;
    const { height, format, stacked, label } = this.options;
    const { times, series } = this.data;
    if (this.isEmpty) {
      this.node.setAttribute("aria-label", label + ": " + this.options.empty);
      const text = document.createElement("p");
      text.className = "empty";
      text.textContent = this.options.empty;
      this.node.replaceChildren(text);
      return;
    }
    const from = this.data.from ?? times[0];
    const to = this.data.to ?? times[times.length - 1];
    const layers = stacked ? this.stack() : null;
    const tops = stacked ? layers[layers.length - 1].upper : series.flatMap((one) => one.values);
    let highest = Math.max(...tops.filter(Number.isFinite), 0);
    if (this.options.max) highest = this.options.max;
    const tick = step(highest || 1, 3);
    const ceiling = this.options.max ?? Math.max(tick, Math.ceil(highest / tick - 1e-9) * tick);
    const ticks = [];
    for (let value = 0; value <= ceiling * 1.0001; value += tick) ticks.push([value, value === 0 ? "0" : (this.options.tick ?? format)(value)]);
    const edge = { left: 12 + 6.4 * Math.max(...ticks.map(([, text]) => text.length)), right: 8, top: 8, bottom: 22 };
    this.x = (time) => edge.left + ((time - from) / Math.max(1, to - from)) * (width - edge.left - edge.right);
    const y = (value) => height - edge.bottom - (value / ceiling) * (height - edge.top - edge.bottom);

    const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const [value, text] of ticks) {
      root.append(
        svg("line", { class: value === 0 ? "axis" : "rule", x1: edge.left, x2: width - edge.right, y1: y(value), y2: y(value) }),
        svg("text", { class: "tick", x: edge.left - 8, y: y(value) + 3.5, "text-anchor": "end", text }),
      );
    }
    const marks = Math.max(2, Math.min(5, Math.floor(width / 130)));
    for (let mark = 0; mark < marks; mark += 1) {
      const time = from + ((to - from) * mark) / (marks - 1);
      const anchor = mark === 0 ? "start" : mark === marks - 1 ? "end" : "middle";
      root.append(svg("text", { class: "tick", x: this.x(time), y: height - 5, "text-anchor": anchor, text: this.time(time, to - from) }));
    }
    series.forEach((one, index) => {
      if (stacked) {
        const { lower, upper } = layers[index];
        if (!upper.some((value, at) => value > lower[at])) return;
        const points = times.map((time, at) => [this.x(time), y(upper[at])]).concat(times.map((time, at) => [this.x(time), y(lower[at])]).reverse());
        root.append(svg("path", { class: "area", colour: one.colour, d: path(points) + "Z" }));
      } else {
        if (one.low && one.high) {
          for (const run of runs(one.low)) {
            const points = run.map((at) => [this.x(times[at]), y(one.high[at])]).concat(run.map((at) => [this.x(times[at]), y(one.low[at])]).reverse());
            root.append(svg("path", { class: "band", colour: one.colour, d: path(points) + "Z" }));
          }
        }
        for (const run of runs(one.values)) {
          const points = run.map((at) => [this.x(times[at]), y(one.values[at])]);
          if (points.length === 1) root.append(svg("circle", { class: "dot", colour: one.colour, cx: points[0][0], cy: points[0][1], r: 2 }));
          else root.append(svg("path", { class: one.dashed ? "line dashed" : "line", colour: one.colour, d: path(points) }));
        }
      }
    });
    this.rule = svg("line", { class: "cursor", y1: edge.top, y2: height - edge.bottom, visibility: "hidden" });
    root.append(this.rule);
    this.node.replaceChildren(root, this.tip);
    const last = series.map((one) => one.label + " " + format(one.values.findLast((value) => Number.isFinite(value)) ?? NaN)).join(", ");
    this.node.setAttribute("aria-label", `${label}. Latest: ${last}. Arrow keys read other values.`);
    this.show();
  }

  stack() {
    let below = this.data.times.map(() => 0);
    return this.data.series.map((one) => {
      const lower = below;
      const upper = lower.map((value, at) => value + (one.values[at] || 0));
      below = upper;
      return { lower, upper };
    });
  }

  time(milliseconds, span) {
    const date = new Date(milliseconds);
    if (span > 3 * 86_400_000) return day(date);
    return clock(date, span < 900_000);
  }

  point(clientX) {
    const x = clientX - this.node.getBoundingClientRect().left;
    let best = null;
    this.data.times.forEach((time, at) => {
      if (best === null || Math.abs(this.x(time) - x) < Math.abs(this.x(this.data.times[best]) - x)) best = at;
    });
    this.move(best);
  }

  move(cursor) {
    if (this.isEmpty) return;
    this.cursor = cursor;
    this.show();
  }

  show() {
    if (this.cursor === null || this.data.times[this.cursor] === undefined) {
      this.rule?.setAttribute("visibility", "hidden");
      this.tip.hidden = true;
      return;
    }
    const { times, series, from, to } = this.data;
    const x = this.x(times[this.cursor]);
    this.rule.setAttribute("x1", x);
    this.rule.setAttribute("x2", x);
    this.rule.setAttribute("visibility", "visible");
    const head = document.createElement("strong");
    head.textContent = this.time(times[this.cursor], Math.min((to ?? 0) - (from ?? 0), 800_000));
    const rows = series
      .filter((one) => Number.isFinite(one.values[this.cursor]))
      .reverse()
      .map((one) => {
        const row = document.createElement("span");
        row.style.setProperty("--colour", one.colour);
        row.className = "row";
        const name = document.createElement("i");
        const text = document.createElement("span");
        text.textContent = one.label;
        const value = document.createElement("b");
        value.textContent = this.options.format(one.values[this.cursor]);
        row.append(name, text, value);
        return row;
      });
    this.tip.replaceChildren(head, ...rows);
    this.tip.hidden = false;
    const room = this.node.clientWidth - this.tip.offsetWidth - 4;
    this.tip.style.left = Math.max(0, Math.min(room, x > this.node.clientWidth / 2 ? x - this.tip.offsetWidth - 10 : x + 10)) + "px";
  }
}

// Lanczos' approximation of ln Γ (Numerical Recipes, 6.1); errors below 2e-10 for positive arguments.
const lanczos = [76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2, -0.5395239384953e-5];

export function logGamma(x) {
  let sum = 1.000000000190015;
  lanczos.forEach((coefficient, index) => (sum += coefficient / (x + index + 1)));
  const t = x + 5.5;
  return (x + 0.5) * Math.log(t) - t + Math.log((2.5066282746310005 * sum) / x);
}

/** The density of Beta(alpha, beta) at x in (0, 1). */
export function betaDensity(alpha, beta, x) {
  const norm = logGamma(alpha + beta) - logGamma(alpha) - logGamma(beta);
  return Math.exp(norm + (alpha - 1) * Math.log(x) + (beta - 1) * Math.log(1 - x));
}

/**
 * The posterior of one arm as a ridge over the reward axis 0 … 1: the curve scaled to its own height, the 95 % interval as a bar below,
 * the mean as a tick.
 */
export function ridge(node, { alpha, beta, mean, interval, colour, label }) {
  const width = node.clientWidth || 240;
  const height = node.clientHeight || 44;
  const floor = height - 9;
  const x = (value) => 1 + value * (width - 2);
  const curve = (a, b) => {
    const steps = Math.max(80, Math.min(400, Math.round(width)));
    const values = [];
    for (let index = 0; index <= steps; index += 1) {
      const at = Math.min(1 - 1e-6, Math.max(1e-6, index / steps));
      values.push([at, betaDensity(a, b, at)]);
    }
    // The mode itself is on the grid, or narrow curves lose their tip.
    if (a > 1 && b > 1) values.push([(a - 1) / (a + b - 2), betaDensity(a, b, (a - 1) / (a + b - 2))]);
    return values.sort((one, other) => one[0] - other[0]);
  };
  const points = curve(alpha, beta);
  const peak = Math.max(...points.map((point) => point[1]).filter(Number.isFinite));
  const y = (density) => floor - (Math.min(density, peak) / peak) * (floor - 3);
  const line = path(points.map(([at, density]) => [x(at), y(density)]));
  const root = svg("svg", { class: "ridge", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, colour });
  for (const mark of [0, 0.25, 0.5, 0.75, 1]) root.append(svg("line", { class: "rule", x1: x(mark), x2: x(mark), y1: 0, y2: floor }));
  root.append(
    svg("path", { class: "fill", d: line + `L${x(1)} ${floor}L${x(0)} ${floor}Z` }),
    svg("path", { class: "curve", d: line }),
    svg("line", { class: "axis", x1: 0, x2: width, y1: floor, y2: floor }),
    svg("line", { class: "interval", x1: x(interval[0]), x2: x(interval[1]), y1: floor + 4, y2: floor + 4 }),
    svg("line", { class: "mean", x1: x(mean), x2: x(mean), y1: floor + 1, y2: floor + 7 }),
  );
  node.replaceChildren(root);
}

/** A line without axes, for the tiles. */
export function sparkline(node, values, colour) {
  const width = node.clientWidth || 120;
  const height = node.clientHeight || 28;
  const known = values.filter(Number.isFinite);
  if (known.length < 2) return node.replaceChildren();
  const high = Math.max(...known);
  const low = Math.min(0, ...known);
  const x = (index) => (index / (values.length - 1)) * (width - 2) + 1;
  const y = (value) => height - 2 - ((value - low) / (high - low || 1)) * (height - 4);
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", colour });
  for (const run of runs(values)) {
    const line = path(run.map((at) => [x(at), y(values[at])]));
    root.append(svg("path", { class: "fill", d: `${line}L${x(run[run.length - 1])} ${height}L${x(run[0])} ${height}Z` }), svg("path", { class: "line", d: line }));
  }
  node.replaceChildren(root);
}
