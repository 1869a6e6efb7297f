"""Texts with entities: Telegram's HTML read and refused as it does, and shown safely on a page.

Offsets and lengths of entities count UTF-16 units; positions in errors count UTF-8 bytes.
"""

from __future__ import annotations

import html
import re
import sys
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Entity = dict[str, Any]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(
    r"&(?:#(?:[xX](?P<hex>[0-9a-fA-F]{1,7})|(?P<decimal>[0-9]{1,7}))|(?P<name>lt|gt|amp|quot)(?![a-zA-Z]));?"
)
SURROGATES = "".join(map(chr, range(0xD800, 0xE000)))
_SPACE = " \t\n\r\v\f"
_TRIMMED = _SPACE + "\0"
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>]))"
    r"|(?P<email>(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>\bhttps?://[^\s<>\"]+[^\s<>\".,;:!?)\]'»])"
    r"|(?P<mention>(?<!\w)@[a-zA-Z]\w{2,31}\b)"
    r"|(?P<hashtag>(?<!\w)#[^\W\d]\w*)"
)


class Unparsable(Exception):
    """The HTML is broken; the message is Telegram's own."""


@dataclass(frozen=True)
class Formatted:
    """A plain text and its entities (offsets in UTF-16 units)."""

    text: str
    entities: list[Entity] = field(default_factory=list)


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


class _Reader:
    """One pass over the source, a tag at a time."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> Formatted:
        while self.at < len(self.source):
            character = self.source[self.at]
            if character == "<":
                if self.source.startswith("/", self.at + 1):
                    self._end_tag()
                else:
                    self._start_tag()
                continue
            if character == "&":
                character = self._character()
            else:
                self.at += 1
            self._say(character)
        if self.open:
            tag = self.open[-1].tag
            raise Unparsable(f'Can\'t find end tag corresponding to start tag "{tag}"')
        self.entities.sort(key=lambda e: (e["offset"], -e["length"]))
        return Formatted("".join(self.text), self.entities)

    def _say(self, character: str) -> None:
        self.text.append(character)
        self.offset += units(character)

    def _character(self) -> str:
        """Read what `&` begins: a character reference, or just itself."""
        match = _CHARACTER.match(self.source, self.at)
        code = 0
        if match and match["name"]:
            self.at = match.end()
            return _NAMED[match["name"]]
        if match:
            code = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
        if match is None or not 0 < code < sys.maxunicode or chr(code) in SURROGATES:
            self.at += 1
            return "&"
        self.at = match.end()
        return chr(code)

    def _bytes_before(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _skip(self, stop: str) -> str:
        start = self.at
        while self.at < len(self.source) and self.source[self.at] not in stop:
            self.at += 1
        return self.source[start : self.at]

    def _skip_space(self) -> None:
        while self.at < len(self.source) and self.source[self.at] in _SPACE:
            self.at += 1

    def _start_tag(self) -> None:
        begin = self.at
        where = self._bytes_before(begin)
        self.at += 1
        tag = self._skip(_SPACE + ">").lower()
        if self.at >= len(self.source):
            raise Unparsable(f"Unclosed start tag at byte offset {where}")
        if tag not in _KINDS:
            raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {where}')
        argument = self._attributes(tag, where)
        if tag == "span" and argument != "spoiler":
            raise Unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self.open.append(_Open(tag, argument, self.offset, len(self.text)))

    def _attributes(self, tag: str, where: int) -> str:
        argument = ""
        while True:
            self._skip_space()
            if self.source.startswith(">", self.at):
                self.at += 1
                return argument
            here = self._bytes_before(self.at)
            name = self._skip(_SPACE + "=>").lower()
            if self.at >= len(self.source):
                raise Unparsable(f'Unclosed start tag "{tag}" at byte offset {where}')
            if not name:
                raise Unparsable(f'Empty attribute name in the tag "{tag}" at byte offset {here}')
            self._skip_space()
            if not self.source.startswith("=", self.at):
                if (tag, name) == ("blockquote", "expandable"):
                    argument = "expandable"
                    continue
                raise Unparsable(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {here}'
                )
            self.at += 1
            self._skip_space()
            argument = self._argument(tag, name, self._value(tag, where)) or argument

    def _value(self, tag: str, where: int) -> str:
        quote = self.source[self.at : self.at + 1]
        if quote not in {'"', "'"}:
            here = self._bytes_before(self.at)
            token = self._skip(_SPACE + ">")
            if not re.fullmatch(r"[A-Za-z0-9.-]*", token):
                raise Unparsable(f"Unexpected end of name token at byte offset {here}")
            if self.at >= len(self.source):
                raise Unparsable(f'Unclosed start tag "{tag}" at byte offset {where}')
            return token.lower()
        self.at += 1
        value = []
        while self.at < len(self.source) and self.source[self.at] != quote:
            if self.source[self.at] == "&":
                value.append(self._character())
            else:
                value.append(self.source[self.at])
                self.at += 1
        self.at += 1
        if self.at >= len(self.source):
            raise Unparsable(f'Unclosed start tag "{tag}" at byte offset {where}')
        return "".join(value)

    @staticmethod
    def _argument(tag: str, name: str, value: str) -> str:
        match tag, name:
            case "a", "href":
                return value
            case "code", "class" if value.startswith("language-"):
                return value.removeprefix("language-")
            case "span", "class" if value.startswith("tg-"):
                return value.removeprefix("tg-")
            case "tg-emoji", "emoji-id":
                return value
            case "blockquote", "expandable":
                return "expandable"
        return ""

    def _end_tag(self) -> None:
        begin = self.at
        where = self._bytes_before(begin)
        if not self.open:
            raise Unparsable(f"Unexpected end tag at byte offset {where}")
        self.at += 2
        tag = self._skip(_SPACE + ">").lower()
        self._skip_space()
        if not self.source.startswith(">", self.at):
            raise Unparsable(f"Unclosed end tag at byte offset {where}")
        self.at += 1
        opened = self.open[-1]
        if tag and tag != opened.tag:
            raise Unparsable(f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{tag}>"')
        self.open.pop()
        if self.offset > opened.offset:
            self._add(opened)

    def _add(self, opened: _Open) -> None:
        entity: Entity = {
            "type": _KINDS[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        match opened.tag:
            case "a":
                url = linked(opened.argument or "".join(self.text[opened.start :]))
                if url is None:
                    return
                entity["url"] = url
            case "tg-emoji":
                entity["custom_emoji_id"] = opened.argument
            case "blockquote" if opened.argument:
                entity["type"] = "expandable_blockquote"
            case "code" if opened.argument and self.open and self.open[-1].tag == "pre":
                entity |= {"type": "pre", "language": opened.argument}
            case "pre" if self.entities and self.entities[-1]["type"] == "pre":
                inner = self.entities[-1]
                if (inner["offset"], inner["length"]) == (entity["offset"], entity["length"]):
                    return
        if entity["type"] in {"code", "pre"}:  # nothing stands inside them
            self.entities = [e for e in self.entities if e["offset"] < entity["offset"]]
        self.entities.append(entity)


def parse_html(source: str) -> Formatted:
    """Read Telegram's HTML; raises Unparsable with Telegram's words."""
    return _Reader(source).read()


def linked(address: str) -> str | None:
    """Return the address as Telegram would link it, or None when it links nothing."""
    address = address.strip()
    if not address or re.search(r"\s", address):
        return None
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme in {"tg", "ton"}:
        return address
    if parts.scheme not in {"http", "https"} or "." not in host.strip("."):
        return None
    return address if parts.path or parts.query or parts.fragment else f"{address}/"


def tidied(formatted: Formatted) -> Formatted:
    """Trim a text as Telegram does before it counts it; entities move along."""
    clean = "".join(" " if c < " " and c != "\n" else c for c in formatted.text.replace("\r", ""))
    # Dropping carriage returns would move entities; a text with entities has had none from us.
    lead = units(clean) - units(clean.lstrip(_TRIMMED))
    text = clean.strip(_TRIMMED)
    length = units(text)
    entities = []
    for entity in formatted.entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, length)
        if end > start:
            entities.append(entity | {"offset": start, "length": end - start})
    return Formatted(text, entities)


def with_found(formatted: Formatted) -> Formatted:
    """Add what Telegram finds by itself: commands, addresses, mentions, hashtags."""
    entities = list(formatted.entities)
    for match in _FOUND.finditer(formatted.text):
        offset = units(formatted.text[: match.start()])
        length = units(match[0])
        taken = any(
            e["offset"] < offset + length and offset < e["offset"] + e["length"]
            for e in formatted.entities
            if e["type"] in {"text_link", "code", "pre"}
        )
        if not taken and match.lastgroup:
            entities.append({"type": match.lastgroup, "offset": offset, "length": length})
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Formatted(formatted.text, entities)


_SHOWN = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ('<span class="spoiler">', "</span>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre>", "</pre>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="expandable">', "</blockquote>"),
    "bot_command": ('<span class="command">', "</span>"),
    "mention": ('<span class="mention">', "</span>"),
    "hashtag": ('<span class="hashtag">', "</span>"),
}


def to_html(text: str, entities: list[Entity]) -> str:
    """Show a text on a page: everything escaped, only our own tags, links that open apart."""
    raw = text.encode("utf-16-le")

    def piece(start: int, end: int) -> str:
        return raw[start * 2 : end * 2].decode("utf-16-le", "replace")

    def shown(start: int, end: int, inside: list[Entity]) -> str:
        parts = []
        at = start
        while inside:
            entity, *rest = inside
            begin = max(entity["offset"], at)
            finish = min(entity["offset"] + entity["length"], end)
            if begin >= finish:
                inside = rest
                continue
            within = [e for e in rest if e["offset"] < finish]
            inside = [e for e in rest if e["offset"] + e["length"] > finish]
            parts.append(html.escape(piece(at, begin)))
            opening, closing = _tags(entity, piece(begin, finish))
            parts.extend((opening, shown(begin, finish, within), closing))
            at = finish
        parts.append(html.escape(piece(at, end)))
        return "".join(parts)

    return shown(0, len(raw) // 2, sorted(entities, key=lambda e: (e["offset"], -e["length"])))


def _tags(entity: Entity, covered: str) -> tuple[str, str]:
    match entity["type"]:
        case "text_link" | "url":
            address = entity.get("url", covered)
        case "email":
            address = f"mailto:{covered}"
        case kind:
            return _SHOWN.get(kind, ("", ""))
    if not re.match(r"(https?|tg|mailto):", address, re.IGNORECASE):
        return "", ""
    link = html.escape(address, quote=True)
    return f'<a href="{link}" target="_blank" rel="noopener noreferrer">', "</a>"
