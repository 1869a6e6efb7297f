"""What the page hears as it happens: server-sent events."""

from __future__ import annotations

from typing import Any

from simulator.pulse import Pulse


class Listener:
    """One open page; the same event waiting twice is told once."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int | None], dict[str, Any]] = {}
        self.pulse = Pulse()

    def put(self, event: str, data: dict[str, Any]) -> None:
        """Let an event wait for this page."""
        self._waiting[event, data.get("chat_id")] = data
        self.pulse.beat()

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what waited, oldest first."""
        waiting, self._waiting = self._waiting, {}
        return [(event, data) for (event, _), data in waiting.items()]


class Live:
    """All pages that listen."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()

    def tell(self, event: str, **data: Any) -> None:
        """Tell every page that something changed."""
        for listener in self.listeners:
            listener.put(event, data)
