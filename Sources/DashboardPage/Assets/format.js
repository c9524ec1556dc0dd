// Numbers and times as text. Everything that lines up uses tabular figures, so widths here are kept steady.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const none = "–";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** 12,345 */
export const count = (value) => (isNumber(value) ? whole.format(value) : none);

/** 12.3k, 4.5M: for places with little room. */
export function short(value) {
  if (isNumber(value) && value > 0 && value < 10 && !Number.isInteger(value)) return String(Number(value.toPrecision(3)));
  if (!isNumber(value)) return none;
  const size = Math.abs(value);
  if (size >= 1e9) return (value / 1e9).toFixed(1) + "G";
  if (size >= 1e6) return (value / 1e6).toFixed(size >= 1e8 ? 0 : 1) + "M";
  if (size >= 1e4) return (value / 1e3).toFixed(size >= 1e5 ? 0 : 1) + "k";
  return count(value);
}

/** Requests a second. */
export function rate(value) {
  if (!isNumber(value)) return none;
  return value >= 100 ? count(value) : value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

export const fixed = (value, digits = 2) => (isNumber(value) ? value.toFixed(digits) : none);

/** 0.123 as 12.3 % */
export function percent(value, digits = 0) {
  if (!isNumber(value)) return none;
  // What rounds to all or nothing but is neither is shown as neither.
  if (digits === 0 && value > 0 && value < 0.005) return "<1 %";
  if (digits === 0 && value < 1 && value > 0.995) return ">99 %";
  return (value * 100).toFixed(digits) + " %";
}

/** US dollars, with as many digits as say something. */
export function usd(value) {
  if (!isNumber(value)) return none;
  const size = Math.abs(value);
  if (size === 0) return "$0";
  if (size >= 1000) return "$" + whole.format(value);
  if (size >= 1) return "$" + value.toFixed(2);
  if (size >= 0.01) return "$" + value.toFixed(3);
  return "$" + value.toFixed(Math.min(9, 2 - Math.floor(Math.log10(size))));
}

/** Milliseconds, or seconds where they are many. */
export function ms(value) {
  if (!isNumber(value)) return none;
  if (value >= 10_000) return (value / 1000).toFixed(1) + " s";
  if (value >= 100) return count(value) + " ms";
  return value.toFixed(value >= 10 ? 0 : 1) + " ms";
}

const two = (value) => String(value).padStart(2, "0");

/** 14:03:27, in the reader's own time zone. */
export function clock(date, seconds = true) {
  const text = two(date.getHours()) + ":" + two(date.getMinutes());
  return seconds ? text + ":" + two(date.getSeconds()) : text;
}

/** Jan 2, 14:03 */
export const day = (date) => date.toLocaleDateString("en", { month: "short", day: "numeric" });

/** The time of day for today, else with the day. */
export function moment(text, now = new Date()) {
  const date = new Date(text);
  return date.toDateString() === now.toDateString() ? clock(date) : day(date) + " " + clock(date, false);
}

/** now, 12 s, 3 min, 5 h, 2 d */
export function ago(text, now = Date.now()) {
  const seconds = Math.max(0, (now - new Date(text).getTime()) / 1000);
  if (seconds < 2) return "now";
  if (seconds < 60) return Math.floor(seconds) + " s ago";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min ago";
  if (seconds < 86_400) return Math.floor(seconds / 3600) + " h ago";
  return Math.floor(seconds / 86_400) + " d ago";
}

/** Makes an element: tag, attributes (`class`, `on…` handlers, `text`), children. Text is always set as text, never as markup. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "width-share") node.style.width = (Math.max(0, Math.min(1, value)) * 100).toFixed(2) + "%";
    else if (name === "colour") node.style.setProperty("--colour", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== undefined && child !== null) node.append(child);
  return node;
}

/** A coloured dot with an arm's name. */
export function armName(arm, colour, title) {
  return make("span", { class: "arm", colour, title }, make("i", { "aria-hidden": "true" }), make("span", { text: arm }));
}
