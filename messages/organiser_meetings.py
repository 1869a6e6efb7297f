"""What we say to organisers who import, convene, move, change or cancel a meeting: shown first, then word of it.

What people will get is shown in its very form; whatever waits can be undone with one tap.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import overview
from civic.convening import DAYS_AHEAD
from civic.meetings import Card
from locales import N_
from messages import changes
from messages import meetings as cards
from messages.acts import Act, any_act, for_organiser, mine, one_meeting, proposed, title
from messages.desk_acts import NAMES, goes_at, reach
from messages.file_changes import changed
from messages.kind import Kind, Who
from messages.message import Button, Message, Rows, column
from messages.organiser import QUESTION, back_to_meeting
from messages.organiser_commitments import example
from messages.organiser_imports import another_report
from messages.voice import Voice, escape, shortened

NAME: Final = 40
FAULT: Final = 160
"""Characters of a fault in brief."""
CONFIRMS: Final = {
    "convene": N_("Yes, convene it"),
    "move": N_("Yes, change it"),
    "cancel": N_("Yes, cancel the meeting"),
    "import": N_("Yes, save the changes"),
}
ASKS: Final = {
    "because": N_("Why is it cancelled? Write the reason as people should read it."),
    "late_because": N_(
        "That is less than {least} days ahead, the shortest notice that people should get. Write why it could not be"
        " earlier: everybody will read it."
    ),
    "day": N_("On which day will it be? For example {example}, or: Tuesday at 3 pm."),
    "hours": N_("From when to when? For example: 9:00 to 13:00."),
    "name": N_("Where will it be? Write the name of the place."),
    "address": N_("And its address?"),
    "landmark": N_(
        "What is it near, so that people find it? For example: opposite the park. You can also share its location with"
        " the 📎, for the map."
    ),
}
OBSTACLES: Final = {
    "same": N_("That is when and where it is already, so there is nothing to change."),
    "hours": N_("It has to end after it starts, and within a day."),
    "begun": N_("The meeting has begun, so its date, hours and place stay as they are."),
    "past": N_("That moment has passed. Please write one that is still to come."),
}


# What could be changed, and asking for it -------------------------------------------------------------------------


def _changes(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>What should change?</b>"),
        title(voice, card),
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
    asked = t.gettext(ASKS[act.field]).format(example=example(voice), least=voice.number(DAYS_AHEAD))
    lines = []
    if act.card and act.field in {"day", "hours", "name"}:
        lines = [t.gettext("Now it is:"), *cards.facts(voice, act.card), ""]
    rows = column(
        Button(t.gettext("There is nothing near it"), choice=f"oas:{act.row.id}") if act.field == "landmark" else None,
        Button(
            t.gettext("Leave it as it is"),
            choice=f"oad:{act.row.id}",
            words=() if act.field == "landmark" else (t.pgettext("answer", "No"),),
        ),
    )
    return [Message("\n".join([*lines, asked]), rows)]


def _cannot(voice: Voice, act: Act) -> list[Message]:
    """Say what keeps an act from being done."""
    said = "\n".join(voice.t.gettext(OBSTACLES[each]) for each in act.shown.get("obstacles", ()))
    return [Message(said, _after_obstacle(voice, act))] if said else []


def _after_obstacle(voice: Voice, act: Act) -> Rows:
    meeting_id = act.row.meeting_id or 0
    if act.row.act == "move":
        leave = Button(
            voice.t.gettext("Leave it as it is"), choice=f"oad:{act.row.id}", words=(voice.t.pgettext("answer", "No"),)
        )
        return column(*_move_buttons(voice, act), leave)
    return column(
        Button(voice.t.gettext("Change its date"), choice=f"oam:{meeting_id}:day"), back_to_meeting(voice, meeting_id)
    )


def _load_preview(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    act = proposed(session, who, params, now)
    if act is None or act.card is None or "sent" not in act.shown:
        return None
    return replace(act, to_call=overview.unheard(session, act.meeting, now=now)) if act.meeting else act


def _load_act(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    act = any_act(session, who, params, now)
    if act is None or act.meeting is None or act.row.state != "done" or not reach(act.row):
        return act
    return replace(act, to_call=len(overview.show(session, act.meeting.code, now=now).calls))


def _load_busy(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Act | None:
    act = proposed(session, who, params, now)
    return act if act and act.other else None


# Shown before ----------------------------------------------------------------------------------------------------


def _preview(voice: Voice, act: Act) -> list[Message]:
    t, number = voice.t, act.row.id
    told = _told(voice, act)
    lines = [t.gettext(NAMES[act.row.act]), *_will_go(voice, act, shown=told is not None)]
    lines[0] = f"<b>{lines[0]}</b>"
    if told is None:
        lines[1:1] = [title(voice, act.card)] if act.card else []
        lines += ["", *changes.sides(voice, changes.told(act.shown["before"]), changes.told(act.shown["after"]))]
    if act.row.act == "import":
        lines += ["", *changed(voice, act.shown["changed"], act.shown["values"])]
    lines += ["", *_beside(voice, act), _timing(voice, act)]
    rows = column(
        Button(
            t.gettext(CONFIRMS[act.row.act]),
            choice=f"oago:{number}:{act.row.sign}",
            words=(t.pgettext("answer", "Yes"),),
        ),
        *(_move_buttons(voice, act) if act.row.act == "move" else ()),
        Button(t.gettext("Change the reason"), choice=f"oaf:{number}:because") if act.row.act == "cancel" else None,
        another_report(voice, act) if act.row.act == "import" else None,
        Button(t.gettext("Send another file"), choice="oim") if act.row.act == "import" else None,
        Button(t.gettext("No, leave it as it is"), choice=f"oad:{number}", words=(t.pgettext("answer", "No"),)),
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
    values = {name: shown["values"][name][1] for name in ("title", "contact")}
    after = replace(card, late_because=shown["late_because"], **values)
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
            "{number} person is told the workshop.", "{number} people are told their workshop.", n
        ),
        "reseated": lambda n: t.ngettext(
            "{number} person is told the new room.", "{number} people are told their new room.", n
        ),
    }
    for kind, text_of in texts.items():
        if count := sent.pop(kind, 0):
            lines.append(text_of(count).format(number=voice.number(count)))
    if rest := sum(sent.values()):
        text = t.ngettext("{number} person is told in another way.", "{number} people are told in another way.", rest)
        lines.append(text.format(number=voice.number(rest)))
    lines = lines or [t.gettext("Nobody is written to.")]
    if news and act.to_call:
        text = t.ngettext(
            "{number} person hears nothing from me, and has to be called.",
            "{number} people hear nothing from me, and have to be called.",
            act.to_call,
        )
        lines.append(text.format(number=voice.number(act.to_call)))
    return lines


def _beside(voice: Voice, act: Act) -> list[str]:
    """Name the other meetings that are at that time: a warning, no refusal."""
    t = voice.t
    texts = (
        t.gettext("Please note: at that time there is also «{title}»."),
        t.gettext("Please note: at that time there is also «{title}», in the same place."),
    )
    return [
        texts[same_place].format(title=escape(shortened(voice.plain(other), QUESTION)))
        for other, same_place in act.shown.get("beside", ())
    ]


def _timing(voice: Voice, act: Act) -> str:
    """Say what happens after a yes: at once, or after ten minutes in which it can be undone."""
    t = voice.t
    if not act.shown["waits"]:
        if act.row.act == "convene":
            return t.gettext("It is less than 24 hours ahead: with your yes it is convened at once.")
        if act.card and act.card.state == "draft":
            return t.gettext("It is still a draft: it changes at once.")
        if not reach(act.row):
            return t.gettext("It is less than 24 hours ahead: with your yes it changes at once.")
        return t.gettext("It is less than 24 hours ahead: with your yes it goes out at once, and cannot be undone.")
    wait = t.gettext("After your yes it waits 10 minutes: until then you can undo it, and nobody will know.")
    return "\n".join([wait, *_morning(voice, act)])


def _morning(voice: Voice, act: Act) -> list[str]:
    """Say from when people get it, where it would reach them in the quiet hours."""
    if act.waits_until is None or act.card is None or not reach(act.row):
        return []
    text = voice.t.gettext("At that hour nobody is written to: people get it from {when} on.")
    return [text.format(when=escape(voice.when(act.waits_until, act.card.timezone)))]


def _stale(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("It is not as you saw it any more, so nothing was done. This is how it is now:"))]


# And after -------------------------------------------------------------------------------------------------------


def _act(voice: Voice, act: Act) -> list[Message]:
    """Say how an act stands."""
    t, row = voice.t, act.row
    lines = [f"<b>{t.gettext(NAMES[row.act])}</b>"]
    if act.card:
        lines.append(title(voice, act.card))
    buttons: list[Button | None] = []
    match row.state:
        case "waiting":
            lines += ["", goes_at(voice, row, act.card.timezone if act.card else None), *_reach(voice, act)]
            lines += _morning(voice, act)
            buttons = [Button(t.gettext("Undo"), choice=f"oau:{row.id}")]
        case "done":
            lines += ["", t.gettext("It is done."), *_reach(voice, act), *_morning(voice, act), *_share(voice, act)]
            buttons = [Button(t.gettext("Whom to call"), choice=f"ogc:{row.meeting_id}") if act.to_call else None]
        case "undone":
            lines += ["", *_undone(voice, act)]
        case "failed":
            lines += ["", *_trouble(voice, act)]
        case _:
            buttons = [Button(t.gettext("See it again"), choice=f"oap:{row.id}")]
    after = act.meeting is not None and row.state in {"undone", "failed"} and act.meeting.state != "cancelled"
    rows = column(
        *buttons,
        Button(t.gettext("Try again"), choice=_anew(act)) if after else None,
        back_to_meeting(voice, row.meeting_id) if row.meeting_id else mine(voice),
    )
    return [Message("\n".join(lines), rows)]


def _undone(voice: Voice, act: Act) -> list[str]:
    t = voice.t
    lines = [t.gettext("Undone. Nobody was told anything, and everything is as it was.")]
    if act.undone_by:
        lines.insert(0, t.gettext("{name} undid it.").format(name=escape(shortened(act.undone_by, NAME))))
    if act.row.act == "import":
        lines.append(t.gettext("I did not keep the file: to try again, please send it again."))
    return lines


def _anew(act: Act) -> str:
    draft = act.meeting is not None and act.meeting.state == "draft"
    return f"oac:{act.row.meeting_id}" if act.row.act == "convene" and draft else f"och:{act.row.meeting_id}"


def _reach(voice: Voice, act: Act) -> list[str]:
    count = reach(act.row)
    text = voice.t.ngettext("To {number} person.", "To {number} people.", count)
    return [text.format(number=voice.number(count))] if count else []


def _share(voice: Voice, act: Act) -> list[str]:
    """Say by which link people sign up for a meeting that was convened."""
    if act.row.act != "convene" or act.card is None:
        return []
    text = voice.t.gettext("People sign up here, please share it: {link}")
    return [text.format(link=escape(voice.links.start(f"m_{act.card.code}")))]


def _trouble(voice: Voice, act: Act) -> list[str]:
    """Say why nothing was done."""
    t, trouble = voice.t, act.row.trouble or {}
    texts = {
        "not_an_organiser": t.gettext("It was not done, as you do not organise that meeting any more."),
        "changed": t.gettext("It was not done: meanwhile the meeting was changed by somebody else. Please look again."),
        "too_late": t.gettext(
            "It was not done: by then it was {days} days ahead, and less than {least} takes a reason that people read."
        ).format(days=voice.number(trouble.get("days", 0)), least=voice.number(DAYS_AHEAD)),
        "faults": t.gettext("It was not done, as it does not fit any more:"),
    }
    faults = [f"• <code>{escape(shortened(str(each), FAULT))}</code>" for each in trouble.get("faults", ())[:5]]
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
    return [Message(text, column(back_to_meeting(voice, meeting_id) if meeting_id else mine(voice)))]


KINDS: Final[dict[str, Kind]] = {
    "org_changes": Kind(one_meeting, _changes),
    "org_act_cannot": Kind(proposed, _cannot),
    "org_act_ask": Kind(proposed, _ask),
    "org_act_preview": Kind(_load_preview, _preview),
    "org_act_stale": Kind(for_organiser, _stale),
    "org_act": Kind(_load_act, _act),
    "org_act_done": Kind(_load_act, _act),
    "org_act_failed": Kind(_load_act, _act),
    "org_act_busy": Kind(_load_busy, _busy),
    "org_act_left": Kind(for_organiser, _left),
}
