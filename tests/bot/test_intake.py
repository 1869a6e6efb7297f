"""Polling confirms what is done and no more; one chat in order, people side by side; a poison update is let go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message, Update
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.clock import true_now
from bot.intake import Intake
from bot.polling import Polling
from bot.running import hello, persist
from bot.settings import SettingsWrong
from civic import updates
from civic.schema import Bot as KnownBot
from civic.schema import FailedUpdate, HandledUpdate
from civic.store import Store
from tests.simulator.conftest import Nearby
from tests.simulator_process import Telegram, until

TOKEN = "4243:a-token-of-the-tests"

Handler = Callable[..., Awaitable[None]]


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    async with Nearby(tmp_path) as started:
        yield started


@pytest_asyncio.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
    await bot.get_me()
    yield bot
    await bot.session.close()


class Apologies:
    """Whom the intake apologised to."""

    def __init__(self) -> None:
        self.chats: list[int] = []

    async def __call__(self, _bot: Bot, update: Update, code: str) -> None:
        """Note whom."""
        assert len(code) == 6
        assert update.message
        self.chats.append(update.message.chat.id)


def intake(bot: Bot, store: Store, handler: Handler, apologies: Apologies | None = None) -> Intake:
    dispatcher = Dispatcher(disable_fsm=True)
    router = Router()
    router.message()(handler)
    dispatcher.include_router(router)
    return Intake(bot, dispatcher, store, true_now, apologies or Apologies())


@asynccontextmanager
async def polling(intake: Intake) -> AsyncIterator[Polling]:
    polling = Polling(intake)
    async with asyncio.TaskGroup() as group:
        group.create_task(polling.run())
        yield polling
        polling.stop()


@pytest.mark.asyncio
async def test_update_at_work_when_the_process_ends_comes_again(telegram: Telegram, bot: Bot, store: Store) -> None:
    maria = await telegram.user(first_name="María")
    began = asyncio.Event()

    async def never_ends(_message: Message) -> None:
        began.set()
        await asyncio.Event().wait()

    await telegram.send(maria, "hola")
    async with asyncio.TaskGroup() as group:
        killed = group.create_task(Polling(intake(bot, store, never_ends)).run())
        await began.wait()
        killed.cancel()

    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    async with polling(intake(bot, store, hears)):
        await until(lambda: heard == ["hola"])


@pytest.mark.asyncio
async def test_what_was_answered_before_a_kill_is_not_answered_again(
    telegram: Telegram, bot: Bot, store: Store
) -> None:
    maria = await telegram.user(first_name="María")
    jorge = await telegram.user(first_name="Jorge")

    def is_handled(session: Session, update_id: int) -> None:
        session.add(HandledUpdate(bot_id=bot.id, update_id=update_id, at=true_now(), replies=[]))

    async def answers_some(message: Message, event_update: Update) -> None:
        await store.transaction(is_handled, event_update.update_id)
        if message.text == "no alcanza":
            await asyncio.Event().wait()

    await telegram.send(jorge, "no alcanza")
    await telegram.send(maria, "contestado")
    killed = asyncio.ensure_future(Polling(intake(bot, store, answers_some)).run())  # noqa: TID251 - cancelled below
    await until(
        lambda: bool(store.read(lambda s: s.scalars(select(HandledUpdate).where(HandledUpdate.answered)).all()))
    )
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)

    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    async with polling(intake(bot, store, hears)):
        await telegram.send(maria, "después")
        await until(lambda: "después" in heard)
    assert heard == ["no alcanza", "después"]


@pytest.mark.asyncio
async def test_what_was_handled_is_confirmed_when_stopped(telegram: Telegram, bot: Bot, store: Store) -> None:
    maria = await telegram.user(first_name="María")
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    await telegram.send(maria, "uno")
    async with polling(intake(bot, store, hears)):
        await until(lambda: heard == ["uno"])
    await telegram.send(maria, "dos")
    async with polling(intake(bot, store, hears)):
        await until(lambda: len(heard) > 1)
    assert heard == ["uno", "dos"]


@pytest.mark.asyncio
async def test_slow_update_holds_up_its_own_chat_alone(telegram: Telegram, bot: Bot, store: Store) -> None:
    maria = await telegram.user(first_name="María")
    jorge = await telegram.user(first_name="Jorge")
    may_go_on = asyncio.Event()
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        if message.text == "lento":
            await may_go_on.wait()
        heard.append(message.text)

    await telegram.send(maria, "lento")
    await telegram.send(maria, "después")
    async with polling(intake(bot, store, hears)):
        await telegram.send(jorge, "hola")
        await until(lambda: heard == ["hola"])
        may_go_on.set()
        await until(lambda: len(heard) == 3)
    assert heard == ["hola", "lento", "después"]


@pytest.mark.asyncio
async def test_poison_update_is_tried_three_times_and_let_go(telegram: Telegram, bot: Bot, store: Store) -> None:
    maria = await telegram.user(first_name="María")
    jorge = await telegram.user(first_name="Jorge")
    heard: list[str | None] = []
    apologies = Apologies()

    async def hears(message: Message) -> None:
        heard.append(message.text)
        if message.text == "veneno secreto":
            raise ZeroDivisionError(message.text)

    await telegram.send(maria, "veneno secreto")
    await telegram.send(jorge, "hola")
    await telegram.send(maria, "sigo aquí")
    async with polling(intake(bot, store, hears, apologies)):
        await until(lambda: "sigo aquí" in heard)
    assert sorted(heard, key=str) == ["hola", "sigo aquí", *["veneno secreto"] * 3]
    assert apologies.chats == [maria]
    (row,) = store.read(updates.listing)
    assert (row.tries, row.let_go_at is not None) == (3, True)
    assert "ZeroDivisionError" in (row.trace or "")
    assert "secreto" not in (row.trace or "")


@pytest.mark.asyncio
async def test_update_that_killed_the_process_thrice_is_let_go_unhandled(
    telegram: Telegram, bot: Bot, store: Store
) -> None:
    maria = await telegram.user(first_name="María")
    await telegram.send(maria, "mata")
    await telegram.send(maria, "hola")
    (deadly, _) = await bot.get_updates()
    row = FailedUpdate(bot_id=bot.id, update_id=deadly.update_id, at=true_now(), tries=3, trace=None, let_go_at=None)
    store.write(lambda session: session.add(row))
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    async with polling(intake(bot, store, hears)):
        await until(lambda: heard == ["hola"])
    assert [bool(each.let_go_at) for each in store.read(updates.listing)] == [True]


@pytest.mark.asyncio
async def test_tries_of_what_was_handled_are_forgotten(telegram: Telegram, bot: Bot, store: Store) -> None:
    maria = await telegram.user(first_name="María")
    await telegram.send(maria, "hola")
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    async with polling(intake(bot, store, hears)):
        await until(lambda: heard == ["hola"])
        await until(lambda: not store.read(lambda session: session.scalars(select(FailedUpdate)).all()))


@pytest.mark.asyncio
async def test_more_than_a_window_of_updates_is_worked_through_in_order(
    telegram: Telegram, bot: Bot, store: Store
) -> None:
    maria = await telegram.user(first_name="María")
    words = [str(number) for number in range(230)]
    for word in words:
        await telegram.send(maria, word)
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    async with polling(intake(bot, store, hears)):
        await until(lambda: len(heard) == len(words))
    assert heard == words


@pytest.mark.asyncio
async def test_what_is_done_is_confirmed_while_most_is_at_work(telegram: Telegram, bot: Bot, store: Store) -> None:
    maria, ana = await telegram.user(first_name="María"), await telegram.user(first_name="Ana")
    for number in range(100):
        await telegram.send(maria if number < 30 else ana, "hola")
    answered = asyncio.Event()

    async def hears(message: Message) -> None:
        if message.chat.id == ana:
            await answered.wait()

    async def confirmed() -> bool:
        return (await bot.get_webhook_info()).pending_update_count <= 80

    async with polling(intake(bot, store, hears)):
        await until(confirmed)
        answered.set()


@pytest.mark.asyncio
async def test_second_poller_is_named_as_the_trouble(telegram: Telegram, bot: Bot, store: Store) -> None:
    async def hears(_message: Message) -> None:
        """Take whatever comes."""

    await telegram.fault("getUpdates", status=409, times=1, description="Conflict: terminated by other getUpdates")
    async with polling(intake(bot, store, hears)) as polled:
        await until(lambda: polled.trouble == "another process polls for this bot")


def shown(update_id: int, **parts: object) -> dict[str, object]:
    """Give an update as Telegram shows it."""
    person = {"id": 9_000_000_001, "is_bot": False, "first_name": "María"}
    chat = {"id": 9_000_000_001, "type": "private"}
    message = {"message_id": update_id, "date": 1, "chat": chat, "from": person, "text": str(update_id), **parts}
    return {"update_id": update_id, "message": message}


@pytest.mark.asyncio
async def test_update_of_another_bot_api_is_read_as_far_as_can_be_or_kept_for_the_operator(
    telegram: Telegram, bot: Bot, store: Store
) -> None:
    unreadable = shown(2, forward_origin={"type": "of the future", "date": 1})
    updates_shown = [shown(1), unreadable, shown(3), shown(3), {"update_id": 4, "of_the_future": {}}]
    await telegram.fault("getUpdates", times=1, status=200, body={"ok": True, "result": updates_shown})
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    async with polling(intake(bot, store, hears)):
        await until(lambda: len(heard) >= 3)
    assert heard == ["1", None, "3"]  # what somebody else wrote is not taken for her words
    kept = {each.update_id: each for each in store.read(updates.listing)}
    assert kept.keys() == {4}
    assert all(each.let_go_at for each in kept.values())


ODD_ANSWERS: list[object] = [None, [{"message": {}}], [shown(2**63)], [{**shown(1), "update_id": "1"}], [shown(-5)]]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("odd", ODD_ANSWERS)
@pytest.mark.asyncio
async def test_what_has_no_number_of_an_update_ends_no_polling(
    telegram: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch, odd: object
) -> None:
    monkeypatch.setattr("bot.polling.BACK_OFF", (0.05,))
    jorge = await telegram.user(first_name="Jorge")
    await telegram.fault("getUpdates", times=1, status=200, body={"ok": True, "result": odd})
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    await telegram.send(jorge, "hola")
    async with polling(intake(bot, store, hears)):
        await until(lambda: heard == ["hola"])


@pytest.mark.asyncio
async def test_ids_that_began_anew_after_a_quiet_week_are_heard(telegram: Telegram, bot: Bot, store: Store) -> None:
    jorge = await telegram.user(first_name="Jorge")
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    for update_id in (900_000_000, 5):
        await telegram.fault("getUpdates", times=1, status=200, body={"ok": True, "result": [shown(update_id)]})
    async with polling(intake(bot, store, hears)):
        await until(lambda: heard == ["900000000", "5"])
        for word in ("uno", "dos", "tres", "cuatro", "cinco", "seis"):
            await telegram.send(jorge, word)
        await until(lambda: heard[-1] == "seis")


@pytest.mark.asyncio
async def test_what_failed_and_was_answered_after_all_is_not_listed(
    telegram: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.polling.BACK_OFF", (0.05,))
    maria = await telegram.user(first_name="María")
    heard: list[str | None] = []

    async def fails_once(message: Message) -> None:
        heard.append(message.text)
        if heard == ["uno", "dos"]:
            raise ZeroDivisionError

    await telegram.send(maria, "uno")
    async with polling(intake(bot, store, fails_once)):
        await until(lambda: heard == ["uno"])  # the first batch is counted
        await telegram.send(maria, "dos")
        await until(lambda: heard == ["uno", "dos", "dos"])
    assert store.read(updates.listing) == []


def test_no_try_is_counted_beyond_the_last(store: Store) -> None:
    found = [store.write(updates.count, 7, [1], now=true_now())[1] for _ in range(5)]
    assert found == [0, 1, 2, 3, 3]
    assert store.read(updates.tried, 7, [1]) == {1: 3}


def test_an_update_that_was_only_counted_is_not_listed_as_failed(store: Store) -> None:
    store.write(updates.count, 7, [1, 2], now=true_now())
    store.write(updates.failed, 7, 2, "ab12", counted=True, now=true_now())
    assert [each.update_id for each in store.read(updates.listing)] == [2]


@pytest.mark.parametrize("database_kind", ["sqlite"])  # PostgreSQL cannot be filled without filling the disk
@pytest.mark.asyncio
async def test_update_waits_for_a_full_disk_and_its_person_is_told_once(
    telegram: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.AWAY_SECONDS", 0)
    monkeypatch.setattr("bot.polling.BACK_OFF", (0.1,))
    maria = await telegram.user(first_name="María")
    tries: list[str | None] = []
    told_later: list[int] = []

    def much(session: Session) -> None:
        session.add_all(KnownBot(id=i, username=f"{i}" * 100, paused_until=None) for i in range(500))

    async def writes(message: Message) -> None:
        tries.append(message.text)
        await store.transaction(much)

    async def postpone(_bot: Bot, update: Update) -> None:
        told_later.append(update.update_id)

    def room(pages: int) -> None:
        store.write(lambda session: session.execute(text(f"PRAGMA max_page_count = {pages}")))

    apologies = Apologies()
    made = intake(bot, store, writes, apologies)
    made.postpone = postpone
    room(1)
    await telegram.send(maria, "hola")
    async with polling(made):
        await until(lambda: len(tries) >= 4)  # more often than what is at fault itself
        assert (len(await bot.get_updates(timeout=0)), len(told_later)) == (1, 1)
        room(1_000_000)
        await until(lambda: store.read(lambda session: session.get(KnownBot, 499)) is not None)
    assert await bot.get_updates(timeout=0) == []
    assert (apologies.chats, len(told_later)) == ([], 1)
    assert store.read(updates.listing) == []


POLLING_FAULTS = [
    pytest.param({"status": 500, "body": {"ok": False, "error_code": 500}}, id="500 without description"),
    pytest.param({"status": 502, "body": "<html>", "content_type": "text/html"}, id="502 in HTML"),
    pytest.param({"status": 200, "body": '{"ok": true, "resu'}, id="200 cut short"),
    pytest.param({"status": 200, "body": ""}, id="200 empty"),
    pytest.param({"status": 429, "description": "Too Many Requests"}, id="429 without parameters"),
    pytest.param({"retry_after": 1}, id="429"),
    pytest.param({"drop": "before"}, id="dropped before"),
    pytest.param({"drop": "after"}, id="dropped after"),
]


@pytest.mark.parametrize("database_kind", ["sqlite"])  # nothing of it is the database's
@pytest.mark.parametrize("fault", POLLING_FAULTS)
@pytest.mark.asyncio
async def test_a_faulty_answer_to_a_poll_loses_nothing(
    telegram: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]
) -> None:
    monkeypatch.setattr("bot.polling.BACK_OFF", (0.05,))
    maria = await telegram.user(first_name="María")
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    await telegram.send(maria, "uno")
    await telegram.fault("getUpdates", times=2, **fault)
    async with polling(intake(bot, store, hears)) as polled:
        await until(lambda: heard == ["uno"])
        await telegram.send(maria, "dos")
        await until(lambda: heard == ["uno", "dos"])
        assert polled.trouble is None


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("status", "description"), [(401, "Unauthorized"), (404, "Not Found")])
@pytest.mark.asyncio
async def test_a_token_that_is_refused_is_the_trouble_until_it_is_taken(
    telegram: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch, status: int, description: str
) -> None:
    monkeypatch.setattr("bot.polling.WRONG_TOKEN_SECONDS", 0.3)
    maria = await telegram.user(first_name="María")
    heard: list[str | None] = []

    async def hears(message: Message) -> None:
        heard.append(message.text)

    await telegram.send(maria, "uno")
    await telegram.fault("getUpdates", times=1, status=status, description=description)
    async with polling(intake(bot, store, hears)) as polled:
        await until(lambda: polled.trouble == "Telegram refuses CONVOCA_BOT_TOKEN")
        await until(lambda: heard == ["uno"])
        assert polled.trouble is None


@pytest.mark.asyncio
async def test_every_try_is_counted_by_the_kind_of_its_update(
    telegram: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria = await telegram.user(first_name="María")
    counted: list[tuple[str, str, bool]] = []

    async def fails(message: Message) -> None:
        if message.text == "veneno":
            raise ZeroDivisionError

    made = intake(bot, store, fails)
    monkeypatch.setattr("bot.polling.BACK_OFF", (0.05,))
    made.count_handled = lambda kind, how, seconds: counted.append((kind, how, seconds is not None))
    await telegram.send(maria, "veneno")
    await telegram.send(maria, "hola")
    async with polling(made):
        await until(lambda: ("message", "handled", True) in counted)
    assert counted == [
        *[("message", "failed", True)] * 3,
        ("message", "let_go", False),
        ("message", "handled", True),
    ]


FIRST_ANSWERS = [
    pytest.param({"status": 500, "body": {"ok": False, "error_code": 500}}, id="500 without description"),
    pytest.param({"status": 502, "body": "<html>", "content_type": "text/html"}, id="502 in HTML"),
    pytest.param({"status": 200, "body": '{"ok": true, "resu'}, id="200 cut short"),
    pytest.param({"retry_after": 1}, id="429"),
    pytest.param({"drop": "before"}, id="dropped"),
]


@pytest.mark.parametrize("fault", FIRST_ANSWERS)
@pytest.mark.asyncio
async def test_a_faulty_first_answer_is_waited_out(
    telegram: Telegram, bot: Bot, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]
) -> None:
    monkeypatch.setattr("bot.running.AGAIN_SECONDS", 0.05)
    await telegram.fault("getMe", times=2, **fault)
    me = await hello(bot, asyncio.Event())
    assert me is not None
    assert me.id == bot.id


@pytest.mark.parametrize(("status", "description"), [(401, "Unauthorized"), (404, "Not Found")])
@pytest.mark.asyncio
async def test_a_token_that_is_refused_ends_the_start_with_a_line(
    telegram: Telegram, bot: Bot, status: int, description: str
) -> None:
    await telegram.fault("getMe", times=1, status=status, description=description)
    with pytest.raises(SettingsWrong, match=r"^CONVOCA_BOT_TOKEN: Telegram refuses it$"):
        await hello(bot, asyncio.Event())


@pytest.mark.asyncio
async def test_a_telegram_that_does_not_answer_at_the_start_is_said_once(
    telegram: Telegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.running.AGAIN_SECONDS", 0.05)
    said: list[str] = []

    async def say_so() -> None:
        said.append("away")

    await telegram.fault("getMe", times=2, status=502, body="<html>", content_type="text/html")
    assert await hello(bot, asyncio.Event(), say_so) is not None
    assert said == ["away"]


@pytest.mark.asyncio
async def test_why_something_is_asked_again_is_noted_until_it_is_answered(
    telegram: Telegram, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.running.AGAIN_SECONDS", 0.05)
    noted: list[str | None] = []
    await telegram.fault("deleteWebhook", times=2, status=500, body={"ok": False, "error_code": 500})
    assert await persist(bot.delete_webhook, noted.append) is None
    assert noted == ["the Bot API server does not answer"] * 2 + [None]
