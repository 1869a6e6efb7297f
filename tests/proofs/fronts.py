"""What stands between programs in a proof: a reverse proxy that writes down what was asked when, and skips the dead.

One before Telegram for each process tells apart which of them called; one before several replicas is their balancer.
"""

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator_process import Json

_NOT_PASSED_ON: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding"})


@dataclass
class Passed:
    """A request that went through; moments are of the monotonic clock, in seconds."""

    path: str
    to: str
    arrived: float
    answered: float | None = None
    """When its answer was ready to go back; None while it is open, or when none came."""
    status: int | None = None
    retry_after: float = 0


@dataclass
class Front:
    """Passes requests on to one of several addresses, each in its turn; one where nobody listens is left out."""

    targets: list[str]
    passed: list[Passed] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._pass)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(), auto_decompress=True
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        self._turns: Iterator[int] = itertools.count()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_fault: object) -> None:
        """Stop listening."""
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        first = next(self._turns)
        for number in range(len(self.targets)):
            target = self.targets[(first + number) % len(self.targets)]
            entry = Passed(request.path, target, time.monotonic())
            try:
                return await self._ask(request, body, target, entry)
            except aiohttp.ClientConnectorError:
                self.passed.remove(entry)
            except aiohttp.ClientError:
                entry.status = web.HTTPBadGateway.status_code
                break  # it may have been heard: whoever asked has to ask again
        return web.Response(status=web.HTTPBadGateway.status_code)

    async def _ask(self, request: web.Request, body: bytes, target: str, entry: Passed) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
        asking = self._session.request(
            request.method, target + request.raw_path, data=body, headers=headers, allow_redirects=False
        )
        self.passed.append(entry)
        async with asking as answer:
            said = await answer.read()
            entry.status = answer.status
            if answer.status == web.HTTPTooManyRequests.status_code:
                told: Json = await answer.json()
                entry.retry_after = float(told["parameters"]["retry_after"])
            entry.answered = time.monotonic()
            kept: dict[str, Any] = {
                name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED_ON
            }
            return web.Response(status=answer.status, body=said, headers=kept)

    def cut_short(self, target: str) -> int:
        """Count the requests that came to an address and were not answered, as it was killed meanwhile."""
        return sum(each.to == target and each.status == web.HTTPBadGateway.status_code for each in self.passed)
