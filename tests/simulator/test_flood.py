"""Flood control and faults: what Telegram does to a bot that sends too much, and on bad days."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from tests.simulator_process import Telegram

TOKEN = "123:abc"


async def send(telegram: Telegram, chat: int, **more: Any) -> tuple[int, Any]:
    return await telegram.call(TOKEN, "sendMessage", chat_id=chat, text="hola", **more)


async def crowd(telegram: Telegram, count: int) -> list[int]:
    people = [await telegram.user(first_name=f"P{number}") for number in range(count)]
    for person in people:
        await telegram.send(person, "hola")
    await telegram.call(TOKEN, "getMe")
    return people


async def test_a_fourth_message_to_one_chat_is_one_too_many(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)

    found = [await send(telegram, maria) for _ in range(4)]

    assert [status for status, _ in found] == [200, 200, 200, 429]
    assert found[3][1] == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }


async def test_a_31st_message_in_a_second_is_one_too_many_for_every_chat(telegram: Telegram) -> None:
    people = await crowd(telegram, 32)

    found = await asyncio.gather(*(send(telegram, person) for person in people[:31]))
    after = await send(telegram, people[31])

    assert sorted(status for status, _ in found) == [200] * 30 + [429]
    assert after[0] == 429
    assert (await telegram.requests(method="sendMessage"))[-1]["in_pause"]


async def test_a_paid_broadcast_goes_faster(telegram: Telegram) -> None:
    people = await crowd(telegram, 40)

    found = await asyncio.gather(*(send(telegram, person, allow_paid_broadcast=True) for person in people))

    assert {status for status, _ in found} == {200}


async def test_a_21st_message_in_a_minute_is_one_too_many_for_a_group(telegram: Telegram) -> None:
    await telegram.call(TOKEN, "getMe")
    await telegram.limits(per_second=None, per_chat=None)
    group = await telegram.group(-100500, "Vereda")

    found = [await send(telegram, group) for _ in range(21)]

    assert [status for status, _ in found] == [200] * 20 + [429]
    assert 50 <= found[20][1]["parameters"]["retry_after"] <= 60


async def test_who_waits_is_let_through_again_and_waits_can_be_shortened(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.limits(per_chat=20, burst=1, wait_scale=0.05)
    begun = time.monotonic()

    statuses: list[int] = []
    async with asyncio.timeout(10):
        while statuses.count(200) < 3:
            statuses.append((await send(telegram, maria))[0])

    assert 429 in statuses
    assert time.monotonic() - begun >= 0.1  # twice the shortened second


async def test_only_what_makes_or_edits_a_message_counts(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.limits(per_second=None, per_chat=0, burst=2)
    said = (await send(telegram, maria))[1]["result"]["message_id"]
    message = {"chat_id": maria, "message_id": said}
    free = [
        await telegram.call(TOKEN, "sendChatAction", chat_id=maria, action="typing"),
        await telegram.call(TOKEN, "pinChatMessage", **message),
        await telegram.call(TOKEN, "unpinChatMessage", **message),
        await telegram.call(TOKEN, "getChat", chat_id=maria),
        await telegram.call(TOKEN, "sendMessage", chat_id=maria, text=""),
    ]
    edited = await telegram.call(TOKEN, "editMessageText", text="otra", **message)
    refused = [
        await telegram.call(TOKEN, "editMessageText", text="más", **message),
        await telegram.call(TOKEN, "copyMessage", from_chat_id=maria, **message),
        await telegram.call(TOKEN, "forwardMessage", from_chat_id=maria, **message),
        await send(telegram, maria),
    ]

    assert [status for status, _ in free] == [200, 200, 200, 200, 400]
    assert edited[0] == 200
    assert [status for status, _ in refused] == [429] * 4


async def test_limits_are_named_and_survive_a_restart(telegram_process: Telegram) -> None:
    telegram = telegram_process
    await telegram.limits(per_second=7, per_chat=None)
    await telegram.kill()
    await telegram.start()

    found = await telegram.control("GET", "limits")
    async with telegram.session.post(f"{telegram.url}/simulator/limits", json={"per_minute": 1}) as response:
        refused = response.status

    assert (found["per_second"], found["per_chat"], found["burst"]) == (7, None, 3)
    assert refused == 400


# ── Faults ──────────────────────────────────────────────────────────────────────────────────────
async def test_a_fault_answers_in_place_of_the_method_so_many_times(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.fault("sendmessage", status=500, description="Internal Server Error: restart", times=2)

    found = [await send(telegram, maria) for _ in range(3)]

    assert [status for status, _ in found] == [500, 500, 200]
    assert found[0][1] == {"ok": False, "error_code": 500, "description": "Internal Server Error: restart"}
    assert len(await telegram.messages(maria)) == 1


async def test_a_fault_may_befall_one_chat_only(telegram: Telegram) -> None:
    maria, jorge = await crowd(telegram, 2)
    await telegram.fault("*", retry_after=30, chat_id=jorge)

    assert (await send(telegram, maria))[0] == 200
    assert await send(telegram, jorge) == (
        429,
        {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 30",
            "parameters": {"retry_after": 30},
        },
    )


async def test_a_fault_may_be_any_bytes(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.fault("sendMessage", status=502, body="<html>Bad Gateway</html>", headers={"Retry-After": "1"})
    await telegram.fault("sendMessage", body='{"ok":tr', carried_out=True)
    found = []
    for _ in range(2):
        url = f"{telegram.url}/bot{TOKEN}/sendMessage"
        async with telegram.session.post(url, json={"chat_id": maria, "text": "hola"}) as response:
            found.append((response.status, response.content_type, await response.text()))

    assert found == [
        (502, "text/html", "<html>Bad Gateway</html>"),
        (200, "application/json", '{"ok":tr'),
    ]
    assert len(await telegram.messages(maria)) == 1


@pytest.mark.parametrize(("drop", "sent"), [("before", 0), ("after", 1)])
async def test_a_connection_may_break_before_or_after_the_effect(telegram: Telegram, drop: str, sent: int) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.fault("sendMessage", drop=drop)

    with pytest.raises(aiohttp.ClientError):
        await send(telegram, maria)

    assert len(await telegram.messages(maria)) == sent
    assert [r["late"] for r in await telegram.requests(method="sendMessage")] == [True]


async def test_a_delayed_call_has_its_effect_though_the_caller_has_gone(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.fault("sendMessage", delay=0.3)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await send(telegram, maria)

    await telegram.wait_for(maria, "hola")
    assert [r["late"] for r in await telegram.requests(method="sendMessage")] == [True]


async def test_faults_can_be_taken_away(telegram: Telegram) -> None:
    (maria,) = await crowd(telegram, 1)
    await telegram.fault("*", status=500, times=100)
    await telegram.no_faults()

    assert (await send(telegram, maria))[0] == 200
