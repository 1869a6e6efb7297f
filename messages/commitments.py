"""What we say about commitments."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
