// The page's own words in each language, and how it writes dates. What the bot says comes from the bot.

export const WORDS = {
  es: {
    "page.title": "Telegram local",
    "page.language": "Idioma de esta página",
    "page.cancel": "Cancelar",
    "page.close": "Cerrar",
    "page.ok": "Entendido",
    "page.offline": "Sin conexión con el simulador. Se intenta de nuevo…",
    "page.refused": "No se pudo: {why}",
    "page.unreachable": "No se pudo enviar: el simulador no responde.",
    "clock.title": "Reloj simulado",
    "clock.zone": "hora de {zone}",
    "clock.move": "Adelantar el reloj",
    "clock.hour": "Adelantar una hora",
    "clock.day": "Adelantar un día",
    "clock.week": "Adelantar una semana",
    "clock.hour.short": "+1 h",
    "clock.day.short": "+1 día",
    "clock.week.short": "+1 sem.",
    "clock.progress": "Avance del reloj",
    "clock.moving": "El reloj avanza…",
    "clock.reached": "Listo: el bot hizo todo lo que tocaba.",
    "clock.late": "Ya es {when}, pero el bot no terminó todo a tiempo; sigue con lo pendiente.",
    "people.title": "Personas",
    "people.add": "Añadir una persona",
    "people.edit": "Cambiar nombre o idioma",
    "people.new": "Sin mensajes todavía",
    "people.unread": "Mensajes sin leer",
    "people.blocked": "bloqueó al bot",
    "people.deactivated": "cuenta cerrada",
    "people.typing": "el bot escribe…",
    "welcome.title": "¡Le damos la bienvenida!",
    "welcome.text": "Este es un Telegram de práctica, solo en este computador. Elija quién le escribe al bot; después adelante el reloj de arriba y mire qué llega.",
    "welcome.more": "Añadir a alguien más:",
    "welcome.person": "Añadir a {name} ({language})",
    "welcome.other": "Otra persona…",
    "start.banner": "Un enlace abre el bot con «{payload}». ¿Quién lo abre? Elija una persona.",
    "start.cancel": "Nadie, cerrar el enlace",
    "start.wrong": "El enlace no vale: «{payload}».",
    "person.add": "Nueva persona",
    "person.edit": "Persona",
    "person.name": "Nombre",
    "person.language": "Idioma de su Telegram",
    "person.other": "Otro",
    "person.code": "Código del idioma (por ejemplo, pt)",
    "person.create": "Añadir",
    "person.save": "Guardar",
    "phone.number": "Número",
    "phone.share": "Compartir",
    "chat.title": "Chat",
    "chat.choose": "Elija una persona para abrir su chat con el bot",
    "chat.back": "Volver a las personas",
    "chat.more": "Más opciones",
    "chat.of": "chat de {name}",
    "chat.typing": "escribiendo…",
    "chat.nobot": "Ningún bot se ha conectado todavía; lo que escriba lo espera",
    "chat.bot": "Bot",
    "chat.block": "Bloquear al bot",
    "chat.unblock": "Desbloquear al bot",
    "chat.blocked": "Bloqueó al bot: ya no recibe sus mensajes.",
    "chat.unblocked": "El bot puede escribirle de nuevo.",
    "chat.start": "Iniciar",
    "chat.can": "¿Qué puede hacer este bot?",
    "chat.nothing": "Toque «Iniciar» para hablar con el bot.",
    "chat.messages": "Mensajes",
    "chat.write": "Escriba un mensaje",
    "chat.send": "Enviar",
    "chat.attach": "Adjuntar",
    "chat.keyboard": "Teclado de respuestas",
    "chat.commands": "Órdenes del bot",
    "chat.jump": "Ir al último mensaje",
    "chat.pinned": "Mensaje fijado",
    "chat.edited": "editado",
    "chat.you": "Usted:",
    "chat.said": "Bot:",
    "chat.copied": "Copiado: {text}",
    "chat.uncopied": "No se pudo copiar. El texto es: {text}",
    "chat.picture": "Imagen",
    "chat.download": "Descargar",
    "chat.document": "Archivo",
    "chat.attachment": "Imagen, archivo o ubicación",
    "chat.voice": "Mensaje de voz",
    "chat.sticker": "Adhesivo",
    "chat.contact": "Contacto",
    "chat.place": "Ubicación",
    "chat.map": "Ver en el mapa",
    "chat.opens": "se abre en otra pestaña",
    "chat.copies": "copia al portapapeles",
    "chat.spoiler": "Texto oculto: toque para verlo",
    "attach.photo": "Foto",
    "attach.file": "Archivo",
    "attach.contact": "Compartir mi teléfono",
  },
  en: {
    "page.title": "Local Telegram",
    "page.language": "Language of this page",
    "page.cancel": "Cancel",
    "page.close": "Close",
    "page.ok": "OK",
    "page.offline": "No connection to the simulator. Trying again…",
    "page.refused": "That did not work: {why}",
    "page.unreachable": "Not sent: the simulator does not answer.",
    "clock.title": "Simulated clock",
    "clock.zone": "{zone} time",
    "clock.move": "Move the clock forward",
    "clock.hour": "Forward one hour",
    "clock.day": "Forward one day",
    "clock.week": "Forward one week",
    "clock.hour.short": "+1 h",
    "clock.day.short": "+1 day",
    "clock.week.short": "+1 week",
    "clock.progress": "Progress of the clock",
    "clock.moving": "The clock is moving…",
    "clock.reached": "Done: the bot did all that was due.",
    "clock.late": "It is {when} now, but the bot did not finish everything in time; it goes on with what is left.",
    "people.title": "People",
    "people.add": "Add a person",
    "people.edit": "Change name or language",
    "people.new": "No messages yet",
    "people.unread": "Unread messages",
    "people.blocked": "blocked the bot",
    "people.deactivated": "account closed",
    "people.typing": "the bot is typing…",
    "welcome.title": "Welcome!",
    "welcome.text": "This is a practice Telegram, on this computer only. Choose who writes to the bot; then move the clock above and see what comes.",
    "welcome.more": "Add someone else:",
    "welcome.person": "Add {name} ({language})",
    "welcome.other": "Someone else…",
    "start.banner": "A link opens the bot with “{payload}”. Who opens it? Choose a person.",
    "start.cancel": "Nobody, close the link",
    "start.wrong": "The link is not valid: “{payload}”.",
    "person.add": "New person",
    "person.edit": "Person",
    "person.name": "Name",
    "person.language": "Language of their Telegram",
    "person.other": "Other",
    "person.code": "Language code (for example, pt)",
    "person.create": "Add",
    "person.save": "Save",
    "phone.number": "Number",
    "phone.share": "Share",
    "chat.title": "Chat",
    "chat.choose": "Choose a person to open their chat with the bot",
    "chat.back": "Back to people",
    "chat.more": "More options",
    "chat.of": "{name}’s chat",
    "chat.typing": "typing…",
    "chat.nobot": "No bot has connected yet; what you write waits for it",
    "chat.bot": "Bot",
    "chat.block": "Block the bot",
    "chat.unblock": "Unblock the bot",
    "chat.blocked": "Blocked the bot: its messages no longer arrive.",
    "chat.unblocked": "The bot can write again.",
    "chat.start": "Start",
    "chat.can": "What can this bot do?",
    "chat.nothing": "Tap “Start” to talk to the bot.",
    "chat.messages": "Messages",
    "chat.write": "Write a message",
    "chat.send": "Send",
    "chat.attach": "Attach",
    "chat.keyboard": "Answer keyboard",
    "chat.commands": "Bot commands",
    "chat.jump": "Go to the last message",
    "chat.pinned": "Pinned message",
    "chat.edited": "edited",
    "chat.you": "You:",
    "chat.said": "Bot:",
    "chat.copied": "Copied: {text}",
    "chat.uncopied": "It could not be copied. The text is: {text}",
    "chat.picture": "Picture",
    "chat.download": "Download",
    "chat.document": "File",
    "chat.attachment": "Picture, file or location",
    "chat.voice": "Voice message",
    "chat.sticker": "Sticker",
    "chat.contact": "Contact",
    "chat.place": "Location",
    "chat.map": "See on the map",
    "chat.opens": "opens in another tab",
    "chat.copies": "copies to the clipboard",
    "chat.spoiler": "Hidden text: tap to see it",
    "attach.photo": "Photo",
    "attach.file": "File",
    "attach.contact": "Share my phone number",
  },
};

const KEY = "simulator.language";
const LOCALES = { es: "es-CO", en: "en-US" };
const ZONE = pickZone("America/Bogota");

let language = pickLanguage();

function pickLanguage() {
  const stored = localStorage.getItem(KEY);
  if (stored in WORDS) return stored;
  return navigator.language.toLowerCase().startsWith("es") ? "es" : "en";
}

function pickZone(wanted) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: wanted }).resolvedOptions().timeZone;
  } catch {
    return new Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

/** The text of a key in the page's language, its {names} replaced. */
export function t(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const currentLanguage = () => language;

/** Changes the page's language, and writes its fixed texts anew. */
export function speak(chosen = language) {
  language = chosen;
  localStorage.setItem(KEY, chosen);
  document.documentElement.lang = chosen;
  document.title = t("page.title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of document.querySelectorAll("[data-title]")) node.title = t(node.dataset.title);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-language]")) {
    node.setAttribute("aria-pressed", String(node.dataset.language === chosen));
  }
}

/** A moment of the API (ISO text, or seconds since 1970) as a Date. */
export const moment = (value) => new Date(typeof value === "number" ? value * 1000 : value);

const format = (options) => (date) =>
  new Intl.DateTimeFormat(LOCALES[language], { timeZone: ZONE, ...options }).format(date);

export const hour = format({ hour: "numeric", minute: "2-digit" });
export const dayAndHour = format({
  weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit",
});
export const clockDay = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
export const shortDay = format({ day: "numeric", month: "short" });
export const longDay = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const dayKey = (date) =>
  new Intl.DateTimeFormat("sv", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" }).format(date);

/** What people call the zone: «Bogotá». */
export const zoneName = () => (ZONE === "America/Bogota" ? "Bogotá" : ZONE.split("/").pop().replaceAll("_", " "));

/** «1,2 MB». */
export function fileSize(bytes) {
  if (!bytes) return "";
  const units = ["B", "KB", "MB"];
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const number = new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: step > 1 ? 1 : 0 });
  return `${number.format(bytes / 1000 ** step)} ${units[step]}`;
}

/** A language's name in the page's language. */
export function languageName(code) {
  try {
    return new Intl.DisplayNames(LOCALES[language], { type: "language" }).of(code);
  } catch {
    return code;
  }
}
