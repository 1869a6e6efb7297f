// The simulated clock: shows it, and moves it forward.

import { get, post } from "./api.js";
import { byId, el, toast } from "./dom.js";
import { clockDay, dayAndHour, hour, moment, t, zoneName } from "./words.js";

const MILLISECONDS = { PT1H: 3_600_000, P1D: 86_400_000, P7D: 604_800_000 };

let base = null; // the simulated moment that was true at `since`
let since = 0;
let moving = false;
let move = null; // {from, to} of a move of ours
let result = null; // how our last move ended: {late, now}
let changed = () => {};

/** The simulated moment, or null before the simulator first answered. */
export const now = () => base && new Date(base.getTime() + (moving ? 0 : performance.now() - since));

/** Starts the clock; `onChange` hears of every jump. */
export function startClock(onChange) {
  changed = onChange;
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => advance(button.dataset.advance));
  }
  setInterval(showTime, 1000);
}

/** Asks the simulator what time it is. */
export async function refreshClock() {
  tell(await get("clock"));
}

/** Takes the time from an answer or an event of the simulator. */
export function tell(clock) {
  base = moment(clock.now);
  since = performance.now();
  if (clock.moving !== undefined) moving = clock.moving;
  showClock();
  changed();
}

async function advance(duration) {
  if (moving || move || !base) return;
  const from = now();
  move = { from, to: new Date(from.getTime() + MILLISECONDS[duration]) };
  result = null;
  showClock();
  try {
    const answer = await post("clock", { advance: duration });
    result = { late: !answer.reached, now: moment(answer.now) };
    moving = false;
    move = null;
    tell(answer);
  } catch (error) {
    move = null;
    toast(t("page.refused", { why: error.message }));
    await refreshClock().catch(() => {});
  }
}

function showTime() {
  const current = now();
  if (!current) return;
  const day = clockDay(current);
  const time = hour(current);
  const node = byId("clock-now");
  if (node.textContent !== `${day} ${time}`) node.replaceChildren(el("span", {}, day), " ", el("span", {}, time));
  node.dateTime = current.toISOString();
}

/** Writes the clock anew, as after a change of language. */
export function showClock() {
  const busy = moving || move !== null;
  byId("clock-zone").textContent = t("clock.zone", { zone: zoneName() });
  // aria-disabled and not disabled: the focus stays where it was.
  for (const button of document.querySelectorAll("[data-advance]")) button.setAttribute("aria-disabled", String(busy));
  const progress = byId("clock-progress");
  progress.hidden = !busy;
  if (move) progress.value = Math.min(1, Math.max(0, (base - move.from) / (move.to - move.from)));
  else progress.removeAttribute("value");
  const state = byId("clock-state");
  let text = "";
  if (busy) text = t("clock.moving");
  else if (result) text = t(result.late ? "clock.late" : "clock.reached", { when: dayAndHour(result.now) });
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("late", Boolean(!busy && result?.late));
  showTime();
}
