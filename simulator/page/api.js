// The simulator's own API, as this page uses it, and its live events.

/** The simulator said no; the message is its own words. */
export class Refused extends Error {}

async function call(path, options) {
  const response = await fetch(`/simulator/${path}`, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? `HTTP ${response.status}`);
  return body;
}

export const get = (path) => call(path, { headers: { Accept: "application/json" }, cache: "no-store" });

export const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Sends fields and files as multipart. */
export function upload(path, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return call(path, { method: "POST", body: form });
}

const EVENTS = ["hello", "chat", "users", "clock", "typing", "bot"];
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

/**
 * Listens for as long as the page is open: a lost connection is opened again, each time after a longer wait.
 * `on` is called with the event's name and its data; `onState` with whether the simulator is there.
 */
export function listen(on, onState) {
  let wait = FIRST_WAIT;
  let timer = 0;
  let source = null;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/simulator/events");
    source.onopen = () => {
      wait = FIRST_WAIT;
      onState(true);
    };
    source.onerror = () => {
      source.close();
      onState(false);
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => on(name, event.data ? JSON.parse(event.data) : {}));
    }
  }

  window.addEventListener("online", open);
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
