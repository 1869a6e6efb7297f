"""What we say about meetings."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
