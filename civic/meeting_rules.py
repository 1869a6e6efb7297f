"""What several fields of a meeting file have to agree on, looked at in whatever of them can be read."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from civic.meeting_fields import When, when, whole, zone

LONGEST = timedelta(hours=24)
"""People are told one day with its hours."""
_COUNT: Callable[[Any], int] = whole(0, 999_999_999)


def across(found: dict[str, Any], *, now: datetime) -> Iterator[str]:
    """Give every fault between fields; what cannot be read by itself is another's fault, and passed over."""
    meeting = _fields(found.get("meeting"))
    workshops = [_fields(each) for each in _listed(found.get("workshops"))]
    yield from _dates(meeting, now)
    yield from _capacity(meeting, workshops)
    venue = _fields(meeting.get("venue"))
    if ("latitude" in venue) != ("longitude" in venue):
        yield "meeting.venue: latitude and longitude come together"
    for place, fields, name in (
        ("entities", [_fields(each) for each in _listed(found.get("entities"))], "code"),
        ("workshops", workshops, "number"),
        ("feedback", [_fields(each) for each in _listed(found.get("feedback"))], "id"),
    ):
        yield from _twice(place, fields, name)
    yield from _options(_listed(found.get("feedback")))


def _dates(meeting: dict[str, Any], now: datetime) -> Iterator[str]:
    name = _read(zone, meeting.get("timezone"))
    starts: When | None = _read(when, meeting.get("starts_at"))
    ends: When | None = _read(when, meeting.get("ends_at"))
    if name and starts and ends:
        yield from wrong_end(starts, ends, ends.moment(name, now) - starts.moment(name, now))


def wrong_end(starts: When, ends: When, lasting: timedelta) -> Iterator[str]:
    """Say what is wrong with an end so long after the start."""
    if lasting <= timedelta():
        yield f"meeting.ends_at: {ends.said} is not after the start ({starts.said})"
    elif lasting > LONGEST:
        yield f"meeting.ends_at: {ends.said} is more than a day after the start ({starts.said})"


def _capacity(meeting: dict[str, Any], workshops: list[dict[str, Any]]) -> Iterator[str]:
    capacity = _read(_COUNT, meeting.get("capacity"))
    sizes = [_read(_COUNT, each.get("capacity")) for each in workshops]
    known = [size for size in sizes if size is not None]
    if capacity and known and len(known) == len(sizes) and capacity > sum(known):
        yield f"meeting.capacity: {capacity} is over the {sum(known)} of its workshops together"
    for number, (workshop, size) in enumerate(zip(workshops, sizes, strict=True), 1):
        minimum = _read(_COUNT, workshop.get("minimum"))
        if minimum is not None and size is not None and minimum > size:
            yield f"workshops[{number}].minimum: {minimum} is over its capacity ({size})"


def _twice(place: str, parts: list[dict[str, Any]], name: str) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, part in enumerate(parts, 1):
        value = part.get(name)
        if not isinstance(value, str):
            continue
        same = str(int(value)) if value.isdecimal() and name == "number" else value
        if same in first:
            yield f"{place}[{number}].{name}: {value} is taken by {place}[{first[same]}]"
        else:
            first[same] = number


def _options(feedback: list[Any]) -> Iterator[str]:
    for number, question in enumerate(map(_fields, feedback), 1):
        options = question.get("options")
        if question.get("kind") == "choice":
            if not isinstance(options, list) or len(options) < 2:  # noqa: PLR2004 - one is no choice
                yield f"feedback[{number}].options: a choice has to have at least two"
        elif options is not None and question.get("kind") in {"scale", "yes_no", "text"}:
            yield f"feedback[{number}].options: only a choice has options"


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _read(reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except ValueError:
        return None
