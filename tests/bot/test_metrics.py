"""Every call that makes or edits a message is counted by what really came of it over HTTP, and each pause once."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError, TelegramAPIError
from prometheus_client import generate_latest

from bot.metrics import Metrics
from portal.health import Health
from scheduler.pace import LANE, Lane
from tests.journeys.town import free_port
from tests.simulator.conftest import Nearby
from tests.simulator_process import Telegram

TOKEN = "4245:a-token-of-the-tests"


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    async with Nearby(tmp_path) as started:
        yield started


@pytest_asyncio.fixture
async def counted(telegram: Telegram) -> AsyncIterator[tuple[Bot, Metrics]]:
    """Lend a bot whose calls are counted, and what counts them."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
    metrics = Metrics()
    bot.session.middleware(metrics.sends)
    await bot.get_me()
    yield bot, metrics
    await bot.session.close()


def sends(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Give how many sends there were, by lane and result."""
    found = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            if sample.name == "convoca_sends_total":
                found[sample.labels["lane"], sample.labels["result"]] = sample.value
    return found


def figure(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name)


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ({"retry_after": 7}, "429"),
        ({"status": 429, "description": "Too Many Requests"}, "429"),
        ({"status": 400, "description": "Bad Request: never"}, "400"),
        ({"status": 400, "description": "Bad Request: moved", "parameters": {"migrate_to_chat_id": 5}}, "400"),
        ({"status": 400, "description": "Bad Request: message is not modified: it is as it was"}, "unchanged"),
        ({"status": 403, "description": "Forbidden: bot was blocked by the user"}, "403"),
        ({"status": 401, "description": "Unauthorized"}, "401"),
        ({"status": 404, "description": "Not Found"}, "401"),
        ({"status": 500, "description": "Internal Server Error: restart"}, "5xx"),
        ({"status": 500, "body": {"ok": False, "error_code": 500}}, "5xx"),
        ({"status": 502, "body": "<html>", "content_type": "text/html"}, "ambiguous"),
        ({"status": 200, "body": '{"ok": tr'}, "ambiguous"),
        ({"status": 200, "body": ""}, "ambiguous"),
        ({"drop": "before"}, "ambiguous"),
        ({"drop": "after"}, "ambiguous"),
    ],
)
async def test_a_send_is_counted_by_its_result(
    telegram: Telegram, counted: tuple[Bot, Metrics], fault: dict[str, Any], result: str
) -> None:
    bot, metrics = counted
    maria = await telegram.user(first_name="María")
    await telegram.send(maria, "hola")
    await telegram.fault("sendMessage", times=1, **fault)
    with pytest.raises((AiogramError, TypeError)):
        await bot.send_message(maria, "uno")
    await bot.send_message(maria, "dos")
    assert sends(metrics) == {("reply", result): 1, ("reply", "ok"): 1}


async def test_a_send_that_nobody_waits_for_any_longer_is_ambiguous(
    telegram: Telegram, counted: tuple[Bot, Metrics]
) -> None:
    bot, metrics = counted
    await telegram.fault("sendMessage", times=1, delay=30)
    lane = LANE.set(Lane.DELIVERY)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await bot.send_message(77, "uno")
    LANE.reset(lane)
    assert sends(metrics) == {("delivery", "ambiguous"): 1}


async def test_what_reached_nobody_is_told_from_what_may_have_arrived() -> None:
    api = TelegramAPIServer.from_base(f"http://127.0.0.1:{free_port()}")
    metrics = Metrics()
    async with AiohttpSession(api=api) as session:
        session.middleware(metrics.sends)
        with pytest.raises(TelegramAPIError):
            await Bot(TOKEN, session=session).send_message(77, "uno")
    assert sends(metrics) == {("reply", "unreached"): 1}


async def test_a_pause_is_counted_once_and_calls_that_make_no_message_not_at_all(
    telegram: Telegram, counted: tuple[Bot, Metrics]
) -> None:
    bot, metrics = counted
    await telegram.fault("sendMessage", times=2, retry_after=60)
    for _ in range(2):
        with suppress(TelegramAPIError):
            await bot.send_message(77, "uno")
    await bot.get_me()
    assert sends(metrics) == {("reply", "429"): 2}
    assert figure(metrics, "convoca_pauses_total") == 1
    assert 60 <= (figure(metrics, "convoca_pause_seconds_total") or 0) < 70


def test_what_is_shown_has_kinds_and_figures() -> None:
    metrics = Metrics()
    metrics.handled("message", "handled", 0.02)
    metrics.handled("callback_query", "failed", 3)
    metrics.handled("callback_query", "let_go")
    metrics.delivered("reminder", "sent")
    metrics.replied("owed")
    metrics.watch(active=lambda: True, in_flight=lambda: 7)
    shown = generate_latest(metrics.registry).decode().splitlines()
    for line in (
        'convoca_updates_total{how="handled",kind="message"} 1.0',
        'convoca_updates_total{how="failed",kind="callback_query"} 1.0',
        'convoca_updates_total{how="let_go",kind="callback_query"} 1.0',
        'convoca_update_seconds_bucket{kind="message",le="0.025"} 1.0',
        'convoca_update_seconds_sum{kind="callback_query"} 3.0',
        'convoca_deliveries_total{how="sent",kind="reminder"} 1.0',
        'convoca_replies_total{how="owed"} 1.0',
        "convoca_deliverer_active 1.0",
        "convoca_deliveries_in_flight 7.0",
    ):
        assert line in shown


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_what_the_readme_names_is_there(name: str) -> None:
    metrics = Metrics()
    metrics.watch(active=lambda: False, in_flight=lambda: 0)
    Health(list, metrics.registry)
    known = set(re.findall(r"^# HELP (\S+)", generate_latest(metrics.registry).decode(), re.MULTILINE))
    named = set(re.findall(r"`(convoca_\w+)", (Path(__file__).parents[2] / name).read_text(encoding="utf-8")))
    assert len(named) > 8
    assert named <= known
