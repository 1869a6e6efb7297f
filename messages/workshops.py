"""What we say about workshops."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
