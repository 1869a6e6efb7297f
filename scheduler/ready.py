"""Rows made ready to be sent: what there still is to say, in words; and when one that failed is tried again."""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from civic import delivery, gathering, versions
from civic.daytime import Offset
from civic.delivery import News, Outcome, Parcel, Row
from messages.catalogue import Rendering
from messages.kind import Who
from messages.message import Message
from messages.voice import Links

log = structlog.get_logger(__name__)

NEWS: Final = frozenset({"published", "updated"})
"""Kinds that are one message when they are due at once."""
ONCE: Final = {"cancelled": "off", "moved": "moved_all"}
"""Kinds that are one message to several people of a chat, and what it is then."""
ALERT: Final = "alert"
"""What organisers hear of on their own account: one message too."""
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
    also: tuple[News, ...] = ()
    """News of all its rows, where there are several."""


def make_ready(
    session: Session, parcels: Sequence[Parcel], *, holder: str, now: datetime, links: Links
) -> list[list[Ready]]:
    """Look at the world again for some chats at once, and put into words what there still is to say to each.

    A row that cannot be said stops no other; but where the database refuses a look for several chats, that is raised,
    as nothing more can be looked up then: each must be looked at alone.
    """
    rendering = Rendering(session, now, links)
    may = delivery.still(session, [row.id for each in parcels for row in each.rows], holder=holder, now=now)
    said = [together([row for row in each.rows if row.id in may]) for each in parcels]
    expected: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, _ in (one for each in said for one in each):
        expected[row.kind, json.dumps(row.params, sort_keys=True)].append(row)
    for (kind, _), rows in expected.items():
        if len(rows) > 1:
            people = {row.person_id for row in rows if row.person_id is not None}
            rendering.expect(kind, rows[0].params, people)
    alone = len(parcels) == 1
    return [_of(rendering, parcel, rows, may, alone) for parcel, rows in zip(parcels, said, strict=True)]


def _of(
    rendering: Rendering,
    parcel: Parcel,
    said: list[tuple[Row, tuple[int, ...]]],
    may: set[int],
    alone: bool,  # noqa: FBT001 - of one call
) -> list[Ready]:
    """Make a chat's rows ready."""
    ready = []
    for row, ids in said:
        one = _in_words(rendering, row, ids, alone)
        if one.bug and len(ids) > 1:  # what cannot be said takes nothing else along
            ready += [_in_words(rendering, each, (each.id,), alone) for each in parcel.rows if each.id in ids]
        else:
            whole = (News.of(each) for each in parcel.rows if each.id in ids)
            ready.append(replace(one, also=tuple(filter(None, whole))) if len(ids) > 1 else one)
    silenced = tuple(row.id for row in parcel.rows if row.id not in may)
    if silenced:
        ready.append(Ready(parcel.rows[0], silenced, ()))
    return ready


def _in_words(rendering: Rendering, row: Row, ids: tuple[int, ...], alone: bool) -> Ready:  # noqa: FBT001 - as above
    try:
        said = rendering.render(Who(row.person_id, row.language), row.kind, row.params)
    except Exception as error:
        if isinstance(error, SQLAlchemyError) and not alone:
            raise
        log.exception("delivery.unsayable", kind=row.kind, row=row.id)
        return Ready(row, ids, (), bug=type(error).__name__)
    return Ready(row, ids, tuple(said))


def together(rows: Sequence[Row]) -> list[tuple[Row, tuple[int, ...]]]:
    """Say which rows are one message, each with the ids that it settles.

    A seat goes with the same meeting's reminder, a person's news of commitments with each other, and what is gathered
    by the day is one message, whoever of the chat it is for. That a meeting moved, or is off, is said once in a chat.
    """
    reminded = {(row.person_id, row.params.get("meeting")) for row in rows if row.kind == "reminder"}
    seated = {
        (row.person_id, row.params.get("meeting")): row.id
        for row in rows
        if row.kind == "seated" and (row.person_id, row.params.get("meeting")) in reminded
    }
    news: dict[int | None, list[Row]] = defaultdict(list)
    told = {row.params["update"]: row.person_id for row in rows if row.kind in NEWS and "for" not in row.params}
    for row in sorted((row for row in rows if row.kind in NEWS), key=lambda row: "for" in row.params):
        news[_hears(row, told)].append(row)
    along = set(seated.values())
    said: list[tuple[Row, tuple[int, ...]]] = []
    for row in rows:
        if row.id in along:
            continue
        if row.kind in NEWS:
            if gathered := news.pop(_hears(row, told), None):
                said.append(_gathered(gathered))
            continue
        also = seated.pop((row.person_id, row.params.get("meeting")), None) if row.kind == "reminder" else None
        if also is None:
            said.append((row, (row.id,)))
        else:
            said.append((row._replace(params={**row.params, "seated": True}), (row.id, also)))
    return _of_the_day(_alerts_gathered(_once(said)))


def _once(said: list[tuple[Row, tuple[int, ...]]]) -> list[tuple[Row, tuple[int, ...]]]:
    """Say once in a chat how a meeting changed, to its owner if she comes, and who else is to hear of it."""
    of: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row, _ in said:
        of[_change(row)].append(row)
    once = []
    for row, ids in said:
        mine = of.pop(_change(row), []) if row.kind in ONCE else [row]
        if len(mine) > 1:
            first = min(mine, key=lambda each: "for" in each.params)
            params = {**first.params, "others": [each.person_id for each in mine if each is not first]}
            if row.kind == versions.MOVED:  # which says of each who it is
                params.pop("for", None)
            once.append((first._replace(kind=ONCE[row.kind], params=params), tuple(each.id for each in mine)))
        elif mine:
            once.append((row, ids))
    return once


def _alerts_gathered(said: list[tuple[Row, tuple[int, ...]]]) -> list[tuple[Row, tuple[int, ...]]]:
    """Make one message of each organiser's alerts, where the first of them stood."""
    of: dict[int | None, list[tuple[Row, tuple[int, ...]]]] = defaultdict(list)
    for each in said:
        if each[0].kind == ALERT:
            of[each[0].person_id].append(each)
    gathered = []
    for each in said:
        mine = of[each[0].person_id] if each[0].kind == ALERT else [each]
        if mine[0] is not each:
            continue
        row = each[0]
        if len(mine) > 1:
            row = row._replace(kind="alerts", params={"alerts": [other.params for other, _ in mine]})
        gathered.append((row, tuple(row_id for _, ids in mine for row_id in ids)))
    return gathered


def _change(row: Row) -> tuple[Any, ...]:
    """Say which change of a meeting a row tells of."""
    return row.kind, row.params.get("meeting"), row.params.get("version")


def _of_the_day(said: list[tuple[Row, tuple[int, ...]]]) -> list[tuple[Row, tuple[int, ...]]]:
    """Make one message of what is gathered by the day, where the first of it stood.

    Last calls are told with it, and the workshops of several people or meetings.
    Of a meeting's reminders that somebody has not got yet, the nearest says all.
    """
    daily = [each for each in said if each[0].kind in gathering.ALONG]
    if len(daily) <= 1:
        return said
    parts: dict[tuple[object, ...], Row] = {}
    for row, _ in daily:
        once = row.params.get("meeting") if row.kind == "reminder" else row.id
        other = parts.get((row.person_id, row.kind, once))
        if other is None or _nearness(row) < _nearness(other):
            parts[row.person_id, row.kind, once] = row
    first = daily[0][0]
    if len(parts) == 1:
        (one,) = parts.values()
    else:
        listed = [{"person": row.person_id, "kind": row.kind, "params": row.params} for row in parts.values()]
        one = first._replace(kind="day", params={"parts": listed})
    whole = (one, tuple(row_id for _, ids in daily for row_id in ids))
    return [whole if each[0] is first else each for each in said if each[0] is first or each not in daily]


def _nearness(row: Row) -> tuple[bool, int]:
    """Order reminders by how long before their meeting they are: hours before days."""
    number, unit = Offset.parse(row.params["what"]) if "what" in row.params else (0, "h")
    return unit == "d", number


def _hears(row: Row, told: Mapping[int, int | None]) -> int | None:
    """Say to whom news go: on a phone that several share what its owner is told is said once."""
    return told.get(row.params["update"], row.person_id) if "for" in row.params else row.person_id


def _gathered(news: list[Row]) -> tuple[Row, tuple[int, ...]]:
    """Make one row of a person's news."""
    first = news[0]
    updates = list(dict.fromkeys(row.params["update"] for row in news))
    if len(updates) > 1:
        whose = {"for": first.params["for"]} if "for" in first.params else {}
        first = first._replace(kind="news", params={"updates": updates, **whose})
    return first, tuple(row.id for row in news)


def back_off(attempts: int) -> float:
    """Say how many seconds to wait after so many attempts: 2, 4, 8 … to 15 minutes, give or take a quarter."""
    return min(LONGEST_BACK_OFF, 2.0 ** min(attempts + 1, 16)) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def again(ready: Ready, reason: str, *, most: int) -> Outcome:
    """Try again later, unless it was tried often enough."""
    if ready.row.attempts + 1 >= most:
        return Outcome(ready.ids, "dead", reason=reason, counted=True)
    return Outcome(ready.ids, "pending", reason=reason, wait=back_off(ready.row.attempts), counted=True)
