// Text with Telegram's formatting becomes elements here: only known tags, only known links, whatever arrives.
// Links that start the bot, commands and addresses in the text become what a tap on them does.

import { el } from "./dom.js";
import { t } from "./words.js";

const PLAIN = new Set(["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre"]);
const SCHEMES = new Set(["http:", "https:", "tg:", "mailto:", "tel:"]);
const PAYLOAD = /^[A-Za-z0-9_-]{1,64}$/;
const TAPPABLE = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)\]']|(?<![\w/@.])t\.me\/[^\s<>"«»]+[^\s<>"«».,;:!?)\]']|(?<![\w/<>.:])\/[a-z][a-z0-9_]{0,31}(?![\w/])/gi;

/** What follows «start» in a link, if it may stand there. */
export const validPayload = (payload) => PAYLOAD.test(payload);

function parsed(address) {
  try {
    return new URL(address, location.origin);
  } catch {
    return null;
  }
}

/** An address that may be opened, or null. */
export function safeAddress(address) {
  const url = parsed(address);
  return url && SCHEMES.has(url.protocol) ? url.href : null;
}

// This machine has several names.
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const isHere = (url) =>
  url.origin === location.origin ||
  (url.port === location.port && LOOPBACK.has(url.hostname) && LOOPBACK.has(location.hostname));

/** The payload of a link that starts one of the bots (t.me, tg:, or this very page), or null; "" starts without one. */
export function startPayload(address, usernames) {
  const url = parsed(address);
  if (!url) return null;
  const known = (name) => usernames.some((one) => one.toLowerCase() === name.toLowerCase());
  const payload = url.searchParams.get("start");
  if (url.protocol === "tg:") {
    return known(url.searchParams.get("domain") ?? "") ? (payload ?? "") : null;
  }
  if (url.hostname === "t.me" || url.hostname === "telegram.me") {
    return known(url.pathname.slice(1)) ? (payload ?? "") : null;
  }
  if (!isHere(url) || url.pathname !== "/") return null;
  return payload ?? new URLSearchParams(url.hash.slice(1)).get("start");
}

/** The safe elements for formatted text; `taps` says what commands and links do: {usernames, start, command}. */
export function safeText(html, taps) {
  const source = new DOMParser().parseFromString(html, "text/html");
  const target = document.createDocumentFragment();
  copy(source.body, target, taps, true);
  return target;
}

function copy(from, to, taps, tappable) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (tappable) to.append(...pieces(node.data, taps));
      else to.append(node.data);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      copyElement(node, to, taps, tappable);
    }
  }
}

function copyElement(node, to, taps, tappable) {
  const tag = node.localName;
  if (tag === "br") {
    to.append("\n");
  } else if (tag === "script" || tag === "style") {
    // Never text either.
  } else if (tag === "a") {
    const link = linkTo(node.getAttribute("href") ?? "", taps);
    copy(node, link, taps, false);
    to.append(link);
  } else if (tag === "tg-spoiler" || (tag === "span" && /^(tg-)?spoiler$/.test(node.className))) {
    const hidden = spoiler();
    copy(node, hidden, taps, false);
    to.append(hidden);
  } else if (tag === "blockquote") {
    const quote = el("blockquote");
    copy(node, quote, taps, tappable);
    to.append(quote);
  } else if (PLAIN.has(tag)) {
    const same = el(tag);
    copy(node, same, taps, tappable && tag !== "code" && tag !== "pre");
    to.append(same);
  } else {
    copy(node, to, taps, tappable);
  }
}

function* pieces(text, taps) {
  let end = 0;
  for (const found of text.matchAll(TAPPABLE)) {
    yield text.slice(end, found.index);
    const [word] = found;
    if (word.startsWith("/")) {
      yield el("button", { type: "button", class: "link", click: () => taps.command(word) }, word);
    } else {
      const link = linkTo(word.includes("://") ? word : `https://${word}`, taps);
      link.append(word);
      yield link;
    }
    end = found.index + word.length;
  }
  yield text.slice(end);
}

/** An empty link, or an empty span where the address is not one to open. */
export function linkTo(address, taps, attributes = {}) {
  const href = safeAddress(address);
  if (!href) return el("span", attributes);
  const payload = startPayload(href, taps.usernames);
  const start = (event) => {
    event.preventDefault();
    taps.start(payload);
  };
  return payload === null
    ? el("a", { href, target: "_blank", rel: "noopener noreferrer", ...attributes })
    : el("a", { href, click: start, ...attributes });
}

function spoiler() {
  const node = el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": t("chat.spoiler") });
  const show = () => {
    node.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && show());
  return node;
}
