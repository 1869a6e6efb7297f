"""A second answer in the same message: taken where it clearly fits what is asked next, else that is asked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from civic import answers, parties, questions
from civic.audit import Actor
from civic.conversation import Reply, UseCase
from civic.schema import Registration
from handlers.asking import sounds_like_a_question
from handlers.calling import introduced
from handlers.chat import Chat
from handlers.company import companions_said
from handlers.inquiries import answered_between
from handlers.naming import names, wordings
from handlers.other_answers import going_on_with, noted, others_answered
from handlers.signup import asked_next
from messages.words import OPTIONS


def taking_both(chat: Chat, rest: str, use_case: UseCase, session: Session) -> Sequence[Reply]:
    """Run what the first answer does, and then take the rest of the message for an answer to what is asked next."""
    replies = list(use_case(session))
    if not replies or chat.acts_for is not None:
        return replies
    *said, asked = replies
    if sounds_like_a_question(rest) and (answer := answered_between(session, chat, rest)):
        return [*said, answer, asked]
    number = asked.params.get("registration")
    own = session.get(Registration, number) if number is not None else None
    if own is None or own.person_id is None:
        return replies
    return [*said, *_second(session, own, own.person_id, asked, rest, chat.now)]


def _second(
    session: Session, own: Registration, person_id: int, asked: Reply, rest: str, now: datetime
) -> Sequence[Reply]:
    actor = Actor(person_id, "chat")
    what = str(asked.params.get("what", ""))
    if what == "name" and (name := introduced(rest)):
        questions.answer_name(session, own.id, name, person_id=person_id, actor=actor, now=now)
        return [noted(own.id, "name"), *asked_next(session, own.id, person_id, now)]
    if what.startswith("attr:"):
        option = _option(session, own.id, person_id, what, rest)
        if option is None:
            return _others(session, own, person_id, asked, rest, now)
        attribute = what.removeprefix("attr:")
        questions.answer_attribute(session, own.id, attribute, option, person_id=person_id, actor=actor, now=now)
        return [noted(own.id, what), *asked_next(session, own.id, person_id, now)]
    if asked.kind == "companions" and (companions := companions_said(rest)) is not None:
        if companions:
            return [Reply("companions_meant", {"registration": own.id, "companions": companions}, asked.step)]
        if not parties.bring(session, own.id, 0, person_id=person_id, actor=actor, now=now):
            return [noted(own.id, "companions"), *asked_next(session, own.id, person_id, now)]
    return _others(session, own, person_id, asked, rest, now)


def _others(
    session: Session, own: Registration, person_id: int, asked: Reply, rest: str, now: datetime
) -> Sequence[Reply]:
    """Note what the rest answers of other questions, and ask what is asked next."""
    what, actor = str(asked.params.get("what", "")), Actor(person_id, "chat")
    beside = others_answered(session, own.id, rest, what, person_id=person_id, actor=actor, now=now)
    return going_on_with(beside, [asked])


def _option(session: Session, number: int, person_id: int, what: str, rest: str) -> str | None:
    """Find the one option that the rest of a message names."""
    asked = answers.question(session, number, what, person_id)
    found = [
        str(option)
        for option in (asked.options if asked else ())
        if any(names(rest, wording) for wording in (*wordings(option), *OPTIONS.get(str(option), ())))
    ]
    return found[0] if len(found) == 1 else None
