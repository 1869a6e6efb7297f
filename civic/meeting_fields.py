"""What the fields of a meeting file may hold: each reader takes a text and gives a value, or raises ValueError.

What a ValueError says follows the field's place in a fault's line: «`workshops[3].capacity`: 31 is over 30 (M5)».
"""

import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from civic.columns import LANGUAGES, Text
from civic.daytime import Offset, at_clock, local_date

LARGEST_REPORT = 50 * 1024 * 1024
"""Telegram's limit for a file that a bot sends."""

_CODE = re.compile(r"[a-z0-9-]{3,40}")
_IDENTIFIER = re.compile(r"[a-z0-9_-]{1,40}")
_LOCAL = re.compile(r"2[01]\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}", re.ASCII)
_RELATIVE = re.compile(r"in (?P<days>\d{1,4}) days? at (?P<clock>\d{2}:\d{2})", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)
_NAME = 60


@dataclass(frozen=True)
class When:
    """A clock time on a day, or so many days after the first import; a moment only in a zone."""

    said: str
    clock: time
    day: date | None = None
    days: int = 0

    @property
    def is_relative(self) -> bool:
        """Tell whether it counts from the day of the import."""
        return self.day is None

    def moment(self, zone: str, now: datetime) -> datetime:
        """Give the moment in UTC."""
        return at_clock(self.day or local_date(now, zone) + timedelta(days=self.days), self.clock, zone)


@dataclass(frozen=True)
class Attachment:
    """The report that lies beside the file."""

    name: str
    media_type: str
    content: bytes


def text_of(longest: int, *, lines: bool = False) -> Callable[[Any], Text]:
    """Make a reader of a text for people: one for everybody, or one by language; on one line, or on several."""

    def read(value: Any) -> Text:
        if not isinstance(value, dict):
            return _text(value, longest, lines=lines)
        if not value:
            raise ValueError("is empty")
        for language in value:
            if language not in LANGUAGES:
                raise ValueError(f'"{language}" is not a language of ours ({", ".join(LANGUAGES)})')
        return {language: _text(each, longest, lines=lines) for language, each in value.items()}

    return read


def word(longest: int, *, digits: int = 0) -> Callable[[Any], str]:
    """Make a reader of a text that is the same in every language; `digits`: how many it has at least (a phone)."""

    def read(value: Any) -> str:
        found = _text(value, longest)
        if sum(map(str.isdigit, found)) < digits:
            raise ValueError(f'"{found}" is not a phone number')
        return found

    return read


def code(value: Any) -> str:
    """Read a meeting's code, as it stands in links."""
    found = _text(value, 200)
    if not _CODE.fullmatch(found):
        raise ValueError(f'"{found}" is not a code: 3 to 40 of a-z, 0-9 and -')
    return found


def identifier(value: Any) -> str:
    """Read an entity's code or a question's id."""
    found = _text(value, 200)
    if not _IDENTIFIER.fullmatch(found):
        raise ValueError(f'"{found}" is not an identifier: 1 to 40 of a-z, 0-9, - and _')
    return found


def address(value: Any) -> str:
    """Read an address of the web."""
    found = _text(value, 500)
    if not is_address(found):
        raise ValueError(f'"{found}" is not an address that begins with https:// or http://')
    return found


def is_address(text: str) -> bool:
    """Tell an address of the web from other text."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s<>\"]", text)
    except ValueError:
        return False


def zone(value: Any) -> str:
    """Read a time zone's name."""
    found = _text(value, 100)
    if found not in available_timezones():
        raise ValueError(f'"{found}" is not a time zone such as America/Bogota')
    return str(ZoneInfo(found))


def when(value: Any) -> When:
    """Read a local time: `2026-12-15T09:00`, or `in 20 days at 09:00`."""
    found = _text(value, 100)
    try:
        if match := _RELATIVE.fullmatch(found):
            return When(found, time.fromisoformat(match["clock"]), days=int(match["days"]))
        if _LOCAL.fullmatch(found):
            local = datetime.fromisoformat(found)
            return When(found, local.time(), day=local.date())
    except ValueError:
        raise ValueError(f'"{found}" is on no calendar or clock') from None
    raise ValueError(f'"{found}" is not a local time such as 2026-12-15T09:00 (or: in 20 days at 09:00)')


def whole(least: int, most: int, *, because: str = "") -> Callable[[Any], int]:
    """Make a reader of a whole number between bounds."""

    def read(value: Any) -> int:
        found = _text(value, 100)
        if not _WHOLE.fullmatch(found):
            raise ValueError(f'"{found}" is not a whole number')
        number = int(found)
        if number < least:
            raise ValueError(f"{number} is under {least}")
        if number > most:
            raise ValueError(f"{number} is over {most} {because}".rstrip())
        return number

    return read


def coordinate(most: int) -> Callable[[Any], float]:
    """Make a reader of degrees, with a point: -74.08175."""

    def read(value: Any) -> float:
        found = _text(value, 100)
        if not _NUMBER.fullmatch(found) or abs(float(found)) > most:
            raise ValueError(f'"{found}" is not a number of degrees between -{most} and {most}')
        return float(found)

    return read


def offset(value: Any) -> str:
    """Read a time before the meeting: `7d`, `2h`."""
    found = _text(value, 100)
    try:
        Offset.parse(found)
    except ValueError:
        raise ValueError(f'"{found}" is not a number of days or hours such as 15d or 2h') from None
    return found


def name(value: Any) -> str:
    """Read a word of the organiser's: a need, a feature, an attribute, one of its options."""
    return _text(value, _NAME)


def options(values: list[str]) -> list[str]:
    """Check an attribute's options: at least two, each once."""
    if len(values) < 2:  # noqa: PLR2004 - one is no choice
        raise ValueError("has to be a list of at least two options")
    return once(values)


def once(values: list[str]) -> list[str]:
    """Check that each value of a list stands once."""
    twice = [value for number, value in enumerate(values) if value in values[:number]]
    if twice:
        raise ValueError(f'"{twice[0]}" stands twice')
    return values


def one_of(*words: str) -> Callable[[Any], str]:
    """Make a check that a text is one of some words."""

    def read(value: Any) -> str:
        found = _text(value, 100)
        if found not in words:
            raise ValueError(f'"{found}" is none of {", ".join(words)}')
        return found

    return read


def report_named(meeting: Any) -> str | None:
    """Say which file the meeting's part names as its report; None without one, or for an address."""
    named = meeting.get("report") if isinstance(meeting, dict) else None
    if not isinstance(named, str) or is_address(named):
        return None
    if "://" in named:
        raise ValueError(f'"{named}" is not an address that begins with https:// or http://')
    if Path(named).name != named:
        raise ValueError(f'"{named}" has to lie beside the meeting file, or be an address')
    return named


def attach(meeting: Any, folder: Path | None) -> Attachment | None:
    """Read the report that the meeting's part names, if it is a file beside it."""
    named = report_named(meeting)
    if named is None:
        return None
    if folder is None:
        raise ValueError(f'"{named}" has to lie beside the meeting file, or be an address')
    path = folder / named
    try:
        if not path.exists():
            raise ValueError(f'there is no file "{named}" beside the meeting file')
        if not path.is_file():
            raise ValueError(f'"{named}" is not a file that can be read')
        size = path.stat().st_size
        if not 0 < size <= LARGEST_REPORT:
            raise ValueError(f'"{named}" has {size:,} bytes; it may have 1 to {LARGEST_REPORT:,}')
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f'"{named}" cannot be read: {error.strerror}') from error
    return Attachment(named, mimetypes.guess_type(named)[0] or "application/octet-stream", content)


def _text(value: Any, longest: int, *, lines: bool = False) -> str:
    if isinstance(value, dict | list):
        raise ValueError("has to be a text")  # noqa: TRY004 - pydantic takes a ValueError alone
    found = str(value or "").strip()
    if not lines:
        found = " ".join(found.split())
    if not any(sign.isprintable() and not sign.isspace() for sign in found):
        raise ValueError("is empty")
    if len(found) > longest:
        raise ValueError(f"has {len(found)} characters; it may have {longest}")
    return str(found)
