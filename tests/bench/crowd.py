"""People who sign up, played inside the stub: each follows the link, taps buttons that she was really sent, and writes.

What is timed is what a person sees: from the moment when her update is there for the bot until the first message of
the answer arrives.
"""

import asyncio
import itertools
import json
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.bench.updates import share, tap, write

THINKING: Final = (2.0, 5.0)
"""Seconds that somebody reads what was said last before she acts, at least and at most."""
PATIENCE: Final = 60.0
"""Seconds without any answer after which somebody gives up."""
NAME: Final = "Ana María"
PHONE: Final = "+573005550100"
CHOOSES: Final = tuple(
    map(
        re.compile,
        (r"go:\d+", r"yes:\d+", r"bring:\d+:0:ask", r"nyes:\d+", r"ndone:\d+", r"need:\d+:1:.+", r"attr:\d+:\d+:0"),
    )
)
"""Buttons that people tap, by what Convoca's handlers read in them: she goes, accepts, comes alone, and so on."""
ASKS_NAME: Final = re.compile(r"keep:\d+")
ENDS: Final = re.compile(r"change:\d+")
"""A button that stands where nothing is asked any more."""


@dataclass
class Guest:
    """One person."""

    chat_id: int
    thinking: random.Random
    asked_at: float | None = None
    """Since when she waits for an answer."""
    choices: list[str] = field(default_factory=list)
    """What the buttons of the newest message with any hold."""
    has_key: bool = False
    """A key that shares her number was sent."""
    acting: asyncio.TimerHandle | None = None
    updates: int = 0
    is_done: bool = False

    def sees(self, said: Mapping[str, Any]) -> None:
        """Look at the buttons of a message."""
        markup = json.loads(said.get("reply_markup") or "{}")
        shown = [button for row in markup.get("inline_keyboard", ()) for button in row]
        if shown:
            self.choices = [button["callback_data"] for button in shown if "callback_data" in button]
        keys = [key for row in markup.get("keyboard", ()) for key in row]
        self.has_key = any(key.get("request_contact") for key in keys)

    def act(self, update_id: int) -> dict[str, Any] | None:
        """Do what comes next; None when nothing is asked."""
        if self.has_key:
            return share(update_id, self.chat_id, PHONE)
        for wanted in CHOOSES:
            if chosen := next(filter(wanted.fullmatch, self.choices), None):
                return tap(update_id, self.chat_id, chosen)
        if any(map(ASKS_NAME.fullmatch, self.choices)):
            return write(update_id, self.chat_id, NAME)
        return None


class Crowd:
    """All of them, arriving one by one over some seconds."""

    def __init__(self, put: Callable[[dict[str, Any]], None], people: int, first_chat: int, first_update: int) -> None:
        """Take where updates go, and from which ids chats and updates are counted."""
        self._put = put
        self._guests = {
            chat_id: Guest(chat_id, random.Random(chat_id))  # noqa: S311 - repeatable on purpose
            for chat_id in range(first_chat, first_chat + people)
        }
        self._update_ids = itertools.count(first_update)
        self._all_done = asyncio.Event()
        self.replies: list[float] = []
        """Seconds of every answer."""

    async def play(self, payload: str, seconds: float) -> dict[str, Any]:
        """Let everybody follow the link, evenly over so many seconds; tell what was seen when all are done."""
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        for number, guest in enumerate(self._guests.values()):
            loop.call_later(seconds * number / len(self._guests), self._say, guest, f"/start {payload}")
        try:
            async with asyncio.timeout(seconds + PATIENCE + 30):
                await self._all_done.wait()
        except TimeoutError:
            pass
        return {
            "seconds": time.perf_counter() - began,
            "replies": self.replies,
            "updates": sum(guest.updates for guest in self._guests.values()),
            "stuck": [guest.choices for guest in self._guests.values() if not guest.is_done],
        }

    def hears(self, chat_id: int, said: Mapping[str, Any]) -> None:
        """Take a message to somebody: it ends her waiting, and she acts some seconds after the last one."""
        guest = self._guests.get(chat_id)
        if guest is None:
            return
        if guest.asked_at is not None:
            self.replies.append(time.perf_counter() - guest.asked_at)
            guest.asked_at = None
        guest.sees(said)
        if guest.acting:
            guest.acting.cancel()
        loop = asyncio.get_running_loop()
        guest.acting = loop.call_later(guest.thinking.uniform(*THINKING), self._act, guest)

    def _act(self, guest: Guest) -> None:
        update = guest.act(next(self._update_ids))
        if update is not None:
            self._give(guest, update)
            return
        guest.is_done |= any(map(ENDS.fullmatch, guest.choices))
        if all(each.is_done for each in self._guests.values()):
            self._all_done.set()

    def _say(self, guest: Guest, text: str) -> None:
        self._give(guest, write(next(self._update_ids), guest.chat_id, text))

    def _give(self, guest: Guest, update: dict[str, Any]) -> None:
        guest.updates += 1
        guest.choices, guest.has_key = [], False
        guest.asked_at = time.perf_counter()
        self._put(update)
