"""The disk fills up under a running bot: people hear that their answer comes later, and it does when there is room."""

import resource
from contextlib import suppress

import aiohttp
import pytest

from tests.journeys.town import Town
from tests.simulator_process import Telegram, until

LATER = "please try again later"


async def _troubles(town: Town) -> list[str]:
    """Read what the process says on /health."""
    with suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http, http.get(f"{town.pages}/health") as answer:
            said: list[str] = (await answer.json())["troubles"]
            return said
    return ["nothing"]


def _room(town: Town, size: int) -> None:
    """Let the running process write files up to a size and no further, its log too."""
    assert town.process
    _, most = resource.prlimit(town.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(town.process.pid, resource.RLIMIT_FSIZE, (most if size < 0 else size, most))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits a running process")
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_comes_while_the_disk_is_full_is_answered_when_there_is_room(telegram: Telegram, town: Town) -> None:
    ana = await telegram.user(first_name="Ana", language_code="en")
    await telegram.send(ana, "hola")
    await telegram.wait_for(ana, "no meeting to sign up for")
    last = await telegram.last_id(ana)

    _room(town, 0)
    await telegram.send(ana, "mis encuentros")
    await telegram.wait_for(ana, LATER, after=last)
    assert any(each.startswith("database: ") for each in await _troubles(town))
    _room(town, -1)
    await telegram.wait_for(ana, "You have no", after=last)

    async def is_well() -> bool:
        return await _troubles(town) == []

    await until(is_well)
    said = [message["text"] for message in await telegram.messages(ana, last)]
    assert [sum(words in each for each in said) for words in (LATER, "You have no")] == [1, 1]
