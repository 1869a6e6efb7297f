"""What Telegram refuses, and what the control API cannot use.

Refusals carry Telegram's own words: a bot is to meet here what it would meet there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from telegram import (
    ForceReply,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import FileSizeLimit, InlineKeyboardButtonLimit, MessageLimit

from simulator.entities import Formatted, Unparsable, parse_html, tidied, with_found

SOURCE_BYTES = 1 << 15
_BUTTON = "can't parse inline keyboard button: "
_OTHER_ACTIONS = (
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "web_app",
    "login_url",
    "pay",
)


class Unfit(Exception):
    """The control API was asked for something that makes no sense (400)."""

    status = 400


class Unknown(Unfit):
    """The control API was asked for something that is not there (404)."""

    status = 404


class Refusal(Exception):
    """Telegram's answer to a call that it does not carry out."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        """Return the JSON that Telegram sends."""
        answer: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.description,
        }
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(what: str) -> Refusal:
    """Return the refusal with which most faults of a bot are met."""
    return Refusal(400, f"Bad Request: {what}")


def not_found() -> Refusal:
    """Return the refusal of what does not exist: a method, a path."""
    return Refusal(404, "Not Found")


@dataclass(frozen=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime: str
    content: bytes


@dataclass
class Params:
    """The parameters of a call, whichever way they came (query, form, JSON)."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a string, empty when absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if re.search(r"[\ud800-\udfff]", text):
            raise bad_request("strings must be encoded in UTF-8")
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number; what is none counts as absent, as Telegram has it."""
        value = self.values.get(name)
        try:
            return int(value) if value is not None else default
        except (TypeError, ValueError):
            return default

    def number(self, name: str) -> float | None:
        """Return a number, or None."""
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """Return whether something is switched on."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def data(self, name: str, fault: str) -> Any:
        """Return a JSON value, given as such or as a string; refuses with `fault`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(fault) from None

    def upload(self, name: str) -> Upload | None:
        """Return the file of a field, sent in it or attached to it."""
        found = self.files.get(name)
        value = self.values.get(name)
        if found is None and isinstance(value, str) and value.startswith("attach://"):
            found = self.files.get(value.removeprefix("attach://"))
        if found is not None and len(found.content) > FileSizeLimit.FILESIZE_UPLOAD:
            raise Refusal(413, "Request Entity Too Large")
        return found


def formatted(params: Params, name: str, limit: int, *, too_long: str) -> Formatted:
    """Return a text with its entities; refuses what is broken or too long."""
    source = params.text(name)
    if len(source.encode()) > SOURCE_BYTES:
        raise bad_request("text is too long")
    mode = params.text("parse_mode").lower()
    found = Formatted(source)
    if mode == "html":
        try:
            found = parse_html(source)
        except Unparsable as broken:
            raise bad_request(f"can't parse entities: {broken}") from None
    elif mode not in {"", "none"}:
        # Markdown is real at Telegram; here nobody needs it, and a silent misreading would lie.
        raise bad_request("unsupported parse_mode")
    else:
        key = "entities" if name == "text" else "caption_entities"
        given = params.data(key, "can't parse entities JSON object")
        if given:
            found = Formatted(source, _entities(given))
    found = with_found(tidied(found))
    if len(found.text) > limit:
        raise bad_request(too_long)
    return Formatted(found.text, found.entities[: MessageLimit.MESSAGE_ENTITIES])


def _entities(given: Any) -> list[dict[str, Any]]:
    try:
        return [entity.to_dict() for entity in MessageEntity.de_list(given, None)]
    except (TypeError, AttributeError, KeyError, ValueError):
        raise bad_request("can't parse MessageEntity: expected an Array of Objects") from None


def message_text(params: Params) -> Formatted:
    """Return the text of a message: 1 to 4,096 characters after its entities are parsed."""
    found = formatted(params, "text", MessageLimit.MAX_TEXT_LENGTH, too_long="message is too long")
    if not found.text:
        raise bad_request("message text is empty")
    return found


def caption(params: Params) -> Formatted:
    """Return a caption: up to 1,024 characters after its entities are parsed."""
    return formatted(params, "caption", MessageLimit.CAPTION_LENGTH, too_long="message caption is too long")


@dataclass(frozen=True)
class Markup:
    """A checked reply markup: `inline` under its message, the others below the chat."""

    kind: str
    body: dict[str, Any]


def markup(params: Params) -> Markup | None:
    """Return the reply markup of a call, or None; refuses as Telegram does."""
    given = params.data("reply_markup", "can't parse reply keyboard markup JSON object")
    if given is None or given == {}:
        return None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in given:
        rows = _rows(given["inline_keyboard"], 'field "inline_keyboard" of the InlineKeyboardMarkup')
        for button in (b for row in rows for b in row):
            _inline_button(button)
        kept = InlineKeyboardMarkup.de_json({"inline_keyboard": [r for r in rows if r]}, None)
        return Markup("inline", kept.to_dict()) if kept.inline_keyboard else None
    if "keyboard" in given:
        rows = _rows(given["keyboard"], 'field "keyboard"')
        rows = [[_key(button) for button in row] for row in rows if row]
        return Markup("keyboard", ReplyKeyboardMarkup.de_json(given | {"keyboard": rows}, None).to_dict())
    if given.get("remove_keyboard"):
        return Markup("remove", ReplyKeyboardRemove.de_json(given, None).to_dict())
    if given.get("force_reply"):
        return Markup("force", ForceReply.de_json(given, None).to_dict())
    return None


def _rows(rows: object, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f"{what} must be an Array of Arrays")
    return rows


def _key(button: object) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("keyboard button text must be non-empty")
    return button


def _inline_button(button: object) -> None:
    if not isinstance(button, dict):
        raise bad_request(f"{_BUTTON}InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request(f'{_BUTTON}Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if button.get("url"):
        check_button_address(str(button["url"]))
    elif button.get("callback_data"):
        if len(str(button["callback_data"]).encode()) > InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    elif "copy_text" in button:
        _copied(button["copy_text"])
    elif not any(action in button for action in _OTHER_ACTIONS):
        raise bad_request(f"{_BUTTON}Text buttons are unallowed in the inline keyboard")


def _copied(given: object) -> None:
    text = given.get("text") if isinstance(given, dict) else None
    if not isinstance(text, str):
        raise bad_request(f'{_BUTTON}Can\'t find field "text"')
    if not 1 <= len(text) <= InlineKeyboardButtonLimit.MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def check_button_address(address: str) -> None:
    """Refuse the address of a button that Telegram would not open."""
    fault = f"inline keyboard button URL '{address}' is invalid: "
    scheme, mark, _ = address.partition("://")
    parts = urlsplit(address if mark else f"http://{address}")
    if mark and scheme.lower() not in {"http", "https", "tg", "ton"}:
        raise bad_request(f"{fault}Unsupported URL protocol")
    if parts.scheme in {"http", "https"}:
        if not parts.hostname:
            raise bad_request(f"{fault}URL host is empty")
        if "." not in parts.hostname or re.search(r"\s", address):
            raise bad_request(f"{fault}Wrong HTTP URL")
