"""What is stored of somebody: said in words, given as a file, erased."""

from aiogram import Router
from aiogram.filters import Command
from sqlalchemy.orm import Session

from civic import privacy
from civic.conversation import Reply
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="privacy")


@router.message(Command("privacidad", "privacy", ignore_case=True))
@on_choice(router, "privacy")
async def stored(_event: object, chat: Chat) -> None:
    """Say what is kept of her; a permission that was asked, or another question, is asked again."""

    def said(_session: Session) -> list[Reply]:
        asked = chat.open_question if chat.tapped is None else None
        return [_about(chat, "privacy"), *([asked] if asked and asked.kind != "erase" else [])]

    await chat.do(said)


@on_choice(router, "data")
async def my_data(_event: object, chat: Chat) -> None:
    """Give her everything that is kept of her, as a file."""
    await chat.do(lambda _session: [_about(chat, "my_data" if chat.person_id is not None else "privacy")])


@on_choice(router, "erase")
async def ask(_event: object, chat: Chat) -> None:
    """Ask once, saying what goes."""
    await chat.do(lambda _session: [_about(chat, "erase")])


@on_choice(router, "eraseyes")
async def erase(_event: object, chat: Chat, choice: Choice) -> None:
    """Erase her, and say so; with `all`, also who was signed up from her phone."""

    def gone(session: Session) -> list[Reply]:
        if chat.person_id is not None:
            others = choice.args == ("all",)
            privacy.erase(session, chat.person_id, others=others, actor=chat.actor, now=chat.now)
        return [Reply("erased" if chat.acts_for is None else "other_erased")]

    await chat.do(gone)


def _about(chat: Chat, kind: str) -> Reply:
    """Say something of who writes, or of whom she acts for on this phone."""
    return Reply(kind, {"for": chat.acts_for} if chat.acts_for is not None else {})
