"""Help and language, at any time."""

from aiogram import Router
from aiogram.filters import Command
from sqlalchemy.orm import Session

from civic import conversation
from civic.conversation import Reply
from civic.errors import NothingOpen
from handlers.chat import Chat, Choice
from handlers.filters import on_choice
from locales import LANGUAGES

router = Router(name="help")


@router.message(Command("ayuda", "help", ignore_case=True))
@on_choice(router, "help")
async def help_(_event: object, chat: Chat) -> None:
    """Say what there is, and the ways on."""
    await chat.reply("help")


@router.message(Command("idioma", "language", ignore_case=True))
async def languages(_event: object, chat: Chat) -> None:
    """Ask which language to speak."""
    await chat.reply("language")


@on_choice(router, "lang")
async def language(_event: object, chat: Chat, choice: Choice) -> None:
    """Speak the language that was chosen, or ask which."""

    def choose(session: Session) -> list[Reply]:
        if not choice.args:
            return [Reply("language")]
        if choice.args[0] not in LANGUAGES:
            raise NothingOpen
        conversation.choose_language(session, chat.incoming, choice.args[0], now=chat.now)
        asked = chat.open_question
        again = [asked] if asked and asked.kind != "language" else []
        return [Reply("language_chosen"), *again]

    await chat.do(choose)
