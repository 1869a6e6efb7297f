"""How many calls the Bot API server may have counted in a second, whenever in between their start and answer it did."""

from collections import deque
from typing import Final

SECOND: Final = 1.02
"""A little over the server's, as clocks differ."""
LOOK_AGAIN: Final = 0.05
"""Seconds, while only calls on their way fill the second."""


class Recent:
    """The calls on their way, and those answered within the last second: together never more than the limit.

    The pace alone cannot promise that: a network or server that stands still for a moment takes the calls that waited
    in it together. A call is counted at its answer or before, so no second of the server's holds more than these.
    """

    def __init__(self, limit: int) -> None:
        """Take Telegram's limit."""
        self._limit = limit
        self._open = 0
        self._answered: deque[float] = deque()

    def wait(self, now: float, *, spare: int = 0) -> float:
        """Say in how many seconds to look again whether a call may start; 0 when one may start now.

        `spare` calls are left for others, where those on their way alone would fill the second.
        """
        while self._answered and self._answered[0] <= now - SECOND:
            self._answered.popleft()
        if self._open >= self._limit - spare:
            return LOOK_AGAIN
        if self._open + len(self._answered) < self._limit:
            return 0.0
        return max(self._answered[0] + SECOND - now, 0.001) if self._answered else LOOK_AGAIN

    def start(self) -> None:
        """Let a call go."""
        self._open += 1

    def answered(self, now: float) -> None:
        """Hear that a call ended, however it did."""
        self._open -= 1
        self._answered.append(now)
