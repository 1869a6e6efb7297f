"""Feedback after a meeting: a tap each, or the same in words; every answer is saved when it is given."""

from collections.abc import Callable, Sequence
from typing import Final

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import feedback
from civic.conversation import Reply
from civic.errors import NothingOpen
from civic.feedback import LONGEST
from handlers.chat import Chat, Choice
from handlers.complaints import also_complaint
from handlers.filters import on_choice

router = Router(name="feedback")

STEP: Final = "fb"
Tap = Callable[[Session, Chat, Choice], list[Reply]]


class AnsweringFeedback(Filter):
    """Words that answer an open question of feedback: the step is `fb:REGISTRATION:QUESTION`."""

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match text that is neither a choice nor a command."""
        words = event.text or ""
        step = chat.standing.step or ""
        if choice is not None or not words or words.startswith("/") or not step.startswith(f"{STEP}:"):
            return False
        chat.ward = chat.asked_for
        chat.answering = chat.standing.step
        return True


@on_choice(router, "fb")
async def tap(_event: object, chat: Chat, choice: Choice) -> None:
    """Do what a button of feedback says."""

    def use_case(session: Session) -> list[Reply]:
        does = TAPS.get(choice.args[0] if choice.args else "")
        if does is None:
            raise NothingOpen
        return does(session, chat, choice)

    await chat.do(use_case)


@router.message(AnsweringFeedback())
async def words(event: Message, chat: Chat) -> None:
    """Save an answer in words; a complaint is saved too, and then pointed to its channel (M16)."""
    said = (event.text or "").strip()
    step = Choice.parse(chat.standing.step or "")
    registration_id, question_id = step.number(0), step.number(1)

    def save(session: Session) -> Sequence[Reply]:
        if len(said) > LONGEST:
            again = {"registration": registration_id, "question": question_id}
            return [Reply("fb_too_long", {}), Reply("fb_question", again, chat.standing.step)]
        following = feedback.answer(session, registration_id, question_id, said, person_id=chat.person_id, now=chat.now)
        meeting_id = feedback.meeting_of(session, registration_id)
        return also_complaint(said, _next(session, chat, registration_id, following), meeting_id=meeting_id)

    await chat.do(save)


def _came(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id = choice.number(1)
    following = feedback.came(session, registration_id, yes=True, person_id=chat.person_id, now=chat.now)
    return _next(session, chat, registration_id, following)


def _missed(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id = choice.number(1)
    feedback.came(session, registration_id, yes=False, person_id=chat.person_id, now=chat.now)
    return [Reply("fb_missed", {"registration": registration_id})]


def _answer(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id, question_id = choice.number(1), choice.number(2)
    value = choice.args[3] if len(choice.args) > 3 else ""  # noqa: PLR2004 - a:REGISTRATION:QUESTION:VALUE
    if _is_another(session, chat, registration_id, question_id, value):
        return _show(session, chat, choice)
    following = feedback.answer(session, registration_id, question_id, value, person_id=chat.person_id, now=chat.now)
    return _next(session, chat, registration_id, following)


def _is_another(session: Session, chat: Chat, registration_id: int, question_id: int, value: str) -> bool:
    """Tell whether a button of before says something else than was answered; under what is asked now it may."""
    now = chat.standing.asked
    if now and (now.kind != "fb_question" or now.params.get("question") == question_id):
        return False
    known = feedback.asked(session, registration_id, question_id, chat.person_id, chat.now)
    return known is not None and known.value is not None and known.value != value


def _skip(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id, question_id = choice.number(1), choice.number(2)
    following = feedback.skip(session, registration_id, question_id, person_id=chat.person_id, now=chat.now)
    return _next(session, chat, registration_id, following)


def _show(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id, question_id = choice.number(1), choice.number(2)
    feedback.check_open(session, registration_id, person_id=chat.person_id, now=chat.now)
    return _next(session, chat, registration_id, question_id)


def _list(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id = choice.number(1)
    feedback.check_open(session, registration_id, person_id=chat.person_id, now=chat.now)
    return [Reply("fb_list", {"registration": registration_id})]


def _done(session: Session, chat: Chat, choice: Choice) -> list[Reply]:
    registration_id = choice.number(1)
    feedback.check_open(session, registration_id, person_id=chat.person_id, now=chat.now)
    return [Reply("fb_done", {"registration": registration_id})]


def _next(session: Session, chat: Chat, registration_id: int, question_id: int | None) -> list[Reply]:
    """Put the next question, which takes words where it is one for words; or give thanks."""
    if question_id is None:
        return [Reply("fb_done", {"registration": registration_id})]
    asked = feedback.asked(session, registration_id, question_id, chat.person_id, chat.now)
    if asked is None:
        raise NothingOpen
    step = f"{STEP}:{registration_id}:{question_id}" if asked.kind == "text" else None
    return [Reply("fb_question", {"registration": registration_id, "question": question_id}, step)]


TAPS: Final[dict[str, Tap]] = {
    "yes": _came,
    "no": _missed,
    "a": _answer,
    "skip": _skip,
    "q": _show,
    "list": _list,
    "done": _done,
}
