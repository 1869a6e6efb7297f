"""A thousand people signing up within two minutes: how long each of them waits for each answer."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic.schema import FailedUpdate, Outbox, Registration
from civic.store import Store
from tests import factories
from tests.bench.contenders import CONVOCA, CONVOCA_HOOKED, BenchFailed
from tests.bench.report import Line
from tests.bench.running import Bench, Crowded
from tests.databases import Server

PEOPLE: Final = 1000
SECONDS: Final = 120.0
REACH_SECONDS: Final = 2.0
ANSWERS: Final = {"companions", "name", "needs", "attr:age", "phone"}
"""What each of them is asked; the rest of her updates are the link, the wish, the permissions and the ticks."""


async def measure(bench: Bench, kind: str, server: Server) -> AsyncIterator[Line]:
    """Let them sign up: by polling on SQLite, by webhook on PostgreSQL."""
    contender = CONVOCA if kind == "SQLite" else CONVOCA_HOOKED
    with server.migrated(bench.empty_folder()) as url:
        store = Store(url)
        try:
            store.write(_convene)
            async with bench.running(contender, url):
                await bench.round(contender, {1: 0})  # it is up; the tap is nobody's
                if contender.webhook:
                    await bench.grown_up(contender)
                seen = await bench.crowd(contender, "m_agua", PEOPLE, SECONDS)
            errors = store.read(_errors)
            yield line(f"{'webhook' if contender.webhook else 'polling'}, {kind}", seen, errors)
        finally:
            store.close()


def line(where: str, seen: Crowded, errors: int) -> Line:
    """Say how long people waited. Raises BenchFailed where some did not come to the end."""
    if seen.stuck:
        raise BenchFailed(f"{len(seen.stuck)} of {PEOPLE} people did not sign up; the first saw {seen.stuck[0]}")
    replies = sorted(seen.replies)
    middle, late, latest = (replies[int(part * (len(replies) - 1))] for part in (0.5, 0.99, 1))
    cost = (
        f"; {seen.processor_seconds * 1000 / seen.updates:.1f} ms of processor each" if seen.processor_seconds else ""
    )
    return Line(
        f"{PEOPLE:,} people signing up within two minutes, {where}: every answer's p99",
        f"{late:.2f} s",
        f"{seen.updates:,} updates in {seen.seconds:.0f} s{cost}; p50 {middle:.2f} s, longest {latest:.2f} s; "
        f"{errors + seen.refused} errors",
        reach=f"< {REACH_SECONDS:.0f} s, 0 errors",
        is_met=late < REACH_SECONDS and not (errors or seen.refused),
    )


def _convene(session: Session) -> None:
    factories.meeting(
        session,
        capacity=PEOPLE,
        needs=["sign_language", "wheelchair"],
        attributes={"age": ["18-28", "29-59", "60+"]},
        now=true_now(),
    )


def _errors(session: Session) -> int:
    """Count who has no place or no answers, what failed, and replies that came late or never, as owed ones."""
    answered = [set(each) >= ANSWERS for each in session.scalars(select(Registration.answered))]
    failed = session.scalar(select(func.count()).select_from(FailedUpdate)) or 0
    owed = session.scalar(select(func.count()).where(Outbox.priority == 0)) or 0
    return PEOPLE - sum(answered) + failed + owed
