"""Help and language, at any time."""

from aiogram import Router
from aiogram.filters import Command
from sqlalchemy.orm import Session

from civic import conversation
from civic.conversation import Reply
from civic.errors import NothingOpen
from handlers.chat import Chat, Choice, interrupted, interrupting
from handlers.filters import on_choice
from locales import LANGUAGES

router = Router(name="help")


@router.message(Command("ayuda", "help", "menu", "cancelar", "cancel", ignore_case=True))
@on_choice(router, "help")
async def help_(_event: object, chat: Chat) -> None:
    """Say what there is, and the ways on; what was asked is asked again."""
    await chat.do(lambda _session: [Reply("help"), *([chat.open_question] if chat.open_question else [])])


@router.message(Command("idioma", "language", ignore_case=True))
async def languages(_event: object, chat: Chat) -> None:
    """Ask which language to speak; what was asked before waits."""
    await chat.do(lambda _session: [_which(chat)])


@on_choice(router, "lang")
async def language(_event: object, chat: Chat, choice: Choice) -> None:
    """Speak the language that was chosen, or ask which."""

    def choose(session: Session) -> list[Reply]:
        if not choice.args:
            return [_which(chat)]
        if choice.args[0] not in LANGUAGES:
            raise NothingOpen
        conversation.choose_language(session, chat.incoming, choice.args[0], now=chat.now)
        asked = _question(chat)
        return [Reply("language_chosen"), *([asked] if asked else [])]

    await chat.do(choose)


def _which(chat: Chat) -> Reply:
    """Ask for the language, and keep in mind which question it interrupts."""
    asked = _question(chat)
    return interrupting("language", asked) if asked else Reply("language")


def _question(chat: Chat) -> Reply | None:
    """Give the question that waits for an answer in whichever language."""
    asked = chat.open_question
    return interrupted(asked) if asked and asked.kind == "language" else asked
