"""Webhooks: updates brought to a bot's address, each chat in order, again until they are taken.

Waits follow true time and are shortened by the limits' `wait_scale`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
from telegram.constants import WebhookLimit
from yarl import URL

from simulator.checks import Params, bad_request
from simulator.clock import true_timestamp
from simulator.polling import keep_allowed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.polling import Polls
    from simulator.world import World

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
DEFAULT_CONNECTIONS = 40
LONGEST_WAIT = 60  # to twice that
CLOSE_AFTER_SECONDS = 23 * 3600
ANSWER_SECONDS = 60
LONGEST_RETRY_AFTER = 3600
PORTS = frozenset({80, 88, 443, 8443})
GONE = 410


class Answer(NamedTuple):
    """What a bot answered to an update."""

    status: int
    retry_after: int
    body: bytes


class Webhooks:
    """All webhooks; runs as long as its context is open."""

    def __init__(
        self,
        world: World,
        polls: Polls,
        via: dict[str, str],
        carry_out: Callable[[int, str, Params], Awaitable[Any]],
    ) -> None:
        self._world = world
        self._polls = polls
        self._via = via
        self._carry_out = carry_out
        self._tasks: asyncio.TaskGroup | None = None
        self._session: aiohttp.ClientSession | None = None
        self._queues: dict[tuple[int, int | None], asyncio.Task[None]] = {}
        self._connections: dict[int, asyncio.Semaphore] = {}

    async def run(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        """Deliver until told to stop; what was not delivered waits in the store."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as self._session,
            asyncio.TaskGroup() as self._tasks,
        ):
            self._world.on_update = self.wake
            for row in self._world.store.rows("SELECT id FROM bots WHERE webhook IS NOT NULL"):
                self._wake_all(row["id"])
            ready.set()
            await stop.wait()
            self._world.on_update = lambda _bot, _chat: None
            for task in self._queues.values():
                task.cancel()

    # ── What the bot chooses ────────────────────────────────────────────────────────────────────
    def set(self, bot_id: int, params: Params) -> str:
        """Set or remove a bot's webhook; returns Telegram's description of what was done."""
        url = params.text("url")
        if not url:
            return self.delete(bot_id, params)
        secret = params.text("secret_token")
        if len(secret) > WebhookLimit.MAX_SECRET_TOKEN_LENGTH:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad_request("secret token contains unallowed characters")
        self._check(url)
        most = params.integer("max_connections", DEFAULT_CONNECTIONS)
        low, high = WebhookLimit.MIN_CONNECTIONS_LIMIT, WebhookLimit.MAX_CONNECTIONS_LIMIT
        keep_allowed(self._world, bot_id, params)
        wanted = {"url": url, "secret": secret, "max_connections": min(max(most, low), high)}
        if params.flag("drop_pending_updates"):
            self._drop(bot_id)
        if wanted.items() <= (self.of(bot_id) or {}).items():
            return "Webhook is already set"  # what is under way goes on
        self._keep(bot_id, wanted)
        self._polls.end_by_webhook(bot_id)
        self._connections.pop(bot_id, None)
        for key in [key for key in self._queues if key[0] == bot_id]:
            self._queues.pop(key).cancel()  # waits that began with the old address end
        self._wake_all(bot_id)
        return "Webhook was set"

    @staticmethod
    def _check(url: str) -> None:
        fault = "bad webhook: "
        try:
            parsed = URL(url)
        except ValueError:
            raise bad_request("invalid webhook URL specified") from None
        if parsed.scheme != "https" or not parsed.host:
            raise bad_request(f"{fault}An HTTPS URL must be provided for webhook")
        if parsed.port not in PORTS:
            raise bad_request(f"{fault}Webhook can be set up only on ports 80, 88, 443 or 8443")

    def delete(self, bot_id: int, params: Params) -> str:
        """Remove a bot's webhook; its updates wait for getUpdates, unless they are to be dropped."""
        was = self.of(bot_id) is not None
        self._keep(bot_id, None)
        if params.flag("drop_pending_updates"):
            self._drop(bot_id)
        return "Webhook was deleted" if was else "Webhook is already deleted"

    def info(self, bot_id: int) -> dict[str, Any]:
        """Return what getWebhookInfo tells."""
        hook = self.of(bot_id) or {}
        store = self._world.store
        count = store.one("SELECT count(*) AS n FROM updates WHERE bot_id = ?", bot_id)
        row = store.one("SELECT allowed FROM bots WHERE id = ?", bot_id)
        info = {
            "url": hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": count["n"] if count else 0,
        }
        if hook:
            info["max_connections"] = hook["max_connections"]
        if "error" in hook:
            info |= {"last_error_date": hook["error_at"], "last_error_message": hook["error"]}
        if row is not None and row["allowed"]:
            info["allowed_updates"] = json.loads(row["allowed"])
        return info

    def of(self, bot_id: int) -> dict[str, Any] | None:
        """Return a bot's webhook, or None."""
        row = self._world.store.one("SELECT webhook FROM bots WHERE id = ?", bot_id)
        return json.loads(row["webhook"]) if row is not None and row["webhook"] else None

    def _keep(self, bot_id: int, hook: dict[str, Any] | None) -> None:
        kept = None if hook is None else json.dumps(hook)
        self._world.store.run("UPDATE bots SET webhook = ? WHERE id = ?", kept, bot_id)

    def _drop(self, bot_id: int) -> None:
        self._world.store.run("DELETE FROM updates WHERE bot_id = ?", bot_id)

    # ── Delivery ────────────────────────────────────────────────────────────────────────────────
    def wake(self, bot_id: int, chat_id: int | None) -> None:
        """Deliver what waits in one chat, unless that is already under way."""
        key = (bot_id, chat_id)
        if self._tasks is None or key in self._queues or self.of(bot_id) is None:
            return
        self._queues[key] = self._tasks.create_task(self._queue(bot_id, chat_id))

    async def _queue(self, bot_id: int, chat_id: int | None) -> None:
        key = (bot_id, chat_id)
        try:
            await self._deliver(bot_id, chat_id)
        finally:
            # At once, so that an update that comes now begins a new queue.
            if self._queues.get(key) is asyncio.current_task():
                del self._queues[key]

    def _wake_all(self, bot_id: int) -> None:
        self._world.forget_old(bot_id)
        for row in self._world.store.rows("SELECT DISTINCT chat_id FROM updates WHERE bot_id = ?", bot_id):
            self.wake(bot_id, row["chat_id"])

    async def _deliver(self, bot_id: int, chat_id: int | None) -> None:
        store = self._world.store
        fails = 0
        while (hook := self.of(bot_id)) is not None:
            update = store.one(
                "SELECT seq, body FROM updates WHERE bot_id = ? AND chat_id IS ? ORDER BY update_id, seq LIMIT 1",
                bot_id,
                chat_id,
            )
            if update is None:
                return
            connections = self._connections.setdefault(bot_id, asyncio.Semaphore(hook["max_connections"]))
            async with connections:
                answer = await self._post(bot_id, hook, update["body"])
            if 200 <= answer.status < 300:  # noqa: PLR2004
                # Confirmed before its effect: a method in the answer is carried out once at most.
                store.run("DELETE FROM updates WHERE seq = ?", update["seq"])
                self._note_success(bot_id)
                await self._method_in(bot_id, answer.body)
                fails = 0
                continue
            if self._closes(bot_id, answer.status):
                return
            await asyncio.sleep(self._wait(fails, answer.retry_after))
            fails += 1

    def _wait(self, fails: int, retry_after: int) -> float:
        """Return the true seconds until the next try: none at first, then doubling to 60-120."""
        cap = random.uniform(LONGEST_WAIT, 2 * LONGEST_WAIT)  # noqa: S311
        seconds = float(retry_after) if retry_after else 0.0 if fails == 0 else min(2.0**fails, cap)
        return seconds * self._world.flood.limits.wait_scale

    async def _post(self, bot_id: int, hook: dict[str, Any], body: str) -> Answer:
        if self._session is None:
            return Answer(0, 0, b"")
        url, headers = self._route(hook["url"])
        headers["Content-Type"] = "application/json"
        if hook["secret"]:
            headers[SECRET] = hook["secret"]
        try:
            async with self._session.post(url, data=body.encode(), headers=headers, allow_redirects=False) as response:
                after = response.headers.get("Retry-After", "")
                seconds = min(int(after), LONGEST_RETRY_AFTER) if after.isdigit() else 0
                answer = Answer(response.status, seconds, await response.read())
        except (aiohttp.ClientError, TimeoutError) as fault:
            self._note_failure(bot_id, f"Connection failed: {type(fault).__name__}")
            return Answer(0, 0, b"")
        if not 200 <= answer.status < 300:  # noqa: PLR2004
            self._note_failure(bot_id, f"Wrong response from the webhook: {answer.status} {response.reason}")
        return answer

    def _route(self, url: str) -> tuple[str, dict[str, str]]:
        """Play the reverse proxy before a public address, where one is told of."""
        for public, local in self._via.items():
            if url == public or url.startswith(public.rstrip("/") + "/"):
                host = URL(public)
                port = "" if host.explicit_port is None else f":{host.explicit_port}"
                headers = {"Host": f"{host.host}{port}", "X-Forwarded-Proto": host.scheme}
                return local.rstrip("/") + url.removeprefix(public.rstrip("/")), headers
        return url, {}

    def _note_failure(self, bot_id: int, what: str) -> None:
        hook = self.of(bot_id)
        if hook is not None:
            self._keep(bot_id, hook | {"error": what, "error_at": int(true_timestamp())})

    def _note_success(self, bot_id: int) -> None:
        hook = self.of(bot_id)
        if hook is not None and "gone_since" in hook:
            self._keep(bot_id, {k: v for k, v in hook.items() if k != "gone_since"})

    def _closes(self, bot_id: int, status: int) -> bool:
        """Whether the bot has said for 23 hours that it is gone for good."""
        hook = self.of(bot_id)
        if hook is None:
            return True
        if status != GONE:
            self._note_success(bot_id)
            return False
        since = hook.setdefault("gone_since", true_timestamp())
        if true_timestamp() - since < CLOSE_AFTER_SECONDS * self._world.flood.limits.wait_scale:
            self._keep(bot_id, hook)
            return False
        self._keep(bot_id, None)
        return True

    async def _method_in(self, bot_id: int, body: bytes) -> None:
        try:
            call = json.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            method = call.pop("method")
            await self._carry_out(bot_id, method, Params(call))
