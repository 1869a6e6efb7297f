"""What a real process writes while all kinds of things go wrong: no name, text, phone, link, secret or token in it."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.settings import Settings
from civic import outbox
from civic.schema import Party, Person, Registration
from civic.store import Store
from tests import factories
from tests.journeys.scenes import ask_for_place, next_morning, press, say
from tests.journeys.town import PUBLIC, TOKEN, Town, behind_a_proxy

NAME, POISON, COMPANION, PHONE, WORDS = "Hermelinda", "Ponzoñosa", "Eustaquia", "3105550199", "rododendro"
ODD = {"status": 400, "description": f'Bad Request: can\'t parse entities: Unsupported start tag "{NAME}" at byte 5'}
REFUSED = {"status": 400, "description": f"Bad Request: URL 'https://t.me/x?start=p_{NAME}' is invalid"}
PASSING = ({"status": 500, "body": {"ok": False}}, {"drop": "after"}, {"status": 502, "body": f"<html>{NAME}"}, ODD)


@pytest_asyncio.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Lend a town whose bot hears by webhook."""
    async with behind_a_proxy(database_url, tmp_path, afresh=True) as town:
        yield town


def refuse_a_name(store: Store) -> None:
    """Let the database refuse one name: it says so, and shows the whole row."""
    statement = f"ALTER TABLE registration ADD CONSTRAINT refuse CHECK (name <> '{POISON}')"
    store.write(lambda session: session.execute(text(statement)))


def unspeakable(session: Session) -> list[str]:
    """Give the tokens and codes of the people."""
    codes = [code for code in session.scalars(select(Registration.code)) if code]
    return [*session.scalars(select(Party.link)), *codes]


def owe(session: Session, due_at: datetime) -> None:
    """Owe everybody a message."""
    for person_id in session.scalars(select(Person.id)):
        outbox.enqueue(session, person_id, cause="c1", kind="help", due_at=due_at, priority=outbox.Priority.MASS)


@pytest.mark.parametrize("database_kind", ["postgresql"])  # its errors say more than SQLite's
async def test_the_log_holds_nothing_of_people_and_no_secret(town: Town) -> None:
    telegram = town.telegram
    await next_morning(telegram)
    store = Store(town.database_url)
    try:
        now = await telegram.now()
        store.write(lambda session: factories.meeting(session, code="plaza", now=now))
        refuse_a_name(store)
        ana = await ask_for_place(telegram, NAME, "plaza")
        await telegram.tap(ana, "Soy mayor de edad y acepto")
        await press(telegram, ana, "1 persona más", "¿Cómo le gusta que le digan?")
        # A poison update: refused by the database, tried three times, let go; the conversation goes on.
        await say(telegram, ana, POISON, "algo falló de mi lado")
        for fault in PASSING:
            await telegram.fault("sendMessage", chat_id=ana, times=1, **fault)
            await say(telegram, ana, "/mis", "Tiene puesto")
        await say(telegram, ana, f"{WORDS} que nadie entiende", "")
        await press(telegram, ana, "Mis acompañantes", "tiene puesto")
        await press(telegram, ana, "Nombre de Acompañante 1", "me autorizaron")
        await say(telegram, ana, COMPANION, COMPANION)
        await telegram.send_contact(ana, PHONE)
        await say(telegram, ana, "/mis", "Tiene puesto")
        # What is told unprompted fails too, and is refused for good.
        await telegram.fault("sendMessage", chat_id=ana, times=1, **REFUSED)
        store.write(owe, now)
        await telegram.advance("PT1M")

        async with aiohttp.ClientSession() as http, http.get(f"{town.pages}/metrics") as answer:
            metrics = await answer.text()
        assert 'convoca_updates_total{how="failed",kind="message"} 3.0' in metrics
        assert 'convoca_updates_total{how="let_go",kind="message"} 1.0' in metrics
        assert 'convoca_deliveries_total{how="dead",kind="help"} 1.0' in metrics
        assert float(re.findall(r'convoca_sends_total\{lane="reply",result="ambiguous"\} (\S+)', metrics)[0]) >= 2
        assert 'convoca_outbox_rows{priority="mass",state="dead"} 1.0' in metrics

        listed = await town.must("outbox", "list")
        failed = await town.must("updates", "failed")
        assert await town.stop() == 0
        written = town.log()
        secrets = store.read(unspeakable)
        known = store.read(lambda session: session.scalars(select(Person.name)).all())
    finally:
        store.close()

    assert known == [NAME]
    lines = [json.loads(line) for line in written.splitlines()]
    events = {line["event"] for line in lines}
    assert {"update.failed", "message.broken", "delivery.fault"} <= events
    assert "IntegrityError" in failed
    assert listed.split("\t")[1] == "help"
    settings = Settings(bot_token=TOKEN, public_url=PUBLIC)
    hidden = [TOKEN, TOKEN.split(":")[1], settings.secret, settings.webhook_path, *secrets]
    for said in (written, listed, failed):
        found = [word for word in (NAME, POISON, COMPANION, PHONE, WORDS, *hidden) if word in said]
        assert found == []
