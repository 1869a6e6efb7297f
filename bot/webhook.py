"""Updates by webhook: answered 200 only after the work is done, so that what fails comes again."""

import asyncio
import hmac
import json
from http import HTTPStatus
from time import monotonic

import structlog
from aiogram.types import Update
from aiohttp import web

from bot.intake import DatabaseAway, Intake, Unreadable, chat_of, read

log = structlog.get_logger(__name__)

YOUNG_SECONDS = 60
"""For so long after the start an update may be the one that killed the process before this one: tries are counted."""
LARGEST_BODY = 1024 * 1024
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name


def add_webhook(application: web.Application, path: str, secret: str, intake: Intake) -> None:
    """Serve the webhook at an unguessable path, for who knows the secret."""
    application.router.add_post(path, _Receiver(secret, intake).receive)


class _Receiver:
    def __init__(self, secret: str, intake: Intake) -> None:
        self._secret = secret.encode()
        self._intake = intake
        self._young_until = monotonic() + YOUNG_SECONDS

    async def receive(self, request: web.Request) -> web.Response:
        shown = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(shown, self._secret):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        if (request.content_length or 0) > LARGEST_BODY:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            update = read(self._intake.bot, json.loads(await request.read()))
        except (ValueError, RecursionError, web.RequestPayloadError):
            log.warning("webhook.unreadable")
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        return await (self._let_go(update) if isinstance(update, Unreadable) else self._answer(update))

    async def _let_go(self, update: Unreadable) -> web.Response:
        try:
            await self._intake.let_go_unread(update)
        except DatabaseAway:
            return _later()
        return web.Response()

    async def _answer(self, update: Update) -> web.Response:
        """Handle after the chat's earlier updates; the work goes on if the connection drops."""
        task = asyncio.ensure_future(self._in_order(update, self._intake.chats.get(chat_of(update))))  # noqa: TID251 - awaited
        self._intake.chats[chat_of(update)] = task
        task.add_done_callback(lambda done: self._forget(chat_of(update), done))
        try:
            await asyncio.shield(task)
        except DatabaseAway:
            return _later()
        except Exception:  # noqa: BLE001 - recorded by the intake; the update comes again
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return web.Response()

    async def _in_order(self, update: Update, previous: asyncio.Task[None] | None) -> None:
        if previous and not previous.done():
            await asyncio.wait({previous})
        counted = monotonic() < self._young_until
        if not counted or await self._intake.count(update):
            await self._intake.handle(update, counted=counted)

    def _forget(self, chat_id: int, done: asyncio.Task[None]) -> None:
        if self._intake.chats.get(chat_id) is done:
            del self._intake.chats[chat_id]
        if not done.cancelled():
            done.exception()


def _later() -> web.Response:
    """Have the update come again soon: the database is away."""
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "1"})
