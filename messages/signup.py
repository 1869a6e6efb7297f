"""What we say about signup."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
