"""What people are told unprompted: how evenly and how fast it goes out, and how fast a million of it is written."""

from collections.abc import AsyncIterator
from typing import Final

from tests.bench.delivering import bare_rate, enqueue_million, free_pace, paid_rate
from tests.bench.report import Figure, Line
from tests.bench.running import Bench
from tests.databases import Server

ROUNDS: Final = 3
PEOPLE: Final = 10_000
FREE: Final = 25.0
FREE_SECONDS: Final = 60
REACH_OF_PACE: Final = 0.99
REACH_PAID: Final = 950.0
MILLION: Final = 1_000_000
REACH_ENQUEUED: Final = 15.0
REACH_MEGABYTES: Final = 50.0


async def delivery(bench: Bench, kind: str, server: Server) -> AsyncIterator[Line]:
    """Deliver as fast as paid broadcast lets, beside a bare `Bot`; and for a minute at the free pace, on SQLite alone.

    At the free pace no database is near its limit.
    """
    paid, bare = [], []
    for _ in range(ROUNDS):
        with server.migrated(bench.empty_folder()) as url:
            paid.append((await paid_rate(url, bench.stub, PEOPLE)).per_second)
        bare.append((await bare_rate(bench.stub, PEOPLE)).per_second)
    ours, peer = Figure(tuple(paid)), Figure(tuple(bare))
    yield Line(
        f"delivery with paid broadcast, {kind}",
        ours.said("/s"),
        f"{peer.said('/s')} bare aiogram Bot",
        f"{ours.middle / peer.middle:.0%}",
        f"≥ {REACH_PAID:.0f}/s, or the bare Bot's",
        ours.middle >= min(REACH_PAID, peer.middle),
    )
    if kind != "SQLite":
        return
    with server.migrated(bench.empty_folder()) as url:
        free = await free_pace(url, bench.stub, FREE_SECONDS)
    kept = free.per_second / FREE
    yield Line(
        f"delivery at the free pace, {kind}",
        f"{free.per_second:.2f}/s, at most {free.peak} in any second",
        f"{FREE:.0f}/s, the pace set",
        f"{kept:.1%}",
        f"≥ {REACH_OF_PACE:.0%}, at most {FREE + 1:.0f}",
        kept >= REACH_OF_PACE and free.peak <= FREE + 1,
    )


async def enqueue(bench: Bench, kind: str, server: Server) -> AsyncIterator[Line]:
    """Write a million notifications."""
    with server.migrated(bench.empty_folder()) as url:
        done = await enqueue_million(url, MILLION)
    yield Line(
        f"enqueue of {MILLION:,} notifications, {kind}",
        f"{done.seconds:.1f} s, memory {done.grown_mb:+.0f} MB",
        reach=f"< {REACH_ENQUEUED:.0f} s, < +{REACH_MEGABYTES:.0f} MB",
        is_met=done.seconds < REACH_ENQUEUED and done.grown_mb < REACH_MEGABYTES,
    )
