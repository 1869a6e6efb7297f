// The chat page of the local Telegram: joins the people, the chat and the clock to the address and the live events.

import { listen } from "./api.js";
import { botTypes, chatChanged, openChat, peopleChanged, redrawChat, refreshBots, say, startChat } from "./chat.js";
import { refreshClock, showClock, startClock, tell } from "./clock.js";
import { byId, closeDialogs, toast } from "./dom.js";
import { choosePerson, person, refreshPeople, showPeople, startPeople } from "./people.js";
import { validPayload } from "./safe.js";
import { speak, t } from "./words.js";

const wide = window.matchMedia("(min-width: 721px)");

let waitingStart = null; // the payload of a link that nobody opened yet

const fragment = () => new URLSearchParams(location.hash.slice(1));

/** Takes a start link out of the address, so that a reload does not open it twice. */
function takeStartLink() {
  const payload = new URLSearchParams(location.search).get("start") ?? fragment().get("start");
  if (payload === null) return;
  history.replaceState(null, "", "/");
  if (validPayload(payload)) waitingStart = payload;
  else toast(t("start.wrong", { payload }));
}

function showBanner() {
  byId("start-banner").hidden = waitingStart === null;
  byId("start-banner-text").textContent = waitingStart === null ? "" : t("start.banner", { payload: waitingStart });
}

function goTo(id) {
  const address = id === null ? "" : `chat=${id}`;
  if (location.hash.slice(1) === address) follow();
  else location.hash = address;
}

async function choose(id) {
  const payload = waitingStart;
  waitingStart = null;
  showBanner();
  goTo(id);
  await openChat(id);
  if (payload !== null) await say(`/start ${payload}`);
  focusChat();
}

// On a phone the text field would open the keyboard over the chat.
function focusChat() {
  const field = wide.matches ? byId("words") : byId("scroll");
  const target = byId("big-button").hidden ? field : byId("big-button");
  target.focus({ preventScroll: true });
}

/** Shows what the address names. */
async function follow() {
  takeStartLink();
  showBanner();
  const id = Number(fragment().get("chat")) || null;
  const known = id !== null && person(id) ? id : null;
  document.body.dataset.view = known === null ? "list" : "chat";
  choosePerson(known);
  await openChat(known);
}

async function refresh() {
  await Promise.all([refreshClock(), refreshPeople(), refreshBots()]);
  await follow();
}

const EVENTS = {
  hello: refresh,
  users: () => refreshPeople().then(peopleChanged),
  bot: refreshBots,
  clock: tell,
  typing: ({ chat_id: id }) => botTypes(id),
  chat: ({ chat_id: id }) => Promise.all([chatChanged(id), refreshPeople()]),
};

function online(there) {
  byId("offline").hidden = there;
  byId("offline").textContent = there ? "" : t("page.offline");
}

function changeLanguage(language) {
  speak(language);
  showBanner();
  showClock();
  showPeople();
  redrawChat();
  if (!byId("offline").hidden) online(false);
}

speak();
closeDialogs();
startClock(showPeople);
startPeople(choose);
startChat(() => {
  const last = byId("people-list").querySelector("[aria-current]")?.dataset.person;
  goTo(null);
  byId("people-list").querySelector(`[data-person="${last}"]`)?.focus();
});
byId("start-banner-close").addEventListener("click", () => {
  waitingStart = null;
  showBanner();
});
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => changeLanguage(button.dataset.language));
}
window.addEventListener("hashchange", () => follow());
document.addEventListener("visibilitychange", () => !document.hidden && showPeople());
listen((name, data) => Promise.resolve(EVENTS[name](data)).catch(() => {}), online);
