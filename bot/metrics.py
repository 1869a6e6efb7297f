"""What this process counts, for /metrics. Kinds and results only: no names, texts or ids of people."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientConnectorError
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from messages.telegram import Cure, classify
from scheduler.pace import LANE, Lane, counts

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
"""Bounds of a handler's time: from what a quick one takes to when it is ended."""


class Metrics:
    """Counters of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._updates = Counter(
            "convoca_updates",
            "Updates, by kind: handled, failed (each try), let go.",
            ["kind", "how"],
            registry=registry,
        )
        self._seconds = Histogram(
            "convoca_update_seconds", "How long handling took.", ["kind"], buckets=SECONDS, registry=registry
        )
        self._deliveries = Counter(
            "convoca_deliveries",
            "Owed messages, by kind: sent, dropped, dead, pending (to be tried again).",
            ["kind", "how"],
            registry=registry,
        )
        self._replies = Counter(
            "convoca_replies",
            "Replies: said, again (a second try), owed to delivery, gone (nobody there), refused.",
            ["how"],
            registry=registry,
        )
        self.sends = Sends(registry)

    def handled(self, kind: str, how: str, seconds: float | None = None) -> None:
        """Count an update by its kind: handled, failed, let_go; and what handling it took."""
        self._updates.labels(kind, how).inc()
        if seconds is not None:
            self._seconds.labels(kind).observe(seconds)

    def delivered(self, kind: str, how: str) -> None:
        """Count how an owed message ended: sent, dropped, dead, or pending again."""
        self._deliveries.labels(kind, how).inc()

    def replied(self, how: str) -> None:
        """Count how a reply ended."""
        self._replies.labels(how).inc()

    def watch(self, *, active: Callable[[], bool], in_flight: Callable[[], int]) -> None:
        """Show, whenever asked, whether this process is the one that delivers, and what it has in hand."""
        for name, says, figure in (
            ("convoca_deliverer_active", "1 in the process that delivers, 0 in one that stands by.", active),
            ("convoca_deliveries_in_flight", "Owed messages in hand: claimed and not yet marked.", in_flight),
        ):
            Gauge(name, says, registry=self.registry).set_function(figure)


class Sends(BaseRequestMiddleware):
    """Counts every call that makes or edits a message by its result, and the pauses that Telegram asks for.

    It stands nearest to the wire, so that it counts calls alone, not those that wait for the pace.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sends = Counter(
            "convoca_sends",
            "Calls that make or edit a message, by why they are made and what came of them;"
            " an ambiguous one may have arrived, and is tried again.",
            ["lane", "result"],
            registry=registry,
        )
        self._pauses = Counter("convoca_pauses", "Times that Telegram asked to wait.", registry=registry)
        self._paused = Counter("convoca_pause_seconds", "For how long Telegram asked to wait.", registry=registry)
        self._paused_until = 0.0

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make a call, and count it."""
        if not counts(method):
            return await make_request(bot, method)
        found = "ok"
        try:
            return await make_request(bot, method)
        except asyncio.CancelledError:  # nobody waited any longer: it may have arrived
            found = "ambiguous"
            raise
        except Exception as error:
            found = result(error)
            if isinstance(error, TelegramRetryAfter):
                self._pause(error.retry_after)
            raise
        finally:
            lane = max(LANE.get(), Lane.REPLY)  # the rest of a reply is a reply
            self._sends.labels(lane.name.lower(), found).inc()

    def _pause(self, seconds: float) -> None:
        """Count a pause once, whatever number of calls under way hear of it."""
        now = monotonic()
        if now >= self._paused_until:
            self._pauses.inc()
        until = max(now + seconds, self._paused_until)
        self._paused.inc(until - max(now, self._paused_until))
        self._paused_until = until


_RESULTS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TelegramRetryAfter, "429"),
    (TelegramBadRequest, "400"),
    (TelegramMigrateToChat, "400"),
    (TelegramEntityTooLarge, "400"),
    (TelegramUnauthorizedError, "401"),
    (TelegramNotFound, "401"),
    (TelegramForbiddenError, "403"),
    (TelegramServerError, "5xx"),
    (TypeError, "5xx"),  # what aiogram makes of a 500 without description
    (TelegramNetworkError, "ambiguous"),
    (ClientDecodeError, "ambiguous"),
    (OSError, "ambiguous"),
    (UnicodeDecodeError, "ambiguous"),
)


def result(error: Exception) -> str:
    """Name what came of a call that failed: Telegram's status, or `ambiguous` where its answer was not heard."""
    if isinstance(error.__cause__, ClientConnectorError):
        return "unreached"
    if isinstance(error, TelegramBadRequest) and classify(error).cure is Cure.DONE:
        return "unchanged"
    if isinstance(error, TelegramAPIError) and (error.message or "").startswith("Too Many Requests"):
        return "429"
    return next((name for kind, name in _RESULTS if isinstance(error, kind)), "other")
