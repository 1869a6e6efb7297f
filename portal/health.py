"""`/health` and `/metrics`, in every process whatever its roles."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from civic import pulse
from civic.outages import SILENT, outage
from portal.reader import PORTAL

log = structlog.get_logger(__name__)

LATE: Final = timedelta(minutes=5)
"""A message that has been due for longer says that delivery does not keep up."""
PATIENCE: Final = 5
"""Seconds of true time for which the database is waited for."""

Troubles = Callable[[], list[str]]
"""What a process knows to be wrong with itself, a line each; nothing when it is well."""


class Health:
    """Answers whether this process can serve: the database answers, and messages go out in time."""

    def __init__(self, troubles: Troubles, registry: CollectorRegistry) -> None:
        self._troubles = troubles
        self._registry = registry
        self._lag = _gauge(registry, "convoca_delivery_lag_seconds", "How long the oldest due message has waited.")
        self._agenda = _gauge(registry, "convoca_clock_lag_seconds", "How long the oldest due step has waited.")
        self._outbox = _gauge(
            registry,
            "convoca_outbox_rows",
            "Messages that are owed (pending), or given up (dead).",
            "state",
            "priority",
        )
        self._registrations = _gauge(registry, "convoca_registrations", "Registrations by state.", "state")
        self._meetings = _gauge(registry, "convoca_meetings", "Meetings by state.", "state")
        self._commitments = _gauge(registry, "convoca_commitments", "Published commitments.")

    def add_to(self, application: web.Application) -> None:
        """Serve both addresses."""
        application.router.add_get("/health", self._health)
        application.router.add_get("/metrics", self._metrics)

    async def _health(self, request: web.Request) -> web.Response:
        """Answer 200, or 503 with every reason."""
        portal = request.app[PORTAL]
        troubles = list(self._troubles())
        try:
            async with asyncio.timeout(PATIENCE):
                late = await portal.store.reading(pulse.lag, portal.clock())
        except (SQLAlchemyError, TimeoutError) as error:
            log.exception("health.database")
            troubles.append(f"database: {outage(error) or SILENT}")
        else:
            if portal.store.trouble:
                troubles.append(f"database: {portal.store.trouble}")
            if late > LATE:
                troubles.append(f"delivery: a message has been due for {int(late.total_seconds())} s")
        return _answer(troubles)

    async def _metrics(self, request: web.Request) -> web.Response:
        """Answer what the process counted and what the database holds now; while that is away, held last."""
        portal = request.app[PORTAL]
        try:
            async with asyncio.timeout(PATIENCE):
                self._note(await portal.store.reading(pulse.take, portal.clock()))
        except (SQLAlchemyError, TimeoutError) as error:
            log.warning("metrics.database", trouble=outage(error) or type(error).__name__)
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _note(self, taken: pulse.Pulse) -> None:
        self._lag.set(taken.lag.total_seconds())
        self._agenda.set(taken.agenda_lag.total_seconds())
        self._commitments.set(taken.commitments)
        for (state, priority), figure in taken.outbox.items():
            self._outbox.labels(state, priority).set(figure)
        for gauge, figures in ((self._registrations, taken.registrations), (self._meetings, taken.meetings)):
            gauge.clear()
            for state, figure in figures.items():
                gauge.labels(state).set(figure)


def waiting(troubles: Troubles) -> web.Application:
    """Make what a process serves before it has a database: why it waits, on `/health` alone."""

    async def health(_request: web.Request) -> web.Response:
        return _answer(troubles())

    application = web.Application()
    application.router.add_get("/health", health)
    return application


def _answer(troubles: list[str]) -> web.Response:
    """Answer 200, or 503 with every reason."""
    return web.json_response(
        {"healthy": not troubles, "troubles": troubles},
        status=503 if troubles else 200,
        headers={"Cache-Control": "no-store"},
    )


def _gauge(registry: CollectorRegistry, name: str, says: str, *labels: str) -> Gauge:
    return Gauge(name, says, labels, registry=registry)
