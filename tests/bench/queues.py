"""What a bot has not answered yet, at the stub: it polls for its updates, or is posted them as Telegram does."""

import asyncio
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

MOST_UPDATES: Final = 100
"""In one answer to `getUpdates`, as Telegram has it."""
LONGEST_POLL: Final = 50.0
CONNECTIONS: Final = 40
"""By which a webhook is posted updates, as many as Convoca asks Telegram for."""
AGAIN_SECONDS: Final = 0.1
"""After which what a webhook did not take is posted again."""
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Backlog:
    """Updates that a bot has to answer, and how far it is."""

    unanswered: set[int]
    """Chats without an answer so far."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    calls: Counter[str] = field(default_factory=Counter)
    started: float | None = None
    ended: float = 0

    def note(self, method: str, chat_id: int | None) -> None:
        """Count a call, and an answer if it is one."""
        self.calls[method] += 1
        if chat_id in self.unanswered:
            self.unanswered.remove(chat_id)
            if not self.unanswered:
                self.ended = time.perf_counter()
                self.answered.set()


@dataclass(frozen=True)
class Hook:
    """Where a process of a bot takes its updates."""

    address: str
    secret: str


@dataclass
class Queue:
    """What one bot has not confirmed yet; with several webhooks (replicas) they take turns."""

    updates: dict[int, bytes] = field(default_factory=dict)
    backlog: Backlog = field(default_factory=lambda: Backlog(set()))
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    hooks: list[Hook] = field(default_factory=list)
    to_post: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    refused: int = 0
    """Posts that a webhook did not answer with 200."""
    _posted: "itertools.count[int]" = field(default_factory=itertools.count)

    def fill(self, updates: list[dict[str, Any]]) -> Backlog:
        """Take a backlog in, in place of the one before."""
        self.updates = {}
        self.backlog = Backlog({chat_of(each) for each in updates})
        if self.hooks:
            self.backlog.started = time.perf_counter()
        for each in updates:
            self.put(each)
        return self.backlog

    def put(self, update: dict[str, Any]) -> None:
        """Take one update in."""
        body = json.dumps(update).encode()
        if self.hooks:
            self.to_post.put_nowait(body)
        else:
            self.updates[update["update_id"]] = body
            self.filled.set()

    async def take(self, offset: int, limit: int, seconds: float) -> list[bytes]:
        """Confirm what is below the offset; give what is left, or wait until there is something."""
        for confirmed in [each for each in self.updates if each < offset]:
            del self.updates[confirmed]
        if not self.updates and seconds:
            self.filled.clear()
            try:
                async with asyncio.timeout(min(seconds, LONGEST_POLL)):
                    await self.filled.wait()
            except TimeoutError:
                return []
        if self.updates and self.backlog.started is None:
            self.backlog.started = time.perf_counter()
        return list(itertools.islice(self.updates.values(), min(limit, MOST_UPDATES)))

    async def post(self, http: aiohttp.ClientSession) -> None:
        """Post updates one after another, each until it is taken; one of the connections of this bot."""
        while True:
            body = await self.to_post.get()
            hook = self.hooks[next(self._posted) % len(self.hooks)]
            headers = {SECRET_HEADER: hook.secret, "Content-Type": "application/json"}
            try:
                async with http.post(hook.address, data=body, headers=headers) as answer:
                    await answer.read()
                    is_taken = answer.status == HTTPStatus.OK
            except aiohttp.ClientError:
                is_taken = False
            if not is_taken:
                self.refused += 1
                await asyncio.sleep(AGAIN_SECONDS)
                self.to_post.put_nowait(body)


def chat_of(update: dict[str, Any]) -> int:
    """Say whose an update is."""
    message = update["callback_query"]["message"] if "callback_query" in update else update["message"]
    return int(message["chat"]["id"])
