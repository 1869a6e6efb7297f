"""The commitment file: what entities stated in a plenary (M13), as an organiser writes it down.

A draft may lack what publishing asks for; what stands in the file is checked here, every fault at once with its place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Any, Final

from civic import yaml_file
from civic.columns import LANGUAGES, Text
from civic.errors import Faults

LONGEST: Final = 2000
"""Characters of one text."""

_CODE: Final = re.compile(r"[a-z0-9-]{3,40}")
_SLUG: Final = re.compile(r"[a-z0-9-]{1,40}")
_FIELDS: Final = ("id", "text", "entity", "responsible", "due", "indicator", "answers")


@dataclass(frozen=True)
class CommitmentDraft:
    """One commitment of a file. `entity` is a code or a name, settled against the meeting at import."""

    slug: str
    text: Text
    entity: str
    responsible: Text | None
    due_on: date | None
    indicator: Text | None
    answers: tuple[str, ...]


@dataclass(frozen=True)
class CommitmentFile:
    """A whole file: the meeting's code and its commitments in order."""

    meeting: str
    commitments: tuple[CommitmentDraft, ...]
    faults: tuple[str, ...] = ()
    """What is wrong with the file by itself; its import names it beside what it finds itself, and changes nothing."""


def parse(content: bytes) -> CommitmentFile:
    """Read a commitment file; raises Faults with every fault's place, counting from 1 (`commitments[2].due: …`)."""
    file = read(content)
    if file.faults:
        raise Faults(file.faults)
    return file


def read(content: bytes) -> CommitmentFile:
    """Read a commitment file with its faults, so far as it can be read; raises Faults where it cannot at all."""
    data, faults = yaml_file.parse(content)
    if not isinstance(data, dict):
        raise Faults(("the file: fields are expected here (meeting: …, commitments: …)",))
    faults += [f"{name}: unknown field" for name in data if name not in {"meeting", "commitments"}]
    meeting = _word(data, "meeting", "", faults, _CODE, "a meeting's code: 3 to 40 of a-z, 0-9 and -")
    listed = data.get("commitments")
    if not isinstance(listed, list) or not listed:
        faults.append("commitments: a list of at least one is expected here")
        listed = []
    drafts = [_draft(each, f"commitments[{number}]", faults) for number, each in enumerate(listed, 1)]
    faults += _doubled(drafts)
    return CommitmentFile(meeting, tuple(drafts), tuple(faults))


def _draft(data: Any, place: str, faults: list[str]) -> CommitmentDraft:
    if not isinstance(data, dict):
        faults.append(f"{place}: fields are expected here (id: …, text: …)")
        return CommitmentDraft("", "", "", None, None, None, ())
    faults += [f"{place}.{name}: unknown field" for name in data if name not in _FIELDS]
    answers = data.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(each, str) and each for each in answers):
        faults.append(f"{place}.answers: a list of contribution ids is expected here")
        answers = []
    text = _text(data, "text", place, faults)
    if text is None and not isinstance(data.get("text"), str | dict | list):
        faults.append(f"{place}.text: is missing")
    return CommitmentDraft(
        slug=_word(data, "id", f"{place}.", faults, _SLUG, "1 to 40 of a-z, 0-9 and -"),
        text=text or "",
        entity=_word(data, "entity", f"{place}.", faults),
        responsible=_text(data, "responsible", place, faults),
        due_on=_day(data, "due", place, faults),
        indicator=_text(data, "indicator", place, faults),
        answers=tuple(answers),
    )


def _word(
    data: Mapping[str, Any],
    name: str,
    place: str,
    faults: list[str],
    shape: re.Pattern[str] | None = None,
    expected: str = "",
) -> str:
    """Read a required single text, of a shape."""
    value = data.get(name)
    if not value:
        faults.append(f"{place}{name}: is missing")
    elif not isinstance(value, str):
        faults.append(f"{place}{name}: one text is expected here")
    elif shape and not shape.fullmatch(value):
        faults.append(f"{place}{name}: {_short(value)} is not {expected}")
    else:
        return value
    return ""


def _text(data: Mapping[str, Any], name: str, place: str, faults: list[str]) -> Text | None:
    """Read an optional text for people: one for everybody, or a map by language."""
    value = data.get(name)
    if value is None:
        return None
    where = f"{place}.{name}"
    if isinstance(value, dict):
        unknown = [f"{where}.{language}: is none of our languages" for language in value if language not in LANGUAGES]
        empty = [
            f"{where}.{language}: one text is expected here" for language, each in value.items() if not _said(each)
        ]
        faults += unknown + empty
        if not value:
            faults.append(f"{where}: a text is expected here")
        return None if unknown or empty or not value else {k: v.strip() for k, v in value.items()}
    if not _said(value):
        faults.append(f"{where}: a text of 1 to {LONGEST} characters is expected here, or a map by language")
        return None
    return str(value).strip()


def _said(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST


def _day(data: Mapping[str, Any], name: str, place: str, faults: list[str]) -> date | None:
    value = data.get(name)
    if value is None:
        return None
    day = day_of(value) if isinstance(value, str) else None
    if day is None:
        faults.append(f"{place}.{name}: {_short(value)} is no date such as 2027-03-31")
    return day


def day_of(text: str) -> date | None:
    """Read a date such as 2027-03-31; None for anything else."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None


def _doubled(drafts: list[CommitmentDraft]) -> list[str]:
    seen: dict[str, int] = {}
    faults = []
    for number, draft in enumerate(drafts, 1):
        if not draft.slug:
            continue
        if draft.slug in seen:
            faults.append(
                f"commitments[{number}].id: {draft.slug} stands twice (also in commitments[{seen[draft.slug]}])"
            )
        seen.setdefault(draft.slug, number)
    return faults


def _short(value: Any) -> str:
    return shorten(str(value), 60, placeholder="…")
