"""Open data and the feed: whole, true, safe to open in a spreadsheet, and stable for who comes back."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.audit import BY_COMMAND
from civic.commitments import Change, update
from civic.schema import Commitment, Meeting
from portal.feed import ATOM
from portal.open_data import COLUMNS
from tests.factories import NOW
from tests.portal.conftest import Shown

CSV, JSON, FEED = "/open-data/commitments.csv", "/open-data/commitments.json", "/feed.atom"
NAMES = {"a": ATOM}


async def rows(portal: Shown, path: str = CSV, **headers: str) -> list[dict[str, str]]:
    status, text, _ = await portal.get(path, **headers)
    assert status == 200
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def entries(portal: Shown, path: str = FEED) -> list[ET.Element]:
    status, text, _ = await portal.get(path)
    assert status == 200
    return parsed(text).findall("a:entry", NAMES)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314 - our own answer


def said(element: ET.Element, name: str) -> str:
    found = element.find(f"a:{name}", NAMES)
    assert found is not None, name
    return found.text or ""


async def test_the_table_has_every_published_commitment_and_no_draft(portal: Shown) -> None:
    (row,) = await rows(portal, Accept_Language="en")
    assert tuple(row) == COLUMNS
    address = row.pop("address")
    assert row == {
        "meeting": "agua",
        "meeting_title": "Agua para todas",
        "id": "pozos",
        "text": "Limpiar los pozos",
        "entity_code": "alcaldia",
        "entity": "Alcaldía de Puerto Sereno",
        "responsible": "Aguas",
        "indicator": "12",
        "due": "2027-06-30",
        "first_due": "2027-03-31",
        "status": "in_progress",
        "progress": "40",
        "overdue": "false",
        "published_at": "2026-11-01T15:00:00Z",
        "updated_at": "2026-11-01T16:00:00Z",
        "state": "published",
        "withdrawn_because": "",
    }
    assert (await portal.get(address.removeprefix(str(portal.client.make_url("")).rstrip("/"))))[0] == 200


async def test_the_table_in_another_language_and_past_its_date(portal: Shown) -> None:
    portal.now = NOW.replace(year=2027, month=7, day=2)
    (row,) = await rows(portal, f"{CSV}?lang=en")
    assert (row["text"], row["overdue"]) == ("Clean the wells", "true")


@pytest.mark.parametrize("text", ["=1+1", "+57", "-2", "@SUM(A1)", "\t=1", " =1", "＝1"])  # noqa: RUF001
async def test_no_cell_is_a_formula(portal: Shown, text: str) -> None:
    def poison(session: Session) -> None:
        session.scalars(select(Commitment).where(Commitment.slug == "pozos")).one().text = text

    portal.store.write(poison)
    (row,) = await rows(portal)
    assert row["text"] == f"'{text}"


async def test_a_withdrawn_commitment_stays_with_its_reason(portal: Shown) -> None:
    def withdraw(session: Session) -> None:
        session.scalars(select(Commitment).where(Commitment.slug == "pozos")).one().withdrawn_because = 'Ya "no", es'

    portal.store.write(withdraw)
    (row,) = await rows(portal)
    assert (row["state"], row["withdrawn_because"]) == ("withdrawn", 'Ya "no", es')


async def test_json_has_every_language_and_the_history(portal: Shown) -> None:
    status, text, headers = await portal.get(JSON)
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    (found,) = json.loads(text)["commitments"]
    assert set(COLUMNS) < set(found)
    assert found["text"] == {"es": "Limpiar los pozos", "en": "Clean the wells"}
    assert found["entity"] == {"es": "Alcaldía de Puerto Sereno"}  # given once, in the installation's language
    assert (found["progress"], found["overdue"], found["withdrawn_because"]) == (40, False, None)
    first, second = found["history"]
    assert (first["number"], first["status"], first["due"]) == (1, "not_started", "2027-03-31")
    assert (second["due_changed_because"], second["progress"]) == ("Llovió mucho", 40)
    picture = second["evidence"][0]
    assert picture["name"] == "acta ñ.png"
    assert (await portal.get(re.sub(r"^https?://[^/]+", "", picture["address"])))[0] == 200


async def test_the_feed_is_atom_newest_first(portal: Shown) -> None:
    _, text, headers = await portal.get(FEED)
    assert headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = parsed(text)
    assert root.tag == f"{{{ATOM}}}feed"
    assert said(root, "id").startswith("urn:uuid:")
    assert said(root, "title") == "Compromisos: novedades"
    assert said(root, "updated") == "2026-11-01T16:00:00Z"
    own = root.find("a:link[@rel='self']", NAMES)
    assert own is not None
    assert own.get("href", "").endswith("/feed.atom?lang=es")
    newest, oldest = root.findall("a:entry", NAMES)
    assert (said(newest, "title"), said(oldest, "title")) == (
        "Novedad: Limpiar los pozos",
        "Compromiso: Limpiar los pozos",
    )
    for each in (newest, oldest):
        assert datetime.fromisoformat(said(each, "updated")).tzinfo is not None
        assert each.find("a:author/a:name", NAMES) is not None
        page = each.find("a:link[@rel='alternate']", NAMES)
        assert page is not None
        assert page.get("href", "").endswith("/commitments/agua/pozos")
    content = said(newest, "content")
    assert "Llovió mucho" in content
    assert "<b>" not in content  # a note is words, whatever it holds
    assert len({said(each, "id") for each in (root, newest, oldest)}) == 3


async def test_ids_stay_in_every_language_and_when_more_happens(portal: Shown) -> None:
    before = [said(each, "id") for each in await entries(portal)]
    portal.store.write(
        lambda s: update(s, "agua", "pozos", Change(progress=60), actor=BY_COMMAND, now=NOW + timedelta(days=1))
    )
    after = await entries(portal, f"{FEED}?lang=en")
    assert [said(each, "id") for each in after[1:]] == before
    assert said(after[0], "title") == "News of: Clean the wells"
    assert said(after[0], "updated") == "2026-11-02T15:00:00Z"


async def test_characters_that_xml_refuses_break_no_feed(portal: Shown) -> None:
    def poison(session: Session) -> None:
        session.scalars(select(Meeting).where(Meeting.code == "agua")).one().title = "a\x0bb & <c> \ufffe"

    portal.store.write(poison)
    assert "ab & <c> " in said((await entries(portal))[0], "content").replace("&amp;", "&").replace(
        "&lt;", "<"
    ).replace("&gt;", ">")


@pytest.mark.parametrize("path", [CSV, JSON, FEED, "/", "/commitments/agua/pozos"])
async def test_who_has_it_gets_304_until_it_changes(portal: Shown, path: str) -> None:
    _, _, headers = await portal.get(path)
    status, text, again = await portal.get(path, If_None_Match=headers["ETag"])
    assert (status, text, again["ETag"]) == (304, "", headers["ETag"])
    portal.store.write(
        lambda s: update(s, "agua", "pozos", Change(progress=60), actor=BY_COMMAND, now=NOW + timedelta(days=1))
    )
    status, _, changed = await portal.get(path, If_None_Match=headers["ETag"])
    if path != "/":
        assert status == 200
        assert changed["ETag"] != headers["ETag"]


async def test_the_feed_says_when_it_changed(portal: Shown) -> None:
    _, _, headers = await portal.get(FEED)
    assert headers["Last-Modified"] == "Sun, 01 Nov 2026 16:00:00 GMT"
    assert (await portal.get(FEED, If_Modified_Since=headers["Last-Modified"]))[0] == 304
    assert (await portal.get(FEED, If_Modified_Since="Sun, 01 Nov 2026 15:59:59 GMT"))[0] == 200


@pytest.mark.parametrize("path", [CSV, JSON, FEED])
async def test_other_sites_may_read_it_and_nothing_runs(portal: Shown, path: str) -> None:
    async with portal.client.head(path) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert await answer.read() == b""
