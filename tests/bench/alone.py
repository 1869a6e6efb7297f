"""The use case «Confirmo» alone, without HTTP, aiogram or words: `python -m tests.bench.alone BOT FIRST_UPDATE`.

It is what the database, with SQLAlchemy and the store's threads, allows by itself. Reads a line of JSON (chats with
their registrations) for each round; writes the seconds that it took, after a first line that says it is ready.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Final

import uvloop
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic import conversation, registration
from civic.audit import Actor
from civic.conversation import Answer, Incoming, Reply
from civic.store import Store

AT_ONCE: Final = 10
"""Updates at work in one process: four of them are at Telegram's forty connections."""


async def confirm(store: Store, incoming: Incoming, registration_id: int) -> None:
    """Do what the handler does with the database."""
    now = true_now()

    def act(session: Session) -> Answer:
        standing = conversation.look(session, incoming)

        def use_case(session: Session) -> list[Reply]:
            own = registration.known_to(session, registration_id, standing.person_id)
            registration.confirm_known(session, own, actor=Actor(standing.person_id, "chat"), now=now)
            return [Reply("confirmed", {"registration": own.id})]

        return conversation.handle(session, incoming, standing, use_case, now=now)

    await store.transaction(act)


async def play(store: Store, work: Iterator[tuple[Incoming, int]]) -> float:
    """Confirm all, some at once; give the seconds."""

    async def one_by_one() -> None:
        for incoming, registration_id in work:
            await confirm(store, incoming, registration_id)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_by_one())
    return time.perf_counter() - started


def main(bot_id: int, first_update: int) -> None:
    """Play rounds until there are no more."""
    store = Store(os.environ["CONVOCA_DATABASE_URL"])
    update_ids = itertools.count(first_update)
    try:
        print("ready", flush=True)  # noqa: T201 - for the parent
        for line in sys.stdin:
            taps = json.loads(line)
            work = iter([(Incoming(bot_id, next(update_ids), chat, chat, "es"), own) for chat, own in taps])
            print(uvloop.run(play(store, work)), flush=True)  # noqa: T201 - as above
    finally:
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
