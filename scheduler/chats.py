"""What one chat may be sent: a few at once, then about one a second, as the Bot API server counts it."""

from typing import Final

BURST: Final = 3
"""Messages that a chat may get at once; then one a second."""
SECONDS: Final = 3.1
"""In which a chat's burst comes back: a little over Telegram's, as clocks differ."""
_ROUNDING: Final = 1e-9


class ChatAllowance:
    """The messages that a chat may get now. All moments are of the loop's clock, in seconds.

    The server counts a call when it comes in, some time between its start and its answer: so nothing comes back in
    between, and a call that was slow on its way gives the next one no leave to follow too soon.
    """

    def __init__(self, now: float) -> None:
        """Begin with a whole burst."""
        self._left = float(BURST)
        self._since = now
        self.replies = 0
        """How many wait to be sent, before whatever else is."""
        self.replied = 0
        """How many were sent."""

    def wait(self, now: float) -> float:
        """Say in how many seconds a message may go; 0 for at once."""
        return max(0.0, (1 - self._left) * SECONDS / BURST - max(0.0, now - self._since))

    def is_whole(self, now: float) -> bool:
        """Tell whether nothing of the burst is missing."""
        return self._at(now) >= BURST and not self.replies

    def take(self, now: float) -> None:
        """Let a message go; there must be leave for it."""
        self._left = self._at(now) - 1
        self._since = max(now, self._since)

    def answered(self, now: float) -> None:
        """Hear that a message was counted by now."""
        self._since = max(now, self._since)

    def _at(self, now: float) -> float:
        return min(float(BURST), self._left + max(0.0, now - self._since) * BURST / SECONDS + _ROUNDING)
