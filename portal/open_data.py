"""Open data: every published commitment as CSV and JSON, for anyone to count, check and reuse (M14, M15).

The columns are described in docs/open-data.md; their names stay.
"""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from civic import public_record
from civic.columns import Text
from civic.public_record import History, Standing, Step
from portal.fresh import fresh
from portal.reader import Reader

CSV_PATH: Final = "/open-data/commitments.csv"
JSON_PATH: Final = "/open-data/commitments.json"
OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Other sites may read it: it is meant for them."""
COLUMNS: Final = (
    "meeting",
    "meeting_title",
    "id",
    "text",
    "entity_code",
    "entity",
    "responsible",
    "indicator",
    "due",
    "first_due",
    "status",
    "progress",
    "overdue",
    "published_at",
    "updated_at",
    "state",
    "withdrawn_because",
    "address",
)
_FORMULA: Final = tuple("=+-@＝＋－＠")  # noqa: RUF001 - spreadsheets take full-width signs for formulas too


def add_open_data(application: web.Application) -> None:
    """Serve both files."""
    application.router.add_get(CSV_PATH, _csv)
    application.router.add_get(JSON_PATH, _json)


async def _csv(request: web.Request) -> web.Response:
    """Answer in the installation's language or in `?lang=`, whatever the browser's: a copy is the same everywhere."""
    reader = Reader(request, negotiates=False)
    found: list[Standing] = await reader.look(public_record.published, reader.now)
    table = await asyncio.to_thread(_table, reader, found)  # it may be long, and the chat answers beside it
    headers = {
        **OPEN,
        "Content-Language": reader.voice.language,
        "Content-Disposition": 'attachment; filename="commitments.csv"',
    }
    return fresh(request, table, "text/csv", headers=headers)


async def _json(request: web.Request) -> web.Response:
    """Answer with every text in each language that it was given in, and with each commitment's history."""
    reader = Reader(request, negotiates=False)
    found: list[History] = await reader.look(public_record.histories, reader.now)
    text = await asyncio.to_thread(_tree, reader, found)
    return fresh(request, text, "application/json", headers=OPEN)


def _table(reader: Reader, found: list[Standing]) -> str:
    """Write the table."""
    file = io.StringIO(newline="")
    rows = csv.writer(file, quoting=csv.QUOTE_ALL)
    rows.writerow(COLUMNS)
    for each in found:
        record = _record(reader, each, reader.voice.plain)
        rows.writerow([_cell(record[column]) for column in COLUMNS])
    return file.getvalue()


def _tree(reader: Reader, found: list[History]) -> str:
    """Write commitments with their histories as JSON."""

    def said(text: Text) -> dict[str, str]:
        return {reader.voice.language: text} if isinstance(text, str) else text

    records = [
        {
            **_record(reader, each.standing, said),
            "history": [_step(reader, step, said) for step in reversed(each.steps)],
        }
        for each in found
    ]
    return json.dumps({"commitments": records}, ensure_ascii=False)


def _record(reader: Reader, standing: Standing, say: Callable[[Text], Any]) -> dict[str, Any]:
    """Say one commitment by its columns."""
    return {
        "meeting": standing.meeting_code,
        "meeting_title": say(standing.meeting_title),
        "id": standing.slug,
        "text": say(standing.text),
        "entity_code": standing.entity_code,
        "entity": say(standing.entity),
        "responsible": say(standing.responsible),
        "indicator": say(standing.indicator),
        "due": standing.due_on.isoformat(),
        "first_due": standing.first_due_on.isoformat(),
        "status": standing.status,
        "progress": standing.progress,
        "overdue": standing.overdue,
        "published_at": _moment(standing.published_at),
        "updated_at": _moment(standing.updated_at),
        "state": "withdrawn" if standing.withdrawn_because else "published",
        "withdrawn_because": standing.withdrawn_because,
        "address": reader.address(f"/commitments/{standing.meeting_code}/{standing.slug}"),
    }


def _step(reader: Reader, step: Step, say: Callable[[Text], Any]) -> dict[str, Any]:
    """Say one step of a history: how the commitment stood after it."""
    return {
        "number": step.number,
        "at": _moment(step.at),
        "status": step.status,
        "progress": step.progress,
        "due": step.due_on.isoformat(),
        "note": say(step.note) if step.note else None,
        "due_changed_because": step.because,
        "evidence": [{"name": each.name, "address": reader.proof(each)} for each in step.evidence],
    }


def _moment(moment: datetime) -> str:
    """Say a moment in UTC, to the second (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: str | bool | int | None) -> str:  # noqa: FBT001 - a cell's value, not a switch
    """Write a cell; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value).lower()
    return f"'{value}" if value.lstrip().startswith(_FORMULA) else value
