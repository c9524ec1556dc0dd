// Use over a period, broken down, with export.

import { get } from "./api.js";
import { count, make, none, percent, usd } from "./format.js";

const sums = ["requests", "errors", "prompt_tokens", "completion_tokens", "cost_usd", "unknown_cost_requests"];
const titles = { requests: "Requests", errors: "Errors", prompt_tokens: "Tokens in", completion_tokens: "Tokens out", cost_usd: "Cost", unknown_cost_requests: "Unknown cost" };
/** Rows drawn at most; the export has all of them. */
const rowLimit = 500;

export class Usage {
  constructor(state) {
    this.state = state;
    this.form = document.getElementById("usage-form");
    this.table = document.getElementById("usage-table");
    this.rows = [];
    this.form.addEventListener("change", () => this.load());
    document.getElementById("export").addEventListener("click", () => this.save());
  }

  get groups() {
    return this.form.elements.by.value.split(",");
  }

  /** The beginning of the period, on a whole hour: whole hours are read from their counts. */
  get from() {
    const now = new Date();
    const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
    const days = { today: 0, "7d": 6, "30d": 29 }[this.form.elements.period.value];
    return days === undefined ? null : new Date(today - days * 86_400_000).toISOString();
  }

  async load() {
    const from = this.from;
    const by = this.form.elements.by.value;
    try {
      const answer = await get(`/v1/usage?by=${by}${from ? "&from=" + encodeURIComponent(from) : ""}`);
      if (by !== this.form.elements.by.value) return;
      const isTime = this.groups.some((group) => group === "day" || group === "hour");
      this.rows = isTime ? answer.data.reverse() : answer.data.sort((one, other) => other.requests - one.requests);
      this.draw();
    } catch (error) {
      this.table.tBodies[0].replaceChildren(make("tr", { class: "empty-row" }, make("td", { colspan: 9, text: error.message })));
    }
  }

  draw() {
    const { groups, rows, table } = this;
    table.tHead.replaceChildren(
      make("tr", {}, groups.map((group) => make("th", { scope: "col", text: group[0].toUpperCase() + group.slice(1) })), sums.map((name) => make("th", { scope: "col", class: "num", text: titles[name] })), make("th", { scope: "col", class: "num", text: "Share of cost" })),
    );
    if (rows.length === 0) {
      table.tBodies[0].replaceChildren(make("tr", { class: "empty-row" }, make("td", { colspan: groups.length + sums.length + 1, text: "No requests ended in this period." })));
      table.tFoot.replaceChildren();
      return;
    }
    const total = Object.fromEntries(sums.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]));
    const cells = (row) => [
      ...sums.map((name) => make("td", { class: "num" + (row[name] === 0 ? " none" : ""), text: name === "cost_usd" ? usd(row[name]) : count(row[name]) })),
      make("td", { class: "num", text: total.cost_usd > 0 ? percent(row.cost_usd / total.cost_usd, 1) : none }),
    ];
    table.tBodies[0].replaceChildren(...rows.slice(0, rowLimit).map((row) => make("tr", {}, groups.map((group) => make("td", { text: name(group, row) })), cells(row))));
    table.tFoot.replaceChildren(make("tr", {}, make("td", { colspan: groups.length, text: rows.length > rowLimit ? `All ${count(rows.length)} rows (the export has them)` : "Total" }), cells(total)));
  }

  /** All rows as CSV (RFC 4180), with the API's names and full precision. */
  csv() {
    const quote = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const names = [...this.groups, ...sums];
    const lines = [names, ...this.rows.map((row) => names.map((column) => row[column] ?? ""))];
    return lines.map((line) => line.map((value) => quote(String(value))).join(",")).join("\r\n") + "\r\n";
  }

  save() {
    const address = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    make("a", { href: address, download: `usage-by-${this.groups.join("-")}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

const name = (group, row) => (group === "hour" ? (row.hour ?? "").replace("T", " ").replace(":00Z", "") : (row[group] ?? (group === "key" ? "(no key)" : none)));
