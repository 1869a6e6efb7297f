"""Two replicas of the chat, two deliverers and two clocks on PostgreSQL, each killed and started again under load."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.schema import Person, Registration
from civic.store import Store
from tests.journeys import scenes
from tests.proofs.conftest import Found
from tests.proofs.crowd import owed, publish, with_news
from tests.proofs.replicas import (
    PATIENCE,
    Replicas,
    Takeover,
    kill_a_chat,
    kill_a_clock,
    kill_the_deliverer,
    reached_by_kind,
    repeated,
)
from tests.proofs.scale import Scale
from tests.simulator_process import until

SIGNING_UP = 3
"""People at a time."""
TAKEOVER_SECONDS = 30
REMINDER = "Faltan 15 días"


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_each_process_is_killed_in_turn(
    store: Store, database_url: str, scale: Scale, found: Found, tmp_path: Path
) -> None:
    takeovers: list[Takeover] = []
    in_hand: list[int] = []
    signed_up: list[int] = []
    async with Replicas(database_url, tmp_path, scale.roles) as all_of:
        telegram = all_of.telegram
        chats = await with_news(telegram, store, scale.flooded // 4, tmp_path)
        await all_of.start()
        enough = asyncio.Event()
        rounds = -(-scale.kills // 3)
        names = ["anden", *(f"puente{number}" for number in range(1, rounds))]
        reminded_at = await telegram.now() + timedelta(days=5, minutes=30)
        async with asyncio.TaskGroup() as group:
            for _ in range(SIGNING_UP):
                group.create_task(_sign_up(all_of, signed_up, enough))
            for number, name in enumerate(names):
                words = {"published": f"Compromiso {name}", "reminder": REMINDER}
                if number:
                    now = await telegram.now()
                    await store.transaction(publish, scenes.commitment_file(tmp_path, "plaza", name), now=now)
                goal = max(reminded_at, await telegram.now() + timedelta(minutes=1))
                moving = group.create_task(telegram.control("POST", "clock", {"now": goal.isoformat()}))
                takeover = group.create_task(kill_the_deliverer(all_of, store, words))
                in_hand.append(await kill_a_chat(all_of, number % 2))
                await kill_a_clock(all_of, number % 2)
                takeovers.append(await takeover)
                await moving
                await until(lambda: _is_said(store), timeout=PATIENCE + len(chats))
            enough.set()
        await until(lambda: _is_said(store), timeout=PATIENCE)
        heard = await reached_by_kind(telegram, {name: f"Compromiso {name}" for name in names} | {"reminder": REMINDER})
        twice = await repeated(telegram, signed_up)
        places = await store.reading(_places, signed_up)
    again = sum(heard[kind][chat] - 1 for kind in heard for chat in chats if heard[kind][chat])
    lost = sum(not heard[kind][chat] for kind in heard for chat in chats)
    unmarked = [each.sent_unmarked for each in takeovers]
    assert lost == 0
    assert again <= sum(unmarked)
    assert max(unmarked) <= 100
    assert max(each.seconds for each in takeovers) <= TAKEOVER_SECONDS
    assert places == set(signed_up)
    assert len(twice) <= sum(in_hand), twice
    found(
        "Two replicas of the chat, two deliverers, two clocks on PostgreSQL, killed in turn",
        kills=len(scale.roles) * rounds,
        messages_owed=len(heard) * len(chats),
        lost=lost,
        sent_twice=again,
        sent_and_unmarked_at_the_kills=sum(unmarked),
        most_at_one=max(unmarked),
        people_signed_up_meanwhile=len(signed_up),
        without_place_or_number=len(set(signed_up) - places),
        replies_said_twice=len(twice),
        updates_in_hand_at_the_kills=sum(in_hand),
        longest_takeover=f"{max(each.seconds for each in takeovers):.1f} s",
    )


async def _sign_up(all_of: Replicas, signed_up: list[int], enough: asyncio.Event) -> None:
    """Sign up one person after another."""
    while not enough.is_set():
        signed_up.append(await scenes.sign_up(all_of.telegram, "Ana", "plaza"))


async def _is_said(store: Store) -> bool:
    return not await store.reading(owed)


def _places(session: Session, chats: list[int]) -> set[int]:
    """Say who of some people has a place, or a number on the list once all are taken."""
    have = select(Person.telegram_id).join(Registration, Registration.person_id == Person.id)
    kept = Registration.state.in_(["registered", "waiting"])
    return set(session.scalars(have.where(Person.telegram_id.in_(chats), kept)))
