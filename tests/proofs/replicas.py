"""An installation of several processes on one database, two of a kind, before a local Telegram and a load balancer."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGKILL
from typing import Final, Self

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic.schema import Lease, Outbox, Person
from civic.store import Store
from tests.journeys.town import TOKEN, Town
from tests.proofs.fronts import Front
from tests.simulator_process import Json, Telegram, until

PUBLIC: Final = "https://public.example"
PAST: Final = datetime(2020, 1, 1, tzinfo=UTC)
PATIENCE: Final = 90
"""Seconds that people wait for an answer, on a machine that starts and kills programs meanwhile."""
DELIVERER: Final = f"deliverer:{TOKEN.partition(':')[0]}"


class PatientTelegram(Telegram):
    """A local Telegram whose people wait long."""

    async def wait_for(self, chat: int, text_part: str, after: int = 0, timeout: float = PATIENCE) -> Json:  # noqa: ASYNC109
        """Wait until the bot has said something."""
        return await super().wait_for(chat, text_part, after, timeout)


@dataclass
class Replicas:
    """Two processes of each role; people's updates come to either of the chat's."""

    database_url: str
    folder: Path
    roles: Sequence[str]
    of: dict[str, list[Town]] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        """Start Telegram and the balancer; no process of ours yet."""
        async with AsyncExitStack() as closing:
            self.balancer = await closing.enter_async_context(Front([]))
            via = f"{PUBLIC}={self.balancer.url}"
            self.telegram = await closing.enter_async_context(PatientTelegram(self.folder, "--via", via))
            await self.telegram.limits(per_second=None, per_chat=None, wait_scale=0.01)
            environment = {"CONVOCA_PUBLIC_URL": PUBLIC}
            self.of = {
                role: [Town(self.telegram, self.database_url, self.folder, environment) for _ in range(2)]
                for role in self.roles
            }
            self.balancer.targets += [each.pages for each in self.of[self.roles[0]]]
            closing.push_async_callback(self.stop)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(self, *_fault: object) -> None:
        """Stop all of it."""
        await self._closing.aclose()

    async def start(self, each: int = 2) -> None:
        """Start both processes of each kind, or one alone."""
        for role in self.roles:
            await asyncio.gather(*(town.start("--roles", role) for town in self.of[role][:each]))
        await self.of[self.roles[0]][0].follows(each * len(self.roles))

    async def stop(self) -> None:
        """Stop what runs."""
        await asyncio.gather(*(each.stop() for role in self.roles for each in self.of[role] if each.process))

    def deliverer(self, holder: str) -> Town | None:
        """Give the process that holds the deliverer's lease; None when nobody of ours does."""
        pid = holder.split(":")[1] if holder else ""
        towns = self.of[self.that_do("delivery")]
        return next((each for each in towns if each.process and str(each.process.pid) == pid), None)

    def that_do(self, role: str) -> str:
        """Name the processes that have a role, by all of their roles."""
        return next(roles for roles in self.roles if role in roles.split(","))

    async def again(self, killed: Town, roles: str) -> None:
        """Kill a process and start it again."""
        await killed.stop(SIGKILL)
        await killed.start("--roles", roles)


def holder(session: Session) -> str:
    """Say who holds the deliverer's lease, or held it last; nothing when nobody did."""
    return session.scalar(select(Lease.holder).where(Lease.name == DELIVERER)) or ""


def unmarked(session: Session, holder: str) -> list[tuple[int, str]]:
    """List what a killed deliverer had claimed and not marked: chats and kinds."""
    rows = select(Person.chat_id, Outbox.kind).join(Person, Person.id == Outbox.person_id)
    return [
        (chat, kind)
        for chat, kind in session.execute(rows.where(Outbox.leased_by == holder, Outbox.state == "pending"))
        if chat is not None
    ]


def let_go(session: Session, holder: str) -> None:
    """Let the two minutes pass for which a killed deliverer had claimed its rows; not those of its lease."""
    session.execute(update(Outbox).where(Outbox.leased_by == holder).values(leased_until=PAST))


@dataclass
class Takeover:
    """How a killed deliverer was replaced."""

    seconds: float
    sent_unmarked: int


async def kill_the_deliverer(all_of: Replicas, store: Store, words: dict[str, str]) -> Takeover:
    """Kill the process that delivers, wait until the other does, and start it again.

    `words` say by which a kind's message is known, to count what had been sent and not marked.
    """
    held: list[str] = []

    async def is_held() -> bool:
        held[:] = [await store.reading(holder)]
        return all_of.deliverer(held[0]) is not None

    await until(is_held, timeout=PATIENCE)
    killed = all_of.deliverer(held[0])
    assert killed
    dead = held[0]
    at = time.monotonic()
    await killed.stop(SIGKILL)
    await until(is_held, timeout=PATIENCE)
    seconds = time.monotonic() - at
    assert held[0] != dead
    heard = await reached_by_kind(all_of.telegram, words)
    sent = sum(chat in heard.get(kind, ()) for chat, kind in await store.reading(unmarked, dead))
    await store.transaction(let_go, dead)
    await killed.start("--roles", all_of.that_do("delivery"))
    return Takeover(seconds, sent)


async def kill_a_chat(all_of: Replicas, number: int) -> int:
    """Kill a replica of the chat and start it again; gives how many updates it had in hand."""
    killed = all_of.of["chat"][number]
    before = all_of.balancer.cut_short(killed.pages)
    await all_of.again(killed, "chat")
    return all_of.balancer.cut_short(killed.pages) - before


async def kill_a_clock(all_of: Replicas, number: int) -> None:
    """Kill a clock and start it again, where clocks are processes of their own."""
    if "clock" in all_of.of:
        await all_of.again(all_of.of["clock"][number], "clock")


async def reached_by_kind(telegram: Telegram, words: dict[str, str]) -> dict[str, Counter[int]]:
    """Count how often each chat was told each kind, by the words that it is known by."""
    said = await telegram.requests(method="sendMessage")
    told: dict[str, Counter[int]] = {kind: Counter() for kind in words}
    for each in said:
        for kind, known_by in words.items():
            if each["status"] == 200 and known_by in each["params"]["text"]:
                told[kind][each["chat_id"]] += 1
    return told


async def repeated(telegram: Telegram, chats: Sequence[int]) -> list[str]:
    """List what was said in some chats that had been said there before, word by word."""
    said = Counter(
        (each["chat_id"], each["params"]["text"])
        for each in await telegram.requests(method="sendMessage")
        if each["status"] == 200 and each["chat_id"] in set(chats)
    )
    return [text for (_, text), times in said.items() for _ in range(times - 1)]
