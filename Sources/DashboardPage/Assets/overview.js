// Traffic, success, latency, spend and reward; the arms' state; drift; budgets.

import { TimeChart, sparkline } from "./charts.js";
import { ago, armName, count, fixed, make, ms, none, percent, rate, short, usd } from "./format.js";

const windows = { "5m": 300_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 };
const windowName = { "5m": "5 minutes", "1h": "hour", "24h": "24 hours", "7d": "7 days" };
/** Points of the live window are gathered over so long, or single requests would make them jump. */
const gather = 5000;

export class Overview {
  constructor(state) {
    this.state = state;
    const element = (id) => document.getElementById(id);
    this.tiles = ["Requests", "Success", "Latency", "Spend", "Reward"].map((title) => {
      const tile = {
        value: make("div", { class: "value", text: none }),
        note: make("div", { class: "note" }),
        spark: make("div", { class: "spark" }),
      };
      tile.node = make("article", { class: "tile" }, make("h3", { text: title }), tile.value, tile.note, tile.spark);
      return tile;
    });
    element("tiles").append(...this.tiles.map((tile) => tile.node));
    this.traffic = new TimeChart(element("chart-traffic"), { label: "Requests per second by arm", stacked: true, format: rate, height: 190, tick: short });
    this.reward = new TimeChart(element("chart-reward"), { label: "Mean reward", format: (value) => fixed(value, 2), max: 1, empty: "No feedback in this window yet." });
    this.cost = new TimeChart(element("chart-cost"), { label: "Cost per 1,000 requests", format: usd, tick: (value) => "$" + Number(value.toPrecision(3)) });
    this.latency = new TimeChart(element("chart-latency"), { label: "Latency", format: ms, tick: (value) => (value >= 10_000 ? value / 1000 + " s" : Number(value.toPrecision(3)) + " ms") });
    this.legend = element("legend-arms");
    this.arms = document.querySelector("#arms tbody");
    this.alarms = element("alarms");
    this.budget = element("budget");
    this.budgetCard = element("budget-card");
  }

  /** Gathers neighbouring seconds; longer windows come gathered. */
  points() {
    const { window, traffic } = this.state;
    if (window !== "5m") return traffic.data;
    const points = [];
    for (const one of traffic.data) {
      const start = Math.floor(one.at / gather) * gather;
      const last = points[points.length - 1];
      if (last?.at === start) {
        const rewarded = last.rewarded + one.rewarded;
        last.reward_mean = rewarded > 0 ? (last.rewarded * (last.reward_mean ?? 0) + one.rewarded * (one.reward_mean ?? 0)) / rewarded : null;
        const weight = last.requests + one.requests;
        for (const name of ["latency_p50_ms", "latency_p95_ms"]) {
          last[name] = weight > 0 ? ((last[name] ?? 0) * last.requests + (one[name] ?? 0) * one.requests) / weight : null;
        }
        for (const name of ["seconds", "requests", "errors", "cost_usd", "rewarded"]) last[name] += one[name];
        for (const [arm, requests] of Object.entries(one.arms)) last.arms[arm] = (last.arms[arm] ?? 0) + requests;
      } else points.push({ ...one, at: start, arms: { ...one.arms } });
    }
    // The first may have been cut by the window's edge.
    return points.filter((point) => point.at >= Date.now() - windows["5m"]);
  }

  draw() {
    const { state } = this;
    const points = this.points();
    const to = Date.now();
    // A router that has not run for so long fills the chart with what there is, a minute at least.
    const from = Math.max(to - windows[state.window], Math.min(points[0]?.at ?? 0, to - 60_000));
    const times = points.map((point) => point.at);
    const frame = { times, from: Math.min(from, times[0] ?? from), to: Math.max(times[times.length - 1] ?? to, state.window === "5m" ? to - gather : 0) };
    const perSecond = (point, requests) => (point.seconds > 0 ? requests / point.seconds : NaN);
    const arms = state.arms.filter((arm) => points.some((point) => point.arms[arm.id]));
    const series = arms.map((arm) => ({ label: arm.id, colour: state.colour(arm.id), values: points.map((point) => perSecond(point, point.arms[arm.id] ?? 0)) }));
    const failed = points.map((point) => perSecond(point, point.errors));
    if (failed.some((value) => value > 0)) series.push({ label: "failed", colour: "var(--bad)", values: failed });
    this.traffic.update({ ...frame, series: points.some((point) => point.requests > 0) ? series : [] });
    this.legend.replaceChildren(...series.map((one) => make("li", {}, armName(one.label, one.colour))));
    const accent = "var(--accent)";
    this.reward.update({ ...frame, series: [{ label: "reward", colour: accent, values: points.map((point) => point.reward_mean ?? NaN) }] });
    this.cost.update({ ...frame, series: [{ label: "cost", colour: accent, values: points.map((point) => (point.requests > 0 ? (point.cost_usd / point.requests) * 1000 : NaN)) }] });
    this.latency.update({
      ...frame,
      series: [
        { label: "95th percentile", colour: "var(--a7)", dashed: true, values: points.map((point) => point.latency_p95_ms ?? NaN) },
        { label: "median", colour: accent, values: points.map((point) => point.latency_p50_ms ?? NaN) },
      ],
    });
    this.drawTiles(points);
  }

  drawTiles(points) {
    const { traffic, today, window } = this.state;
    const total = traffic.total ?? {};
    const asked = (total.requests ?? 0) - (total.cancelled ?? 0);
    const recent = points.slice(-3, points.length > 3 ? -1 : undefined);
    const seconds = recent.reduce((sum, point) => sum + point.seconds, 0);
    const now = seconds > 0 ? recent.reduce((sum, point) => sum + point.requests, 0) / seconds : NaN;
    const success = asked > 0 ? 1 - total.errors / asked : NaN;
    const last = windowName[window];
    const set = (tile, value, unit, note, values) => {
      tile.value.replaceChildren(value, ...(unit ? [make("small", { text: unit })] : []));
      tile.note.textContent = note;
      tile.note.title = note;
      sparkline(tile.spark, values, "var(--accent)");
    };
    const [requests, quality, latency, spend, reward] = this.tiles;
    set(requests, rate(now), "per second", `${short(total.requests)} in the last ${last}`, points.map((point) => point.requests / point.seconds));
    set(quality, percent(success, success > 0.9995 || !(success > 0) ? 0 : 2), "", `${count(total.errors)} failed, ${count(total.refused)} refused`, points.map((point) => (point.requests > 0 ? 1 - point.errors / point.requests : NaN)));
    quality.node.classList.toggle("bad", success < 0.95);
    set(latency, ms(total.latency_p50_ms), "median", `${ms(total.latency_p95_ms)} at the 95th percentile`, points.map((point) => point.latency_p50_ms ?? NaN));
    set(spend, usd(today?.cost_usd), "today", total.requests > 0 ? `${usd((total.cost_usd / total.requests) * 1000)} per 1,000 requests` : "no requests in this window", points.map((point) => (point.requests > 0 ? point.cost_usd / point.requests : NaN)));
    set(reward, fixed(total.reward_mean, 2), "mean", `${short(total.rewarded)} decisions judged`, points.map((point) => point.reward_mean ?? NaN));
  }

  drawArms() {
    const { state } = this;
    const counts = state.traffic.total?.arms ?? {};
    const all = Object.values(counts).reduce((sum, value) => sum + value, 0);
    const kinds = { closed: ["good", "in service"], open: ["bad", "out of service"], half_open: ["warn", "probing"], cooldown: ["warn", "cooling down"] };
    this.arms.replaceChildren(
      ...state.arms.map((arm) => {
        const [kind, words] = kinds[state.breakers[arm.id] ?? arm.health.state] ?? ["", arm.health.state];
        const share = all > 0 ? (counts[arm.id] ?? 0) / all : NaN;
        return make(
          "tr",
          {},
          make("td", {}, armName(arm.id, state.colour(arm.id), arm.provider + " · " + arm.model)),
          make("td", {}, make("span", { class: "pill " + kind, text: words })),
          make("td", { class: "num", text: count(counts[arm.id] ?? 0) }),
          make("td", { class: "num", text: percent(share) }),
          make("td", { class: "num", text: arm.price ? fixed(arm.price.input_per_million_usd, 2) : none }),
          make("td", { class: "num", text: arm.price ? fixed(arm.price.output_per_million_usd, 2) : none }),
        );
      }),
    );
  }

  drawAlarms() {
    const { alarms } = this.state;
    this.alarms.replaceChildren(
      ...(alarms.length === 0
        ? [make("li", { class: "empty", text: "No change of reward was noticed since the start." })]
        : alarms.slice(0, 6).map((alarm) =>
            make(
              "li",
              {},
              make("div", { class: "what" }, armName(alarm.arm, this.state.colour(alarm.arm)), make("span", { class: "when", text: ago(alarm.time) })),
              make(
                "div",
                { class: "more" },
                `${alarm.category}: `,
                make("span", { class: "verdict " + (alarm.mean_after < alarm.mean_before ? "bad" : "good"), text: `${fixed(alarm.mean_before)} → ${fixed(alarm.mean_after)}` }),
                ` over the last ${count(alarm.observations_after)} judged`,
              ),
            ),
          )),
    );
  }

  /** What each route may spend, what it has spent, and the price of quality that holds it to that. */
  drawBudget() {
    const routes = this.state.routes.filter((route) => route.budget);
    this.budgetCard.hidden = routes.length === 0;
    this.budget.replaceChildren(
      ...routes.map(({ id, budget }) => {
        const isDaily = typeof budget.usd_per_day === "number";
        const limit = isDaily ? budget.usd_per_day : budget.usd_per_request;
        const spent = isDaily ? budget.spent_usd : budget.requests > 0 ? budget.spent_usd / budget.requests : 0;
        const share = limit > 0 ? spent / limit : 0;
        const price = budget.dollars_per_quality;
        const facts = [
          ["Spent", `${usd(budget.spent_usd)} on ${count(budget.requests)}`],
          ["A point of quality", typeof price === "number" ? `may cost ${usd(price)}` : "has no price now"],
          ["One request", typeof budget.hard_cap_usd === "number" ? `at most ${usd(budget.hard_cap_usd)}` : null],
        ].filter(([, value]) => value !== null);
        return make(
          "div",
          { class: "pace" },
          make("p", {}, make("b", { text: usd(spent) }), ` of ${usd(limit)} ${isDaily ? "today (UTC)" : "a request"}`, this.state.routes.length > 1 ? ` · ${id}` : ""),
          make("span", { class: "track", colour: share > 1.03 ? "var(--bad)" : "var(--accent)", role: "img", "aria-label": `${percent(share)} of the budget of ${id}` }, make("i", { "width-share": Math.min(1, share) })),
          make("dl", { class: "facts" }, facts.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", { text: value })))),
        );
      }),
    );
  }
}
