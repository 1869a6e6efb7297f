"""Either program stops at any step, asked to (SIGTERM) or killed: the conversation goes on, nothing is lost."""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest
from sqlalchemy.orm import Session

from civic import registration
from civic.audit import BY_COMMAND
from civic.store import Store
from tests import factories
from tests.journeys.leases import two_minutes_pass
from tests.journeys.scenes import (
    PLACE,
    ask_for_place,
    commitment_file,
    convene,
    go_to,
    meeting_file,
    next_morning,
    press,
    say,
    sign_up,
)
from tests.journeys.town import Town
from tests.simulator_process import Telegram, until


@dataclass
class Stops:
    """Stops one of the two programs, always in the same way, and starts it again."""

    town: Town
    how: signal.Signals

    async def bot(self) -> None:
        """Stop the bot."""
        await self.town.stop(self.how)
        if self.how == SIGKILL:
            two_minutes_pass(self.town.database_url)
        await self.town.start()

    async def telegram(self) -> None:
        """Stop the local Telegram."""
        if self.how == SIGKILL:
            await self.town.telegram.kill()
        else:
            await self.town.telegram.stop()
        await self.town.telegram.start()
        await self.town.follows()


@pytest.fixture(params=[SIGTERM, SIGKILL], ids=["asked to", "killed"])
def stop(request: pytest.FixtureRequest, town: Town) -> Stops:
    """Name how programs are stopped."""
    return Stops(town, request.param)


async def test_a_conversation_goes_on_through_restarts(
    telegram: Telegram, town: Town, stop: Stops, tmp_path: Path
) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(town, meeting_file(tmp_path, "plaza", day, capacity=1), "plaza")

    # Consent is open, and given while the bot stops.
    ana = await ask_for_place(telegram, "Ana", "plaza")
    await telegram.tap(ana, "Soy mayor de edad y acepto")
    await stop.bot()
    await telegram.wait_for(ana, PLACE)
    await press(telegram, ana, "Voy solo(a)", "¿Cómo le gusta que le digan?")
    # The name is asked for; in between Telegram stops.
    await stop.telegram()
    await say(telegram, ana, "Ana Lucía", "¿Nos deja un teléfono?")
    await say(telegram, ana, "ahora no", "Su nombre: Ana Lucía")
    # A place is offered, and taken while Telegram stops.
    beto = await sign_up(telegram, "Beto", "plaza")
    await press(telegram, ana, "No puedo ir", "Se lo guardo 2 minutos")
    await telegram.advance("PT3M")
    await telegram.wait_for(beto, "Se liberó un puesto para usted")
    await stop.bot()
    await telegram.tap(beto, "Lo tomo")
    await stop.telegram()
    await telegram.wait_for(beto, PLACE)
    # Feedback is half way, and goes on while the bot stops.
    await go_to(telegram, day, 16)
    await press(telegram, beto, "Sí, fui", "Pregunta 1 de 6")
    await telegram.send(beto, "4")
    await stop.bot()
    await telegram.wait_for(beto, "Pregunta 2 de 6")
    await say(telegram, beto, "3", "Pregunta 3 de 6")

    if stop.how == SIGTERM:
        for chat in (ana, beto):
            said = Counter(each["text"] for each in await telegram.messages(chat))
            assert [text for text, times in said.items() if times > 1] == []


async def test_a_fan_out_goes_on_through_restarts(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    """Asked to stop: what a kill does to a fan-out is proven apart (`tests/proofs`)."""
    stop = Stops(town, SIGTERM)
    await next_morning(telegram)
    people = await _people_with_places(telegram, town)
    await town.must("commitment", "import", str(commitment_file(tmp_path, "plaza", "anden")))
    await town.stop()
    town.environment = {"CONVOCA_MESSAGES_PER_SECOND": "10"}
    printed = await town.must("commitment", "publish", "plaza")
    assert printed == "anden: published, 20 people will be told within a minute\n"

    await telegram.advance("PT1M")
    await town.start()
    await until(lambda: _heard(telegram, people, at_least=2))
    await stop.bot()
    await until(lambda: _heard(telegram, people, at_least=11))
    await stop.telegram()
    await until(lambda: _heard(telegram, people, at_least=20))
    await telegram.advance("P1D")

    heard = [sum("Un nuevo compromiso" in each["text"] for each in await telegram.messages(chat)) for chat in people]
    assert heard == [1] * 20


async def _heard(telegram: Telegram, people: list[int], *, at_least: int) -> bool:
    """Tell whether so many people heard of the commitment."""
    heard = await asyncio.gather(*(telegram.messages(chat) for chat in people))
    return sum(any("Un nuevo compromiso" in each["text"] for each in said) for said in heard) >= at_least


async def _people_with_places(telegram: Telegram, town: Town) -> list[int]:
    """Bring twenty people who greeted the bot, and have their places."""
    people = [await telegram.user(first_name=f"Persona {number}") for number in range(20)]
    await asyncio.gather(*(telegram.send(chat, "hola") for chat in people))
    await asyncio.gather(*(telegram.wait_for(chat, "Hola. Soy Convoca") for chat in people))
    now = await telegram.now()

    def places(session: Session) -> None:
        meeting = factories.meeting(session, code="plaza", now=now)
        for chat in people:
            person = factories.person(session, telegram_id=chat, now=now)
            registration.register(session, meeting.id, person.id, name="Ana", actor=BY_COMMAND, now=now)

    store = Store(town.database_url)
    try:
        store.write(places)
    finally:
        store.close()
    return people
