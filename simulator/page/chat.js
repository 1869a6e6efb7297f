// The open chat: reads its transcript again whenever the simulator says that it changed, and shows only what differs.

import { get, post, Refused, upload } from "./api.js";
import { draft, setDraft, showComposer, startComposer } from "./composer.js";
import { alertDialog, byId, el, menuKeys, paintAvatar, toast } from "./dom.js";
import { dayLine, messageElement, summary } from "./message.js";
import { editPerson, markTyping, nameOf, person, refreshPeople } from "./people.js";
import { dayKey, languageName, longDay, moment, t } from "./words.js";

const TYPING_LASTS = 5000;
const NEAR_BOTTOM = 80;

let chatId = null;
let transcript = null;
let answersSeen = new Set(); // ids of the toasts and alerts already shown
let bots = [];
let drawn = new Map(); // message id → {key, nodes}
let pinnedAt = 0; // which of the pinned messages, newest first, the bar shows
let reading = false;
let tapped = false; // a button was pressed, and what it brings is not here yet
let again = false;
let typingTimer = 0;
const drafts = new Map();

const path = (rest = "") => `chats/${chatId}${rest}`;

const actions = {
  get usernames() {
    return bots.map((bot) => bot.username).filter(Boolean);
  },
  start: (payload) => say(payload ? `/start ${payload}` : "/start"),
  command: (word) => say(word),
  find: (id) => transcript.messages.find((message) => message.message_id === id),
  reveal,
  picture(photo, alt) {
    byId("picture-image").src = photo.url;
    byId("picture-image").alt = alt;
    byId("picture-download").href = photo.url;
    byId("picture-dialog").showModal();
  },
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("chat.copied", { text }));
    } catch {
      toast(t("chat.uncopied", { text }), 10_000);
    }
  },
  tap(messageId, { label, data }) {
    tapped = true;
    return attempt(() => post(path("/taps"), { message_id: messageId, label, data }));
  },
};

/** Starts the chat's controls; `onBack` is called to leave it. */
export function startChat(onBack) {
  byId("back").addEventListener("click", onBack);
  byId("menu-edit").addEventListener("click", () => editPerson(chatId));
  byId("menu-block").addEventListener("click", toggleBlock);
  byId("pinned").addEventListener("click", showNextPinned);
  byId("jump").addEventListener("click", () => toBottom("smooth"));
  byId("scroll").addEventListener("scroll", showJump, { passive: true });
  startComposer({
    say,
    main: () => (transcript.blocked ? toggleBlock() : actions.start("")),
    attach: (kind, file) => attempt(() => upload(path("/messages"), { [kind]: file })),
    contact: shareContact,
  });
  for (const menu of document.querySelectorAll(".menu")) menuKeys(menu);
  const sizes = new ResizeObserver(keepPlace);
  for (const id of ["log", "scroll"]) sizes.observe(byId(id));
}

/** Opens a person's chat; null closes it. */
export async function openChat(id) {
  if (chatId !== null) drafts.set(chatId, draft());
  const changed = id !== chatId;
  chatId = id;
  byId("chat").hidden = id === null;
  byId("chat-empty").hidden = id !== null;
  if (id === null) return;
  if (changed) {
    transcript = null;
    drawn = new Map();
    setTyping(false);
    byId("log").replaceChildren();
    byId("log").setAttribute("aria-busy", "true");
    setDraft(drafts.get(id) ?? "");
  }
  await refreshChat();
}

/** Who the chat belongs to may have changed. */
export function peopleChanged() {
  if (transcript) show();
}

/** The chat with this id changed; the open one is read again. */
export async function chatChanged(id) {
  if (id === chatId) await refreshChat();
}

/** The bot sent «typing» to this chat. */
export function botTypes(id) {
  markTyping(id, TYPING_LASTS);
  if (id === chatId) setTyping(true);
}

/** The bots that were seen so far, with their commands. */
export async function refreshBots() {
  ({ bots } = await get("bots"));
  if (transcript) redrawChat();
}

/** Writes the whole chat anew, as after a change of language. */
export function redrawChat() {
  if (!transcript) return;
  drawn = new Map();
  byId("log").replaceChildren();
  show();
}

/** Sends a text as the chat's person. */
export function say(text) {
  return attempt(() => post(path("/messages"), { text }));
}

async function refreshChat() {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    do {
      again = false;
      const asked = chatId;
      const answer = await get(path());
      if (asked === chatId) take(answer);
      else again = chatId !== null;
    } while (again);
  } finally {
    reading = false;
  }
}

function take(answer) {
  const first = transcript === null;
  for (const { id, text, alert } of answer.answers) {
    if (!first && !answersSeen.has(id) && text) (alert ? alertDialog : toast)(text);
  }
  answersSeen = new Set(answer.answers.map(({ id }) => id));
  const lastOf = (all) => all.findLast((message) => message.from === "bot")?.message_id;
  if (!first && lastOf(answer.messages) !== lastOf(transcript.messages)) setTyping(false);
  if (first || answer.pinned[0] !== transcript.pinned[0]) pinnedAt = 0;
  const grew = !first && answer.messages.length > transcript.messages.length;
  const mine = grew && (tapped || answer.messages.at(-1).from === "user");
  if (grew || first) tapped = false;
  transcript = answer;
  show(first || mine);
}

async function attempt(act) {
  try {
    await act();
    await refreshChat();
    return true;
  } catch (error) {
    toast(error instanceof Refused ? t("page.refused", { why: error.message }) : t("page.unreachable"));
    return false;
  } finally {
    for (const button of document.querySelectorAll("#log [aria-busy]")) button.removeAttribute("aria-busy");
  }
}

// What is shown

function show(jump = false) {
  const one = person(chatId);
  const [bot] = bots;
  const name = bot?.name || t("chat.bot");
  byId("chat-name").textContent = name;
  paintAvatar(byId("chat-avatar"), bot?.id ?? 5, name);
  byId("log").lang = one?.language_code ?? "";
  showStatus();
  showMessages(jump);
  showPinned();
  showComposer(transcript, inLanguage(bot?.commands_by_language) ?? bot?.commands ?? []);
}

function showStatus() {
  const one = person(chatId);
  const typing = byId("chat-status").classList.contains("typing");
  if (typing) byId("chat-status").textContent = t("chat.typing");
  else if (bots.length === 0) byId("chat-status").textContent = t("chat.nobot");
  else if (one) byId("chat-status").textContent = `${t("chat.of", { name: nameOf(one) })} · ${languageName(one.language_code ?? "es")}`;
}

function setTyping(typing) {
  clearTimeout(typingTimer);
  byId("chat-status").classList.toggle("typing", typing);
  if (typing) typingTimer = setTimeout(() => setTyping(false), TYPING_LASTS);
  else if (chatId !== null) markTyping(chatId, 0);
  showStatus();
}

function showMessages(jump) {
  const log = byId("log");
  const follow = jump || wasAtBottom;
  const focused = log.contains(document.activeElement) ? focusPlace(document.activeElement) : null;
  const kept = new Map();
  const wanted = [];
  let day = "";
  for (const message of transcript.messages) {
    const date = moment(message.date);
    const messageDay = dayKey(date);
    const key = JSON.stringify([message, messageDay !== day]);
    const old = drawn.get(message.message_id);
    const nodes = old?.key === key ? old.nodes : draw(message, messageDay !== day ? date : null);
    day = messageDay;
    kept.set(message.message_id, { key, nodes });
    wanted.push(...nodes);
  }
  drawn = kept;
  if (wanted.length === 0) wanted.push(introduction());
  place(log, wanted);
  log.removeAttribute("aria-busy");
  if (focused) restoreFocus(focused);
  wasAtBottom = follow;
  keepPlace();
}

function draw(message, newDay) {
  const nodes = newDay ? [dayLine(longDay(newDay))] : [];
  return [...nodes, messageElement(message, actions)];
}

// Puts the wanted nodes in order and touches none that already stands right, so that a screen reader hears only news.
function place(parent, wanted) {
  const stay = new Set(wanted);
  for (const node of [...parent.childNodes]) if (!stay.has(node)) node.remove();
  wanted.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

function introduction() {
  const [bot] = bots;
  const description = inLanguage(bot?.description);
  const text = description || (transcript.blocked ? t("chat.blocked") : t("chat.nothing"));
  return el("div", { class: "introduction" }, description && el("strong", {}, t("chat.can")), el("p", {}, text));
}

const FOCUSABLE = "button, a[href], [tabindex]";

function focusPlace(node) {
  const article = node.closest("article");
  return article && { id: article.id, label: node.textContent, index: [...article.querySelectorAll(FOCUSABLE)].indexOf(node) };
}

function restoreFocus({ id, label, index }) {
  const article = byId(id);
  if (article?.contains(document.activeElement)) return;
  const all = article ? [...article.querySelectorAll(FOCUSABLE)] : [];
  const same = all.find((node) => node.textContent === label) ?? all[Math.min(index, all.length - 1)] ?? byId("words");
  same.focus({ preventScroll: true });
}

let wasAtBottom = true;
let sizeKnown = "";

const size = () => `${byId("scroll").scrollHeight} ${byId("scroll").clientHeight}`;

// A picture that loads or a keyboard that opens must not move the end of the chat out of sight.
function keepPlace() {
  sizeKnown = size();
  if (wasAtBottom) toBottom();
  showJump();
}

function showJump() {
  const scroll = byId("scroll");
  if (size() === sizeKnown) wasAtBottom = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_BOTTOM;
  byId("jump").hidden = wasAtBottom;
}

function toBottom(behavior = "instant") {
  byId("scroll").scrollTo({ top: byId("scroll").scrollHeight, behavior });
}

/** Scrolls to a message and lights it up for a moment. */
function reveal(id) {
  const article = byId(`m${id}`);
  if (!article) return;
  wasAtBottom = false;
  article.scrollIntoView({ block: "center", behavior: "smooth" });
  article.classList.remove("lit");
  requestAnimationFrame(() => article.classList.add("lit"));
  article.addEventListener("animationend", () => article.classList.remove("lit"), { once: true });
}

function showPinned() {
  const { pinned } = transcript;
  const message = actions.find(pinned[pinnedAt] ?? pinned[0]);
  byId("pinned").hidden = !message;
  if (!message) return;
  byId("pinned-title").textContent = t("chat.pinned") + (pinned.length > 1 ? ` ${pinnedAt + 1}/${pinned.length}` : "");
  byId("pinned-text").textContent = summary(message);
}

function showNextPinned() {
  const { pinned } = transcript;
  reveal(pinned[pinnedAt]);
  pinnedAt = (pinnedAt + 1) % pinned.length;
  showPinned();
}

// What a bot set for the person's language, or for everyone.
function inLanguage(texts) {
  const [language] = (person(chatId)?.language_code ?? "").split("-");
  return texts?.[language] || texts?.[""];
}

async function toggleBlock() {
  const blocked = !transcript.blocked;
  if (await attempt(() => post(path("/block"), { blocked }))) {
    toast(t(blocked ? "chat.blocked" : "chat.unblocked"));
    await refreshPeople();
  }
}

function shareContact(number) {
  const one = person(chatId);
  const contact = { phone_number: number, first_name: one.first_name, user_id: one.id };
  return attempt(() => post(path("/messages"), { contact }));
}
