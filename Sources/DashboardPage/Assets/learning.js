// What was learned: a card a category, with every arm's posterior, its share, and how both moved.

import { get } from "./api.js";
import { TimeChart, ridge } from "./charts.js";
import { armName, count, fixed, make, percent, usd } from "./format.js";

/** How often the histories of cards in view are read anew, ms. */
const refresh = 5000;

export class Learning {
  constructor(state) {
    this.state = state;
    this.cards = new Map();
    this.grid = document.getElementById("cells");
    this.unseen = document.getElementById("unseen-cells");
    this.inView = new Set();
    // Only what is looked at is read and drawn.
    this.watcher = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) this.inView.delete(entry.target.dataset.category);
          else if (!this.inView.has(entry.target.dataset.category)) {
            this.inView.add(entry.target.dataset.category);
            this.readHistory(this.cards.get(entry.target.dataset.category));
          }
        }
      },
      { rootMargin: "200px" },
    );
    addEventListener("resize", () => this.draw());
    setInterval(() => {
      for (const category of this.inView) this.readHistory(this.cards.get(category));
    }, refresh);
  }

  /** The cells of the chosen route, by category; those with most evidence first. */
  draw() {
    const { state } = this;
    const byCategory = new Map();
    for (const cell of state.posteriors.data ?? []) {
      if (cell.route !== state.route) continue;
      byCategory.set(cell.category, [...(byCategory.get(cell.category) ?? []), cell]);
    }
    const evidence = (cells) => cells.reduce((sum, cell) => sum + cell.n, 0);
    const known = [...byCategory].filter(([, cells]) => evidence(cells) >= 0.5).sort((one, other) => this.rank(one[0]) - this.rank(other[0]));
    const rest = [...byCategory].filter(([, cells]) => evidence(cells) < 0.5).map(([category]) => category);
    const shown = known.length > 0 ? known : [...byCategory];
    for (const [category, card] of this.cards) {
      if (shown.some(([id]) => id === category)) continue;
      this.watcher.unobserve(card.node);
      card.node.remove();
      this.inView.delete(category);
      this.cards.delete(category);
    }
    shown.forEach(([category, cells], index) => {
      const card = this.cards.get(category) ?? this.makeCard(category);
      if (this.grid.children[index] !== card.node) this.grid.insertBefore(card.node, this.grid.children[index] ?? null);
      this.fill(card, cells, evidence(cells));
    });
    this.unseen.hidden = known.length === 0 || rest.length === 0;
    this.unseen.firstElementChild.textContent = rest.length === 1 ? "One category has no evidence yet" : `${rest.length} categories have no evidence yet`;
    this.unseen.lastElementChild.textContent = rest.join(", ");
  }

  /** The configuration's order: cards do not change places while they are being read. */
  rank(category) {
    const place = this.state.categories.findIndex((one) => one.id === category);
    return place < 0 ? Infinity : place;
  }

  makeCard(category) {
    const about = this.state.categories.find((one) => one.id === category)?.description;
    const card = {
      category,
      rows: new Map(),
      summary: make("p"),
      belief: make(
        "div",
        { class: "belief" },
        make("span", { class: "head", text: "arm" }),
        make("span", { class: "head axis", "aria-hidden": "true" }, make("span", { text: "reward 0" }), make("span", { text: "0.5" }), make("span", { text: "1" })),
        make("span", { class: "head right", text: "mean, 95 % interval" }),
        make("span", { class: "head right", text: "next draw" }),
      ),
      shares: make("div"),
      means: make("div"),
    };
    card.node = make(
      "article",
      { class: "card cell", "data-category": category },
      make("header", {}, make("h3", { text: category }), card.summary),
      about ? make("p", { class: "about", text: about }) : null,
      card.belief,
      make("div", { class: "moves" }, make("div", {}, make("h4", { text: "Probability of each arm over time" }), card.shares), make("div", {}, make("h4", { text: "Believed mean reward over time" }), card.means)),
    );
    card.shareChart = new TimeChart(card.shares, { label: `Probability of each arm in ${category}`, stacked: true, format: percent, height: 116, max: 1, empty: "The history begins with the router’s start." });
    card.meanChart = new TimeChart(card.means, { label: `Mean reward of each arm in ${category}`, format: (value) => fixed(value, 2), height: 116, max: 1, empty: "The history begins with the router’s start." });
    this.cards.set(category, card);
    this.watcher.observe(card.node);
    return card;
  }

  fill(card, cells, evidence) {
    const { state } = this;
    const best = cells.reduce((one, other) => (other.probability > one.probability ? other : one));
    card.summary.textContent = evidence >= 0.5 ? `${count(Math.round(evidence))} judged · ${best.arm} leads` : "nothing judged yet";
    for (const cell of cells) {
      let row = card.rows.get(cell.arm);
      if (!row) {
        row = { curve: make("div", { class: "curve-box" }), who: make("div", { class: "who" }), numbers: make("div", { class: "numbers" }), share: make("div", { class: "share" }) };
        row.node = make("div", { class: "row" }, row.who, row.curve, row.numbers, row.share);
        card.rows.set(cell.arm, row);
        card.belief.append(row.node);
      }
      const isOut = cell.probability === 0 && ["open", "cooldown"].includes(state.breakers[cell.arm]);
      const key = [cell.alpha, cell.beta, cell.probability, isOut, row.curve.clientWidth].join();
      if (row.key === key) continue;
      row.key = key;
      const colour = state.colour(cell.arm);
      const [low, high] = cell.interval;
      row.who.replaceChildren(
        armName(cell.arm, colour, cell.expected_cost_usd ? `about ${usd(cell.expected_cost_usd)} a request` : undefined),
        make("small", { text: `n ${count(Math.round(cell.n))}${cell.utility !== null && Math.abs(cell.utility - cell.mean) > 5e-4 ? ` · utility ${fixed(cell.utility)}` : ""}` }),
      );
      row.numbers.replaceChildren(make("b", { text: fixed(cell.mean, 3) }), make("small", { text: `${fixed(low, 2)} – ${fixed(high, 2)}` }));
      row.share.replaceChildren(make("span", { class: "track", colour }, make("i", { "width-share": cell.probability })), isOut ? make("b", { class: "out", text: "out" }) : make("b", { text: percent(cell.probability) }));
      row.share.title = isOut ? "out of service: not drawn until its provider answers again" : `best with probability ${percent(cell.probability_best, 1)}`;
      ridge(row.curve, {
        ...cell,
        colour,
        label: `${cell.arm}: mean reward ${fixed(cell.mean, 3)}, 95 % credible interval ${fixed(low)} to ${fixed(high)}, ${isOut ? "out of service" : "drawn with probability " + percent(cell.probability)}`,
      });
    }
    for (const [arm, row] of card.rows) {
      if (cells.some((cell) => cell.arm === arm)) continue;
      row.node.remove();
      card.rows.delete(arm);
    }
  }

  async readHistory(card) {
    if (!card || document.hidden) return;
    const { route, window } = this.state;
    let history;
    try {
      history = await get(`/v1/history/posteriors?route=${encodeURIComponent(route)}&category=${encodeURIComponent(card.category)}&window=${window}`);
    } catch {
      // The bar at the top tells of a router that does not answer.
      return;
    }
    if (route !== this.state.route) return;
    const times = history.data.map((row) => Date.parse(row.time));
    const series = (name, more = () => ({})) =>
      history.arms.map((arm, index) => ({ label: arm, colour: this.state.colour(arm), values: history.data.map((row) => row[name][index] ?? NaN), ...more(index) }));
    // A single moment is no movement; two of them are drawn as a step.
    card.shareChart.update({ times, series: times.length > 1 ? series("share") : [] });
    card.meanChart.update({
      times,
      series: times.length > 1 ? series("mean", (index) => ({ low: history.data.map((row) => row.low[index] ?? NaN), high: history.data.map((row) => row.high[index] ?? NaN) })) : [],
    });
  }

  /** Another window or route was chosen. */
  reload() {
    for (const category of this.inView) this.readHistory(this.cards.get(category));
  }
}
