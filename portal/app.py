"""The web application: pages, files, health and metrics, each answer with headers that let nothing else in."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from civic.store import Store
from messages.voice import Links
from portal.feed import add_feed
from portal.files import add_files
from portal.health import Health, Troubles
from portal.open_data import add_open_data
from portal.pages import add_pages
from portal.reader import PORTAL, Portal, Reader

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def application(
    store: Store,
    clock: Callable[[], datetime],
    links: Links,
    *,
    troubles: Troubles = list,
    registry: CollectorRegistry | None = None,
    pages: bool = True,
) -> web.Application:
    """Make the application of one process: health and metrics always, the pages where they are wanted.

    `troubles` names what the process knows to be wrong with itself; `registry` is what it counts in.
    """
    made = web.Application(middlewares=[_guard, _problems])
    made[PORTAL] = Portal(store, clock, links)
    Health(troubles, registry or CollectorRegistry()).add_to(made)
    if pages:
        add_pages(made)
        add_files(made)
        add_open_data(made)
        add_feed(made)
    return made


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the headers on every answer that does not say otherwise, refusals too."""
    try:
        response = await handler(request)
    except web.HTTPException as refused:
        _cover(refused)
        raise
    _cover(response)
    return response


def _cover(response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show what went wrong as a page in the reader's language."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return Reader(request).page("problem.html", HTTPStatus.NOT_FOUND, missing=True)
    except web.HTTPMethodNotAllowed as refused:
        headers = {"Allow": refused.headers["Allow"]}
        return web.Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("portal.failed", path=request.path)
        return Reader(request).page("problem.html", HTTPStatus.INTERNAL_SERVER_ERROR, missing=False)
