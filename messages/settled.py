"""What was answered to a question, said to who comes back to it, or while something else is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import answers, needs, parties, support
from civic.answers import Answers
from civic.errors import RegistrationUnknown
from civic.parties import Group
from civic.support import Support
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, column
from messages.signup import asking, load_answers, noted, say_option
from messages.support import declared
from messages.voice import Voice, escape


@dataclass(frozen=True)
class Settled:
    """A question of somebody's place with what was answered."""

    registration_id: int
    what: str
    """companions, name, needs, topics, phone, attr:NAME"""
    noted: bool
    """It was answered just now, while something is asked about another meeting."""
    known: Answers
    group: Group
    support: Support | None
    phone: bool


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Settled | None:
    number = params["registration"]
    try:
        found = needs.answered_by(session, number, who.person_id)
    except RegistrationUnknown:
        return None
    own = support.beside(session, number, who.person_id) if found.person_id is None else found
    known = answers.answers(session, own.id, who.person_id) if own else None
    group = parties.group(session, own.id, who.person_id, now) if own else None
    if known is None or group is None:
        return None
    phone = support.phone_asked(session, number, who.person_id, now)
    return Settled(
        registration_id=number,
        what=params["what"],
        noted=bool(params.get("now")),
        known=known,
        group=group,
        support=support.support(session, number, who.person_id, now),
        phone=phone is not None and phone.known,
    )


def _say(voice: Voice, settled: Settled) -> list[Message]:
    t = voice.t
    head = t.gettext("Noted for «{title}»:") if settled.noted else t.gettext("You had answered that for «{title}»:")
    answer, change = _answer(voice, settled)
    rows = column(
        Button(t.gettext("Change"), choice=change, words=tuple(t.gettext("change it, correct").split(", "))),
        Button(t.gettext("My place"), choice=f"place:{settled.known.registration_id}"),
    )
    return [Message(f"{head.format(title=voice.say(settled.known.title))}\n{answer}", rows)]


def _answer(voice: Voice, settled: Settled) -> tuple[str, str]:
    """Say an answer in HTML, and what asks for it again."""
    t, number, known = voice.t, settled.registration_id, settled.known
    match settled.what:
        case "companions":
            return _company(voice, settled.group), f"with:{number}"
        case "name":
            return t.gettext("Your name: {name}").format(name=escape(known.name or "")), f"name:{number}"
        case "topics":
            return _ranked(voice, known), f"topics:{number}"
        case "needs":
            return declared(voice, settled.support) if settled.support else "", f"needs:{number}"
        case "phone":
            text = t.gettext("I have your phone number.") if settled.phone else t.gettext("I have no number of yours.")
            return text, f"phone:{number}"
    name = settled.what.removeprefix("attr:")
    option = known.chosen.get(name)
    said = t.gettext("no answer") if option is None else say_option(voice, option)
    place = list(known.attributes).index(name) if name in known.attributes else 0
    return f"{asking(voice, name)} {escape(said)}", f"ask:{number}:{place}"


def _company(voice: Voice, group: Group) -> str:
    if not group.brought:
        return voice.t.gettext("You come alone.")
    return voice.t.ngettext("{number} person comes with you.", "{number} people come with you.", group.brought).format(
        number=voice.number(group.brought)
    )


def _ranked(voice: Voice, known: Answers) -> str:
    topics = {each.number: each.topic for each in known.topics}
    chosen = [voice.say(topics[number]) for number in known.ranked if number in topics]
    if not chosen:
        return voice.t.gettext("Your topics: no preference")
    return voice.t.gettext("Your topics: {topics}").format(topics=", ".join(chosen))


def _all(voice: Voice, known: Answers) -> list[Message]:
    head = voice.t.gettext("I ask nothing more about «{title}», and I did not note that. This is what I have:")
    return [noted(voice, known, head.format(title=voice.say(known.title)))]


def _nothing_back(voice: Voice, _params: Any) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "I find nothing that I could give back: nothing was given up from this phone in the last day. What would you"
        " like to do?"
    )
    rows = column(
        Button(t.gettext("My meetings"), choice="mine"),
        Button(t.gettext("I cannot go"), choice="leaving"),
        Button(t.gettext("Help"), choice="help"),
    )
    return [Message(text, rows)]


def _several(voice: Voice, known: Answers) -> list[Message]:
    return [noted(voice, known, voice.t.gettext("Noted for «{title}»:").format(title=voice.say(known.title)))]


KINDS: Final[dict[str, Kind]] = {
    "nothing_back": Kind(nothing_to_look_up, _nothing_back),
    "answered_before": Kind(_load, _say),
    "all_answered": Kind(load_answers, _all),
    "noted_several": Kind(load_answers, _several),
}
