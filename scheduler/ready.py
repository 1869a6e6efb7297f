"""Rows made ready to be sent: which are one message, and when one that failed is tried again."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from civic.delivery import Outcome, Row
from messages.message import Message

NEWS: Final = frozenset({"published", "updated"})
"""Kinds that are one message when they are due at once."""
LONGEST_BACK_OFF: Final = 900.0
"""Seconds."""


@dataclass(frozen=True)
class Ready:
    """A message (or several) of one or more rows, rendered."""

    row: Row
    ids: tuple[int, ...]
    messages: tuple[Message, ...]
    bug: str | None = None
    """What went wrong when it was rendered."""


def together(rows: Sequence[Row]) -> list[tuple[Row, tuple[int, ...]]]:
    """Say which rows are one message, each with the ids that it settles.

    A seat goes with the same meeting's reminder, and a person's news of commitments with each other.
    """
    reminded = {(row.person_id, row.params.get("meeting")) for row in rows if row.kind == "reminder"}
    seated = {
        (row.person_id, row.params.get("meeting")): row.id
        for row in rows
        if row.kind == "seated" and (row.person_id, row.params.get("meeting")) in reminded
    }
    news: dict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        if row.kind in NEWS:
            news[row.person_id].append(row)
    said: list[tuple[Row, tuple[int, ...]]] = []
    for row in rows:
        if row.id in seated.values():
            continue
        if row.kind in NEWS:
            if gathered := news.pop(row.person_id, None):
                said.append(_gathered(gathered))
            continue
        also = seated.pop((row.person_id, row.params.get("meeting")), None) if row.kind == "reminder" else None
        if also is None:
            said.append((row, (row.id,)))
        else:
            said.append((row._replace(params={**row.params, "seated": True}), (row.id, also)))
    return said


def _gathered(news: list[Row]) -> tuple[Row, tuple[int, ...]]:
    """Make one row of a person's news."""
    first = news[0]
    if len(news) > 1:
        first = first._replace(kind="news", params={"updates": [row.params["update"] for row in news]})
    return first, tuple(row.id for row in news)


def back_off(attempts: int) -> float:
    """Say how many seconds to wait after so many attempts: 2, 4, 8 … to 15 minutes, give or take a quarter."""
    return min(LONGEST_BACK_OFF, 2.0 ** min(attempts + 1, 16)) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def again(ready: Ready, reason: str, *, most: int) -> Outcome:
    """Try again later, unless it was tried often enough."""
    if ready.row.attempts + 1 >= most:
        return Outcome(ready.ids, "dead", reason=reason, counted=True)
    return Outcome(ready.ids, "pending", reason=reason, wait=back_off(ready.row.attempts), counted=True)
