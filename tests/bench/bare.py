"""The bare aiogram bots beside which Convoca is measured: `python -m tests.bench.bare echo|database`.

`echo` answers a message with its text. `database` answers a tap after what any such handler does at least: one select
and one update with a commit, through the same store as Convoca (same settings, same threads), and the same two calls
(a message, and the end of the button's waiting). Both poll as aiogram does by itself, or listen by webhook as it does
when it answers after the work; on uvloop.
"""

import asyncio
import os
import sys
from typing import Final

import uvloop
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.schema import Registration
from civic.store import Store

SECRET: Final = "bench"
REPLY: Final = (
    "✅ Gracias, María: contamos con usted.\n\n"
    "Agua para todas las veredas\n"
    "martes 15 de diciembre, 9:00 a. m. · Casa de la Cultura, frente al parque"
)


async def echo(message: Message) -> None:
    """Say the same."""
    await message.answer(message.text or "")


def note(session: Session, registration_id: int) -> None:
    """Look a registration up and change it."""
    registration = session.scalars(select(Registration).where(Registration.id == registration_id)).one()
    registration.confirmed_version = (registration.confirmed_version or 0) + 1


async def confirm(query: CallbackQuery, bot: Bot, store: Store) -> None:
    """Note that somebody comes, and say so."""
    await store.transaction(note, int((query.data or "").partition(":")[2]))
    await bot.send_message(query.from_user.id, REPLY)
    await query.answer()


async def serve(dispatcher: Dispatcher) -> None:
    """Poll, or listen where there is a public address, until the process is ended."""
    server = TelegramAPIServer.from_base(os.environ["CONVOCA_TELEGRAM_API"])
    bot = Bot(os.environ["CONVOCA_BOT_TOKEN"], session=AiohttpSession(api=server))
    public = os.environ["CONVOCA_PUBLIC_URL"]
    if not public:
        await dispatcher.start_polling(bot, polling_timeout=30)
        return
    application = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=SECRET).register(application, "/bot")
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    host, _, port = os.environ["CONVOCA_LISTEN"].partition(":")
    await web.TCPSite(runner, host, int(port)).start()
    await bot.set_webhook(f"{public}/bot", secret_token=SECRET, max_connections=40)
    await asyncio.Event().wait()


def main(which: str) -> None:
    """Run one of the two."""
    if which == "echo":
        echoing = Dispatcher()
        echoing.message(F.text)(echo)
        uvloop.run(serve(echoing))
        return
    store = Store(os.environ["CONVOCA_DATABASE_URL"])
    confirming = Dispatcher(store=store)
    confirming.callback_query(F.data.startswith("confirm:"))(confirm)
    try:
        uvloop.run(serve(confirming))
    finally:
        store.close()


if __name__ == "__main__":
    main(sys.argv[1])
