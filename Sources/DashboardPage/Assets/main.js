// The page's beginning: key, theme, what is shown, and the feed that keeps it up to date.

import { ApiError, get, key, listen } from "./api.js";
import { Decisions } from "./decisions.js";
import { make } from "./format.js";
import { Learning } from "./learning.js";
import { Overview } from "./overview.js";
import { Usage } from "./usage.js";

const element = (id) => document.getElementById(id);

/** Everything shown, as the API told it. */
const state = {
  window: "5m",
  route: null,
  routes: [],
  arms: [],
  categories: [],
  posteriors: { data: [] },
  traffic: { data: [], total: null },
  today: null,
  alarms: [],
  breakers: {},
  /** An arm has the same colour everywhere, by its place in the configuration. */
  colour(arm) {
    const place = this.arms.findIndex((one) => one.id === arm);
    return place < 0 ? "var(--faint)" : `var(--a${place % 8})`;
  },
};

const overview = new Overview(state);
const learning = new Learning(state);
const decisions = new Decisions(state);
const usage = new Usage(state);

// MARK: Theme

const themes = matchMedia("(prefers-color-scheme: dark)");
const chosenTheme = localStorage.getItem("bandit-router-theme");
if (chosenTheme) document.documentElement.dataset.theme = chosenTheme;
element("theme").addEventListener("click", () => {
  const isDark = (document.documentElement.dataset.theme ?? (themes.matches ? "dark" : "light")) === "dark";
  document.documentElement.dataset.theme = isDark ? "light" : "dark";
  localStorage.setItem("bandit-router-theme", isDark ? "light" : "dark");
});

// MARK: What is wrong, in one place

function tell(text) {
  element("banner").hidden = !text;
  element("banner").textContent = text ?? "";
}

function setLive(status, words) {
  element("live").dataset.state = status;
  element("live").textContent = words;
}

// MARK: The key

function askForKey(error) {
  setLive("locked", "locked");
  element("login-error").textContent = error.code === "missing_api_key" ? "" : error.message;
  if (!element("login").open) element("login").showModal();
}

element("login").addEventListener("cancel", (event) => event.preventDefault());
element("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = event.target.elements.key;
  key.set(field.value.trim());
  try {
    await get("/v1/routes");
  } catch (error) {
    key.clear();
    element("login-error").textContent =
      error.status === 403 ? "This key may not read. It needs the scope read or admin." : error.message;
    field.select();
    return;
  }
  field.value = "";
  element("login").close();
  start();
});
element("sign-out").addEventListener("click", () => {
  key.clear();
  location.reload();
});

// MARK: Reading

/** Points of the traffic's history with their time as a number. */
const timed = (rows) => rows.map((row) => ({ ...row, at: Date.parse(row.time) }));

async function readCatalogue() {
  const [routes, arms, categories, posteriors] = await Promise.all([get("/v1/routes"), get("/v1/arms"), get("/v1/categories"), get("/v1/posteriors")]);
  state.routes = routes.data;
  state.arms = arms.data;
  state.categories = categories.data;
  state.posteriors = posteriors;
  if (!state.routes.some((route) => route.id === state.route)) state.route = state.routes[0]?.id ?? null;
  element("route-label").hidden = state.routes.length < 2;
  element("route").replaceChildren(...state.routes.map((route) => make("option", { value: route.id, text: route.id })));
  element("route").value = state.route;
  decisions.fillChoices();
}

async function readTraffic() {
  const wanted = state.window;
  // Longer than the router's memory: the hourly counts, which survive a restart.
  const history = await get(`/v1/history/traffic?window=${wanted}`);
  const rows = timed(history.data);
  if (wanted === "7d") await addHours(rows);
  if (wanted !== state.window) return;
  state.traffic = { data: rows, total: history.total };
  if (wanted === "7d") state.traffic.total = sumUp(rows, history.total);
}

/** Fills a week with the stored hours that the router's memory does not have. */
async function addHours(rows) {
  const from = new Date(Math.ceil((Date.now() - 604_800_000) / 3_600_000) * 3_600_000).toISOString();
  const hours = new Map();
  for (const row of (await get(`/v1/usage?by=hour,arm&from=${encodeURIComponent(from)}`)).data) {
    const hour = hours.get(row.hour) ?? { requests: 0, errors: 0, cost_usd: 0, arms: {} };
    hour.requests += row.requests;
    hour.errors += row.errors;
    hour.cost_usd += row.cost_usd;
    hour.arms[row.arm] = (hour.arms[row.arm] ?? 0) + row.requests;
    hours.set(row.hour, hour);
  }
  const remembered = new Map(rows.map((row) => [row.at, row]));
  for (const [text, hour] of hours) {
    const at = Date.parse(text);
    const row = remembered.get(at);
    if (row) Object.assign(row, hour, { seconds: at + 3_600_000 > Date.now() ? Math.max(1, (Date.now() - at) / 1000) : 3600 });
    else rows.push({ at, seconds: 3600, cancelled: 0, refused: 0, rewarded: 0, reward_mean: null, latency_p50_ms: null, latency_p95_ms: null, ...hour });
  }
  rows.sort((one, other) => one.at - other.at);
}

function sumUp(rows, remembered) {
  const total = { ...remembered, requests: 0, errors: 0, cost_usd: 0, arms: {} };
  for (const row of rows) {
    for (const name of ["requests", "errors", "cost_usd"]) total[name] += row[name];
    for (const [arm, requests] of Object.entries(row.arms)) total.arms[arm] = (total.arms[arm] ?? 0) + requests;
  }
  return total;
}

async function readToday() {
  const midnight = new Date().toISOString().slice(0, 10);
  const days = await get(`/v1/usage?by=day&from=${midnight}`);
  state.today = { cost_usd: days.data.reduce((sum, row) => sum + row.cost_usd, 0) };
}

async function readPosteriors() {
  state.posteriors = await get("/v1/posteriors");
  learning.draw();
}

/** Runs one reading at a time, and once more where it was asked for in between; never more often than every `pause` ms. */
function gently(read, pause) {
  let isRunning = false;
  let isAsked = false;
  return async function run() {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    while (isAsked) {
      isAsked = false;
      try {
        await read();
      } catch {
        // The feed notices that the router is gone, and says so.
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    isRunning = false;
  };
}

const refreshPosteriors = gently(readPosteriors, 1000);
const refreshWindow = gently(async () => {
  if (state.window !== "5m") await readTraffic();
  overview.draw();
  overview.drawArms();
}, 5000);
const refreshSlow = gently(async () => {
  await readToday();
  state.routes = (await get("/v1/routes")).data;
  overview.drawTiles(overview.points());
  overview.drawBudget();
  overview.drawAlarms();
  if (document.hidden) return;
  await usage.load();
}, 5000);

// MARK: The feed

const handlers = {
  traffic(event) {
    // An arm that goes out of service, or comes back, changes what the next draw is among.
    if (JSON.stringify(state.breakers) !== JSON.stringify(event.breakers)) document.hidden || refreshPosteriors();
    state.breakers = event.breakers;
    tell(event.store_writable ? null : "The store cannot be written: requests are served, feedback is refused, and decisions wait in memory. /health/ready says why.");
    element("version").textContent = `State ${event.state_version.toLocaleString("en")} · ${event.in_flight} in flight`;
    if (state.window === "5m") {
      for (const row of timed(event.data)) {
        const at = state.traffic.data.findLastIndex((known) => known.at === row.at);
        if (at >= 0) state.traffic.data[at] = row;
        else state.traffic.data.push(row);
      }
      state.traffic.data = state.traffic.data.filter((row) => row.at > Date.now() - 300_000);
      state.traffic.total = event.total;
    }
    if (document.hidden) return;
    if (state.window === "5m") overview.draw();
    overview.drawArms();
    welcome();
  },
  decisions: (event) => decisions.take(event.data),
  feedback: (event) => decisions.takeFeedback(event.data),
  posteriors: () => document.hidden || refreshPosteriors(),
  alarm(event) {
    state.alarms.unshift(event);
    overview.drawAlarms();
  },
};

/** A router without any traffic tells its reader how to begin. */
function welcome() {
  const isNew = !state.isUsed && decisions.newest !== undefined && decisions.newest.length === 0;
  const shown = document.querySelector(".welcome");
  if (!isNew) {
    shown?.remove();
    return;
  }
  if (shown) return;
  const command = `curl ${location.origin}/v1/chat/completions -H 'Content-Type: application/json' \\\n  ${key.get() ? "-H \"Authorization: Bearer $KEY\" " : ""}-d '{"model": "${state.route}", "messages": [{"role": "user", "content": "Hello"}]}'`;
  element("overview").prepend(make("div", { class: "welcome" }, make("h3", { text: "Nothing has been routed yet" }), make("p", { text: "Send a first request; this page shows it within a second." }), make("pre", { tabindex: 0, text: command })));
}

// MARK: Beginning

let isListening = false;

async function start() {
  try {
    await readCatalogue();
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return askForKey(error);
    setLive("retrying", "no answer");
    tell(error.message + " Trying again.");
    setTimeout(start, 2000);
    return;
  }
  tell(null);
  element("sign-out").hidden = !key.get();
  overview.drawArms();
  overview.drawBudget();
  learning.draw();
  const [, log, feedback, alarms] = await Promise.all([readTraffic(), get("/v1/decisions?limit=25"), get("/v1/feedback?limit=25"), get("/v1/alarms")]).catch((error) => {
    tell(error.message);
    return [];
  });
  decisions.take(log?.data ?? []);
  decisions.takeFeedback(feedback?.data ?? []);
  state.alarms = alarms?.data ?? [];
  overview.draw();
  overview.drawAlarms();
  overview.drawArms();
  welcome();
  document.documentElement.dataset.ready = "";
  refreshSlow();
  if (isListening) return;
  isListening = true;
  setInterval(() => document.hidden || refreshSlow(), 10_000);
  setInterval(() => document.hidden || state.window === "5m" || refreshWindow(), 10_000);
  await listen(handlers, (status) => {
    if (status instanceof ApiError) {
      isListening = false;
      return askForKey(status);
    }
    if (status === "live") {
      setLive("live", "live");
      tell(null);
      return;
    }
    setLive("retrying", "reconnecting");
    tell("The connection to the router is lost. What you see is as of the last moment it answered; trying again.");
  });
}

element("window").addEventListener("change", async (event) => {
  state.window = event.target.value;
  try {
    await readTraffic();
  } catch (error) {
    tell(error.message);
  }
  overview.draw();
  overview.drawArms();
  learning.reload();
});
element("route").addEventListener("change", (event) => {
  state.route = event.target.value;
  learning.draw();
  learning.reload();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !isListening) return;
  overview.draw();
  refreshPosteriors();
  refreshSlow();
  learning.reload();
});

// Which section is being read.
const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const reading = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const [id, link] of links) {
        if (id === entry.target.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  },
  { rootMargin: "-15% 0px -75% 0px" },
);
for (const id of links.keys()) reading.observe(element(id));

start();
