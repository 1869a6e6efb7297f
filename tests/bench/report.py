"""The benchmark's one table: in the terminal, and in docs/performance.md with the machine and the date."""

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rich.table import Table

from bot.clock import true_now

CHECKOUT: Final = Path(__file__).parents[2]
PAGE: Final = CHECKOUT / "docs" / "performance.md"
AROUND: Final = Path(__file__).with_name("around.md")
"""The page's prose, written by hand."""
HERE: Final = "<!-- table -->"
COLUMNS: Final = ("", "Convoca", "beside", "Convoca to it", "reach", "met")


@dataclass(frozen=True)
class Line:
    """A line of the table; every figure with its unit."""

    what: str
    convoca: str
    beside: str = ""
    """The peer or limit, measured in the same run."""
    ratio: str = ""
    reach: str = ""
    is_met: bool | None = None
    """None where nothing is asked: the line is shown beside another."""

    def cells(self) -> tuple[str, ...]:
        """Give it by column."""
        met = "" if self.is_met is None else "yes" if self.is_met else "NO"
        return self.what, self.convoca, self.beside, self.ratio, self.reach, met


@dataclass(frozen=True)
class Figure:
    """Several measurements of one thing."""

    measured: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Their median."""
        return statistics.median(self.measured)

    def said(self, unit: str, digits: int = 0) -> str:
        """Say the median, and between which it lies."""
        low, middle, high = (f"{each:,.{digits}f}" for each in (min(self.measured), self.middle, max(self.measured)))
        return f"{middle} {unit}" if len(self.measured) == 1 else f"{middle} {unit} ({low}–{high})"


def table(lines: Sequence[Line]) -> Table:
    """Make the table for a terminal."""
    made = Table(title="make bench", show_lines=False)
    for number, column in enumerate(COLUMNS):
        made.add_column(column, justify="left" if number in {0, 4, 5} else "right")
    for line in lines:
        made.add_row(*line.cells())
    return made


def write(lines: Sequence[Line], seconds: float) -> None:
    """Write the page: the prose, with the table where it says so."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(line.cells() for line in lines)]
    written = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    page = AROUND.read_text(encoding="utf-8").replace(HERE, f"{written}\n\n_{setting(seconds)}_")
    PAGE.write_text(page, encoding="utf-8")


def setting(seconds: float) -> str:
    """Say where and when this was measured."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("aiogram", "aiohttp", "SQLAlchemy", "psycopg", "uvloop")
    )
    return (
        f"{true_now():%Y-%m-%d %H:%M} UTC · {os.cpu_count()} × {processor()} · {platform.system()} "
        f"{platform.release()} · Python {platform.python_version()} · {packages}, SQLite {sqlite3.sqlite_version} · "
        f"measured in {seconds / 60:.0f} minutes"
    )


def processor() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
