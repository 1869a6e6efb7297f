"""What we say about people."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
