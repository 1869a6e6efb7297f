"""What we say about feedback."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
