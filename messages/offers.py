"""What we say about offers."""

from typing import Final

from messages.kind import Kind

KINDS: Final[dict[str, Kind]] = {}
