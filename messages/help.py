"""What we say about help."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
