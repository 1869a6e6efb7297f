"""What no other handler takes: words that mean nothing to us, what is no words, buttons that nothing waits for."""

from typing import Any, Final

from aiogram import F, Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic.conversation import Reply
from civic.errors import NothingOpen
from handlers.asking import asks_something
from handlers.chat import Chat
from handlers.filters import on_words
from handlers.other_answers import of_another_question
from handlers.settled import answered_all
from messages.misunderstandings import MEDIA

forwards = Router(name="forwards")
router = Router(name="fallback")

_NAMED: Final = tuple(MEDIA)


@forwards.message(F.forward_origin & F.text)
async def forwarded(_event: Message, chat: Chat) -> None:
    """Take what somebody else wrote for no answer of hers."""
    await _loss(chat, "no_media", what="forwarded")


@on_words(router, "wonder")
async def wondered(_event: object, chat: Chat) -> None:
    """Say to a question amid another that we do not know, and who does."""
    await _loss(chat, "not_understood", asked=True)


@router.message(F.text)
async def not_understood(event: Message, chat: Chat) -> None:
    """Say so, and what was asked; to a question, who knows."""
    await _loss(chat, "not_understood", asked=asks_something(event.text or ""))


@router.message()
async def no_media(event: Message, chat: Chat) -> None:
    """Say what it was that is not read, what to do, and what was asked."""
    what = next((name for name in _NAMED if getattr(event, name, None) is not None), None)
    await _loss(chat, "no_media", what=what)


@router.callback_query()
async def old_button(_event: object, chat: Chat) -> None:
    """Answer a button that nothing waits for any more."""
    await chat.refuse(NothingOpen())


def unread(session: Session, chat: Chat, what: str | None) -> list[Reply]:
    """Say that something is not read, what to do instead, and what was asked. Part of a use case."""
    return _said(session, chat, "no_media", {"what": what})


def _said(session: Session, chat: Chat, kind: str, about: dict[str, Any]) -> list[Reply]:
    known = {"meetings": chat.meetings_in_question(session)[:1], **about}
    params = {name: value for name, value in known.items() if value}
    said = Reply(f"{kind}_here" if chat.open_question else kind, params)
    if kind == "not_understood" and not about.get("asked"):
        if noted := of_another_question(session, chat):
            return noted
        said = answered_all(chat) or said
    return chat.at_a_loss(session, said, kindly=kind == "no_media")


async def _loss(chat: Chat, kind: str, **about: Any) -> None:
    await chat.do(lambda session: _said(session, chat, kind, about))
