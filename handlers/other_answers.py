"""Answers to other questions than the open one: noted where they are clear, said back, or asked back first."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from civic import answers, concerns, parties, questions, support
from civic.audit import Actor
from civic.columns import Text
from civic.conversation import Reply
from civic.errors import Problem
from civic.parties import MOST_COMPANIONS
from handlers.calling import introduced
from handlers.company import adds, companions_said, speaks_of_company
from handlers.courtesy import core
from handlers.naming import in_range, names, number_in, wordings
from handlers.nearness import sounds, tokens
from messages.wordlists import listed
from messages.words import NEEDS, OPTIONS

if TYPE_CHECKING:
    from handlers.chat import Chat

MOST: Final = 200
"""Characters; more is a story."""


def others_answered(
    session: Session,
    registration_id: int,
    text: str,
    asked: str,
    *,
    person_id: int,
    actor: Actor,
    now: datetime,
    first: Reply | None = None,
) -> list[Reply]:
    """Note what a text clearly answers of somebody's own place beside what is `asked`; nothing where it does not.

    `first` says what was noted of the same message before. How many come along is asked back, and a phone asked for:
    that reply is the last, and a question. Part of a use case.
    """
    said = [first] if first else []
    known = answers.answers(session, registration_id, person_id)
    if known is None or len(text) > MOST or "?" in text:
        return said
    for part in filter(None, map(str.strip, _BETWEEN.split(text))):
        name = introduced(part) if asked != "name" else None
        try:
            if name:
                questions.answer_name(session, known.registration_id, name, person_id=person_id, actor=actor, now=now)
                said.append(noted(registration_id, "name"))
            elif found := _option_in(part, known.attributes, asked):
                attribute, option = found
                questions.answer_attribute(
                    session, registration_id, attribute, option, person_id=person_id, actor=actor, now=now
                )
                said.append(noted(registration_id, f"attr:{attribute}"))
        except Problem:
            continue
    if len(said) > 1:
        said = [Reply("noted_several", {"registration": registration_id})]
    if asked != "companions" and (company := _company(session, registration_id, text, person_id, now)):
        return [*said, company]
    if asked != "needs" and _needs(text) and support.support(session, registration_id, person_id, now) is not None:
        return [*said, Reply("needs", {"registration": registration_id, "what": "needs"}, f"needs:{registration_id}")]
    if asked != "phone" and _gives_phone(text):  # asked first what it is for
        return [*said, Reply("phone", {"registration": registration_id, "what": "phone"}, f"phone:{registration_id}")]
    return said


def of_another_question(session: Session, chat: "Chat") -> list[Reply]:
    """Note what words answer that do not answer the open question, and ask that again; nothing where they do not.

    Where nothing is open, they may change what was answered for the one meeting in question.
    """
    waits, person_id = chat.open_question, chat.person_id
    if chat.words is None or person_id is None:
        return []
    if waits is not None:
        number = waits.params.get("registration")
    else:
        found = chat.meetings_in_question(session)
        number = concerns.own_in(session, person_id, found[0]) if len(found) == 1 else None
    if number is None:
        return []
    what = str(waits.params.get("what", waits.kind.partition("_")[0])) if waits else ""
    beside = others_answered(session, number, chat.words, what, person_id=person_id, actor=chat.actor, now=chat.now)
    return going_on_with(beside, [waits] if waits else []) if beside else []


def going_on_with(beside: Sequence[Reply], following: Sequence[Reply]) -> list[Reply]:
    """Say what was noted beside an answer, and then what follows; a question asked back takes the place of the next."""
    if beside and beside[-1].step:
        return [*beside[:-1], *following[:-1], beside[-1]]
    return [*beside, *following]


def noted(registration_id: int, what: str) -> Reply:
    """Say what was noted, with a way to change it."""
    return Reply("answered_before", {"registration": registration_id, "what": what, "now": True})


def _company(session: Session, number: int, text: str, person_id: int, now: datetime) -> Reply | None:
    """Ask back how many come along, where a text says another number than is noted."""
    if not speaks_of_company(text):
        return None
    said, group = companions_said(text), parties.group(session, number, person_id, now)
    if said is not None and group is not None and adds(text):
        said += group.brought
    if said is None and group is not None and not _SOMEBODY.isdisjoint(tokens(text)):
        return Reply("companions", {"registration": number, "what": "companions"}, f"companions:{number}")
    if said is None or group is None or said == group.brought or said > MOST_COMPANIONS:
        return None
    if not said:
        return Reply("companions", {"registration": number, "what": "companions"}, f"companions:{number}")
    return Reply("companions_meant", {"registration": number, "companions": said}, f"companions:{number}")


_SOMEBODY: Final = frozenset({"alguien", "somebody", "someone"})


def _option_in(text: str, attributes: dict[str, list[Text]], asked: str) -> tuple[str, str] | None:
    """Find the one option of another attribute that a text is about, and says nothing else."""
    said = [word for word in core(text) if word not in _AROUND]
    heard = " ".join(sounds(" ".join(said)))
    found: set[tuple[str, str]] = set()
    for name, options in attributes.items():
        if asked == f"attr:{name}":
            continue
        found |= {
            (name, str(option))
            for option in options
            if heard
            and heard in {" ".join(sounds(each)) for each in (*wordings(option), *OPTIONS.get(str(option), ()))}
        }
        if not _OLD.isdisjoint(tokens(text)):
            place = in_range(text, [wordings(option)[0] for option in options])
            found |= {(name, str(options[place]))} if place is not None else set()
    return found.pop() if len(found) == 1 else None


def _needs(text: str) -> bool:
    """Tell whether a text says which support somebody needs; a child that is named is no such need."""
    heard = (names(text, word) for need, words in NEEDS.items() if need != "childcare" for word in words)
    return not _NEEDING.isdisjoint(tokens(text)) and any(heard)


_NEEDING: Final = listed("necesito necesita necesitamos uso usa ando anda soy requiero need needs use uses am")


def _gives_phone(text: str) -> bool:
    said = tokens(text)
    return number_in(text) != text and not _HERS.isdisjoint(said) and not _PHONES.isdisjoint(said)


_BETWEEN: Final = re.compile(r"[,;\n]|\.\s|\s(?:y|and)\s", re.IGNORECASE)
_AROUND: Final = listed(
    "soy vivo vivimos vengo resido en el la los las de del zona mi es genero sexo edad i am m live in the a from my"
)
"""Words around an option that say no more than that she is so."""
_OLD: Final = frozenset({"anos", "anitos", "edad", "years", "old", "age"})
_HERS: Final = frozenset({"mi", "my"})
_PHONES: Final = frozenset({"numero", "celular", "cel", "telefono", "tel", "whatsapp", "phone", "number", "mobile"})
