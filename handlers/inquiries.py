"""What somebody asks in between: answered, and the conversation goes on where it was; and what is asked first."""

from typing import Any, Final

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import offers
from civic.conversation import Reply
from civic.errors import MeetingUnknown
from civic.schema import Meeting
from handlers import asking
from handlers.chat import Chat, Choice, interrupted, interrupting
from handlers.filters import on_choice, on_words
from handlers.meaning import IN_WORDS
from handlers.organiser_people import noted
from handlers.signup import want_to_go
from handlers.understanding import plain
from messages.words import RUDE

router = Router(name="inquiries")

ELSEWHERE: Final[dict[str, Reply]] = {
    "privacy": Reply("privacy"),
    "mine": Reply("mine", {"page": 0}),
    "meetings": Reply("open_meetings", {"page": 0}),
    "commitments": Reply("commitment_meetings", {"page": 0}),
}
"""Questions that something else of ours answers whole."""


@on_choice(router, "about")
async def about(_event: object, chat: Chat, choice: Choice) -> None:
    """Answer a question about a meeting, or ask which is meant; then say again what was asked."""

    def answer(session: Session) -> list[Reply]:
        asked = [topic for topic in (choice.args[1] if len(choice.args) > 1 else "").split(".") if topic]
        elsewhere = next((ELSEWHERE[topic] for topic in asked if topic in ELSEWHERE), None)
        if elsewhere:
            return [elsewhere, *_asked(chat)]
        number = choice.number()
        if not number:
            found = chat.meetings_in_question(session)
            if len(found) != 1:
                return [Reply("about_which", {"meetings": found, "about": asked}, chat.standing.step)]
            number = found[0]
        return _aside(session, chat, number, asked, choice.args[2] if len(choice.args) > 2 else "")  # noqa: PLR2004 - the faq's numbers

    await chat.do(answer)


def answered_between(session: Session, chat: Chat, words: str) -> Reply | None:
    """Answer what words ask of the one meeting in question amid something else; None for what asks nothing known."""
    asked = asking.topics(words, alone=False)
    found = chat.meetings_in_question(session)
    if len(found) != 1 or not asked or not ELSEWHERE.keys().isdisjoint(asked):
        return None
    return _aside(session, chat, found[0], asked, "")[0]


def _aside(session: Session, chat: Chat, meeting_id: int, asked: list[str], given: str) -> list[Reply]:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.state == "draft":
        raise MeetingUnknown(str(meeting_id))
    numbers = [int(each) if each.isascii() and each.isdigit() and len(each) < 3 else None for each in given.split(".")]  # noqa: PLR2004 - of 50
    if len(numbers) != len(asked) or not given:
        numbers = [asking.on_topic(topic, meeting.faq) for topic in asked]
    if any(each is not None for each in numbers) and asking.OTHER not in asked:  # it is said whose words they are
        asked, numbers = [*asked, asking.OTHER], [*numbers, None]
    params: dict[str, Any] = {"meeting": meeting.id, "about": asked, "faq": numbers}
    if chat.open_question and chat.open_question.kind != "about_which":
        return [Reply("about", {**params, "here": True}), chat.open_question]
    before = chat.said_before
    return [interrupting("about", before, **params) if before else Reply("about", params)]


@on_choice(router, "here")
async def here(_event: object, chat: Chat) -> None:
    """Go back to where she was: what was asked, or said, last."""

    def again(session: Session) -> list[Reply]:
        asked = chat.standing.asked
        before = interrupted(asked) if asked else None
        return [noted(session, chat, before or chat.open_question or chat.said_before or Reply("help"))]

    await chat.do(again)


@on_choice(router, "hushask", "passask")
async def ask_first(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask whether she means it, before anything is lost."""

    def ask(session: Session) -> list[Reply]:
        if choice.verb == "passask":  # somebody else's is nobody's business
            offers.answering(session, choice.number(), chat.person_id or 0)
        about: dict[str, Any] = {"offer": choice.number()} if choice.verb == "passask" else {}
        kind = "pass_ask" if about else "hush_ask"
        before = chat.said_before
        return [interrupting(kind, before, **about) if before else Reply(kind, about)]

    await chat.do(ask)


@on_words(router, "clearly")
async def say_it_clearly(_event: object, chat: Chat) -> None:
    """Take near words for no permission: it is asked for again."""
    await chat.do(lambda session: chat.at_a_loss(session, Reply("clear_word"), kindly=True))


@on_choice(router, "signup")
async def wants_a_place(event: object, chat: Chat, choice: Choice) -> None:
    """Go on to a place in the meeting in question, or show those that are open."""
    found = await chat.services.store.reading(chat.meetings_in_question) if chat.found else []
    if len(found) == 1:
        await want_to_go(event, chat, Choice("go", (str(found[0]),), choice.ward))
        return
    await chat.reply("open_meetings", page=0)


@on_words(router, "which")
async def which(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask which of the buttons of one message is meant, where words fit several."""

    def ask(_session: Session) -> list[Reply]:
        before = chat.standing.news if choice.args else chat.said_before
        return [Reply("which_one"), *([before] if before else [])]

    await chat.do(ask)


class IsRude(Filter):
    """Anger, and nothing else that is understood."""

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match a text with a rude word where it is no answer about something."""
        text = event.text or ""
        step = (chat.standing.step or "").split(":")[0]
        return (
            choice is None
            and not text.startswith("/")
            and step in {"", *IN_WORDS}
            and not RUDE.isdisjoint(plain(text).split())
        )


@router.message(IsRude())
async def rude(_event: Message, chat: Chat) -> None:
    """Stay kind, and say where anger is heard."""
    await chat.do(lambda _session: [Reply("rude"), *_asked(chat)])


def _asked(chat: Chat) -> list[Reply]:
    return [chat.open_question] if chat.open_question else []
