"""Flood control, by true time: what Telegram lets a bot send before it answers 429.

Only calls that make or edit a message count. Whoever calls on during a pause is refused for what is
left of it.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from telegram.constants import FloodLimit

from simulator.checks import Refusal, Unfit

if TYPE_CHECKING:
    from simulator.store import Store

GROUP_SECONDS = 60.0


@dataclass(frozen=True)
class Limits:
    """What is let through; None lets everything.

    `wait_scale` shortens the simulator's own waits (pauses, webhook retries); `query_seconds` is how
    long a tap may wait for its answer.
    """

    per_second: float | None = FloodLimit.MESSAGES_PER_SECOND
    per_chat: float | None = FloodLimit.MESSAGES_PER_SECOND_PER_CHAT
    burst: float = 3
    per_group: float | None = FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP
    wait_scale: float = 1
    query_seconds: float = 900


class Flood:
    """Counts what each bot sends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.limits = Limits(**(store.setting("limits") or {}))
        self._forget()

    def _forget(self) -> None:
        self._sent: defaultdict[int, deque[float]] = defaultdict(deque)
        self._in_group: defaultdict[tuple[int, int], deque[float]] = defaultdict(deque)
        self._tokens: dict[tuple[int, int], tuple[float, float]] = {}
        self._paused: dict[tuple[int, int | None], float] = {}

    def settings(self) -> dict[str, Any]:
        """Return the limits in force."""
        return asdict(self.limits)

    def change(self, wanted: dict[str, Any]) -> None:
        """Change some limits and begin counting anew; raises Unfit for what is no limit."""
        known = {f.name for f in fields(Limits)}
        optional = {"per_second", "per_chat", "per_group"}
        for name, value in wanted.items():
            number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
            if name not in known or not (number or (value is None and name in optional)):
                raise Unfit(f"no limit: {name}: {value!r}")
        self.limits = replace(self.limits, **wanted)
        self._store.keep("limits", self.settings())
        self._forget()

    def paused(self, bot_id: int, chat_id: int | None) -> bool:
        """Whether a call now would break a pause that the bot was told of."""
        now = time.monotonic()
        return any(self._paused.get((bot_id, c), 0.0) > now for c in (None, chat_id))

    def count(self, bot_id: int, chat_id: int, *, paid: bool = False) -> None:
        """Count one message made or edited; raises Refusal 429 when it is one too many."""
        now = time.monotonic()
        scale = self.limits.wait_scale
        for scope in (None, chat_id):
            left = self._paused.get((bot_id, scope), 0.0) - now
            if left > 0:
                raise _too_many(left / scale if scale else left)
        for scope, seconds in (
            (None, self._overall(bot_id, now, paid=paid)),
            (chat_id, self._in_chat(bot_id, chat_id, now)),
        ):
            if seconds > 0:
                self._paused[bot_id, scope] = now + math.ceil(seconds) * scale
                raise _too_many(seconds)
        self._sent[bot_id].append(now)
        if chat_id < 0:
            self._in_group[bot_id, chat_id].append(now)
        tokens, at = self._tokens.get((bot_id, chat_id), (self.limits.burst, now))
        self._tokens[bot_id, chat_id] = (self._refilled(tokens, at, now) - 1, now)

    def _overall(self, bot_id: int, now: float, *, paid: bool) -> float:
        limit = self.limits.per_second
        if limit is not None and paid:
            limit = max(limit, FloodLimit.PAID_MESSAGES_PER_SECOND)
        return _until_free(self._sent[bot_id], limit, 1.0, now)

    def _in_chat(self, bot_id: int, chat_id: int, now: float) -> float:
        wait = 0.0
        if chat_id < 0:
            limit = self.limits.per_group
            wait = _until_free(self._in_group[bot_id, chat_id], limit, GROUP_SECONDS, now)
        if self.limits.per_chat is None:
            return wait
        tokens, at = self._tokens.get((bot_id, chat_id), (self.limits.burst, now))
        lacking = 1 - self._refilled(tokens, at, now)
        # A rounding error must not refuse who waited the whole second.
        if lacking > 1e-6:  # noqa: PLR2004
            wait = max(wait, lacking / self.limits.per_chat if self.limits.per_chat else 1.0)
        return wait

    def _refilled(self, tokens: float, at: float, now: float) -> float:
        return min(self.limits.burst, tokens + (now - at) * (self.limits.per_chat or 0.0))


def _until_free(sent: deque[float], limit: float | None, window: float, now: float) -> float:
    while sent and sent[0] <= now - window:
        sent.popleft()
    if limit is None or len(sent) < limit:
        return 0.0
    return sent[0] + window - now if sent else window


def _too_many(seconds: float) -> Refusal:
    wait = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
