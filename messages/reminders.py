"""What we say about reminders."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
