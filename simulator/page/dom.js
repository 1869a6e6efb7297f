// Small pieces for building the page's elements, always from text, never from HTML.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** A new element; a function among the attributes listens to the event of that name. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** One of the drawings of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A round picture with an initial, of a colour that stays with the person. */
export function paintAvatar(node, id, name) {
  node.textContent = [...(name || "?").trim()][0]?.toUpperCase() ?? "?";
  node.dataset.colour = Math.abs(Number(id) || 0) % 7;
  return node;
}

/** A message that passes by itself; read aloud by a screen reader. */
export function toast(text, lasts = 4000) {
  const note = el("p", { class: "toast" }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), lasts);
}

/** A message that must be closed. */
export function alertDialog(text) {
  byId("alert-text").textContent = text;
  byId("alert-dialog").showModal();
}

/** Makes every dialog's cancel button and a tap beside the dialog close it. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
}

const MENU_GAP = 6;

// Beside its button, on the side that has more room.
function anchor(menu, button) {
  const at = button.getBoundingClientRect();
  const below = at.top < window.innerHeight / 2;
  const left = at.left < window.innerWidth / 2;
  Object.assign(menu.style, {
    top: below ? `${at.bottom + MENU_GAP}px` : "auto",
    bottom: below ? "auto" : `${window.innerHeight - at.top + MENU_GAP}px`,
    left: left ? `${at.left}px` : "auto",
    right: left ? "auto" : `${document.documentElement.clientWidth - at.right}px`,
  });
}

/** Place, focus and arrow keys for a popover menu. */
export function menuKeys(menu) {
  const items = () => [...menu.querySelectorAll("[role=menuitem]")];
  menu.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") anchor(menu, document.querySelector(`[popovertarget="${menu.id}"]`));
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open") items()[0]?.focus();
  });
  menu.addEventListener("click", (event) => {
    if (event.target.closest("[role=menuitem]")) menu.hidePopover();
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = items();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  });
}
