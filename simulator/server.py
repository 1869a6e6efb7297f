"""The program as a web server: the Bot API, the control API and the page, on one address."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from telegram.constants import FileSizeLimit

from simulator.botapi import BotApi
from simulator.checks import not_found
from simulator.control import Control, errors
from simulator.polling import Polls
from simulator.store import Store
from simulator.webhooks import Webhooks
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parent / "page"
ROOM_AROUND_A_FILE = 1_000_000
CLOSING_SECONDS = 0.5
PAGE_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Options:
    """How the program is started."""

    host: str
    port: int
    database: Path
    via: dict[str, str] = field(default_factory=dict)


def application(world: World, polls: Polls, bot_api: BotApi, stop: asyncio.Event) -> web.Application:
    """Return the web application."""
    app = web.Application(
        middlewares=[errors],
        client_max_size=FileSizeLimit.FILESIZE_UPLOAD + ROOM_AROUND_A_FILE,
    )
    app.router.add_route("*", "/bot{token:[^/]+}/{method:[^/]+}", bot_api.call)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", bot_api.download)
    app.router.add_routes(Control(world, stop).routes())
    app.router.add_get("/", _index)
    app.router.add_get("/page/{name}", _page_file)
    app.router.add_route("*", "/{anything:.*}", _nothing)
    app.on_shutdown.append(lambda _app: _end_polls(polls))
    return app


async def _end_polls(polls: Polls) -> None:
    polls.close()


async def _index(_request: web.Request) -> web.StreamResponse:
    return _file("index.html")


async def _page_file(request: web.Request) -> web.StreamResponse:
    return _file(request.match_info["name"])


def _file(name: str) -> web.StreamResponse:
    path = PAGE / name
    if path.parent != PAGE or not path.is_file():
        return web.json_response(not_found().answer(), status=404)
    headers = {"Content-Security-Policy": PAGE_RULES, "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)


async def _nothing(_request: web.Request) -> web.StreamResponse:
    return web.json_response(not_found().answer(), status=404)


async def until_signalled(options: Options, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(options, say, stop)


async def serve(options: Options, say: Callable[[str], None], stop: asyncio.Event) -> None:
    """Serve until told to stop; says where it listens once it does. Raises OSError where it cannot."""
    options.database.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Store(options.database)) as store:
        world = World(store)
        polls = Polls(world)
        bot_api = BotApi(world, polls)
        webhooks = Webhooks(world, polls, options.via, bot_api.carry_out)
        bot_api.webhooks = webhooks
        runner = web.AppRunner(
            application(world, polls, bot_api, stop),
            access_log=None,
            shutdown_timeout=CLOSING_SECONDS,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, options.host, options.port)
            await site.start()
            ready = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(webhooks.run(ready, stop))
                await ready.wait()
                host, port = runner.addresses[0][:2]
                say(f"simulator: http://{host}:{port}")
                await stop.wait()
                polls.close()
                world.live.tell("closing")
        finally:
            await runner.cleanup()
