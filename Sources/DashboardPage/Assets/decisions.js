// The log of decisions, live or searched; the inspector with a decision's why; feedback as it comes in.

import { ApiError, get } from "./api.js";
import { ridge } from "./charts.js";
import { ago, armName, count, fixed, make, moment, ms, none, percent, usd } from "./format.js";

const pageSize = 50;
const shown = 25;

export class Decisions {
  constructor(state) {
    this.state = state;
    this.body = document.querySelector("#decision-table tbody");
    this.note = document.getElementById("decisions-note");
    this.form = document.getElementById("filter");
    this.older = document.getElementById("older");
    this.back = this.form.querySelector("[type=reset]");
    this.feedbackList = document.getElementById("feedback");
    this.inspector = document.getElementById("inspector");
    this.inspectorBody = document.getElementById("inspector-body");
    this.isLive = true;
    this.known = new Set();
    this.found = [];
    this.next = null;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.search();
    });
    this.form.addEventListener("reset", () => setTimeout(() => this.goLive()));
    for (const name of ["category", "arm"]) this.form.elements[name].addEventListener("change", () => this.search());
    this.older.addEventListener("click", () => this.more());
    this.body.addEventListener("click", (event) => {
      const id = event.target.closest("tr")?.dataset.id;
      if (id) this.inspect(id);
    });
    this.feedbackList.addEventListener("click", (event) => {
      const id = event.target.closest("button")?.dataset.id;
      if (id) this.inspect(id);
    });
    this.inspector.addEventListener("click", (event) => {
      // Beside the drawer is outside of it.
      if (event.target === this.inspector) this.inspector.close();
    });
  }

  fillChoices() {
    const fill = (select, values) => {
      const chosen = select.value;
      select.replaceChildren(make("option", { value: "", text: "any" }), ...values.map((value) => make("option", { value, text: value })));
      select.value = values.includes(chosen) ? chosen : "";
    };
    fill(this.form.elements.category, this.state.categories.map((one) => one.id));
    fill(this.form.elements.arm, this.state.arms.map((one) => one.id));
  }

  // Live

  /** The newest decisions, as the router tells of them. */
  take(list) {
    this.newest = list;
    if (this.isLive) this.drawRows(list.slice(0, shown));
  }

  goLive() {
    this.isLive = true;
    this.back.hidden = true;
    this.note.textContent = "";
    this.older.hidden = true;
    this.drawRows((this.newest ?? []).slice(0, shown));
  }

  // Searched

  async search() {
    const { id, category, arm } = Object.fromEntries([...new FormData(this.form)].map(([name, value]) => [name, value.trim()]));
    if (id) return this.inspect(id);
    if (!category && !arm) return this.goLive();
    this.isLive = false;
    this.back.hidden = false;
    this.found = [];
    this.next = null;
    this.query = new URLSearchParams({ limit: pageSize, ...(category && { category }), ...(arm && { arm }) });
    await this.more();
  }

  async more() {
    const query = new URLSearchParams(this.query);
    if (this.next) query.set("before", this.next);
    this.note.textContent = "Searching…";
    try {
      const page = await get("/v1/decisions?" + query);
      this.found.push(...page.data);
      this.next = page.next;
      this.older.hidden = !page.next;
      const words = [query.get("category") && `in ${query.get("category")}`, query.get("arm") && `served by ${query.get("arm")}`].filter(Boolean).join(", ");
      this.note.textContent =
        this.found.length > 0
          ? `${count(this.found.length)} decisions ${words}, newest first${page.next ? "" : "; there are no older ones"}.`
          : page.next
            ? `None ${words} among the newest; older ones have not been searched yet.`
            : `There are none ${words}.`;
      this.drawRows(this.found);
    } catch (error) {
      this.note.textContent = error.message;
    }
  }

  drawRows(list) {
    if (list.length === 0) {
      const text = this.isLive ? "No decision yet. The first request will appear here." : "Nothing to show.";
      this.body.replaceChildren(make("tr", { class: "empty-row" }, make("td", { colspan: 8, text })));
      return;
    }
    const focused = document.activeElement?.closest?.("#decision-table tr")?.dataset.id;
    const wasEmpty = this.known.size === 0;
    this.body.replaceChildren(...list.map((decision) => this.row(decision, !wasEmpty && this.isLive && !this.known.has(decision.decision_id))));
    this.known = new Set(list.map((decision) => decision.decision_id));
    if (focused) this.body.querySelector(`tr[data-id="${CSS.escape(focused)}"] button`)?.focus({ preventScroll: true });
  }

  row(decision, isFresh) {
    const { state } = this;
    const outcome = decision.outcome;
    const kinds = { ok: ["good", "ok"], error: ["bad", "failed"], cancelled: ["warn", "cancelled"], pending: ["", "pending"] };
    const [kind, words] = kinds[outcome.status] ?? ["", outcome.status];
    const arm = decision.served_arm ?? decision.arm;
    const fallback = decision.served_arm && decision.served_arm !== decision.arm ? `drawn: ${decision.arm}, served: ${decision.served_arm}` : undefined;
    return make(
      "tr",
      { "data-id": decision.decision_id, class: isFresh ? "fresh" : undefined },
      make("td", {}, make("button", { type: "button", class: "link", "aria-label": `Why: decision ${decision.decision_id}`, text: moment(decision.time) })),
      make("td", { text: decision.category }),
      make("td", {}, armName(arm + (fallback ? " ↩" : ""), state.colour(arm), fallback)),
      make("td", { class: "num", text: decision.kind === "fresh" ? percent(decision.propensity) : decision.kind }),
      make("td", {}, make("span", { class: "pill " + kind, text: words })),
      make("td", { class: "num", text: ms(outcome.latency_ms) }),
      make("td", { class: "num", text: cents(outcome.cost_usd) }),
      make("td", { class: "num" + (decision.reward === null ? " none" : ""), text: fixed(decision.reward, 2) }),
    );
  }

  // Feedback

  takeFeedback(list) {
    this.feedbackList.replaceChildren(
      ...(list.length === 0
        ? [make("li", { class: "empty" }, "No feedback yet. Send some with ", make("code", { text: "POST /v1/feedback" }), ".")]
        : list.slice(0, 15).map((one) =>
            make(
              "li",
              {},
              make(
                "div",
                { class: "what" },
                make("button", { type: "button", class: "link", "data-id": one.decision_id, "aria-label": `${verdictText(one.value)} for ${one.arm}: open the decision` }, verdict(one), " ", armName(one.arm, this.state.colour(one.arm))),
                make("span", { class: "when", text: ago(one.time) }),
              ),
              make("div", { class: "more", text: [one.category, one.metric, one.source, one.counts ? null : "does not count"].filter(Boolean).join(" · ") }),
              one.comment ? make("div", { class: "said", text: "“" + one.comment + "”" }) : null,
            ),
          )),
    );
  }

  // The inspector

  async inspect(id) {
    this.inspectorBody.replaceChildren(make("p", { class: "empty", text: "Reading the decision…" }));
    if (!this.inspector.open) this.inspector.showModal();
    let decision;
    try {
      decision = await get("/v1/decisions/" + encodeURIComponent(id));
    } catch (error) {
      const text = error instanceof ApiError && error.status === 404 ? `No decision has the id ${id}.` : error.message;
      this.inspectorBody.replaceChildren(this.head("Not found", id), make("p", { text }));
      return;
    }
    const beliefs = make("div", { class: "beliefs" }, make("p", { class: "note", text: "Folding the log up to that moment…" }));
    this.inspectorBody.replaceChildren(
      this.head(`Why ${decision.arm}?`, decision.decision_id),
      make("p", { class: "why", text: explanation(decision) }),
      this.facts(decision),
      make("section", {}, make("h3", { text: "The distribution it was drawn from" }), this.choice(decision)),
      make("section", {}, make("h3", { text: "What was believed at that moment" }), beliefs),
      make("section", {}, make("h3", { text: "Attempts" }), this.attempts(decision)),
      make("section", {}, make("h3", { text: "Feedback" }), this.judgements(decision)),
      make("details", {}, make("summary", { text: "As the API tells it" }), make("pre", { tabindex: 0, text: JSON.stringify(decision, null, 2) })),
    );
    this.inspector.scrollTop = 0;
    await this.fillBeliefs(beliefs, decision);
  }

  head(title, id) {
    const close = make("button", { type: "button", class: "quiet", text: "Close", onclick: () => this.inspector.close() });
    return make("header", {}, make("div", {}, make("h2", { id: "inspector-title", text: title }), make("div", { class: "id" }, make("code", { text: id }))), close);
  }

  facts(decision) {
    const { outcome } = decision;
    const facts = [
      ["Time", new Date(decision.time).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" })],
      ["Category", `${decision.category} (by ${decision.category_by})`],
      ["Route", decision.route],
      ["Policy", decision.policy],
      ["Kind", decision.kind],
      ["State version", count(decision.state_version)],
      ["Outcome", outcome.status],
      ["Latency", ms(outcome.latency_ms)],
      ["First byte", ms(outcome.first_byte_ms)],
      ["Tokens in, out", outcome.prompt_tokens === null ? none : `${count(outcome.prompt_tokens)}, ${count(outcome.completion_tokens)}`],
      ["Cost", usd(outcome.cost_usd)],
      ["Reward", fixed(decision.reward, 3)],
      ["Session", decision.session_id],
      ["Key", decision.key_id],
    ].filter(([, value]) => value !== null && value !== undefined);
    return make("dl", { class: "facts" }, facts.map(([name, value]) => make("div", {}, make("dt", { text: name }), make("dd", { text: value }))));
  }

  choice(decision) {
    const rows = decision.arms
      .map((arm, index) => ({ arm, probability: decision.probabilities[index] }))
      .sort((one, other) => other.probability - one.probability)
      .flatMap(({ arm, probability }) => {
        const isDrawn = arm === decision.arm;
        const colour = this.state.colour(arm);
        return [
          make("div", { class: isDrawn ? "drawn" : "" }, armName(arm + (isDrawn ? " ✓" : ""), colour)),
          make("span", { class: "track", colour }, make("i", { "width-share": probability })),
          make("span", { class: "num" + (isDrawn ? " drawn" : ""), text: percent(probability, 1) }),
        ];
      });
    const excluded = decision.excluded.flatMap(({ arm, reason }) => [
      make("div", { class: "out" }, armName(arm, "var(--faint)")),
      make("span", { class: "reason", text: "not eligible: " + reason.replaceAll("_", " ") }),
    ]);
    return make("div", { class: "choice" }, rows, excluded);
  }

  async fillBeliefs(node, decision) {
    try {
      const posteriors = await get(`/v1/decisions/${decision.decision_id}/posteriors`);
      node.replaceChildren();
      // Where cost or waiting has a price, the highest reward is not what is looked for.
      const isPriced = posteriors.data.some((cell) => cell.utility !== null && Math.abs(cell.utility - cell.mean) > 5e-4);
      if (isPriced) node.append(make("p", { class: "note", text: "Curves are of the reward. The policy compares utility: reward less the price of cost and waiting." }));
      for (const cell of posteriors.data) {
        const box = make("div", { class: "curve-box" });
        const colour = this.state.colour(cell.arm);
        node.append(make("div", { class: "row" }, armName(cell.arm, colour), box, make("span", { class: "numbers" }, make("b", { text: fixed(cell.mean, 3) }), make("small", { text: `n ${count(Math.round(cell.n))}${isPriced ? ` · utility ${fixed(cell.utility)}` : ""}` }))));
        ridge(box, { ...cell, colour, label: `${cell.arm}: mean ${fixed(cell.mean, 3)}, interval ${fixed(cell.interval[0])} to ${fixed(cell.interval[1])}` });
      }
      if (posteriors.data.length === 0) node.replaceChildren(make("p", { class: "note", text: "The route is not in the present configuration." }));
    } catch (error) {
      node.replaceChildren(make("p", { class: "note", text: error.message }));
    }
  }

  attempts(decision) {
    if (decision.attempts.length === 0) return make("p", { class: "note", text: decision.outcome.status === "pending" ? "Still on its way." : "No arm was asked by this router." });
    return make(
      "ol",
      { class: "events" },
      decision.attempts.map((attempt) =>
        make(
          "li",
          {},
          make(
            "div",
            { class: "what" },
            armName(attempt.arm, this.state.colour(attempt.arm)),
            make("span", { class: "pill " + (attempt.status === "ok" ? "good" : "bad"), text: [attempt.status === "ok" ? "answered" : (attempt.error ?? "failed"), attempt.http_status, ms(attempt.latency_ms)].filter(Boolean).join(" · ") }),
          ),
        ),
      ),
    );
  }

  judgements(decision) {
    if (decision.feedback.length === 0) return make("p", { class: "note", text: "Nobody has judged it yet." });
    return make(
      "ul",
      { class: "events" },
      decision.feedback.map((one) =>
        make("li", {}, make("div", { class: "what" }, make("span", {}, verdict(one), ` ${one.metric}, ${one.source}`), make("span", { class: "when", text: moment(one.time) })), one.comment ? make("div", { class: "said", text: "“" + one.comment + "”" }) : null),
      ),
    );
  }
}

/** Money of single requests: one width, so that the column can be compared at a glance. */
const cents = (value) => (typeof value === "number" && value < 0.01 ? "$" + value.toFixed(6) : usd(value));

const verdictText = (value) => (value === null ? "taken back" : value === true ? "good" : value === false ? "bad" : fixed(value, Number.isInteger(value) ? 0 : 2));

function verdict(one) {
  const kind = one.value === null ? "off" : one.value === true ? "good" : one.value === false ? "bad" : "";
  return make("span", { class: "verdict " + kind, text: verdictText(one.value) });
}

/** One sentence on why this arm. */
function explanation(decision) {
  const eligible = decision.arms.length;
  const out = decision.excluded.length;
  const served =
    decision.served_arm && decision.served_arm !== decision.arm
      ? ` ${decision.arm} failed, and ${decision.served_arm} served in its place; the reward is its own.`
      : decision.served_arm === null && decision.outcome.status !== "pending"
        ? " No arm answered."
        : "";
  const set = `${eligible} eligible arm${eligible === 1 ? "" : "s"}${out > 0 ? ` (${out} left out)` : ""}`;
  if (decision.kind === "pinned") return `The client asked for ${decision.arm} by name, so nothing was drawn.${served}`;
  if (decision.kind === "sticky") return `The session stays with ${decision.arm}, which keeps the provider’s prompt cache warm; nothing was drawn.${served}`;
  return `The policy ${decision.policy} gave ${decision.arm} a probability of ${percent(decision.propensity, 1)} among ${set} for ${decision.category}, and the draw chose it.${served}`;
}
