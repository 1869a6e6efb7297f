"""The one adapter: a neutral message becomes aiogram's types and goes out, and what Telegram answers gets its sense."""

import html
import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendMessage
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram.types import Message as Sent

from civic import files
from civic.store import Store
from messages.message import Button, Document, Message
from messages.voice import escape

log = structlog.get_logger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NO_PREVIEW = NO_PREVIEW.model_dump_json(include={"is_disabled"})
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
REASON_KEPT = 200
PIN_SECONDS = 3


class Cure(Enum):
    """What to do about a send that failed (TELEGRAM.md's table)."""

    WAIT = auto()
    """Everybody is asked to wait `after` seconds; no attempt is counted."""
    AGAIN = auto()
    """It may or may not have arrived: try again with back-off, and count it."""
    GONE = auto()
    """The person cannot be reached."""
    DONE = auto()
    """Nothing was left to do."""
    PLAIN = auto()
    """A bug of ours in the HTML: send plain text."""
    CUT = auto()
    """A bug of ours: too long, send what fits."""
    MOVED = auto()
    """The chat has another id now: `chat_id`."""
    TOKEN = auto()
    """The token is wrong: nothing can be sent."""
    REFUSED = auto()
    """Telegram will never take this one."""


@dataclass(frozen=True)
class Fault:
    """A failed send, understood."""

    cure: Cure
    reason: str
    """Telegram's words without what they quote of ours, or the error's name; for the row and the log."""
    after: float = 0
    """Seconds of true time."""
    chat_id: int | None = None


_BAD_REQUESTS = (
    ("message is not modified", Cure.DONE),
    ("query is too old", Cure.DONE),
    ("query ID is invalid", Cure.DONE),
    ("chat not found", Cure.GONE),
    ("PEER_ID_INVALID", Cure.GONE),
    ("user is deactivated", Cure.GONE),
    ("INPUT_USER_DEACTIVATED", Cure.GONE),
    ("USER_IS_BLOCKED", Cure.GONE),
    ("can't parse entities", Cure.PLAIN),
    ("message is too long", Cure.CUT),
    ("MESSAGE_TOO_LONG", Cure.CUT),
    ("caption is too long", Cure.CUT),
    ("CAPTION_TOO_LONG", Cure.CUT),
)
"""What Telegram says, in whichever case."""


_OF_OURS = re.compile(r"""(can't parse entities).*|(?<![^\s(=:])(?:"[^"]*"|'[^']*'|«[^»]*»)|\w+://\S+""", re.DOTALL)
"""What Telegram quotes in its words: of our text, so of people, or a link with its token."""


def classify(error: Exception) -> Fault:
    """Say what a failed call means; an error that Telegram's answers do not raise is raised again.

    aiogram raises a bare TypeError for a 500 without description, and ClientDecodeError for an answer in HTML or one
    cut short (measured): both may have arrived, and are tried again.
    """
    match error:
        case TelegramRetryAfter():
            fault = Fault(Cure.WAIT, "too many requests", after=float(error.retry_after))
        case TelegramMigrateToChat():
            fault = Fault(Cure.MOVED, "chat migrated", chat_id=error.migrate_to_chat_id)
        case TelegramForbiddenError():
            fault = Fault(Cure.GONE, _short(error.message) or "Forbidden")
        case TelegramUnauthorizedError() | TelegramNotFound():
            fault = Fault(Cure.TOKEN, _short(error.message))
        case TelegramEntityTooLarge():
            fault = Fault(Cure.REFUSED, _short(error.message))
        case TelegramBadRequest():
            said = error.message or type(error).__name__
            cures = (cure for words, cure in _BAD_REQUESTS if words.lower() in said.lower())
            fault = Fault(next(cures, Cure.REFUSED), _short(said))
        case TelegramNetworkError():  # its words hold the address that was called, and so the token
            fault = Fault(Cure.AGAIN, type(error.__cause__ or error).__name__)
        case TelegramAPIError():
            fault = Fault(Cure.AGAIN, _short(error.message or type(error).__name__))
        case ClientDecodeError() | UnicodeDecodeError() | TypeError() | TimeoutError() | OSError():
            fault = Fault(Cure.AGAIN, type(error).__name__)
        case _:
            raise error
    return fault


class Files:
    """Telegram's ids of the files we keep: what was uploaded once is sent again by its id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[int, str], str] = {}

    async def known(self, bot: Bot, sha256: str) -> str | None:
        """Give the id under which this bot has sent a file."""
        found = self._known.get((bot.id, sha256))
        if found is None:
            found = await self._store.reading(files.telegram_id, bot.id, sha256)
            if found is not None:
                self._known[bot.id, sha256] = found
        return found

    async def learn(self, bot: Bot, sha256: str, telegram_id: str | None) -> None:
        """Keep an id, or forget one that Telegram refused (None)."""
        if telegram_id is None:
            self._known.pop((bot.id, sha256), None)
        elif self._known.get((bot.id, sha256)) == telegram_id:
            return
        else:
            self._known[bot.id, sha256] = telegram_id
        await self._store.transaction(files.learn_telegram_id, bot.id, sha256, telegram_id)

    async def content(self, document: Document) -> bytes:
        """Give what is to be uploaded: made now, or kept."""
        if document.content or document.sha256 is None:
            return document.content
        kept = await self._store.reading(files.fetch, document.sha256)
        return kept.content if kept else b""


def with_openable_buttons(message: Message) -> Message:
    """Turn buttons with an address that Telegram refuses (`http://localhost`, `https://intranet`) into lines of text.

    One such button would keep the whole message from being sent.
    """
    closed = [button for row in message.rows for button in row if button.url and not _opens(button.url)]
    if not closed:
        return message
    rows = tuple(kept for row in message.rows if (kept := tuple(button for button in row if button not in closed)))
    lines = (escape(f"{button.label}: {button.url}") for button in closed)
    return replace(message, text="\n".join([message.text, "", *lines]).strip(), rows=rows)


def _opens(url: str) -> bool:
    """Tell whether Telegram takes an address for a button: its host has a dot."""
    return "." in (urlsplit(url).hostname or "").strip(".") or url.startswith("tg:")


def keyboard(message: Message) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    """Make the buttons under a message, or the keys below the text field."""
    if message.contact:
        return _keys(message, message.contact)
    rows = _inline(message)
    return rows or (ReplyKeyboardRemove(remove_keyboard=True) if message.ends_keyboard else None)


def _inline(message: Message) -> InlineKeyboardMarkup | None:
    rows = [[_button(button) for button in row] for row in message.rows]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _keys(message: Message, contact: str) -> ReplyKeyboardMarkup:
    share = [KeyboardButton(text=contact, request_contact=True)]
    rows = [[KeyboardButton(text=button.label) for button in row] for row in message.rows]
    return ReplyKeyboardMarkup(keyboard=[share, *rows], resize_keyboard=True, one_time_keyboard=True)


async def send(
    bot: Bot, chat_id: int, message: Message, *, tapped: int | None = None, kept: Files | None = None
) -> int:
    """Send a message to a chat and give its id; one that edits replaces the tapped message where there was a tap.

    HTML that Telegram cannot read goes as plain text, and what is too long is cut: both are bugs of ours and are
    logged. Raises aiogram's errors (see `classify`), but for what changes nothing («message is not modified»).
    """
    message = with_openable_buttons(message)
    try:
        return await _send(bot, chat_id, message, tapped, kept, ParseMode.HTML)
    except TelegramBadRequest as error:
        fault = classify(error)
        if fault.cure not in {Cure.PLAIN, Cure.CUT}:
            raise
        log.exception("message.broken", cure=fault.cure.name, length=len(message.text))
    return await _send(bot, chat_id, _plain(message), tapped, kept, None)


async def _send(
    bot: Bot, chat_id: int, message: Message, tapped: int | None, kept: Files | None, parse_mode: ParseMode | None
) -> int:
    if message.edit and tapped is not None and not (message.document or message.place or message.contact):
        try:
            await bot.edit_message_text(
                text=message.text,
                chat_id=chat_id,
                message_id=tapped,
                parse_mode=parse_mode,
                link_preview_options=NO_PREVIEW,
                reply_markup=_inline(message),
            )
        except TelegramBadRequest as error:
            cure = classify(error).cure
            if cure is Cure.DONE:
                return tapped
            if cure is not Cure.REFUSED:  # what cannot be edited (gone, too old, a picture) is said anew
                raise
        else:
            return tapped
    return (await _send_new(bot, chat_id, message, kept, parse_mode)).message_id


async def pin(bot: Bot, chat_id: int, message_id: int) -> None:
    """Pin what was sent, if that can be done quickly: no part of sending, as what hangs here must not repeat that."""
    try:
        await bot.pin_chat_message(chat_id, message_id, disable_notification=True, request_timeout=PIN_SECONDS)
    except (TelegramAPIError, ClientDecodeError, TypeError):
        log.warning("pin.failed")


async def _send_new(bot: Bot, chat_id: int, message: Message, kept: Files | None, parse_mode: ParseMode | None) -> Sent:
    if message.place:
        place = message.place
        return await bot.send_venue(
            chat_id, place.latitude, place.longitude, place.title, place.address, reply_markup=keyboard(message)
        )
    if message.document:
        return await _send_document(bot, chat_id, message, message.document, kept, parse_mode)
    return await bot(_call(message, parse_mode).model_copy(update={"chat_id": chat_id}))


@lru_cache(maxsize=64)
def _call(message: Message, parse_mode: ParseMode | None) -> SendMessage:
    """Make the call that sends a text, all but its chat: it is the same for thousands who are told the same.

    What is nested in it is JSON already, as it goes out, rather than made anew for each of them.
    """
    markup = keyboard(message)
    in_json: dict[str, Any] = {
        "link_preview_options": _NO_PREVIEW,
        "reply_markup": markup.model_dump_json(exclude_none=True) if markup else None,
    }
    return SendMessage.model_construct(chat_id=0, text=message.text, parse_mode=parse_mode, **in_json)


async def _send_document(
    bot: Bot, chat_id: int, message: Message, document: Document, kept: Files | None, parse_mode: ParseMode | None
) -> Sent:
    """Send a file by Telegram's own id where it has one that still works, else upload it."""
    send_file = bot.send_photo if document.picture else bot.send_document
    known = await kept.known(bot, document.sha256) if kept and document.sha256 else None
    if kept and known and document.sha256:
        try:
            return await send_file(
                chat_id, known, caption=message.text or None, parse_mode=parse_mode, reply_markup=keyboard(message)
            )
        except TelegramBadRequest as error:
            if "file" not in (error.message or "").lower():
                raise
            await kept.learn(bot, document.sha256, None)
    content = await kept.content(document) if kept else document.content
    sent = await send_file(
        chat_id,
        BufferedInputFile(content, document.name),
        caption=message.text or None,
        parse_mode=parse_mode,
        reply_markup=keyboard(message),
    )
    if kept and document.sha256:
        telegram_id = sent.photo[-1].file_id if sent.photo else sent.document.file_id if sent.document else None
        if telegram_id:
            await kept.learn(bot, document.sha256, telegram_id)
    return sent


def _plain(message: Message) -> Message:
    """Take the HTML out of a message, and what does not fit."""
    text = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", message.text))
    limit = CAPTION_LIMIT if message.document else TEXT_LIMIT
    return replace(message, text=text if len(text) <= limit else text[: limit - 1] + "…")


def _short(reason: str | None) -> str:
    said = _OF_OURS.sub(r"\1…", (reason or "").removeprefix("Telegram server says - "))
    return " ".join(said.split())[:REASON_KEPT]


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=button.label,
        callback_data=button.choice,
        url=button.url,
        copy_text=CopyTextButton(text=button.copy) if button.copy else None,
    )
