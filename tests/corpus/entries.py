"""What people write, as the files hold it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from handlers.understanding import plain

HERE: Final = Path(__file__).parent
PARTS: Final = ("es_shown", "en_shown", "es_set_aside", "en_set_aside")
HARMLESS: Final = frozenset(["answers", "asks", "nothing", "greets", "thanks", "help", "privacy", "meetings", "keeps"])
"""Sorts of what should happen by which nothing of hers changes, wherever it is written."""


@dataclass(frozen=True)
class Entry:
    """What somebody writes in a situation, and what should happen."""

    part: str
    situation: str
    says: str
    expected: str | Sequence[str]

    @property
    def language(self) -> str:
        """What she reads."""
        return self.part[:2]

    @property
    def is_shown(self) -> bool:
        """Tell whether who writes the rules may read it."""
        return self.part.endswith("shown")

    @property
    def sort(self) -> str:
        """Say what sort of thing should happen."""
        return (self.expected if isinstance(self.expected, str) else self.expected[0]).split()[0]


def entries(part: str) -> Iterator[Entry]:
    """Read a part of the corpus."""
    by_situation: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / f"{part}.yaml").read_text("utf-8"))
    for situation, found in by_situation.items():
        for one in found:
            ((text, expected),) = one.items()
            yield Entry(part, situation, text, expected)


def harmless() -> list[str]:
    """List what people write by which they ask for no act at all, in whichever situation it stands here."""
    everywhere: dict[str, set[str]] = {}
    for entry in (each for part in PARTS for each in entries(part)):
        expected = [entry.expected] if isinstance(entry.expected, str) else entry.expected
        everywhere.setdefault(plain(entry.says), set()).update(
            "act" if word == "asks erase" else word.split()[0] for word in expected
        )
    said = [each.says for part in PARTS for each in entries(part)]
    return [text for text in said if everywhere[plain(text)] <= HARMLESS and len(text) > SHORT]


SHORT: Final = 5
"""Characters of «no», «sí», «dele»: what these mean is the question's."""
