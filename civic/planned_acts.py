"""What organisers do to a meeting from the chat: foreseen, shown, confirmed; then it waits, and may be undone.

More than a day ahead of the meeting a confirmed act waits ten minutes: a row of the agenda (`p3`), so that neither a
restart nor another process loses it or does it twice. Undone, it never was: nobody is told, nothing changed.
"""

from datetime import date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from civic import (
    audit,
    convening,
    drafting,
    evidence_drafts,
    files,
    foreseeing,
    meeting_file,
    meetings,
    outbox,
    staff,
    versions,
)
from civic.audit import Actor
from civic.commitments import LARGEST_EVIDENCE
from civic.daytime import local_date
from civic.errors import ActWaiting, DraftChanged, Faults, NotAnOrganiser, NothingOpen, NotTaken, Problem, TooLate
from civic.outbox import Priority
from civic.schema import Agenda, Meeting, PlannedAct

WAITS: Final = timedelta(minutes=10)
"""How long a confirmed act may be undone."""
LONGEST_PLACE: Final = 160
"""Characters of a venue's name, address and landmark each."""
VENUE: Final = ("name", "address", "landmark")
STATES: Final = {"convene": ("draft",), "move": ("draft", "convened"), "cancel": ("convened",)}
"""What a meeting has to be for each act."""


# Begun, and written on -------------------------------------------------------------------------------------------


def begin(session: Session, meeting_id: int, act: str, *, actor: Actor, now: datetime) -> PlannedAct:
    """Begin to convene, move or cancel a meeting: nothing of it is done.

    Raises MeetingUnknown, NotAnOrganiser, and NothingOpen for a meeting that is not in the state for it, or is over.
    """
    meeting = meetings.lock(session, meeting_id)
    if not staff.organises(session, actor.person_id, meeting.id):
        raise NotAnOrganiser
    if meeting.state not in STATES[act] or meeting.ends_at <= now:
        raise NothingOpen
    return _made(session, act, actor, now, meeting_id=meeting.id)


def receive(session: Session, raw: bytes, *, zone: str, actor: Actor, now: datetime) -> PlannedAct:
    """Take a meeting file that an organiser sent; `zone` is for a meeting that names none.

    With faults the act has failed (`trouble`), with every fault at once. Raises NotAnOrganiser.
    """
    if not staff.is_organiser(session, actor.person_id):
        raise NotAnOrganiser
    row = _made(session, "import", actor, now)
    try:
        parsed, named = meeting_file.parse_alone(raw, now=now, default_zone=zone)
        foreseeing.refuse_foreign(session, parsed, actor.person_id)
    except Faults as fault:
        _settle(session, row, "failed", now, {"what": "faults", "faults": list(fault.faults)})
        return row
    row.params = {"zone": zone, "code": parsed.meeting.code, "report": named}
    row.source = raw.decode("utf-8-sig")
    meeting = session.scalar(select(Meeting).where(Meeting.code == parsed.meeting.code))
    if meeting:
        row.meeting_id = meeting.id
        if named and meeting.report_name == named:
            row.report_sha256 = meeting.report_sha256
    session.flush()
    return row


def take_report(
    session: Session, act_id: int, name: str, content: bytes, media_type: str, *, actor: Actor, now: datetime
) -> PlannedAct:
    """Take the report that a meeting file names, under the name that it has there.

    Raises NotTaken for another kind of file than the one named, and for one that is empty or over 20 MB.
    """
    del now
    row = own(session, act_id, actor)
    named = row.params.get("report")
    if row.act != "import" or row.state != "proposed" or not named:
        raise NothingOpen
    if PurePosixPath(name).suffix.casefold() != PurePosixPath(named).suffix.casefold():
        raise NotTaken("not_the_report")
    if not 0 < len(content) <= LARGEST_EVIDENCE:
        raise NotTaken("too_large", LARGEST_EVIDENCE // 1_000_000)
    before, row.report_sha256 = row.report_sha256, files.keep(session, content, media_type)
    session.flush()
    _forget(session, before)
    return row


def lacks(row: PlannedAct) -> str | None:
    """Say what an act still lacks before it can be foreseen: report (a file that was named), because, address, change.

    None when it lacks nothing.
    """
    said = row.params
    if row.act == "import":
        return "report" if said.get("report") and not row.report_sha256 and not said.get("without_report") else None
    if row.act == "cancel":
        return None if said.get("because") else "because"
    if row.act == "move":
        venue = said.get("venue")
        if venue and "address" not in venue:
            return "address"
        return None if venue or said.get("day") or said.get("start") else "change"
    return None


def write(session: Session, act_id: int, /, *, actor: Actor, now: datetime, **said: Any) -> PlannedAct:
    """Save part of what is planned: `because`, `late_because`, `day`, `start` and `end` (times), `venue` parts.

    Without an `end` it lasts as long as before. The venue's `point` is its latitude and longitude, in degrees.
    `without_report` imports a file without the report that it names. Raises NotAnOrganiser; NothingOpen for an act
    that was confirmed; NotTaken for what cannot stand there.
    """
    row = own(session, act_id, actor)
    if row.state != "proposed":
        raise NothingOpen
    params = dict(row.params)
    for field, value in said.items():
        if field in VENUE:
            params["venue"] = _venue(params, field, value)
        elif field == "point":
            latitude, longitude = value
            params["venue"] = {**(params.get("venue") or {}), "latitude": latitude, "longitude": longitude}
        elif isinstance(value, date):
            _refuse_past(session, row, value, now)
            params[field] = value.isoformat()
        elif isinstance(value, time):
            params[field] = f"{value:%H:%M}"
        elif isinstance(value, str):
            params[field] = drafting.words(" ".join(value.split()), convening.LONGEST_REASON)
        else:
            params[field] = value
    row.params = params
    session.flush()
    return row


def discard(session: Session, act_id: int, *, actor: Actor) -> int | None:
    """Let go what was not confirmed; give its meeting's id, if it has one."""
    row = own(session, act_id, actor)
    if row.state != "proposed":
        raise NothingOpen
    meeting_id = row.meeting_id
    delete_row(session, row)
    return meeting_id


# Shown, confirmed, undone ----------------------------------------------------------------------------------------


def show(session: Session, act_id: int, *, actor: Actor, now: datetime) -> PlannedAct:
    """Foresee what a proposed act would do now, and keep it as what its author is shown, under its sign."""
    row = own(session, act_id, actor)
    if row.state != "proposed":
        return row
    if row.act == "import" and row.meeting_id is None:
        row.meeting_id = session.scalar(select(Meeting.id).where(Meeting.code == row.params["code"]))
        session.flush()
    if lacks(row):
        row.shown = None
        return row
    if row.act in STATES and session.get_one(Meeting, row.meeting_id).state not in STATES[row.act]:
        raise NothingOpen
    shown = foreseeing.foresee(session, row, actor=actor, now=now)
    row.shown, row.sign = shown, foreseeing.sign_of(session, row)
    session.flush()
    return row


def confirm(session: Session, act_id: int, sign: str, *, actor: Actor, now: datetime) -> PlannedAct:
    """Do what was shown under a sign: after ten minutes where it waits, else at once. A second time changes nothing.

    Raises DraftChanged when it would not do what was shown; ActWaiting while another act on the meeting waits.
    """
    row = own(session, act_id, actor)
    if row.state != "proposed":
        return row
    if before := waiting(session, row.meeting_id):
        raise ActWaiting(before.id)
    shown = row.shown or {}
    if "sent" not in shown or sign != row.sign or foreseeing.sign_of(session, row) != sign:
        raise DraftChanged
    now_so = foreseeing.foresee(session, row, actor=actor, now=now)
    if now_so.get("waits") != shown["waits"] or now_so.get("after") != shown["after"]:
        raise DraftChanged
    row.shown = now_so
    if not now_so["waits"]:
        _carry_out(session, row, actor, now)
        return row
    row.state, row.due_at = "waiting", now + WAITS
    session.add(Agenda(subject=f"p{row.id}", what=row.act, due_at=row.due_at))
    _record(session, row, "planned", actor, now)
    return row


def undo(session: Session, act_id: int, *, actor: Actor, now: datetime) -> PlannedAct:
    """Take back an act that waits, by anyone who organises its meeting; what is settled already stays as it is.

    Its author hears of it where somebody else took it back.
    """
    row = _locked(session, act_id, actor)
    if row.state == "waiting":
        session.execute(delete(Agenda).where(Agenda.subject == f"p{row.id}"))
        _settle(session, row, "undone", now, {"what": "undone", "by": actor.person_id})
        _record(session, row, "undone", actor, now)
        if row.author_id != actor.person_id:
            _tell(session, row, "org_act_failed", now)
    return row


def waiting(session: Session, meeting_id: int | None) -> PlannedAct | None:
    """Give the act that waits on a meeting."""
    return session.scalar(
        select(PlannedAct).where(
            PlannedAct.meeting_id.is_not(None), PlannedAct.meeting_id == meeting_id, PlannedAct.state == "waiting"
        )
    )


def run(session: Session, act_id: int, *, now: datetime) -> None:
    """Do an act whose wait is over, as its author meant it, and owe them word of how it went; the meeting is locked.

    Nothing is done for who organises no more, nor to a meeting that was changed meanwhile.
    """
    row = session.get(PlannedAct, act_id)
    if row is None or row.state != "waiting":
        return
    actor = Actor(row.author_id, "chat")
    trouble: dict[str, Any] | None = None
    if not staff.organises(session, row.author_id, row.meeting_id or 0):
        trouble = {"what": "not_an_organiser"}
    elif foreseeing.sign_of(session, row) != row.sign:
        trouble = {"what": "changed"}
    else:
        trouble = _tried(session, row, actor, now)
    if trouble:
        _settle(session, row, "failed", now, trouble)
        _record(session, row, "not_done", actor, now)
    _tell(session, row, "org_act_failed" if trouble else "org_act_done", now)


def meeting_of(session: Session, act_id: int) -> int | None:
    """Say whose meeting's act that is, if it is there."""
    return session.scalar(select(PlannedAct.meeting_id).where(PlannedAct.id == act_id))


def own(session: Session, act_id: int, actor: Actor) -> PlannedAct:
    """Lock an act, after its meeting, for its author, who organises at this moment.

    Raises NothingOpen for none, NotAnOrganiser for anybody else.
    """
    row = _locked(session, act_id, actor)
    if row.author_id != actor.person_id:
        raise NotAnOrganiser
    return row


def delete_row(session: Session, row: PlannedAct) -> None:
    """Delete an act, with the file that only it has."""
    report = row.report_sha256
    session.execute(delete(Agenda).where(Agenda.subject == f"p{row.id}"))
    session.delete(row)
    session.flush()
    _forget(session, report)


# Behind them -----------------------------------------------------------------------------------------------------


def _locked(session: Session, act_id: int, actor: Actor) -> PlannedAct:
    meeting_id = meeting_of(session, act_id)
    if meeting_id is not None:
        meetings.lock(session, meeting_id)
    row = session.scalar(
        select(PlannedAct)
        .where(PlannedAct.id == act_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NothingOpen
    organises = (
        staff.is_organiser(session, actor.person_id)
        if row.meeting_id is None
        else staff.organises(session, actor.person_id, row.meeting_id)
    )
    if not organises:
        raise NotAnOrganiser
    return row


def _made(session: Session, act: str, actor: Actor, now: datetime, *, meeting_id: int | None = None) -> PlannedAct:
    if actor.person_id is None:
        raise NotAnOrganiser
    row = PlannedAct(
        act=act, author_id=actor.person_id, meeting_id=meeting_id, params={}, state="proposed", made_at=now
    )
    session.add(row)
    session.flush()
    return row


def _refuse_past(session: Session, row: PlannedAct, day: date, now: datetime) -> None:
    """Raise NotTaken for a day that is over in the meeting's zone."""
    if day < local_date(now, session.get_one(Meeting, row.meeting_id).timezone):
        raise NotTaken("past")


def _venue(params: dict[str, Any], part: str, text: str | None) -> dict[str, Any]:
    """Give the place with another part: a new name begins another place, whose point on the map is not known."""
    before = {} if part == "name" else params.get("venue") or {}
    rest = {each: value for each, value in before.items() if each != part}
    return rest if text is None else {**rest, part: drafting.words(" ".join(text.split()), LONGEST_PLACE)}


def _carry_out(session: Session, row: PlannedAct, actor: Actor, now: datetime) -> None:
    done = foreseeing.carry_out(session, row, actor=actor, now=now)
    row.meeting_id = done.meeting_id
    row.shown = {**(row.shown or {}), "sent": done.sent, "reach": done.reach}
    _settle(session, row, "done", now)


def _tried(session: Session, row: PlannedAct, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Do an act, or say why it cannot be done any more, or would not be as it was shown; then nothing of it stands."""
    after = (row.shown or {}).get("after")
    attempt = session.begin_nested()
    try:
        _carry_out(session, row, actor, now)
        if versions.told(session.get_one(Meeting, row.meeting_id)) != after:
            raise DraftChanged  # a file's «in 20 days» is another day after midnight
    except Problem as problem:
        attempt.rollback()
        session.expire_all()
        if isinstance(problem, DraftChanged):
            return {"what": "changed"}
        if isinstance(problem, TooLate):
            return {"what": "too_late", "days": problem.days}
        faults = list(problem.faults) if isinstance(problem, Faults) else [type(problem).__name__]
        return {"what": "faults", "faults": faults}
    attempt.commit()
    return None


def _settle(
    session: Session, row: PlannedAct, state: str, now: datetime, trouble: dict[str, Any] | None = None
) -> None:
    """End an act; the file that it came from is kept no longer."""
    row.state, row.settled_at, row.trouble = state, now, trouble
    report, row.report_sha256, row.source = row.report_sha256, None, None
    session.flush()
    _forget(session, report)


def _tell(session: Session, row: PlannedAct, kind: str, now: datetime) -> None:
    """Owe its author word of how an act ended: an answer to what they asked for, so at any hour."""
    about = {"act": row.id}
    priority = Priority.REPLY
    outbox.enqueue(session, row.author_id, cause=f"p{row.id}", kind=kind, due_at=now, params=about, priority=priority)


def _forget(session: Session, report: str | None) -> None:
    if report:
        evidence_drafts.forget_files(session, {report})


def _record(session: Session, row: PlannedAct, act: str, actor: Actor, now: datetime) -> None:
    """Leave a row of what was planned, undone or could not be done."""
    new: dict[str, Any] = {"act": row.act}
    if act == "planned" and row.due_at:
        new["due_at"] = row.due_at.isoformat()
    if act == "not_done" and row.trouble:
        new["trouble"] = row.trouble["what"]
    audit.record(session, actor, act, f"m{row.meeting_id}", now=now, meeting_id=row.meeting_id, new=new)
