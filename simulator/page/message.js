// One message as Telegram shows it: a bubble with its text, files, place and time, and the buttons under it.

import { el, icon } from "./dom.js";
import { linkTo, safeAddress, safeText } from "./safe.js";
import { fileSize, hour, moment, t } from "./words.js";

/** What a message is, in a line of plain text: for the list of people, the pinned bar and a quote. */
export function summary(message) {
  if (message.text) return message.text.replace(/\s+/g, " ");
  if (message.photo) return t("chat.picture");
  if (message.document) return message.document.name || t("chat.document");
  if (message.voice) return t("chat.voice");
  if (message.sticker) return t("chat.sticker");
  if (message.contact) return t("chat.contact");
  if (message.venue) return message.venue.title;
  if (message.location) return t("chat.place");
  return "";
}

/** The line in the middle of the chat where a new day begins. */
export const dayLine = (text) => el("div", { class: "day" }, el("span", {}, text));

/** The element of one message. `actions`: {usernames, start, command, tap, copy, picture, reveal, find}. */
export function messageElement(message, actions) {
  const mine = message.from === "user";
  const bubble = el(
    "div",
    { class: "bubble" },
    el("span", { class: "hidden" }, mine ? t("chat.you") : t("chat.said")),
    quote(message, actions),
    picture(message, actions),
    attached(message),
    place(message),
    body(message, actions),
    stamp(message),
  );
  return el(
    "article",
    { class: mine ? "message mine" : "message", id: `m${message.message_id}` },
    bubble,
    message.buttons?.length > 0 && buttons(message, actions),
  );
}

function body(message, actions) {
  if (!message.text && !message.html) return null;
  const text = el("div", { class: "text" });
  if (message.html) text.append(safeText(message.html, actions));
  else text.append(message.text);
  return text;
}

function stamp(message) {
  const date = moment(message.date);
  return el(
    "span",
    { class: "stamp" },
    message.edited && el("span", { class: "edited" }, `${t("chat.edited")} `),
    el("time", { datetime: date.toISOString() }, hour(date)),
  );
}

function quote(message, actions) {
  const id = message.reply_to?.message_id ?? message.reply_to;
  const original = id && actions.find(id);
  if (!original) return null;
  return el("button", { type: "button", class: "quote", click: () => actions.reveal(id) }, summary(original));
}

function picture(message, actions) {
  const { photo, sticker } = message;
  if (sticker?.url) return el("img", { class: "sticker", src: safeAddress(sticker.url), alt: sticker.emoji || t("chat.sticker") });
  if (sticker) return el("div", { class: "text" }, sticker.emoji || t("chat.sticker"));
  if (!photo) return null;
  const image = el("img", { src: safeAddress(photo.url), alt: message.text || t("chat.picture") });
  if (photo.width) Object.assign(image, { width: photo.width, height: photo.height });
  return el("button", { type: "button", class: "photo", click: () => actions.picture(photo, image.alt) }, image);
}

function attached(message) {
  const { document: file, voice, contact } = message;
  if (voice) return el("audio", { controls: true, preload: "none", src: safeAddress(voice.url), "aria-label": t("chat.voice") });
  if (contact) {
    const name = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
    return card("person", name || t("chat.contact"), contact.phone_number ?? "");
  }
  if (!file) return null;
  const link = el("a", { class: "card", href: safeAddress(file.url), target: "_blank", rel: "noopener", download: opens(file) ? null : file.name || true });
  link.append(...card("file", file.name || t("chat.document"), fileSize(file.size)).childNodes);
  return link;
}

// What a browser shows by itself opens; the rest is saved.
const opens = (file) => file.mime === "application/pdf" || file.mime?.startsWith("image/");

function place({ venue, location }) {
  const point = venue?.location ?? (venue?.latitude === undefined ? location : venue);
  if (!point) return null;
  const at = `${point.latitude}, ${point.longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${point.latitude}&mlon=${point.longitude}#map=17/${point.latitude}/${point.longitude}`;
  const link = el("a", { class: "card place", href: map, target: "_blank", rel: "noopener noreferrer" });
  const lines = [venue?.address, venue ? null : at, t("chat.map")].filter(Boolean).join(" · ");
  link.append(...card("place", venue?.title ?? t("chat.place"), lines).childNodes);
  return link;
}

const card = (picture, title, under) =>
  el(
    "div",
    { class: "card" },
    el("span", { class: "card-icon" }, icon(picture)),
    el("span", { class: "card-words" }, el("span", { class: "card-title" }, title), el("span", { class: "card-under" }, under)),
  );

function buttons(message, actions) {
  const rows = message.buttons.map((row) => el("div", { class: "row" }, ...row.map((button) => inline(message, button, actions))));
  return el("div", { class: "buttons" }, ...rows);
}

function inline(message, button, actions) {
  if (button.copy !== undefined) {
    const press = () => actions.copy(button.copy);
    return el("button", { type: "button", class: "inline", click: press }, button.label, icon("copy"), aside("chat.copies"));
  }
  if (button.url !== undefined) {
    const link = linkTo(button.url, actions, { class: "inline" });
    link.append(button.label, icon("open"));
    if (link.target) link.append(aside("chat.opens"));
    return link;
  }
  const press = (event) => {
    event.currentTarget.setAttribute("aria-busy", "true");
    actions.tap(message.message_id, button);
  };
  return el("button", { type: "button", class: "inline", click: press }, button.label);
}

const aside = (key) => el("span", { class: "hidden" }, ` (${t(key)})`);
