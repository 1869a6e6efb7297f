"""A reply: said at once, owed when that cannot be, and nobody waits for who cannot be reached."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from civic.schema import Outbox, Person
from handlers import middleware
from handlers.speaking import Speaking
from messages import telegram
from messages.message import Message
from tests.factories import person
from tests.handlers.conftest import Talking, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def speak(talking: Talking, chat: int, *said: str, patience: float = 8) -> bool:
    speaking = Speaking(talking.store, talking.clock, patience=patience)
    return await speaking(talking.bot, chat, [Message(text) for text in said], tapped=None)


async def started(talking: Talking) -> int:
    chat = await talking.person()
    await talking.telegram.send(chat, "hola")
    talking.store.write(lambda session: person(session, telegram_id=chat).id)
    return chat


async def heard(talking: Talking, chat: int) -> list[str]:
    return texts(await talking.telegram.messages(chat))


async def test_one_quick_fault_is_not_noticed(talking: Talking) -> None:
    chat = await started(talking)
    await talking.telegram.fault(
        "sendMessage", chat_id=chat, times=1, status=502, body="<html>", content_type="text/html"
    )
    assert await speak(talking, chat, "uno", "dos")
    assert await heard(talking, chat) == ["uno", "dos"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "body": {"ok": False, "error_code": 500}},
        {"status": 429, "description": "Too Many Requests", "parameters": {"retry_after": 30}},
        {"status": 401, "description": "Unauthorized"},
        {"drop": "before"},
    ],
)
async def test_what_cannot_be_said_now_is_owed(talking: Talking, fault: dict[str, Any]) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=2, **fault)
    assert not await speak(talking, chat, "uno")
    await talking.telegram.no_faults()


async def test_a_slow_answer_is_not_waited_for_longer_than_patience(talking: Talking) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, delay=30)
    assert not await speak(talking, chat, "uno", patience=0.3)


async def test_who_blocked_the_bot_is_owed_nothing_and_marked(talking: Talking) -> None:
    chat = await started(talking)
    await talking.telegram.block(chat, blocked=True)
    assert await speak(talking, chat, "uno", "dos")
    found = select(Person.unreachable_since).where(Person.telegram_id == chat)
    assert talking.store.read(lambda session: session.scalars(found).one()) == talking.now


async def test_what_telegram_never_takes_is_not_owed(talking: Talking) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, status=400, description="Bad Request: never")
    assert await speak(talking, chat, "uno")


async def test_an_owed_reply_is_a_row_of_the_highest_priority(talking: Talking) -> None:
    chat = await talking.person()
    await talking.telegram.fault("sendMessage", chat_id=chat, times=2, status=500, description="Internal")
    assert await talking.say(chat, "/ayuda") == []
    row = talking.store.read(lambda session: session.scalars(select(Outbox)).one())
    assert (row.kind, row.priority, row.chat_id, row.person_id, row.state) == ("help", 0, chat, None, "pending")


async def test_a_pin_that_hangs_does_not_make_the_reply_owed(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "PIN_SECONDS", 0.5)
    chat = await started(talking)
    await talking.telegram.fault("pinChatMessage", chat_id=chat, times=1, delay=30)
    speaking = Speaking(talking.store, talking.clock, patience=0.4)
    assert await speaking(talking.bot, chat, [Message("uno", pin=True), Message("dos")], tapped=None)
    assert await heard(talking, chat) == ["uno", "dos"]


async def test_a_spinner_that_hangs_holds_up_nobody_for_long(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "SPINNER_SECONDS", 0.2)
    chat = await talking.person()
    await talking.say(chat, "/ayuda")
    await talking.telegram.fault("answerCallbackQuery", times=1, delay=30)
    async with asyncio.timeout(15):
        assert texts(await talking.tap(chat, "Mis encuentros"))
    await talking.telegram.no_faults()
