"""What was done on a meeting, in words: who, when, what, old and new. Nobody but organisers is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import trail
from civic.schema import Meeting
from civic.trail import Act, Page
from locales import N_
from messages import desk_acts
from messages.announcements import TO
from messages.commitments import STATUS
from messages.file_changes import FIELDS
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.organiser import QUESTION, back_to_meeting, meeting_for
from messages.voice import Voice, escape, shortened

PAGE: Final = 6
"""Acts in one message."""
NAME: Final = 40
ABOUT: Final = 90
VALUE: Final = 60
DETAILS: Final = 260
"""Characters of old and new of one act."""

WORDS: Final = {
    ("m", "import"): N_("took in the meeting's file"),
    ("m", "convene"): N_("convened the meeting"),
    ("m", "move"): N_("moved the meeting"),
    ("m", "cancel"): N_("cancelled the meeting"),
    ("m", "seat"): N_("seated people in the workshops"),
    ("m", "planned"): N_("planned something that waits some minutes"),
    ("m", "undone"): N_("undid what was waiting"),
    ("m", "not_done"): N_("could not do what was waiting"),
    ("m", "commitments_imported"): N_("took in a file of commitments"),
    ("m", "call_list"): N_("looked at whom to call, with phones"),
    ("m", "people_list"): N_("took the list of people"),
    ("m", "exported"): N_("took everything of the meeting as data"),
    ("m", "mute_alerts"): N_("wants no more alerts of the meeting"),
    ("m", "hear_alerts"): N_("wants the alerts of the meeting again"),
    ("e", "change"): N_("changed an entity"),
    ("c", "drafted"): N_("drafted a commitment"),
    ("c", "redrafted"): N_("changed the draft of a commitment"),
    ("c", "draft_deleted"): N_("deleted the draft of a commitment"),
    ("c", "published"): N_("published a commitment"),
    ("c", "updated"): N_("told how a commitment goes"),
    ("s", "invite"): N_("made a link to invite an organiser"),
    ("s", "join_organisers"): N_("accepted an invitation to organise"),
    ("s", "revoke_role"): N_("took away an organiser's role"),
    ("s", "revoke_link"): N_("closed a link to invite"),
    ("s", "restore_role"): N_("gave back a role or a link"),
    ("n", "announce"): N_("wrote to people of the meeting"),
    ("n", "unannounce"): N_("took back what was to be written to people"),
    ("n", "not_announced"): N_("could not write to people"),
    ("r", "register"): N_("signed up"),
    ("r", "cancel"): N_("gave a place up"),
    ("r", "drop"): N_("gave a companion's place up"),
    ("r", "undo"): N_("took back a mistake"),
    ("r", "decline"): N_("turned an offer down"),
    ("r", "answer"): N_("answered a question"),
    ("r", "confirm"): N_("confirmed"),
    ("r", "seat"): N_("gave somebody a workshop"),
    ("r", "bring"): N_("said who comes along"),
    ("r", "takes"): N_("said whether the group may be parted"),
    ("r", "name"): N_("named a companion"),
    ("r", "join"): N_("took over a place by a link"),
    ("r", "renew_link"): N_("made another link for a group"),
    ("r", "ask_for"): N_("asked for a place on another phone"),
    ("r", "hand_over"): N_("let a place go to another phone"),
    ("r", "refuse_handover"): N_("did not let a place go to another phone"),
    ("o", "offer"): N_("offered a place"),
    ("o", "accept"): N_("accepted an offer"),
    ("o", "excuse"): N_("turned an offer down"),
    ("o", "lapse"): N_("an offer's time passed"),
}
"""What was done to what, after the name of who did it."""
THROUGH: Final = {
    "command": N_("The office, by command"),
    "clock": N_("Convoca, by itself"),
    "portal": N_("Somebody, on the page"),
}
KEYS: Final = {
    **FIELDS,
    "state": N_("the state"),
    "status": N_("the status"),
    "progress": N_("the progress"),
    "due": N_("the due date"),
    "due_at": N_("for"),
    "act": N_("what"),
    "audience": N_("to whom"),
    "days": N_("days ahead"),
    "seated": N_("seated"),
    "unseated": N_("without a workshop"),
    "people": N_("people"),
    "page": N_("page"),
    "version": N_("version"),
    "evidence": N_("proofs"),
    "owed": N_("people to be told"),
    "changed": N_("changed"),
    "created": N_("new"),
    "until": N_("until"),
    "name": N_("the name"),
    "workshop": N_("the workshop"),
    "text": N_("the text"),
    "responsible": N_("who is responsible"),
    "indicator": N_("the indicator"),
    "entity": N_("the entity"),
    "pqrsd": N_("where complaints go"),
    "privacy": N_("the data policy"),
    "companions": N_("companions"),
    "takes": N_("the group"),
    "trouble": N_("why"),
    "scope": N_("of what"),
}
"""What old and new are of."""
VALUES: Final = {
    **STATUS,
    "registered": N_("has a place"),
    "waiting": N_("waits for a place"),
    "offered": N_("has an offer"),
    "draft": N_("draft"),
    "convened": N_("convened"),
    "cancelled": N_("cancelled"),
    **desk_acts.NAMES,
    "all": N_("everybody"),
    "unconfirmed": N_("those who have not confirmed"),
    "workshop": N_("a workshop"),
    "together": N_("only together"),
    "any": N_("may be parted"),
    "over": N_("it came too late, or the meeting was cancelled"),
    "too_late": N_("it came too late"),
    "changed": N_("somebody else changed the meeting"),
    "not_an_organiser": N_("who did it organises no more"),
    "faults": N_("it did not fit any more"),
}
OF: Final = {
    ("audience", "waiting"): TO["waiting"],
    ("scope", "meeting"): N_("this meeting"),
    ("scope", "entity"): N_("all of an entity"),
}
"""Values that mean something else of another key."""
HIDDEN: Final = frozenset({"seed", "timezone", "cancelled", "slug", "question", "n"})
"""What says nothing to people."""


@dataclass(frozen=True)
class Trail:
    """A page of what was done on a meeting."""

    meeting: Meeting
    page: Page
    everybody: bool


def _load(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Trail | None:
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    everybody = bool(params.get("everybody"))
    return Trail(meeting, trail.page(session, meeting, params.get("page", 0), PAGE, everybody=everybody), everybody)


def _say(voice: Voice, seen: Trail) -> list[Message]:
    t, page = voice.t, seen.page
    lines = [t.gettext("<b>What was done</b>"), escape(shortened(voice.plain(seen.meeting.title), QUESTION))]
    for each in page.acts:
        lines += ["", *act(voice, each, seen.meeting.timezone)]
    if not page.acts:
        lines += ["", t.gettext("Nothing more.")]
    stem, end = f"oga:{seen.meeting.id}", ":1" if seen.everybody else ":0"
    rows = column(
        Button(t.gettext("Earlier acts"), choice=f"{stem}:{page.page + 1}{end}") if page.more else None,
        Button(t.gettext("Later acts"), choice=f"{stem}:{page.page - 1}{end}") if page.page else None,
        Button(t.gettext("Only what organisers did"), choice=f"{stem}:0:0")
        if seen.everybody
        else Button(t.gettext("Also what people did"), choice=f"{stem}:0:1"),
        back_to_meeting(voice, seen.meeting.id),
    )
    return [Message("\n".join(lines), rows)]


def act(voice: Voice, done: Act, zone: str) -> list[str]:
    """Say an act in HTML: when, who and what; to what; old and new; why."""
    t = voice.t
    if done.who:
        who = f"<b>{escape(shortened(done.who, NAME))}</b>"
    else:
        who = t.gettext("Somebody") if done.someone else t.gettext(THROUGH.get(done.through, N_("Somebody")))
    key = (done.subject, done.act)
    what = t.gettext(WORDS[key]) if key in WORDS else t.gettext("did: {act}").format(act=escape(done.act))
    lines = [f"{voice.stamp(done.at, zone)} · {who}: {what}"]
    if done.about and done.about != done.who:
        lines.append(f"«{escape(shortened(voice.plain(done.about), ABOUT))}»")
    changed = "; ".join(_changes(voice, done, zone))
    if changed:
        lines.append(escape(shortened(changed, DETAILS)))
    if done.because:
        lines.append(t.gettext("Why: {reason}").format(reason=escape(shortened(done.because, ABOUT))))
    return lines


def _changes(voice: Voice, done: Act, zone: str) -> list[str]:
    """Say old and new in plain text, each part once: `the progress: 20 → 50`."""
    old, new = done.old, done.new
    parts = []
    for key in dict.fromkeys([*old, *new]):
        before, after = (_of(voice, key, side.get(key), zone) for side in (old, new))
        if key in HIDDEN or before == after or (before is None and after is None):
            continue
        label = voice.t.gettext(KEYS[key]) if key in KEYS else key
        if before is not None and after is not None:
            parts.append(f"{label}: {before} → {after}")
        elif before is not None:
            parts.append(voice.t.gettext("{what}: it was {value}").format(what=label, value=before))
        else:
            parts.append(f"{label}: {after}")
    return parts


def _of(voice: Voice, key: str, value: Any, zone: str) -> str | None:
    """Say a value as it is said of this key, where that is otherwise than elsewhere."""
    said = OF.get((key, value)) if isinstance(value, str) else None
    return voice.t.gettext(said) if said else _value(voice, value, zone)


def _value(voice: Voice, value: Any, zone: str) -> str | None:
    """Say a value that an act noted, in plain text; None for nothing, and for what is said in its parts elsewhere."""
    t = voice.t
    said: str | None
    match value:
        case bool():
            said = t.pgettext("answer", "Yes") if value else t.pgettext("answer", "No")
        case int() | float():
            said = voice.number(value)
        case str():
            said = _words(voice, value, zone)
        case {"at": inner} | {"name": inner} | {"phone": inner}:
            said = _value(voice, inner, zone)
        case {voice.language: inner}:
            said = _value(voice, inner, zone)
        case [_, *_]:
            said = ", ".join(t.gettext(FIELDS[each]) if each in FIELDS else each for each in _heads(value))
        case _:
            said = None
    return said


def _heads(names: list[Any]) -> list[str]:
    """Name each part of a file once: `workshops[3].room` is one of the workshops."""
    return list(dict.fromkeys(str(each).partition("[")[0] for each in names))


def _words(voice: Voice, said: str, zone: str) -> str:
    if said in VALUES:
        return voice.t.gettext(VALUES[said])
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return shortened(said, VALUE)
    if len(said) == len("2026-11-01"):
        return voice.day(date.fromisoformat(said))
    return voice.when(moment, zone) if moment.tzinfo else said


KINDS: Final[dict[str, Kind]] = {"org_acts": Kind(_load, _say)}
