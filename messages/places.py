"""What we say about places."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
