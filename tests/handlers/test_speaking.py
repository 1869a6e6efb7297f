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


PASSING = [
    pytest.param({"status": 500, "body": {"ok": False, "error_code": 500}}, id="500 without description"),
    pytest.param({"status": 500, "description": "Internal Server Error: restart"}, id="500 restart"),
    pytest.param({"status": 502, "body": "<html>", "content_type": "text/html"}, id="502 in HTML"),
    pytest.param({"status": 504, "body": "<html>", "content_type": "text/html"}, id="504 in HTML"),
    pytest.param({"status": 200, "body": '{"ok": tr'}, id="200 cut short"),
    pytest.param({"status": 200, "body": ""}, id="200 empty"),
    pytest.param({"status": 429, "description": "Too Many Requests"}, id="429 without parameters"),
    pytest.param({"drop": "before"}, id="dropped before"),
]
LATER = [
    pytest.param({"retry_after": 30}, id="429"),
    pytest.param({"status": 401, "description": "Unauthorized"}, id="401"),
    pytest.param({"status": 404, "description": "Not Found"}, id="404"),
]
GONE = [
    pytest.param(403, "Forbidden: bot was blocked by the user", id="blocked"),
    pytest.param(403, "Forbidden: user is deactivated", id="deactivated"),
    pytest.param(403, "Forbidden: bot can't initiate conversation with a user", id="never started"),
    pytest.param(400, "Bad Request: chat not found", id="chat not found"),
]


def reached(talking: Talking, chat: int) -> bool:
    found = select(Person.unreachable_since).where(Person.telegram_id == chat)
    return talking.store.read(lambda session: session.scalars(found).one()) is None


@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_that_passes_is_not_noticed_and_one_that_stays_leaves_the_reply_owed(
    talking: Talking, fault: dict[str, Any]
) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, **fault)
    assert await speak(talking, chat, "uno", "dos")
    await talking.telegram.fault("sendMessage", chat_id=chat, times=2, **fault)
    assert not await speak(talking, chat, "tres")
    assert await heard(talking, chat) == ["uno", "dos"]


@pytest.mark.parametrize("fault", LATER)
async def test_what_waiting_alone_cures_is_owed_at_once(talking: Talking, fault: dict[str, Any]) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, **fault)
    assert not await speak(talking, chat, "uno")
    assert (await heard(talking, chat), reached(talking, chat)) == ([], True)


async def test_an_answer_lost_on_its_way_is_at_worst_said_twice(talking: Talking) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, drop="after")
    assert await speak(talking, chat, "uno")
    assert await heard(talking, chat) == ["uno", "uno"]


@pytest.mark.parametrize(("status", "description"), GONE)
async def test_who_cannot_be_reached_is_owed_nothing_and_marked(
    talking: Talking, status: int, description: str
) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, status=status, description=description)
    assert await speak(talking, chat, "uno", "dos")
    assert (await heard(talking, chat), reached(talking, chat)) == ([], False)


@pytest.mark.parametrize("text", ["<b>uno", "uno <persona>", "1" * 4097])
async def test_what_is_broken_by_us_is_said_plainly_or_cut_and_logged_loudly(
    talking: Talking, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await started(talking)
    assert await speak(talking, chat, text)
    (said,) = await heard(talking, chat)
    assert (said[0], len(said) <= 4096) == (text.removeprefix("<b>")[0], True)
    assert [record.levelname for record in caplog.records if "message.broken" in record.getMessage()] == ["ERROR"]


async def test_a_chat_that_moved_is_followed(talking: Talking) -> None:
    old, new = await started(talking), await started(talking)
    moved = {"status": 400, "description": "Bad Request: moved", "parameters": {"migrate_to_chat_id": new}}
    await talking.telegram.fault("sendMessage", chat_id=old, times=1, **moved)
    assert await speak(talking, old, "uno")
    assert await heard(talking, new) == ["uno"]
    found = select(Person.chat_id).where(Person.telegram_id == old)
    assert talking.store.read(lambda session: session.scalars(found).one()) == new


async def test_an_edit_that_changes_nothing_is_said(talking: Talking) -> None:
    chat = await started(talking)
    speaking = Speaking(talking.store, talking.clock)
    assert await speaking(talking.bot, chat, [Message("uno")], tapped=None)
    (said,) = await talking.telegram.messages(chat)
    for text in ("dos", "dos"):  # the second changes nothing
        assert await speaking(talking.bot, chat, [Message(text, edit=True)], tapped=said["message_id"])
    assert await heard(talking, chat) == ["dos"]


@pytest.mark.parametrize(
    "description", ["Bad Request: there is no text in the message to edit", "Bad Request: MESSAGE_ID_INVALID"]
)
async def test_what_cannot_be_edited_is_said_anew(talking: Talking, description: str) -> None:
    chat = await started(talking)
    await talking.telegram.fault("editMessageText", chat_id=chat, times=1, status=400, description=description)
    assert await Speaking(talking.store, talking.clock)(talking.bot, chat, [Message("uno", edit=True)], tapped=7)
    assert await heard(talking, chat) == ["uno"]


async def test_a_tap_too_old_for_its_spinner_is_answered_all_the_same(talking: Talking) -> None:
    chat = await talking.person()
    await talking.say(chat, "/ayuda")
    description = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    await talking.telegram.fault("answerCallbackQuery", times=1, status=400, description=description)
    assert texts(await talking.tap(chat, "Mis encuentros"))


async def test_a_slow_answer_is_not_waited_for_longer_than_patience(talking: Talking) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, delay=30)
    assert not await speak(talking, chat, "uno", patience=0.3)


@pytest.mark.parametrize("description", ["Bad Request: never", None])
async def test_what_telegram_never_takes_is_not_owed(talking: Talking, description: str | None) -> None:
    chat = await started(talking)
    await talking.telegram.fault("sendMessage", chat_id=chat, times=1, status=400, description=description)
    assert await speak(talking, chat, "uno")
    assert (await heard(talking, chat), reached(talking, chat)) == ([], True)


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


async def test_an_owed_reply_is_neither_repeated_nor_owed_twice_when_its_update_comes_again(talking: Talking) -> None:
    chat = await started(talking)
    await talking.answered(chat)
    for again in (False, True):
        await talking.telegram.fault("sendMessage", chat_id=chat, times=2, status=500, description="Internal")
        assert await (talking.feed(talking.updates[-1]) if again else talking.say(chat, "/ayuda")) in ([], None)
    await talking.telegram.no_faults()
    await talking.feed(talking.updates[-1])
    assert await talking.answered(chat) == []
    owed = talking.store.read(lambda session: session.scalars(select(Outbox)).all())
    assert [(row.kind, row.state) for row in owed] == [("help", "pending")]
