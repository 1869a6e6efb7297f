// Below the chat: the text field, the commands, what is attached, and the keyboard that the bot offers.

import { byId, el } from "./dom.js";
import { t } from "./words.js";

let acts = {};
let keyboardOpen = true;
let keyboardShown = ""; // the keyboard of last time, as JSON
let commandsShown = ""; // and the commands: a menu that is open stays as it is

/**
 * Starts it. `does`: say(text), which answers whether it was said, attach(kind, file), contact(number), and
 * main() for the big button that stands in its place.
 */
export function startComposer(does) {
  acts = does;
  byId("big-button").addEventListener("click", acts.main);
  byId("composer").addEventListener("submit", submit);
  byId("words").addEventListener("keydown", sendOnEnter);
  byId("words").addEventListener("input", grow);
  byId("keyboard-toggle").addEventListener("click", () => {
    keyboardOpen = !keyboardOpen;
    foldKeyboard();
  });
  byId("file").addEventListener("change", sendFile);
  byId("phone-form").addEventListener("submit", () => acts.contact(byId("phone-number").value.trim()));
  for (const item of document.querySelectorAll("[data-attach]")) item.addEventListener("click", () => attach(item.dataset.attach));
}

/** Shows what belongs to this transcript; the bot's commands come apart. */
export function showComposer(transcript, commands) {
  showFoot(transcript);
  showCommands(commands);
  showKeyboard(transcript.keyboard ?? []);
}

export const draft = () => byId("words").value;

/** Puts a text in the field, in place of what stood there. */
export function setDraft(text) {
  byId("words").value = text;
  grow();
}

function showFoot(transcript) {
  const { blocked } = transcript;
  const started = transcript.messages.some((message) => message.from === "user");
  const big = byId("big-button");
  const had = byId("composer").contains(document.activeElement);
  const bigHad = document.activeElement === big;
  big.hidden = started && !blocked;
  byId("composer").hidden = !big.hidden;
  big.textContent = t(blocked ? "chat.unblock" : "chat.start");
  byId("menu-block-text").textContent = t(blocked ? "chat.unblock" : "chat.block");
  if (had && !big.hidden) big.focus();
  if (bigHad && big.hidden) byId("words").focus();
}

function showCommands(commands) {
  const key = JSON.stringify(commands);
  if (key === commandsShown) return;
  commandsShown = key;
  byId("commands").hidden = commands.length === 0;
  byId("commands-menu").replaceChildren(
    ...commands.map(({ command, description }) =>
      el(
        "button",
        { type: "button", role: "menuitem", click: () => acts.say(`/${command}`) },
        el("strong", {}, `/${command}`), el("span", { class: "command-what" }, description),
      ),
    ),
  );
}

function showKeyboard(rows) {
  const key = JSON.stringify(rows);
  if (key !== keyboardShown) {
    keyboardShown = key;
    keyboardOpen = true;
    byId("keyboard").replaceChildren(
      ...rows.map((row) =>
        el("div", { class: "row" }, ...row.map((one) => el("button", { type: "button", class: "key", click: () => pressKey(one) }, one.label))),
      ),
    );
  }
  foldKeyboard();
}

function foldKeyboard() {
  const there = byId("keyboard").hasChildNodes() && !byId("composer").hidden;
  byId("keyboard-toggle").hidden = !there;
  byId("keyboard-toggle").setAttribute("aria-expanded", String(keyboardOpen));
  byId("keyboard").hidden = !there || !keyboardOpen;
}

function pressKey(key) {
  if (key.request_contact) byId("phone-dialog").showModal();
  else acts.say(key.label);
}

async function submit(event) {
  event.preventDefault();
  const words = byId("words");
  const text = words.value.trim();
  if (!text) return;
  setDraft("");
  words.focus();
  if (!(await acts.say(text)) && !words.value) setDraft(text);
}

function sendOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("composer").requestSubmit();
}

function grow() {
  const words = byId("words");
  words.rows = Math.min(6, Math.max(1, words.value.split("\n").length, Math.ceil(words.value.length / Math.max(20, words.clientWidth / 9))));
}

function attach(kind) {
  if (kind === "contact") {
    byId("phone-dialog").showModal();
    return;
  }
  const file = byId("file");
  file.accept = kind === "photo" ? "image/jpeg,image/png,image/webp" : "";
  file.dataset.kind = kind;
  file.click();
}

async function sendFile() {
  const input = byId("file");
  const [file] = input.files;
  if (file) await acts.attach(input.dataset.kind, file);
  input.value = "";
}
