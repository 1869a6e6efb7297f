"""What we say to organisers about updates of commitments: the draft, what it still takes, and how it will go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import previews, public_record, staff, update_drafts
from civic.commitments import LARGEST_EVIDENCE, LONGEST_NOTE, LONGEST_REASON
from civic.public_record import Standing
from civic.schema import Commitment, Meeting
from locales import N_
from messages.commitments import STATUS, brief, changes, due, percent, status
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, column
from messages.organiser_commitments import (
    EVIDENCE,
    OBSTACLES,
    Gone,
    Pieces,
    Preview,
    after,
    evidence_said,
    example,
    out_buttons,
    pieces,
    reaches,
    shown_before,
)
from messages.voice import Voice, escape

PHOTO: Final = N_("photo")
"""The name of a photo sent in the chat, before its ending."""
PROGRESS: Final = (0, 25, 50, 75, 100)

ASKS: Final = {
    "status": N_("How does it stand now?"),
    "progress": N_("How far is it, in per cent? Tap, or write a number from 0 to 100."),
    "note": N_("What has happened? Write it for everybody to read (at most {number} characters)."),
    "evidence": EVIDENCE,
    "due": N_("By when will it be done now? Write the day, for example {example}."),
    "because": N_("Why does the due date change? Everybody will read it (at most {number} characters)."),
}


@dataclass(frozen=True)
class Managed:
    """A published commitment as its organiser sees it."""

    standing: Standing
    drafting: bool
    """Whether she has begun an update."""


@dataclass(frozen=True)
class Drafted:
    """The draft of an update, as the news that it would be; without one, as it stands."""

    preview: Preview
    evidence: Pieces
    begun: bool
    due_changed: bool
    field: str = ""
    """Which is asked for."""


def _own(session: Session, who: Who, params: Mapping[str, Any]) -> Commitment | None:
    row = session.get(Commitment, params["commitment"])
    if row is None or row.published_at is None or not staff.organises(session, who.person_id, row.meeting_id):
        return None
    return row


def _load_managed(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Managed | None:
    row = _own(session, who, params)
    whole = public_record.history(session, row.id, now) if row else None
    if row is None or whole is None:
        return None
    return Managed(whole.standing, update_drafts.of(session, row.id, who.person_id) is not None)


def _managed(voice: Voice, managed: Managed) -> list[Message]:
    t, standing = voice.t, managed.standing
    lines = [
        f"<b>{brief(voice, standing.text)}</b>",
        t.gettext("How it stands: {status}").format(status=escape(status(voice, standing))),
        escape(due(voice, standing)),
    ]
    if standing.withdrawn_because:
        lines.append(t.gettext("It was withdrawn: {reason}").format(reason=brief(voice, standing.withdrawn_because)))
    begin = t.gettext("Go on with the update") if managed.drafting else t.gettext("Write an update")
    rows = column(
        None if standing.withdrawn_because else Button(begin, choice=f"ou:{standing.id}"),
        Button(t.gettext("See it whole"), choice=f"c:{standing.id}"),
        Button(t.gettext("All of this meeting"), choice=f"orgc:{standing.meeting_id}"),
    )
    return [Message("\n".join(lines), rows)]


# The draft -------------------------------------------------------------------------------------------------------


def _load_draft(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Drafted | None:
    """Look at a draft; who has not begun one sees it empty."""
    row = _own(session, who, params)
    if row is None or row.withdrawn_because is not None or who.person_id is None:
        return None
    kept = update_drafts.of(session, row.id, who.person_id)
    draft = kept or update_drafts.empty(row.id, who.person_id, now)
    shown = previews.update(session, draft, now)
    if shown is None:
        return None
    meeting = session.get_one(Meeting, row.meeting_id)
    return Drafted(
        Preview(
            shown,
            meeting.id,
            row.id,
            previews.reach(session, row),
            previews.waits_until(meeting, now),
            update_drafts.fingerprint_of(session, draft),
            tuple(update_drafts.obstacles(session, draft)),
        ),
        pieces(draft.evidence),
        begun=kept is not None,
        due_changed=draft.due_on is not None,
        field=params.get("field", ""),
    )


def _draft(voice: Voice, draft: Drafted) -> list[Message]:
    t, number = voice.t, draft.preview.commitment_id
    step, before = draft.preview.news.step, draft.preview.news.before
    lines = [t.gettext("<b>Draft of an update</b>"), brief(voice, draft.preview.news.standing.text), ""]
    if before:
        lines.append(t.gettext("How it stands: {status}").format(status=escape(status(voice, before))))
    said = [brief(voice, line) for line in changes(voice, step, before)] + evidence_said(voice, draft.evidence)
    lines += said or [t.gettext("The update says nothing yet.")]
    lines += [t.gettext(OBSTACLES[each]) for each in draft.preview.obstacles if each != "nothing"]
    lines += ["", t.gettext("It is saved, and nobody sees it before it is sent.")]
    lines.append(t.gettext("You can also send a photo or a document right here."))
    sendable = not draft.preview.obstacles
    rows = column(
        Button(t.gettext("See how it will go out"), choice=f"ouv:{number}") if sendable else None,
        *(Button(text, choice=f"ouf:{number}:{field}") for field, text in _fields(voice, draft)),
        *out_buttons(voice, number, draft.evidence),
        Button(t.gettext("Discard the update"), choice=f"oud:{number}") if draft.begun else None,
        Button(t.gettext("See this commitment"), choice=f"oc:{number}"),
    )
    return [Message("\n".join(lines), rows)]


def _fields(voice: Voice, draft: Drafted) -> list[tuple[str, str]]:
    t = voice.t
    step = draft.preview.news.step
    found = [
        ("status", t.gettext("Status: {status}").format(status=t.gettext(STATUS[step.status]))),
        ("progress", t.gettext("Progress: {progress}").format(progress=percent(voice, step.progress))),
        ("note", t.gettext("Change the note") if step.note else t.gettext("Add a note")),
        ("evidence", t.gettext("Add evidence")),
        ("due", t.gettext("New due date")),
    ]
    return [*found, ("because", t.gettext("Why the due date changes"))] if draft.due_changed else found


def _ask(voice: Voice, draft: Drafted) -> list[Message]:
    t, number = voice.t, draft.preview.commitment_id
    longest = LONGEST_REASON if draft.field == "because" else LONGEST_NOTE
    asked = t.gettext(ASKS[draft.field]).format(
        number=voice.number(longest), size=LARGEST_EVIDENCE // 1_000_000, example=example(voice)
    )
    taps: list[Button] = []
    if draft.field == "status":
        taps = [Button(t.gettext(text), choice=f"ous:{number}:{word}") for word, text in STATUS.items()]
    elif draft.field == "progress":
        taps = [Button(percent(voice, each), choice=f"oup:{number}:{each}") for each in PROGRESS]
    rows = column(*taps, Button(t.gettext("Back to the update"), choice=f"ou:{number}"))
    return [Message(f"{brief(voice, draft.preview.news.standing.text)}\n\n{asked}", rows)]


def _preview(voice: Voice, draft: Drafted) -> list[Message]:
    t, preview = voice.t, draft.preview
    number = preview.commitment_id
    rows = column(
        None if preview.obstacles else Button(t.gettext("Send"), choice=f"ougo:{number}:{preview.sign}"),
        Button(t.gettext("Change something"), choice=f"ou:{number}"),
        Button(t.gettext("Discard the update"), choice=f"oud:{number}"),
    )
    return shown_before(voice, preview, rows)


def _load_gone(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Gone | None:
    del now
    row = _own(session, who, params)
    return Gone(row.meeting_id, row.id, params.get("reach", 0)) if row else None


def _sent(voice: Voice, gone: Gone) -> list[Message]:
    done = voice.t.gettext("<b>Sent.</b>")
    return [Message(f"{done} {reaches(voice, gone.reach)}", after(voice, gone))]


def _discarded(voice: Voice, gone: Gone) -> list[Message]:
    return [Message(voice.t.gettext("The update is discarded. Nothing went out."), after(voice, gone))]


def _already(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("That went out already, once. Nothing was sent again. This is how it stands:"))]


KINDS: Final[dict[str, Kind]] = {
    "org_commitment": Kind(_load_managed, _managed),
    "org_update": Kind(_load_draft, _draft),
    "org_update_ask": Kind(_load_draft, _ask),
    "org_update_preview": Kind(_load_draft, _preview),
    "org_sent": Kind(_load_gone, _sent),
    "org_discarded": Kind(_load_gone, _discarded),
    "org_already": Kind(nothing_to_look_up, _already),
}
