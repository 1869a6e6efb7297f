"""The control API's door: what the page and the tests do, as JSON over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator import people, transcript
from simulator.botapi import call_params
from simulator.checks import Refusal, Unfit, Unknown
from simulator.clock import duration, moment
from simulator.live import Listener

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from simulator.world import World

KEEP_ALIVE_SECONDS = 15.0


@web.middleware
async def errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer what makes no sense with 400, what is not there with 404, each with its reason."""
    try:
        return await handler(request)
    except Unfit as unfit:
        return web.json_response({"error": str(unfit)}, status=unfit.status)
    except Refusal as refusal:
        return web.json_response({"error": refusal.description}, status=refusal.status)


class Control:
    """Answers `/simulator/…`."""

    def __init__(self, world: World, stop: asyncio.Event) -> None:
        self._world = world
        self._stop = stop

    def routes(self) -> list[web.RouteDef]:
        """Return what it answers."""
        return [
            web.post("/simulator/users", self.add_person),
            web.get("/simulator/users", self.people),
            web.get("/simulator/chats/{id}", self.transcript),
            web.post("/simulator/chats/{id}/messages", self.write),
            web.post("/simulator/chats/{id}/taps", self.tap),
            web.post("/simulator/chats/{id}/block", self.block),
            web.post("/simulator/groups", self.add_group),
            web.post("/simulator/updates", self.raw_update),
            web.get("/simulator/bots", self.bots),
            web.get("/simulator/limits", self.limits),
            web.post("/simulator/limits", self.limit),
            web.get("/simulator/faults", self.faults),
            web.post("/simulator/faults", self.fault),
            web.delete("/simulator/faults", self.no_faults),
            web.get("/simulator/requests", self.requests),
            web.get("/simulator/media/{file_id}", self.media),
            web.get("/simulator/clock", self.clock),
            web.post("/simulator/clock", self.move_clock),
            web.post("/simulator/clock/follow", self.follow),
            web.get("/simulator/events", self.events),
        ]

    async def add_person(self, request: web.Request) -> web.Response:
        """Add or change a person."""
        return web.json_response(people.add_person(self._world, await _object(request)))

    async def people(self, _request: web.Request) -> web.Response:
        """Return everyone."""
        return web.json_response({"users": transcript.people(self._world)})

    async def transcript(self, request: web.Request) -> web.Response:
        """Return a chat as its person sees it."""
        bot = _number(request.query["bot"]) if "bot" in request.query else None
        return web.json_response(transcript.transcript(self._world, _chat(request), bot))

    async def write(self, request: web.Request) -> web.Response:
        """Let a person write."""
        params = await call_params(request)
        return web.json_response(people.write(self._world, _chat(request), params))

    async def tap(self, request: web.Request) -> web.Response:
        """Press an inline button."""
        return web.json_response(people.tap(self._world, _chat(request), await _object(request)))

    async def block(self, request: web.Request) -> web.Response:
        """Block or unblock the bot."""
        return web.json_response(people.block(self._world, _chat(request), await _object(request)))

    async def add_group(self, request: web.Request) -> web.Response:
        """Add a group or let it become a supergroup."""
        return web.json_response(people.add_group(self._world, await _object(request)))

    async def raw_update(self, request: web.Request) -> web.Response:
        """Bring a bot an update as it stands, also one that it has had."""
        update = await _object(request)
        bot = _number(update.pop("bot", self._world.last_bot))
        if not isinstance(update.get("update_id"), int):
            raise Unfit("an update has an update_id")
        self._world.queue(bot, _chat_of(update), update, raw=True)
        return web.json_response({"update_id": update["update_id"]})

    async def bots(self, _request: web.Request) -> web.Response:
        """Return the bots that have called."""
        return web.json_response({"bots": transcript.bots(self._world)})

    async def limits(self, _request: web.Request) -> web.Response:
        """Return the limits in force."""
        return web.json_response(self._world.flood.settings())

    async def limit(self, request: web.Request) -> web.Response:
        """Change limits; what is left out stays."""
        self._world.flood.change(await _object(request))
        return web.json_response(self._world.flood.settings())

    async def faults(self, _request: web.Request) -> web.Response:
        """Return the faults that still wait."""
        return web.json_response({"faults": self._world.faults.left()})

    async def fault(self, request: web.Request) -> web.Response:
        """Add a fault."""
        self._world.faults.add(await _object(request))
        return web.json_response({"faults": self._world.faults.left()})

    async def no_faults(self, _request: web.Request) -> web.Response:
        """Forget all faults."""
        self._world.faults.clear()
        return web.json_response({"faults": []})

    async def requests(self, request: web.Request) -> web.Response:
        """Return what the bots asked."""
        since = _number(request.query.get("since", 0))
        return web.json_response(self._world.journal.since(since, request.query.get("method")))

    async def media(self, request: web.Request) -> web.Response:
        """Return a file for the page; only pictures and sounds open in it."""
        row = self._world.files.find(request.match_info["file_id"])
        if row is None:
            raise Unknown("no such file")
        mime = row["mime"] if row["kind"] != "photo" else "image/jpeg"
        inline = mime.startswith(("image/", "audio/")) and mime != "image/svg+xml"
        inline = inline or mime == "application/pdf"
        headers = {
            "Content-Type": mime if inline else "application/octet-stream",
            "Content-Disposition": _disposition(row["name"], inline=inline),
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=row["content"], headers=headers)

    async def clock(self, _request: web.Request) -> web.Response:
        """Return the simulated time."""
        return web.json_response(self._world.clock.state())

    async def move_clock(self, request: web.Request) -> web.Response:
        """Move the clock on, through every due moment on the way."""
        wanted = await _object(request)
        if ("advance" in wanted) == ("now" in wanted):
            raise Unfit('the clock moves by "advance" or to "now"')
        if "advance" in wanted:
            answer = await self._world.clock.move(advance=duration(wanted["advance"]))
        else:
            answer = await self._world.clock.move(to=moment(wanted["now"]))
        return web.json_response(answer)

    async def follow(self, request: web.Request) -> web.Response:
        """Let a program follow the clock: it says what it has done and what is next."""
        wanted = await _object(request)
        name = wanted.get("follower")
        if not isinstance(name, str) or not name:
            raise Unfit('a follower has a name: "follower"')
        answer = await self._world.clock.follow(
            name,
            done=_moment(wanted.get("done")),
            due_next=_moment(wanted.get("next")),
            alive=lambda: request.transport is not None and not self._stop.is_set(),
        )
        return web.json_response(answer)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell the page what changes, as it happens."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        listener = Listener()
        self._world.live.listeners.add(listener)
        try:
            await response.write(b"event: hello\ndata: {}\n\n")
            while not self._stop.is_set() and request.transport is not None:
                waiting = listener.take()
                for event, data in waiting:
                    await response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
                if not waiting:
                    await self._rest(listener, response)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._world.live.listeners.discard(listener)
        return response

    async def _rest(self, listener: Listener, response: web.StreamResponse) -> None:
        await listener.pulse.wait(KEEP_ALIVE_SECONDS)
        if not self._stop.is_set():
            await response.write(b": still here\n\n")


def _disposition(name: str, *, inline: bool) -> str:
    from urllib.parse import quote

    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"


def _moment(text: object) -> Any:
    return None if text is None else moment(text)


def _chat(request: web.Request) -> int:
    return _number(request.match_info["id"])


def _number(text: object) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise Unfit(f"not a whole number: {text}") from None


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        raise Unfit("the body is to be JSON") from None
    if not isinstance(given, dict):
        raise Unfit("the body is to be a JSON object")
    return given


def _chat_of(update: dict[str, Any]) -> int | None:
    """Return the chat whose order an update keeps."""
    for content in update.values():
        if isinstance(content, dict):
            inner = content.get("message") if "chat" not in content else content
            if isinstance(inner, dict) and isinstance(inner.get("chat"), dict):
                chat_id = inner["chat"].get("id")
                return chat_id if isinstance(chat_id, int) else None
    return None
