// The router's API, with the reader's key. The key lives in this tab's session storage and is sent as a header, never in an address.

const storageKey = "bandit-router-key";

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const key = {
  get: () => sessionStorage.getItem(storageKey),
  set: (text) => sessionStorage.setItem(storageKey, text),
  clear: () => sessionStorage.removeItem(storageKey),
};

const headers = () => (key.get() ? { Authorization: "Bearer " + key.get() } : {});

async function failure(response) {
  let error = {};
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // No JSON: something between this page and the router answered.
  }
  return new ApiError(response.status, error.code, error.message ?? "The router answered with status " + response.status + ".");
}

/** The JSON of a path. */
export async function get(path) {
  let response;
  try {
    response = await fetch(path, { headers: headers(), cache: "no-store" });
  } catch {
    throw new ApiError(0, "unreachable", "The router does not answer.");
  }
  if (!response.ok) throw await failure(response);
  return response.json();
}

/**
 * Listens to /v1/events and comes back whenever the connection breaks.
 *
 * `EventSource` cannot send a key, so the stream is read by hand.
 *
 * @param handlers by the event's name
 * @param onState is told "live", "retrying", or an ApiError when the key is not (any more) good; listening ends with that.
 */
export async function listen(handlers, onState) {
  let pause = 500;
  for (;;) {
    try {
      const response = await fetch("/v1/events", { headers: headers(), cache: "no-store" });
      if (response.status === 401 || response.status === 403) return onState(await failure(response));
      if (!response.ok) throw await failure(response);
      onState("live");
      pause = 500;
      await read(response.body, handlers);
    } catch {
      // Told of below; the next try says more.
    }
    onState("retrying");
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 8000);
  }
}

/** A stream that says nothing for so long is dead: the router speaks twice a second. */
const silence = 10_000;

async function read(body, handlers) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    let timer;
    const quiet = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("silence")), silence)));
    let chunk;
    try {
      chunk = await Promise.race([reader.read(), quiet]);
    } catch (error) {
      reader.cancel();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    if (chunk.done) return;
    text += chunk.value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      dispatch(text.slice(0, end), handlers);
      text = text.slice(end + 2);
    }
  }
}

function dispatch(event, handlers) {
  let name = "message";
  const data = [];
  for (const line of event.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5));
  }
  if (data.length > 0) handlers[name]?.(JSON.parse(data.join("\n")));
}
