"""The meeting file: what an organiser writes down of a meeting, read whole or with every fault and its place.

A pydantic model per part says what each field may hold; what concerns several fields is looked at apart, in whatever
of them could be read, so that one fault hides no other. The faults are lines for organisers, counting from 1.
"""

import difflib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from civic import yaml_file
from civic.columns import Text
from civic.errors import Faults
from civic.meeting_fields import (
    Attachment,
    When,
    address,
    attach,
    code,
    coordinate,
    identifier,
    name,
    offset,
    once,
    one_of,
    options,
    report_named,
    text_of,
    when,
    whole,
    word,
    zone,
)
from civic.meeting_rules import across

DEFAULT_ZONE = "America/Bogota"
R = TypeVar("R")
Short = Annotated[Text, PlainValidator(text_of(160))]
Long = Annotated[Text, PlainValidator(text_of(800, lines=True))]
Word = Annotated[str, PlainValidator(word(120))]
Code = Annotated[str, PlainValidator(code)]
Identifier = Annotated[str, PlainValidator(identifier)]
Address = Annotated[str, PlainValidator(address)]
Moment = Annotated[When, PlainValidator(when)]
Name = Annotated[str, PlainValidator(name)]
Names = Annotated[list[Name], AfterValidator(once), Field(max_length=30)]
Options = Annotated[list[Name], AfterValidator(options), Field(max_length=30)]
"""More would not fit under a question in the chat."""
Ladder = Annotated[list[Annotated[str, PlainValidator(offset)]], AfterValidator(once), Field(max_length=20)]


class Part(BaseModel):
    """A part of the file: no field but those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EntityPart(Part):
    """An entity that convenes."""

    code: Identifier
    name: Short
    pqrsd: Address | None = None
    privacy: Address | None = None


class VenuePart(Part):
    """Where it is."""

    name: Short
    address: Short
    landmark: Short | None = None
    latitude: Annotated[float | None, PlainValidator(coordinate(90))] = None
    longitude: Annotated[float | None, PlainValidator(coordinate(180))] = None


class ContactPart(Part):
    """Who answers people that the bot cannot help."""

    phone: Annotated[str, PlainValidator(word(40, digits=5))]
    hours: Short | None = None


class MeetingPart(Part):
    """The meeting itself. Moments are the clock times of its zone."""

    code: Code
    title: Short
    policy: Short
    objective: Long
    central_points: Annotated[list[Short], Field(max_length=30)] = []
    method: Long | None = None
    report: Annotated[str | None, PlainValidator(word(500))] = None
    venue: VenuePart
    contact: ContactPart | None = None
    starts_at: Moment
    ends_at: Moment
    timezone: Annotated[str, PlainValidator(zone)]
    capacity: Annotated[int, PlainValidator(whole(1, 100_000))]
    workshop_minutes: Annotated[int, PlainValidator(whole(1, 1440))] = 90
    guide_questions: Annotated[list[Long], Field(max_length=30)] = []
    needs: Names = []
    attributes: Annotated[dict[Name, Options], Field(max_length=10)] = {}


class WorkshopPart(Part):
    """A workshop of at most 30 people (M5) and those who run it (M6, M7)."""

    number: Annotated[int, PlainValidator(whole(1, 10_000))]
    topic: Short | None = None
    room: Short | None = None
    capacity: Annotated[int, PlainValidator(whole(1, 30, because="(M5)"))]
    minimum: Annotated[int, PlainValidator(whole(0, 30))] = 0
    features: Names = []
    facilitator: Word | None = None
    rapporteur: Word | None = None
    public_servant: Word | None = None


class QuestionPart(Part):
    """A question that people often ask, and its answer."""

    question: Long
    answer: Long


class FeedbackPart(Part):
    """A question of the questionnaire after the meeting."""

    id: Identifier
    kind: Annotated[
        Literal["scale", "yes_no", "choice", "text"],
        BeforeValidator(one_of("scale", "yes_no", "choice", "text")),
    ]
    text: Long
    options: Annotated[list[Short], Field(max_length=20)] = []


class MeetingFile(Part):
    """A whole meeting file, sound in itself."""

    entities: Annotated[list[EntityPart], Field(min_length=1, max_length=20)]
    meeting: MeetingPart
    workshops: Annotated[list[WorkshopPart], Field(max_length=200)] = []
    reminders: Ladder = ["15d", "7d", "3d", "1d", "2h"]
    assignment_before: Annotated[str, PlainValidator(offset)] = "7d"
    faq: Annotated[list[QuestionPart], Field(max_length=50)] = []
    feedback: Annotated[list[FeedbackPart], Field(max_length=20)] = []


PARTS: dict[str, type[Part]] = {
    "": MeetingFile,
    "entities": EntityPart,
    "meeting": MeetingPart,
    "meeting.venue": VenuePart,
    "meeting.contact": ContactPart,
    "workshops": WorkshopPart,
    "faq": QuestionPart,
    "feedback": FeedbackPart,
}


def parse(
    raw: bytes | str, folder: Path | None, *, now: datetime, default_zone: str = DEFAULT_ZONE
) -> tuple[MeetingFile, Attachment | None]:
    """Read a meeting file and the report beside it, if it names one.

    `folder` is where it lies (None: nothing lies beside it); relative dates count from `now`; `default_zone`
    is for a meeting that names none.
    Raises Faults with every fault at once.
    """
    return _read(raw, lambda meeting: attach(meeting, folder), now, default_zone)


def parse_alone(raw: bytes | str, *, now: datetime, default_zone: str = DEFAULT_ZONE) -> tuple[MeetingFile, str | None]:
    """Read a meeting file that came by itself; give the name of the report that has to come after it, if any.

    Raises Faults as `parse` does.
    """
    return _read(raw, report_named, now, default_zone)


def _read(
    raw: bytes | str, report: Callable[[Any], R], now: datetime, default_zone: str
) -> tuple[MeetingFile, R | None]:
    """Read a meeting file, and with `report` what its meeting's part says of that."""
    data, faults = yaml_file.parse(raw)
    if not isinstance(data, dict):
        raise Faults(("the file has to hold fields: entities, meeting, …",))
    found = _without_none(data)
    if isinstance(found.get("meeting"), dict):
        found["meeting"].setdefault("timezone", default_zone)
    whole_file = None
    try:
        whole_file = MeetingFile.model_validate(found)
    except ValidationError as error:
        faults += [_line(each) for each in error.errors(include_url=False)]
    faults += across(found, now=now)
    attachment = None
    try:
        attachment = report(found.get("meeting"))
    except ValueError as error:
        faults.append(f"meeting.report: {error}")
    if faults or whole_file is None:
        raise Faults(tuple(dict.fromkeys(faults)))
    return whole_file, attachment


def _without_none(value: Any) -> Any:
    """Leave out the fields that are none: they are as good as absent."""
    if isinstance(value, dict):
        return {field: _without_none(each) for field, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_none(each) for each in value]
    return value


_SAYING = {
    "missing": "is missing",
    "list_type": "has to be a list",
    "dict_type": "has to hold fields, each with its value",
    "model_type": "has to hold fields, each with its value",
    "model_attributes_type": "has to hold fields, each with its value",
}


def _line(error: Any) -> str:
    """Say one of pydantic's errors as a line for an organiser, with its place."""
    place = ""
    for step in error["loc"]:
        if step != "[key]":
            place += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    place = place.removeprefix(".")
    found = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            what = f"is not a field{_meant(error['loc'])}"
        case "list_type" | "too_short" if place == "entities":
            what = "has to be a list of at least one"
        case "too_long":
            what = f"has {found['actual_length']} entries; it may have {found['max_length']}"
        case "value_error":
            what = str(found["error"])
        case kind:
            what = _SAYING.get(kind, error["msg"])
    return f"{place}: {what}"


def _meant(loc: tuple[Any, ...]) -> str:
    part = PARTS[".".join(step for step in loc[:-1] if isinstance(step, str))]
    near = difflib.get_close_matches(str(loc[-1]), part.model_fields, n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""
