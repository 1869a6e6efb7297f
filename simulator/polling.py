"""getUpdates: true long polling, with confirmation by offset and redelivery until then."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from telegram.constants import PollingLimit

from simulator.checks import Params, Refusal, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.pulse import Pulse
    from simulator.world import World

LONGEST_SECONDS = 50
LOOK_SECONDS = 1.0
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "Conflict: terminated by setWebhook request"


class _Poll:
    """The one open poll of a bot."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.ended_by: str | None = None

    def end(self, why: str | None) -> None:
        self.ended_by = why
        self.pulse.beat()


class Polls:
    """The open polls of all bots, at most one each."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[int, _Poll] = {}
        self._closing = False

    def close(self) -> None:
        """Let every open poll answer at once, with what there is."""
        self._closing = True
        for poll in self._open.values():
            poll.pulse.beat()

    def end_by_webhook(self, bot_id: int) -> None:
        """End the open poll of a bot that has chosen a webhook."""
        if bot_id in self._open:
            self._open[bot_id].end(BY_WEBHOOK)

    async def get_updates(self, bot_id: int, params: Params, alive: Callable[[], bool]) -> list[dict[str, Any]]:
        """Return what waits for the bot, waiting up to 50 true seconds for the first update.

        Every update below the offset is confirmed; the others come again. Raises Refusal 409 while
        a webhook is set, and to the earlier of two pollers.
        """
        store = self._world.store
        row = store.one("SELECT webhook FROM bots WHERE id = ?", bot_id)
        if row is not None and row["webhook"]:
            raise Refusal(409, WEBHOOK_ACTIVE)
        keep_allowed(self._world, bot_id, params)
        limit = min(max(params.integer("limit", PollingLimit.MAX_LIMIT), 1), PollingLimit.MAX_LIMIT)
        seconds = min(max(params.integer("timeout"), 0), LONGEST_SECONDS)
        self._world.forget_old(bot_id)
        offset = self._confirm(bot_id, params.integer("offset"))
        if bot_id in self._open:
            self._open[bot_id].end(OTHER_POLLER)
        poll = self._open[bot_id] = _Poll(self._world.updates[bot_id])
        until = time.monotonic() + seconds
        try:
            while alive():
                if poll.ended_by:
                    raise Refusal(409, poll.ended_by)
                found = self._waiting(bot_id, offset, limit)
                left = until - time.monotonic()
                if found or left <= 0 or self._closing:
                    return found
                # A caller that went away is noticed without a word from it.
                await poll.pulse.wait(min(left, LOOK_SECONDS))
            return []
        finally:
            if self._open.get(bot_id) is poll:
                del self._open[bot_id]

    def _confirm(self, bot_id: int, offset: int) -> int:
        store = self._world.store
        if offset < 0:  # counted from the end; all before it is forgotten
            row = store.one(
                "SELECT update_id FROM updates WHERE bot_id = ? ORDER BY update_id DESC, seq DESC LIMIT 1 OFFSET ?",
                bot_id,
                -offset - 1,
            )
            if row is None:
                return 0
            offset = row["update_id"]
        if offset:
            store.run(
                "DELETE FROM updates WHERE bot_id = ? AND update_id < ? AND (raw = 0 OR shown = 1)",
                bot_id,
                offset,
            )
        return offset

    def _waiting(self, bot_id: int, offset: int, limit: int) -> list[dict[str, Any]]:
        store = self._world.store
        # A raw update may bear an old number; it is shown once whatever the offset.
        rows = store.rows(
            "SELECT seq, body, raw, shown FROM updates WHERE bot_id = ?"
            " AND (update_id >= ? OR (raw = 1 AND shown = 0)) ORDER BY update_id, seq LIMIT ?",
            bot_id,
            offset,
            limit,
        )
        for row in rows:
            if row["raw"] and not row["shown"]:
                store.run("UPDATE updates SET shown = 1 WHERE seq = ?", row["seq"])
        return [json.loads(row["body"]) for row in rows]


def keep_allowed(world: World, bot_id: int, params: Params) -> None:
    """Keep which kinds of update a bot wants; without the parameter the last choice stays."""
    allowed = params.data("allowed_updates", "can't parse allowed_updates JSON object")
    if allowed is None:
        return
    if not isinstance(allowed, list):
        raise bad_request("expected an Array of strings as allowed_updates")
    chosen = json.dumps(allowed) if allowed else None
    world.store.run("UPDATE bots SET allowed = ? WHERE id = ? AND allowed IS NOT ?", chosen, bot_id, chosen)
