"""YAML files of ours, read strictly: scalars are text, and what broke a line is named with its number.

A phone stays a phone, `no` a word, 007 three characters; what is left empty, `null` and `~` are none. No aliases, no
tags, and bounds on size and depth, so that no file can hold us up. Nothing here knows what the fields mean.
"""

import re
import unicodedata
from typing import Any

import yaml

from civic.errors import Faults

LARGEST = 512 * 1024
"""Bytes; a meeting of 1,000 people takes some 20,000."""
DEEPEST = 12
_UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn what follows them around: a text would read otherwise than it is written."""
_NONE = {"", "~", "null", "Null", "NULL"}
_QUOTES = "'\""
_START = re.compile(r"found character '(.)' that cannot start any token")

Parsed = tuple[Any, list[str]]
"""The data (dict, list, str, None), and the faults of its form that still let it be read."""


def read(raw: bytes | str) -> Any:
    """Read a file whole as dicts, lists, strings and None; raises Faults with every fault of its form."""
    data, faults = parse(raw)
    if faults:
        raise Faults(tuple(faults))
    return data


def parse(raw: bytes | str) -> Parsed:
    """Read a file as `read` does, but give back the faults that let it be read (a field that stands twice).

    Raises Faults, with one line, for what cannot be read at all.
    """
    text = _decoded(raw.encode() if isinstance(raw, str) else raw)
    builder = _Builder(text)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Faults((_explained(error, text),)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Faults((f"line {line}: has a character that no text has (code {ord(text[error.position])})",)) from error
    if builder.root is None:
        raise Faults(("the file is empty",))
    return builder.root, builder.faults


def _decoded(raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise Faults((f"the file has {len(raw):,} bytes, more than the {LARGEST:,} that are read",))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        fault = f"line {line}: is not text in UTF-8; save the file with the encoding UTF-8"
        raise Faults((fault,)) from error


class _Builder:
    """Makes data of the parser's events: no recursion, so no depth can break it."""

    def __init__(self, text: str) -> None:
        self.root: Any = None
        self.faults: list[str] = []
        self._lines = text.splitlines()
        self._open: list[dict[str, Any] | list[Any]] = []
        self._keys: list[str | None] = []
        """Per open collection the key whose value comes next; None in lists, and where a key comes next."""
        self._within: list[str] = []
        """Per open collection, the key that it was opened under (in its holder)."""
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(event, "a second document begins; one file holds one")
            case yaml.AliasEvent():
                self._stop(event, f"a text that begins with * ({event.anchor}) has to stand between quotes")
            case yaml.ScalarEvent():
                self._refuse_marks(event)
                self._put(self._scalar(event), event)
            case yaml.MappingStartEvent():
                self._refuse_marks(event)
                self._begin({}, event)
            case yaml.SequenceStartEvent():
                self._refuse_marks(event)
                self._begin([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
                self._within.pop()

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor:
            self._stop(event, f"a text that begins with & ({event.anchor}) has to stand between quotes")
        if event.tag:
            self._stop(event, f"a text that begins with ! ({event.tag}) has to stand between quotes")

    def _scalar(self, event: yaml.ScalarEvent) -> str | None:
        unseen = next((sign for sign in event.value if _is_unseen(sign)), None)
        if unseen:
            self._stop(event, f"has a character that no reader sees (U+{ord(unseen):04X})")
        if event.style is not None:
            return event.value
        line, column = _mark(event.end_mark)
        rest = self._lines[line][column:] if line < len(self._lines) else ""
        if rest.startswith(" #") and rest[2:].lstrip()[:1].isdigit() and not event.value.isdigit():
            # A remark stands after two spaces; «Calle 5 # 4-12» would silently lose its number.
            self.faults.append(f'line {line + 1}: a # cut it off after "{event.value}": put it between quotes')
        return None if event.value in _NONE else event.value

    def _begin(self, made: dict[str, Any] | list[Any], event: yaml.Event) -> None:
        if len(self._open) >= DEEPEST:
            self._stop(event, f"is nested more than {DEEPEST} deep")
        self._within.append((self._keys and self._keys[-1]) or "")
        self._put(made, event)
        self._open.append(made)
        self._keys.append(None)

    def _put(self, value: Any, event: yaml.Event) -> None:
        if not self._open:
            self.root = value
            return
        holder = self._open[-1]
        key = self._keys[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif key is not None:
            holder[key] = value
            self._keys[-1] = None
        elif not isinstance(value, str):
            self._stop(event, "has a value without the name of its field")
        else:
            if value in holder:
                self.faults.append(f"{self._place(value)}: stands twice, again in line {_line(event)}")
            self._keys[-1] = value

    def _place(self, key: str) -> str:
        """Say where a key of the innermost mapping stands: `workshops[3].capacity`."""
        place = ""
        for holder, within in zip(self._open[:-1], self._within[1:], strict=True):
            place += f"[{len(holder)}]" if isinstance(holder, list) else f".{within}"
        return f"{place}.{key}".removeprefix(".")

    def _stop(self, event: yaml.Event, what: str) -> None:
        raise Faults((*self.faults, f"line {_line(event)}: {what}"))


def _is_unseen(sign: str) -> bool:
    """Tell control characters (but breaks and tabs), halves of characters and signs that turn a text around."""
    return sign in _UNSEEN or (sign not in "\n\r\t" and unicodedata.category(sign) in {"Cc", "Cs"})


def _line(event: yaml.Event) -> int:
    return _mark(event.start_mark)[0] + 1


def _mark(mark: Any) -> tuple[int, int]:
    """Give line and column, from 0."""
    return mark.line, mark.column


def _explained(error: yaml.MarkedYAMLError, text: str) -> str:
    """Say what broke the form in words of a person who never heard of YAML, with the line to look at."""
    lines = text.splitlines() or [""]
    found = error.problem_mark or error.context_mark
    last = min(found.line if found else 0, len(lines) - 1)
    first = min(error.context_mark.line if error.context_mark else last, last)
    if error.problem and "'\\t'" in error.problem:
        return f"line {last + 1}: begins with a tab; indent with spaces"
    if start := _START.search(error.problem or ""):
        return f"line {last + 1}: a text that begins with {start[1]} has to stand between quotes"
    # What is between braces broke where they stand; a block's first line may be far above the fault.
    braces = "flow" in (error.context or "")
    for number in range(first, last + 1) if braces else (last, *range(first, last)):
        sign = _breaking(lines[number])
        if sign:
            return f'line {number + 1}: a text with "{sign}" has to stand between quotes'
    if error.problem and "unexpected end of stream" in error.problem:
        return f"line {first + 1}: a quote that opens here is never closed"
    return f"line {last + 1}: {error.problem or error.context or 'is not YAML'}"


def _breaking(line: str) -> str | None:
    """Find the sign outside quotes that ends a text before its end: ` #`, `?`, or a second `: `."""
    bare = _unquoted(line)
    if " #" in bare and "{" in bare.split(" #")[0]:
        return "#"
    if "?" in bare and any(bracket in bare for bracket in "{["):
        return "?"
    body = bare.split(" #")[0].strip().removeprefix("- ")
    inside = body.partition(":")[2]
    if ":" in inside and not any(bracket in inside for bracket in "{["):
        return ":"
    return "#" if " #" in bare else None


def _unquoted(line: str) -> str:
    """Blank what stands between quotes."""
    kept, quote = [], ""
    before = " "
    for sign in line:
        if quote:
            quote = "" if sign == quote else quote
            kept.append("_")
        elif sign in _QUOTES and before in " [{,:":
            quote = sign
            kept.append("_")
        else:
            kept.append(sign)
        before = sign
    return "".join(kept)
