"""What we say about the support that people need: the question with its permission, and how each need stands."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from babel.lists import format_list
from sqlalchemy.orm import Session

from civic import needs, parties, support
from civic.support import Asked, LeftOut, Support, Whose
from locales import N_
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.needs import LABEL, need, whose
from messages.signup import asking, conveners, phone
from messages.voice import Voice, escape, shortened

LABELS: Final = {
    "sign_language": N_("Sign language interpreter"),
    "wheelchair": N_("Wheelchair"),
    "hearing_loop": N_("Hearing loop"),
    "childcare": N_("Childcare"),
}
LISTED: Final = 6
"""Needs given as examples, and questions without an answer: no more than so many are named."""


def _ask(voice: Voice, seen: Support) -> list[Message]:
    return _ticking(voice, seen) if seen.accepted else _permission(voice, seen)


def _permission(voice: Voice, seen: Support) -> list[Message]:
    t = voice.t
    number = seen.whose.registration_id
    own = seen.whose.own
    lines = [
        t.gettext("<b>Do you need any support to take part?</b>"),
        t.gettext("For example: {needs}.").format(needs=_together(voice, [each.need for each in seen.needs[:LISTED]])),
        "",
        t.gettext("<b>What for:</b> only to prepare that support. It is health data: answering is optional."),
        t.gettext("<b>Who reads it:</b> the organisers, for {entities}.").format(entities=conveners(voice, seen.card)),
        t.gettext(
            "Your place is yours whatever you answer, and you can change this answer or take it back at any time."
        ),
    ]
    if not own:  # the whole of it was read when she was asked for herself
        lines = [
            t.gettext("<b>Does {name} need any support to take part?</b>").format(
                name=escape(whose(voice, seen.whose))
            ),
            t.gettext(
                "It is health data, only to prepare that support; the organisers read it, for {entities}. Answering is"
                " optional."
            ).format(entities=conveners(voice, seen.card)),
        ]
    accept = t.gettext("Yes, and I accept that you keep it") if own else t.gettext("Yes, and they let me tell you")
    them = _words(t.gettext("none of them, neither of them, not them, nobody of them"))
    rows = column(
        Button(accept, choice=f"nyes:{number}", words=_words(t.gettext("yes, I accept, accept"))),
        _none(voice, number, () if own or seen.rest else them),
        Button(t.gettext("Not now"), choice=f"nskip:{number}", words=_words(t.gettext("skip, later"))),
        Button(t.gettext("None of my companions"), choice=f"nrest:{number}", words=them) if seen.rest else None,
    )
    return [Message("\n".join(lines), rows)]


def _ticking(voice: Voice, seen: Support) -> list[Message]:
    t = voice.t
    number = seen.whose.registration_id
    asked = (
        t.gettext("<b>Which support do you need?</b>")
        if seen.whose.own
        else t.gettext("<b>Which support does {name} need?</b>").format(name=escape(whose(voice, seen.whose)))
    )
    lines = [asked, t.gettext("Tap what is needed, and tap it again to take it back. Or write it in your words.")]
    declared = [each for each in seen.needs if each.declared]
    if declared:
        lines += ["", *_standing(voice, seen, declared)]
    buttons = (_toggle(voice, number, each) for each in seen.needs)
    done = Button(
        t.gettext("Done"),
        choice=f"ndone:{number}",
        words=_words(t.gettext("done, ready, no, no more, nothing else, that is all")),
    )
    none = replace(_none(voice, number), words=()) if declared else _none(voice, number)  # a bare «no»: no more
    return [Message("\n".join(lines), column(*buttons, done if declared else None, none))]


def _ticked(voice: Voice, seen: Support) -> list[Message]:
    """Say the needs again in the message that was tapped."""
    return [replace(message, edit=True) for message in _ask(voice, seen)]


def _noted(voice: Voice, seen: Support) -> list[Message]:
    """Say how it stands with what was declared, in place of the list."""
    kept = any(each.declared for each in seen.needs)
    change = Button(voice.t.gettext("Change"), choice=f"needs:{seen.whose.registration_id}")
    return [Message(declared(voice, seen), column(change if kept else None), edit=True)]


def _load_company(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether she brings somebody."""
    own = parties.group(session, params["registration"], who.person_id, now)
    return own is not None and own.brought > 0


def _of_whom(voice: Voice, brings: bool) -> list[Message]:  # noqa: FBT001 - what was looked up
    """Say that somebody else's need is asked for apart."""
    t = voice.t
    text = t.gettext("Here I ask about you alone.")
    if brings:
        text = t.gettext("Here I ask about you alone; about those who come with you I ask right after.")
    return [Message(text)]


def declared(voice: Voice, seen: Support) -> str:
    """Say what was declared and how it stands, in HTML."""
    declared = [each for each in seen.needs if each.declared]
    if not declared:
        return voice.t.gettext("I have noted that no support is needed.")
    listed = _together(voice, [each.need for each in declared])
    lines = [
        voice.t.gettext("Noted: {needs}.").format(needs=listed)
        if seen.whose.own
        else voice.t.gettext("Noted for {name}: {needs}.").format(name=escape(whose(voice, seen.whose)), needs=listed),
        *_standing(voice, seen, declared),
    ]
    return "\n".join(lines)


def _told(voice: Voice, seen: Support) -> list[Message]:
    t = voice.t
    title = voice.say(seen.card.title)
    number = seen.whose.registration_id
    head = (
        t.gettext("<b>The support that you need in «{title}»</b>").format(title=title)
        if seen.whose.own
        else t.gettext("<b>The support that {name} needs in «{title}»</b>").format(
            name=escape(whose(voice, seen.whose)), title=title
        )
    )
    declared = [each for each in seen.needs if each.declared]
    if not declared:
        return []
    lines = [head, *_standing(voice, seen, declared)]
    if any(each.truth in needs.BAD for each in declared):
        lines.append(phone(voice, seen.card.contact))
    rows = column(
        Button(t.gettext("My place"), choice=f"place:{number}") if seen.whose.own else None,
        Button(t.gettext("Change this answer"), choice=f"needs:{number}"),
    )
    return [Message("\n".join(filter(None, lines)), rows)]


def _standing(voice: Voice, seen: Support, declared: list[Asked]) -> list[str]:
    """Say what is true of each need, no more, and that no place is lost over it."""
    lines = [
        _stands(voice, seen, truth, [each.need for each in declared if each.truth == truth])
        for truth in dict.fromkeys(each.truth for each in declared)
    ]
    if any(each.truth in needs.BAD for each in declared) and seen.place:
        lines.append(voice.t.gettext("The place is kept all the same."))
    return lines


def _stands(voice: Voice, seen: Support, truth: str, which: list[str]) -> str:
    t = voice.t
    if truth == needs.MET:
        text = t.gettext("There is {need} in workshop {workshop}, the one of this seat.")
    elif truth == needs.OFFERED:
        text = t.gettext("There is {need} in the workshops; we will look for a seat in one of them.")
    elif truth == needs.UNMET and seen.workshop is not None:
        text = t.gettext("In workshop {workshop}, the one of this seat, we do not have {need} this time.")
    elif truth == needs.UNMET:
        text = t.gettext("This time we do not have {need}.")
    elif seen.place:
        text = t.gettext("We do not have {need} yet; I will tell you on {day}.")
    else:
        text = t.gettext("We do not have {need} yet; I will tell you how it stands when there is a place.")
    return text.format(need=_together(voice, which), workshop=seen.workshop, day=voice.day(seen.answer_on))


def _together(voice: Voice, which: list[str]) -> str:
    """Name several needs in a sentence, in HTML."""
    return format_list([need(voice, each) for each in which], locale=voice.t.locale)


def _toggle(voice: Voice, number: int, asked: Asked) -> Button:
    """Make a need's button: it holds what its tap leads to, so that a second tap on an old one is harmless."""
    known = LABELS.get(asked.need)
    label = voice.t.gettext(known) if known else shortened(asked.need, LABEL)
    choice = f"need:{number}:{int(not asked.declared)}:{asked.key}"
    if asked.declared:
        return Button(voice.t.gettext("{need}: yes").format(need=label), choice=choice)
    return Button(label, choice=choice, words=(asked.need,))


def _none(voice: Voice, number: int, others: tuple[str, ...] = ()) -> Button:
    t = voice.t
    words = (*_words(t.gettext("none, no, nothing")), *others)
    return Button(t.gettext("No support"), choice=f"nnone:{number}", words=words)


def _ask_again(voice: Voice, left: LeftOut) -> list[Message]:
    t = voice.t
    asked = [_left(voice, of, what) for of, what in left.questions]
    lines = [
        f"<b>{voice.say(left.card.title)}</b>",
        t.gettext("Soon we prepare the workshops, and this is still without an answer:"),
        *(f"• {each}" for each in asked[:LISTED]),
        "",
        t.gettext("You may leave it like that: I will not ask again."),
    ]
    return [Message("\n".join(lines), column(Button(t.gettext("Answer now"), choice=f"fill:{left.card.id}")))]


def _left(voice: Voice, of: Whose, what: str) -> str:
    """Name a question that has no answer, in HTML."""
    if what == "needs":
        if of.own:
            return voice.t.gettext("Which support do you need?")
        return voice.t.gettext("Which support does {name} need?").format(name=escape(whose(voice, of)))
    if what == "topics":
        return voice.t.gettext("Which topics interest you most?")
    return asking(voice, what.removeprefix("attr:"))


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Support | None:
    return support.support(session, params["registration"], who.person_id, now)


def _load_left(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> LeftOut | None:
    return support.left_out(session, params["meeting"], who.person_id, now)


def _words(listed: str) -> tuple[str, ...]:
    """Split what a catalogue lists for people who type: «yes, I accept»."""
    return tuple(listed.split(", "))


KINDS: Final[dict[str, Kind]] = {
    "needs": Kind(_load, _ask),
    "needs_ticked": Kind(_load, _ticked),
    "needs_noted": Kind(_load, _noted),
    "needs_of_whom": Kind(_load_company, _of_whom),
    "needs_told": Kind(_load, _told),
    "ask_again": Kind(_load_left, _ask_again),
}
