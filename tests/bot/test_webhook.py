"""The webhook over HTTP: 200 only after the work, what fails comes again, what is not Telegram's is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, Router
from aiogram.types import Message, Update
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import webhook
from bot.clock import true_now
from bot.intake import Intake
from bot.webhook import LARGEST_BODY, SECRET_HEADER, add_webhook
from civic import updates
from civic.schema import Bot as KnownBot
from civic.schema import FailedUpdate
from civic.store import Store
from tests.simulator_process import until

SECRET = "of-the-tests"
PATH = "/telegram/here"

Handler = Callable[[Message], Awaitable[None]]
Client = TestClient[web.Request, web.Application]


def update(update_id: int, said: str, person: int = 77) -> dict[str, Any]:
    """Give an update as Telegram posts it."""
    chat = {"id": person, "type": "private", "first_name": "María"}
    sender = {"id": person, "is_bot": False, "first_name": "María"}
    message = {"message_id": update_id, "date": 1, "text": said, "chat": chat, "from": sender}
    return {"update_id": update_id, "message": message}


class Hook:
    """A served webhook, and what reached its people."""

    def __init__(self, store: Store, handler: Handler) -> None:
        self.apologised: list[int] = []
        dispatcher = Dispatcher(disable_fsm=True)
        router = Router()
        router.message()(handler)
        dispatcher.include_router(router)
        self.intake = Intake(Bot("4244:a-token-of-the-tests"), dispatcher, store, true_now, self._apologise)
        application = web.Application()
        add_webhook(application, PATH, SECRET, self.intake)
        self.client: Client = TestClient(TestServer(application))

    async def _apologise(self, _bot: Bot, told: Update, _code: str) -> None:
        self.apologised.append(told.update_id)

    async def post(self, body: object, secret: str = SECRET) -> int:
        """Post something; give the status."""
        data = BytesIO(json.dumps(body).encode())
        async with self.client.post(PATH, data=data, headers={SECRET_HEADER: secret}) as answer:
            return answer.status


@asynccontextmanager
async def hook(store: Store, handler: Handler) -> AsyncIterator[Hook]:
    made = Hook(store, handler)
    async with made.client:
        yield made
    await made.intake.drain()
    await made.intake.bot.session.close()


async def nothing(_message: Message) -> None:
    """Take whatever comes."""


async def test_the_answer_waits_for_the_work(store: Store) -> None:
    may_end = asyncio.Event()
    done: list[str | None] = []

    async def works(message: Message) -> None:
        await may_end.wait()
        done.append(message.text)

    async with hook(store, works) as made, asyncio.TaskGroup() as group:
        posted = group.create_task(made.post(update(1, "hola")))
        await until(lambda: bool(made.intake.chats))
        assert not posted.done()
        may_end.set()
        assert (await posted, done) == (HTTPStatus.OK, ["hola"])


async def test_a_chats_updates_go_in_order_and_people_side_by_side(store: Store) -> None:
    may_end = asyncio.Event()
    done: list[str | None] = []

    async def works(message: Message) -> None:
        if message.text == "lento":
            await may_end.wait()
        done.append(message.text)

    async with hook(store, works) as made, asyncio.TaskGroup() as group:
        group.create_task(made.post(update(1, "lento")))
        await until(lambda: bool(made.intake.chats))
        group.create_task(made.post(update(2, "después")))
        assert await made.post(update(3, "otra", person=78)) == HTTPStatus.OK
        may_end.set()
    assert done == ["otra", "lento", "después"]


async def test_a_poison_update_is_refused_twice_and_let_go_the_third_time(store: Store) -> None:
    async def fails(message: Message) -> None:
        if message.text == "veneno secreto":
            raise ZeroDivisionError(message.text)

    async with hook(store, fails) as made:
        poison = update(1, "veneno secreto")
        found = [await made.post(poison), await made.post(update(2, "hola", person=78)), await made.post(poison)]
        assert (found, made.apologised) == ([500, 200, 500], [])
        assert (await made.post(poison), made.apologised) == (HTTPStatus.OK, [1])
        assert await made.post(update(3, "sigo aquí")) == HTTPStatus.OK
    (row,) = store.read(updates.listing)
    assert (row.update_id, row.tries, row.let_go_at is not None) == (1, 3, True)
    assert "ZeroDivisionError" in (row.trace or "")
    assert "secreto" not in (row.trace or "")


async def test_an_update_that_killed_the_process_thrice_is_let_go_unhandled(store: Store) -> None:
    handled: list[str | None] = []

    async def hears(message: Message) -> None:
        handled.append(message.text)

    def killed(session: Session) -> None:
        session.add(FailedUpdate(bot_id=4244, update_id=1, at=true_now(), tries=3, trace=None, let_go_at=None))

    store.write(killed)
    async with hook(store, hears) as made:
        assert await made.post(update(1, "mata")) == HTTPStatus.OK
        assert await made.post(update(2, "hola")) == HTTPStatus.OK
    assert handled == ["hola"]
    assert [row.let_go_at is not None for row in store.read(updates.listing)] == [True]


async def test_tries_are_counted_before_the_work_while_the_process_is_young(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[int] = []

    async def looks(message: Message) -> None:
        assert message.text
        before.extend(store.read(lambda session: session.scalars(select(FailedUpdate.tries)).all()))

    async with hook(store, looks) as made:
        await made.post(update(1, "joven"))
    monkeypatch.setattr(webhook, "YOUNG_SECONDS", 0)
    async with hook(store, looks) as made:
        await made.post(update(2, "mayor"))
    assert before == [1]
    assert store.read(lambda session: session.scalars(select(FailedUpdate)).all()) == []


async def test_who_does_not_know_the_secret_is_refused_before_anything_is_read(store: Store) -> None:
    guesses = ["", "guessed", SECRET[:-1], f"{SECRET}s", SECRET.upper(), "contraseña"]
    async with hook(store, nothing) as made:
        found = [await made.post("no update at all", guess) for guess in guesses]
        assert found == [HTTPStatus.UNAUTHORIZED] * len(guesses)
        async with made.client.post(PATH, data="{}") as answer:
            assert answer.status == HTTPStatus.UNAUTHORIZED


async def _in_pieces(size: int) -> AsyncIterator[bytes]:
    """Give a body without saying its length before."""
    for _ in range(size // 65536 + 1):
        yield b" " * 65536


async def test_what_is_too_large_is_refused_with_and_without_its_length(store: Store) -> None:
    async with hook(store, nothing) as made:
        large = update(1, "x" * LARGEST_BODY)
        assert await made.post(large) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        url = made.client.make_url(PATH)
        async with ClientSession() as http:
            pieces = http.post(url, data=_in_pieces(LARGEST_BODY), headers={SECRET_HEADER: SECRET})
            async with pieces as answer:
                assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert await made.post(update(2, "x" * 4096)) == HTTPStatus.OK


async def test_a_letter_that_no_database_keeps_is_left_out(store: Store) -> None:
    heard: list[str | None] = []

    def keeps(session: Session, said: str) -> None:
        session.add(KnownBot(id=1, username=said, paused_until=None))

    async def hears(message: Message) -> None:
        heard.append(message.text)
        await store.transaction(keeps, message.text or "")

    async with hook(store, hears) as made:
        assert await made.post(update(1, "a\0b")) == HTTPStatus.OK
    assert heard == ["ab"]


async def test_what_is_no_update_is_refused_and_one_of_another_bot_api_is_let_go(store: Store) -> None:
    async with hook(store, nothing) as made:
        bodies: tuple[object, ...] = ("no update", [], {"message": {}}, {"update_id": "one"}, {"update_id": 2**63})
        for body in bodies:
            assert await made.post(body) == HTTPStatus.BAD_REQUEST
        assert await made.post({"update_id": 4, "of_the_future": {}}) == HTTPStatus.OK
        headers = {SECRET_HEADER: SECRET, "Content-Encoding": "gzip"}
        async with made.client.post(PATH, data=b"no gzip", headers=headers) as answer:
            assert answer.status == HTTPStatus.BAD_REQUEST
    assert [each.update_id for each in store.read(updates.listing)] == [4]


@pytest.mark.parametrize("database_kind", ["sqlite"])  # PostgreSQL cannot be filled without filling the disk
async def test_while_the_disk_is_full_the_update_is_asked_for_again(store: Store) -> None:
    def much(session: Session) -> None:
        session.add_all(KnownBot(id=i, username=f"{i}" * 100, paused_until=None) for i in range(500))

    async def writes(_message: Message) -> None:
        await store.transaction(much)

    def room(pages: int) -> None:
        store.write(lambda session: session.execute(text(f"PRAGMA max_page_count = {pages}")))

    async with hook(store, writes) as made:
        room(1)
        async with made.client.post(PATH, data=json.dumps(update(1, "hola")), headers={SECRET_HEADER: SECRET}) as full:
            assert (full.status, full.headers["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "1")
        room(1_000_000)
        assert await made.post(update(1, "hola")) == HTTPStatus.OK
    assert store.read(lambda session: session.get(KnownBot, 499)) is not None
    assert (made.apologised, store.read(updates.listing)) == ([], [])


async def test_the_work_goes_on_when_the_connection_drops(store: Store) -> None:
    may_end = asyncio.Event()
    done: list[str | None] = []

    async def works(message: Message) -> None:
        await may_end.wait()
        done.append(message.text)

    async with hook(store, works) as made:
        posted = asyncio.ensure_future(made.post(update(1, "hola")))  # noqa: TID251 - cancelled below
        await until(lambda: bool(made.intake.chats))
        posted.cancel()
        await asyncio.gather(posted, return_exceptions=True)
        may_end.set()
        await until(lambda: done == ["hola"])
