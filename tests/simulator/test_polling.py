"""getUpdates: long, confirmed by offset, repeated until then, one poller at a time."""

import asyncio
import time
from typing import Any

from tests.simulator_process import Telegram, until

TOKEN = "123:abc"
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


async def updates(telegram: Telegram, **params: Any) -> list[dict[str, Any]]:
    status, answer = await telegram.call(TOKEN, "getUpdates", **params)
    assert status == 200, answer
    found: list[dict[str, Any]] = answer["result"]
    return found


def texts(found: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in found]


async def test_what_is_not_confirmed_comes_again(telegram: Telegram) -> None:
    maria = await telegram.user()
    for text in ("uno", "dos", "tres"):
        await telegram.send(maria, text)

    first = await updates(telegram)
    again = await updates(telegram)
    rest = await updates(telegram, offset=first[0]["update_id"] + 1)
    back = await updates(telegram, offset=1)

    assert texts(first) == ["uno", "dos", "tres"]
    assert again == first
    assert rest == first[1:]
    assert back == first[1:]  # what was confirmed is gone for good


async def test_a_limit_shows_the_oldest_and_a_negative_offset_the_newest(telegram: Telegram) -> None:
    maria = await telegram.user()
    for number in range(5):
        await telegram.send(maria, str(number))

    assert texts(await updates(telegram, limit=2)) == ["0", "1"]
    assert texts(await updates(telegram, offset=-2)) == ["3", "4"]
    assert texts(await updates(telegram)) == ["3", "4"]  # all before them is forgotten


async def test_no_more_than_100_at_once(telegram: Telegram) -> None:
    maria = await telegram.user()
    for number in range(101):
        await telegram.send(maria, str(number))

    assert len(await updates(telegram, limit=1000)) == 100


async def test_a_long_poll_ends_with_the_first_update(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.call(TOKEN, "getMe")
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(updates(telegram, timeout=50))
        await _polls(telegram, 1)
        await telegram.send(maria, "hola")

    assert texts(poll.result()) == ["hola"]


async def test_an_empty_long_poll_lasts_as_long_as_it_was_asked_to(telegram: Telegram) -> None:
    begun = time.monotonic()

    assert await updates(telegram, timeout=1) == []
    assert 1 <= time.monotonic() - begun < 5


async def test_the_earlier_of_two_pollers_is_sent_away(telegram: Telegram) -> None:
    maria = await telegram.user()
    async with asyncio.TaskGroup() as tasks:
        earlier = tasks.create_task(telegram.call(TOKEN, "getUpdates", timeout=50))
        await _polls(telegram, 1)
        later = tasks.create_task(telegram.call(TOKEN, "getUpdates", timeout=50))
        await _polls(telegram, 2)
        await telegram.send(maria, "hola")

    assert earlier.result() == (409, {"ok": False, "error_code": 409, "description": CONFLICT})
    assert texts(later.result()[1]["result"]) == ["hola"]


async def test_no_polling_while_a_webhook_is_set(telegram: Telegram) -> None:
    await telegram.call(TOKEN, "setWebhook", url="https://bot.example/hook")
    refused = await telegram.call(TOKEN, "getUpdates")
    await telegram.call(TOKEN, "deleteWebhook")

    assert refused == (409, {"ok": False, "error_code": 409, "description": BY_WEBHOOK})
    assert await updates(telegram) == []


async def test_a_webhook_ends_the_open_poll(telegram: Telegram) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(telegram.call(TOKEN, "getUpdates", timeout=50))
        await _polls(telegram, 1)
        await telegram.call(TOKEN, "setWebhook", url="https://bot.example/hook")

    assert poll.result()[1]["description"] == "Conflict: terminated by setWebhook request"


async def test_only_the_kinds_that_are_asked_for_come_and_the_choice_stays(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    await updates(telegram, allowed_updates=["callback_query"])
    await telegram.send(maria, "sin respuesta")
    await telegram.call(
        TOKEN,
        "sendMessage",
        chat_id=maria,
        text="¿Viene?",
        reply_markup={"inline_keyboard": [[{"text": "Sí", "callback_data": "si"}]]},
    )
    await telegram.tap(maria, "Sí")

    found = await updates(telegram)

    assert [[key for key in update if key != "update_id"] for update in found] == [["message"], ["callback_query"]]


async def test_a_raw_update_comes_as_often_as_it_is_brought(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    (first,) = await updates(telegram)
    offset = first["update_id"] + 1
    assert await updates(telegram, offset=offset) == []

    for _ in range(2):
        await telegram.control("POST", "updates", first)

    assert await updates(telegram, offset=offset) == [first, first]
    assert await updates(telegram, offset=offset) == []


async def test_what_was_said_to_nobody_waits_for_the_first_bot(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "¿Hay alguien?")

    assert texts(await updates(telegram)) == ["¿Hay alguien?"]
    assert await telegram.call("456:def", "getUpdates") == (200, {"ok": True, "result": []})
    assert (await telegram.call(TOKEN, "sendMessage", chat_id=maria, text="Sí"))[0] == 200


async def _polls(telegram: Telegram, count: int) -> None:
    """Wait until so many polls have come in."""

    async def came() -> bool:
        return len(await telegram.requests(method="getUpdates")) >= count

    await until(came)
