"""What we say to organisers who import, convene, move, change or cancel a meeting: shown first, then word of it.

What people will get is shown in its very form; whatever waits can be undone with one tap.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import meetings, planned_acts, previews, staff
from civic.convening import DAYS_AHEAD
from civic.meetings import Card
from civic.schema import Meeting, PlannedAct
from locales import N_
from messages import changes
from messages import meetings as cards
from messages.desk_acts import NAMES, goes_at
from messages.kind import Kind, Who
from messages.message import Button, Document, Message, Rows, column
from messages.organiser import QUESTION, back_to_meeting, meeting_for
from messages.organiser_commitments import example
from messages.voice import Voice, escape, shortened

FAULTS: Final = 2600
"""Characters of faults in one message; more come as a file besides."""
CHANGED: Final = 12
"""Changed fields that are named one by one."""
VALUE: Final = 80

CONFIRMS: Final = {
    "convene": N_("Yes, convene it"),
    "move": N_("Yes, change it"),
    "cancel": N_("Yes, cancel the meeting"),
    "import": N_("Yes, save the changes"),
}
ASKS: Final = {
    "because": N_("Why is it cancelled? Write the reason as people should read it."),
    "late_because": N_(
        "It is {days} days ahead, and people are convened at least {least} days before. Write why it could not be so:"
        " everybody will read it."
    ),
    "day": N_("On which day will it be? For example {example}."),
    "hours": N_("From when to when? For example: 9:00 to 13:00."),
    "name": N_("Where will it be? Write the name of the place."),
    "address": N_("And its address?"),
    "landmark": N_("What is it near, so that people find it? For example: opposite the park."),
}
OBSTACLES: Final = {
    "same": N_("That is when and where it is already, so there is nothing to change."),
    "hours": N_("It has to end after it starts, and within a day."),
    "begun": N_("The meeting has begun, so its date, hours and place stay as they are."),
    "past": N_("That moment has passed. Please write one that is still to come."),
}
FIELDS: Final = {
    "title": N_("the title"),
    "policy": N_("the public policy"),
    "objective": N_("the objective"),
    "central_points": N_("the central points"),
    "method": N_("the method"),
    "guide_questions": N_("the guide questions"),
    "faq": N_("the frequent questions"),
    "venue": N_("the place"),
    "contact": N_("who answers"),
    "report": N_("the report"),
    "starts_at": N_("when it starts"),
    "ends_at": N_("when it ends"),
    "timezone": N_("the time zone"),
    "capacity": N_("the number of places"),
    "workshop_minutes": N_("how long the workshops last"),
    "needs": N_("the support that is offered"),
    "attributes": N_("what people are asked about themselves"),
    "reminders": N_("the reminders"),
    "assignment_before": N_("when people learn their workshop"),
    "entities": N_("who convenes"),
    "feedback": N_("the questions for afterwards"),
    "workshops": N_("the workshops"),
}
"""Parts of a meeting file, as they stand in a list of what is another than before."""


@dataclass(frozen=True)
class Act:
    """What an organiser plans, as they see it."""

    row: PlannedAct
    meeting: Meeting | None
    card: Card | None
    """The meeting as it is now."""
    waits_until: datetime | None
    """From when news go out, where they would wait for the morning."""
    field: str = ""
    """Which is asked for."""
    other: PlannedAct | None = None
    """What waits on the same meeting."""

    @property
    def shown(self) -> Mapping[str, Any]:
        """Give what it would do, or did."""
        return self.row.shown or {}


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    row = session.get(PlannedAct, params["act"])
    if row is None:
        return None
    meeting = session.get(Meeting, row.meeting_id) if row.meeting_id else None
    if meeting is None and row.author_id != who.person_id:
        return None
    if meeting and not staff.organises(session, who.person_id, meeting.id):
        return None
    return Act(
        row,
        meeting,
        meetings.card_of(session, meeting, None, now) if meeting else None,
        previews.waits_until(meeting, now + planned_acts.WAITS) if meeting else None,
        params.get("field", ""),
        planned_acts.waiting(session, row.meeting_id),
    )


def _load_proposed(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    act = _load(session, who, params, now)
    return act if act and act.row.state == "proposed" and act.row.author_id == who.person_id else None


def _load_preview(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    act = _load_proposed(session, who, params, now)
    return act if act and "sent" in act.shown and act.card else None


def _load_busy(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    act = _load_proposed(session, who, params, now)
    return act if act and act.other else None


def _load_meeting(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    meeting = meeting_for(session, who, params)
    return meetings.card_of(session, meeting, None, now) if meeting else None


def _load_organiser(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Mapping[str, Any] | None:
    del now
    return params if staff.is_organiser(session, who.person_id) else None


# A meeting file --------------------------------------------------------------------------------------------------


def _import(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>Send me the meeting's file here</b>, as a document (.yaml)."),
        t.gettext("I look through it and tell you everything that does not fit. Nobody is told anything by that."),
    ]
    back = back_to_meeting(voice, params["meeting"]) if params.get("meeting") else _mine(voice)
    return [Message("\n\n".join(lines), column(back))]


def _mine(voice: Voice) -> Button:
    return Button(voice.t.gettext("My other meetings"), choice="orgl")


def _report(voice: Voice, act: Act) -> list[Message]:
    t = voice.t
    name = escape(shortened(str(act.row.params.get("report")), VALUE))
    text = t.gettext(
        "The file is in order. It names a report, <b>{name}</b>, that people read before they come."
        " Please send it here as a document (up to 20 MB)."
    )
    rows = column(
        Button(t.gettext("Go on without the report"), choice=f"oaw:{act.row.id}"),
        Button(t.gettext("Leave it for now"), choice=f"oad:{act.row.id}"),
    )
    return [Message(text.format(name=name), rows)]


def _faults(voice: Voice, act: Act) -> list[Message]:
    """Say every fault with its place, as the command line does; what does not fit is in a file besides."""
    t = voice.t
    trouble = act.row.trouble or act.shown
    if found := trouble.get("obstacles"):
        said = "\n".join(t.gettext(OBSTACLES[each]) for each in found)
        return [Message(said, _after_obstacle(voice, act))]
    faults = [str(each) for each in trouble.get("faults", ())]
    head = t.ngettext(
        "<b>The file has {number} fault, so nothing was changed.</b>",
        "<b>The file has {number} faults, so nothing was changed.</b>",
        len(faults),
    ).format(number=voice.number(len(faults)))
    lines, room = [], FAULTS
    for each in faults:
        room -= len(each) + 3
        if room < 0:
            break
        lines.append(f"• <code>{escape(each)}</code>")
    document = None
    if len(lines) < len(faults):
        document = Document("faults.txt", "\n".join(faults).encode())
        lines = [f"• <code>{escape(shortened(each, VALUE))}</code>" for each in faults[:5]]
        lines.append(t.gettext("All of them are in the file beside this."))
    rows = column(
        Button(t.gettext("Send the file again"), choice="oim"),
        back_to_meeting(voice, act.meeting.id) if act.meeting else _mine(voice),
    )
    return [Message("\n".join([head, *lines]), rows, document=document)]


def _after_obstacle(voice: Voice, act: Act) -> Rows:
    meeting_id = act.row.meeting_id or 0
    if act.row.act == "move":
        return column(*_move_buttons(voice, act), back_to_meeting(voice, meeting_id))
    return column(
        Button(voice.t.gettext("Change its date"), choice=f"oam:{meeting_id}:day"), back_to_meeting(voice, meeting_id)
    )


def _imported(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext("<b>Saved as a draft.</b> Nobody sees «{title}» before you convene it.")
    return [Message(text.format(title=_title(voice, card)))]


def _same(voice: Voice, act: Act) -> list[Message]:
    meeting_id = act.row.meeting_id or 0
    text = voice.t.gettext("In that file everything is as it is already, so there is nothing to change.")
    return [Message(text, column(back_to_meeting(voice, meeting_id)))]


# What could be changed, and asking for it -------------------------------------------------------------------------


def _changes(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>What should change?</b>"),
        _title(voice, card),
        *cards.facts(voice, card),
        "",
        t.gettext("First I show you what would go out and to how many people. Nothing happens before you say yes."),
    ]
    rows = column(
        Button(t.gettext("Another day"), choice=f"oam:{card.id}:day"),
        Button(t.gettext("Other hours"), choice=f"oam:{card.id}:hours"),
        Button(t.gettext("Another place"), choice=f"oam:{card.id}:name"),
        Button(t.gettext("Something else: send its file"), choice=f"oim:{card.id}"),
        Button(t.gettext("Cancel the meeting"), choice=f"oax:{card.id}") if card.state == "convened" else None,
        back_to_meeting(voice, card.id),
    )
    return [Message("\n".join(lines), rows)]


def _ask(voice: Voice, act: Act) -> list[Message]:
    t = voice.t
    asked = t.gettext(ASKS[act.field]).format(
        example=example(voice), days=voice.number(act.shown.get("late", 0)), least=voice.number(DAYS_AHEAD)
    )
    lines = []
    if act.card and act.field in {"day", "hours", "name"}:
        lines = [t.gettext("Now it is:"), *cards.facts(voice, act.card), ""]
    rows = column(
        Button(t.gettext("There is nothing near it"), choice=f"oas:{act.row.id}") if act.field == "landmark" else None,
        Button(t.gettext("Leave it as it is"), choice=f"oad:{act.row.id}"),
    )
    return [Message("\n".join([*lines, asked]), rows)]


# Shown before ----------------------------------------------------------------------------------------------------


def _preview(voice: Voice, act: Act) -> list[Message]:
    t, number = voice.t, act.row.id
    told = _told(voice, act)
    lines = [t.gettext(NAMES[act.row.act]), *_will_go(voice, act, shown=told is not None)]
    lines[0] = f"<b>{lines[0]}</b>"
    if act.row.act == "import":
        lines += _changed(voice, act)
    lines += ["", _timing(voice, act)]
    rows = column(
        Button(t.gettext(CONFIRMS[act.row.act]), choice=f"oago:{number}:{act.row.sign}"),
        *(_move_buttons(voice, act) if act.row.act == "move" else ()),
        Button(t.gettext("Change the reason"), choice=f"oaf:{number}:because") if act.row.act == "cancel" else None,
        Button(t.gettext("Send another file"), choice="oim") if act.row.act == "import" else None,
        Button(t.gettext("No, leave it as it is"), choice=f"oad:{number}"),
    )
    said = Message("\n".join(lines), rows)
    return [said] if told is None else [Message(told), said]


def _move_buttons(voice: Voice, act: Act) -> list[Button]:
    """Offer to change what a move has already, or to change that, too."""
    t, said, number = voice.t, act.row.params, act.row.id
    texts = (
        ("day", "day", t.gettext("Write another day"), t.gettext("The day, too")),
        ("hours", "start", t.gettext("Write other hours"), t.gettext("The hours, too")),
        ("name", "venue", t.gettext("Write another place"), t.gettext("The place, too")),
    )
    return [
        Button(again if said.get(key) else more, choice=f"oaf:{number}:{field}") for field, key, again, more in texts
    ]


def _told(voice: Voice, act: Act) -> str | None:
    """Say what people will read, word for word, where they read something: who has a place, or anybody."""
    shown, card = act.shown, act.card
    if card is None:
        return None
    if act.row.act == "convene":
        draft = replace(card, state="convened", late_because=shown["late_because"])
        return cards.KINDS["card"].say(voice, draft)[0].text
    if act.row.act == "cancel":
        reason = act.row.params["because"]
        return cards.KINDS["cancelled"].say(voice, replace(card, cancelled_because=reason))[0].text
    if "moved" not in shown["sent"]:
        return None
    title = shown["values"]["title"][1]
    after = replace(card, title=title, late_because=shown["late_because"], contact=shown["values"]["contact"][1])
    before, now = changes.told(shown["before"]), changes.told(shown["after"])
    return changes.news(voice, after, before, now)


def _will_go(voice: Voice, act: Act, *, shown: bool) -> list[str]:
    """Say what goes to how many people, a line each."""
    t, sent = voice.t, dict(act.shown["sent"])
    if act.row.act == "convene":
        return [
            t.gettext(
                "Nobody is written to. From then on everybody can see it as above and sign up, and the reminders begin."
            )
        ]
    news = sent.pop("moved", 0) + sent.pop("cancelled", 0)
    sent.pop("alert", None)
    lines = []
    if shown:
        text = t.ngettext(
            "The message above goes to <b>{number} person</b>.",
            "The message above goes to <b>{number} people</b>.",
            news,
        )
        lines.append(text.format(number=voice.number(news)))
    texts: dict[str, Callable[[int], str]] = {
        "offer": lambda n: t.ngettext(
            "A place is offered to {number} person.", "A place is offered to {number} people.", n
        ),
        "seated": lambda n: t.ngettext(
            "{number} person hears her workshop.", "{number} people hear their workshop.", n
        ),
        "reseated": lambda n: t.ngettext(
            "{number} person hears her new room.", "{number} people hear their new room.", n
        ),
    }
    for kind, text_of in texts.items():
        if count := sent.pop(kind, 0):
            lines.append(text_of(count).format(number=voice.number(count)))
    if rest := sum(sent.values()):
        text = t.ngettext("{number} person hears of it otherwise.", "{number} people hear of it otherwise.", rest)
        lines.append(text.format(number=voice.number(rest)))
    return lines or [t.gettext("Nobody is written to.")]


def _changed(voice: Voice, act: Act) -> list[str]:
    """Name what a file changes, old and new of what is short."""
    t = voice.t
    names = list(dict.fromkeys(each.partition("[")[0] for each in act.shown["changed"]))
    lines = [t.gettext("What is another than before:")]
    for name in names[:CHANGED]:
        label = t.gettext(FIELDS[name]) if name in FIELDS else name
        before, after = act.shown["values"].get(name, (None, None))
        if isinstance(before, int) and isinstance(after, int):
            label += f": {voice.number(before)} → {voice.number(after)}"
        elif name == "title":
            sides = [escape(shortened(voice.plain(each), VALUE)) for each in (before, after)]
            label += f": «{sides[0]}» → «{sides[1]}»"
        lines.append(f"• {label}")
    if len(names) > CHANGED:
        lines.append("• …")
    return ["", *lines]


def _timing(voice: Voice, act: Act) -> str:
    """Say what happens after a yes: at once, or after ten minutes in which it can be undone."""
    t, card = voice.t, act.card
    quiet = card is not None and card.state == "draft"
    if not act.shown["waits"]:
        if quiet:
            return t.gettext("It is still a draft: it changes at once.")
        return t.gettext("It is less than 24 hours ahead: with your yes it goes out at once, and cannot be undone.")
    lines = [t.gettext("After your yes it waits 10 minutes: until then you can undo it, and nobody will know.")]
    if act.waits_until and card and act.row.act != "convene":
        text = t.gettext("At that hour nobody is written to: people get it from {when} on.")
        lines.append(text.format(when=escape(voice.when(act.waits_until, card.timezone))))
    return "\n".join(lines)


def _stale(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("It is not as you saw it any more, so nothing was done. This is how it is now:"))]


# And after -------------------------------------------------------------------------------------------------------


def _act(voice: Voice, act: Act) -> list[Message]:
    """Say how an act stands."""
    t, row = voice.t, act.row
    lines = [f"<b>{t.gettext(NAMES[row.act])}</b>"]
    if act.card:
        lines.append(_title(voice, act.card))
    buttons: list[Button | None] = []
    match row.state:
        case "waiting":
            lines += ["", goes_at(voice, row, act.card.timezone if act.card else None), *_reach(voice, act)]
            buttons = [Button(t.gettext("Undo"), choice=f"oau:{row.id}")]
        case "done":
            lines += ["", t.gettext("It is done."), *_reach(voice, act)]
        case "undone":
            lines += ["", t.gettext("Undone. Nobody was told anything, and everything is as it was.")]
        case "failed":
            lines += ["", *_trouble(voice, act)]
        case _:
            buttons = [Button(t.gettext("See it again"), choice=f"oap:{row.id}")]
    after = act.meeting is not None and row.state in {"undone", "failed"} and act.meeting.state != "cancelled"
    rows = column(
        *buttons,
        Button(t.gettext("Try it anew"), choice=_anew(act)) if after else None,
        back_to_meeting(voice, row.meeting_id) if row.meeting_id else _mine(voice),
    )
    return [Message("\n".join(lines), rows)]


def _anew(act: Act) -> str:
    draft = act.meeting is not None and act.meeting.state == "draft"
    return f"oac:{act.row.meeting_id}" if act.row.act == "convene" and draft else f"och:{act.row.meeting_id}"


def _reach(voice: Voice, act: Act) -> list[str]:
    """Say to how many people it goes, or went."""
    sent = act.shown.get("sent", {})
    count = max((number for kind, number in sent.items() if kind != "alert"), default=0)
    if act.row.act == "convene" or not count:
        return []
    text = voice.t.ngettext("To {number} person.", "To {number} people.", count)
    return [text.format(number=voice.number(count))]


def _trouble(voice: Voice, act: Act) -> list[str]:
    """Say why nothing was done."""
    t, trouble = voice.t, act.row.trouble or {}
    texts = {
        "not_an_organiser": t.gettext("It was not done, as you do not organise that meeting any more."),
        "changed": t.gettext("It was not done: meanwhile the meeting was changed by somebody else. Please look anew."),
        "too_late": t.gettext(
            "It was not done: by then it was {days} days ahead, and less than {least} takes a reason that people read."
        ).format(days=voice.number(trouble.get("days", 0)), least=voice.number(DAYS_AHEAD)),
        "faults": t.gettext("It was not done, as it does not fit any more:"),
    }
    faults = [f"• <code>{escape(shortened(str(each), VALUE * 2))}</code>" for each in trouble.get("faults", ())[:5]]
    return [texts[trouble["what"]], *faults, t.gettext("Nobody was told anything.")]


def _busy(voice: Voice, act: Act) -> list[Message]:
    t, other = voice.t, act.other
    if other is None:
        return []
    lines = [
        t.gettext("Something else about this meeting waits already: one at a time."),
        f"<b>{t.gettext(NAMES[other.act])}</b>",
        goes_at(voice, other, act.card.timezone if act.card else None),
    ]
    rows = column(
        Button(t.gettext("Undo that"), choice=f"oau:{other.id}"),
        Button(t.gettext("See mine again"), choice=f"oap:{act.row.id}"),
        back_to_meeting(voice, act.row.meeting_id) if act.row.meeting_id else None,
    )
    return [Message("\n".join(lines), rows)]


def _left(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    meeting_id = params.get("meeting")
    text = voice.t.gettext("Everything stays as it is. Nobody was told anything.")
    return [Message(text, column(back_to_meeting(voice, meeting_id) if meeting_id else _mine(voice)))]


def _title(voice: Voice, card: Card) -> str:
    return escape(shortened(voice.plain(card.title), QUESTION))


KINDS: Final[dict[str, Kind]] = {
    "org_import": Kind(_load_organiser, _import),
    "org_import_report": Kind(_load_proposed, _report),
    "org_act_faults": Kind(_load, _faults),
    "org_imported": Kind(_load_meeting, _imported),
    "org_import_same": Kind(_load_proposed, _same),
    "org_changes": Kind(_load_meeting, _changes),
    "org_act_ask": Kind(_load_proposed, _ask),
    "org_act_preview": Kind(_load_preview, _preview),
    "org_act_stale": Kind(_load_organiser, _stale),
    "org_act": Kind(_load, _act),
    "org_act_done": Kind(_load, _act),
    "org_act_failed": Kind(_load, _act),
    "org_act_busy": Kind(_load_busy, _busy),
    "org_act_left": Kind(_load_organiser, _left),
}
