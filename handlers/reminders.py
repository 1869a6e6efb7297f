"""«I confirm», said to a reminder; giving up a place is `handlers.mine`'s."""

from aiogram import Router

from handlers.changes import confirming
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="reminders")


@on_choice(router, "confirm")
async def confirm(_event: object, chat: Chat, choice: Choice) -> None:
    """Note that she comes."""
    await chat.do(lambda session: confirming(session, chat, choice.number()))
