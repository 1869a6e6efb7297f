"""The same bot over a webhook: a reverse proxy's public address, a path that nobody guesses, a secret."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.scenes import PLACE, ask_for_place, convene, go_to, meeting_file, next_morning, press, say
from tests.journeys.town import PUBLIC, TOKEN, Town, behind_a_proxy
from tests.simulator_process import Telegram, until

SECRET = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {
    "update_id": 1_000_000,
    "message": {
        "message_id": 1,
        "date": 1,
        "text": "hola",
        "chat": {"id": 77, "type": "private", "first_name": "Nadie"},
        "from": {"id": 77, "is_bot": False, "first_name": "Nadie"},
    },
}


@pytest_asyncio.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Lend a town whose bot is told of its public address."""
    async with behind_a_proxy(database_url, tmp_path) as town:
        yield town


@pytest.fixture
def telegram(town: Town) -> Telegram:
    """Lend the town's local Telegram."""
    return town.telegram


async def test_sign_up_over_a_webhook_and_through_restarts(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(town, meeting_file(tmp_path, "plaza", day), "plaza")
    ana = await ask_for_place(telegram, "Ana", "plaza")
    await telegram.tap(ana, "Soy mayor de edad y acepto")
    await town.stop(SIGKILL)
    await town.start()
    await telegram.wait_for(ana, PLACE)
    await press(telegram, ana, "Voy solo(a)", "¿Cómo le gusta que le digan?")
    await town.stop()
    await telegram.send(ana, "Ana Lucía")
    await town.start()
    await telegram.wait_for(ana, "¿Nos deja un teléfono?")
    await say(telegram, ana, "ahora no", "Su nombre: Ana Lucía")
    await go_to(telegram, day - timedelta(days=15), 10)
    await telegram.wait_for(ana, "Faltan 15 días.")
    await press(telegram, ana, "Confirmo", "contamos con usted")

    assert await telegram.requests(method="getUpdates") == []
    said = [each["text"] for each in await telegram.messages(ana)]
    assert len([text for text in said if "Su nombre: Ana Lucía" in text]) == 1
    await say(telegram, ana, "/mis", "Tiene puesto")


async def test_the_webhook_is_for_telegram_alone(telegram: Telegram, town: Town) -> None:
    url = ""

    async def set_up() -> bool:
        nonlocal url
        _, told = await telegram.call(TOKEN, "getWebhookInfo")
        url = told["result"]["url"]
        return bool(url)

    await until(set_up)
    assert url.startswith(f"{PUBLIC}/")
    hook = town.pages + url.removeprefix(PUBLIC)
    assert TOKEN.split(":")[1] not in url

    async with aiohttp.ClientSession() as http:

        async def status(address: str, headers: dict[str, str]) -> int:
            async with http.post(address, json=UPDATE, headers=headers) as answer:
                return answer.status

        assert await status(hook, {}) == 401
        assert await status(hook, {SECRET: "guessed"}) == 401
        assert await status(hook, {SECRET: ""}) == 401
        assert await _status_of_a_header_in_bytes(town.port, hook.removeprefix(town.pages)) == 401
        assert await status(f"{town.pages}/webhook", {SECRET: "guessed"}) == 404
        assert await status(f"{hook[:-1]}", {}) == 404
        async with http.get(hook) as answer:
            assert answer.status == 405
    assert await telegram.requests(method="sendMessage") == []


async def _status_of_a_header_in_bytes(port: int, path: str) -> int:
    """Post with a secret that is no text at all."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nConnection: close\r\n{SECRET}: "
    writer.write(head.encode() + b"\xff\xfe\r\n\r\n{}")
    await writer.drain()
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])
