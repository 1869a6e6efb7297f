// The people on the left: who they are, what was last said, and the form to add or change one.

import { get, post } from "./api.js";
import * as clock from "./clock.js";
import { byId, el, icon, paintAvatar, toast } from "./dom.js";
import { dayKey, hour, languageName, moment, shortDay, t } from "./words.js";

const SAMPLES = [
  { first_name: "María", language_code: "es" },
  { first_name: "Jorge", language_code: "es" },
  { first_name: "Emily", language_code: "en" },
];
const SEEN = "simulator.seen";

let people = [];
let current = null; // the id of the open chat
let edited = null; // the person in the form; null: a new one
let open = () => {};
let seen = JSON.parse(localStorage.getItem(SEEN) ?? "{}");
const typing = new Map(); // chat id → timer

export const person = (id) => people.find((one) => one.id === id);
export const nameOf = (one) => [one.first_name, one.last_name].filter(Boolean).join(" ");

/** Starts the list; `onOpen(id)` is called for a person chosen or just added. */
export function startPeople(onOpen) {
  open = onOpen;
  byId("add-person").addEventListener("click", () => editPerson(null));
  byId("person-language").addEventListener("change", showCode);
  byId("person-form").addEventListener("submit", save);
}

/** Reads the people again. */
export async function refreshPeople() {
  people = (await get("users")).users;
  showPeople();
}

/** Marks the open chat's row; null: none is open. */
export function choosePerson(id) {
  current = id;
  showPeople();
}

/** The bot is typing to this person for the next seconds; `lasts` 0: it no longer is. */
export function markTyping(id, lasts) {
  clearTimeout(typing.get(id));
  typing.delete(id);
  if (lasts) typing.set(id, setTimeout(() => markTyping(id, 0), lasts));
  showPeople();
}

const mark = (last) => `${last.date}|${last.text}`;
const unread = (one) => one.id !== current && one.last && seen[one.id] !== mark(one.last);

function remember() {
  const here = person(current);
  if (!here?.last || seen[current] === mark(here.last) || document.hidden) return;
  seen = { ...seen, [current]: mark(here.last) };
  localStorage.setItem(SEEN, JSON.stringify(seen));
}

/** Writes the list anew. */
export function showPeople() {
  remember();
  const list = byId("people-list");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.person : null;
  const fresh = (one) => (one.id === current ? Infinity : 0);
  const latest = (one) => (one.last ? moment(one.last.date).getTime() : fresh(one));
  const sorted = people.toSorted((a, b) => latest(b) - latest(a) || b.id - a.id);
  list.replaceChildren(...sorted.map((one) => el("li", {}, row(one))));
  if (focused) list.querySelector(`[data-person="${focused}"]`)?.focus();
  showWelcome();
}

function row(one) {
  const said = one.last ? one.last.text || t("chat.attachment") : t("people.new");
  const preview = typing.has(one.id) ? t("people.typing") : said;
  return el(
    "button",
    {
      type: "button",
      class: "person",
      "data-person": one.id,
      "aria-current": one.id === current ? "true" : null,
      click: () => open(one.id),
    },
    paintAvatar(el("span", { class: "avatar", "aria-hidden": "true" }), one.id, one.first_name),
    el(
      "span",
      { class: "person-words" },
      el("span", { class: "person-name" }, nameOf(one), el("span", { class: "tag" }, one.language_code ?? "?")),
      el("span", { class: typing.has(one.id) ? "person-last typing" : "person-last" }, preview),
    ),
    el(
      "span",
      { class: "person-side" },
      el("span", { class: "person-when" }, one.last ? when(moment(one.last.date)) : ""),
      el(
        "span",
        { class: "person-marks" },
        one.blocked && el("span", { class: "blocked", title: t("people.blocked") }, icon("block"), el("span", { class: "hidden" }, t("people.blocked"))),
        one.deactivated && el("span", { class: "tag" }, t("people.deactivated")),
        unread(one) && el("span", { class: "dot" }, el("span", { class: "hidden" }, t("people.unread"))),
      ),
    ),
  );
}

function when(date) {
  const now = clock.now();
  return now && dayKey(now) === dayKey(date) ? hour(date) : shortDay(date);
}

function showWelcome() {
  const missing = SAMPLES.filter((sample) => !people.some((one) => one.first_name === sample.first_name));
  const welcome = byId("welcome");
  const writing = people.filter((one) => one.last).length;
  welcome.hidden = missing.length === 0 || writing >= SAMPLES.length;
  if (welcome.hidden) return welcome.replaceChildren();
  const first = writing === 0 && current === null;
  const chips = missing.map((sample) => {
    const title = t("welcome.person", { name: sample.first_name, language: languageName(sample.language_code) });
    return el(
      "button",
      { type: "button", class: "chip", "aria-label": title, title, click: () => add(sample) },
      icon("add"), sample.first_name, el("span", { class: "tag" }, sample.language_code),
    );
  });
  chips.push(el("button", { type: "button", class: "chip", click: () => editPerson(null) }, t("welcome.other")));
  return welcome.replaceChildren(
    ...(first ? [el("h2", {}, t("welcome.title")), el("p", {}, t("welcome.text"))] : [el("p", {}, t("welcome.more"))]),
    el("div", { class: "chips" }, ...chips),
  );
}

/** Opens the form for a person, or for a new one (null). */
export function editPerson(id) {
  edited = id === null ? null : person(id);
  byId("person-title").textContent = t(edited ? "person.edit" : "person.add");
  byId("person-save").textContent = t(edited ? "person.save" : "person.create");
  byId("person-name").value = edited?.first_name ?? "";
  const code = edited?.language_code ?? document.documentElement.lang;
  const listed = ["es", "en"].includes(code);
  byId("person-language").value = listed ? code : "other";
  byId("person-code").value = listed ? "" : code;
  showCode();
  byId("person-dialog").showModal();
}

function showCode() {
  const other = byId("person-language").value === "other";
  byId("person-code-row").hidden = !other;
  byId("person-code").required = other;
  byId("person-code").disabled = !other;
}

function save() {
  const chosen = byId("person-language").value;
  const changes = {
    first_name: byId("person-name").value.trim(),
    language_code: chosen === "other" ? byId("person-code").value : chosen,
  };
  if (!changes.first_name) return;
  const kept = edited && Object.fromEntries(["id", "last_name", "username"].flatMap((key) => (edited[key] ? [[key, edited[key]]] : [])));
  add({ ...kept, ...changes }, !edited);
}

async function add(fields, opens = true) {
  try {
    const created = await post("users", fields);
    await refreshPeople();
    if (opens) open(created.id);
  } catch (error) {
    toast(t("page.refused", { why: error.message }));
  }
}
