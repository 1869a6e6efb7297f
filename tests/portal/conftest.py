"""A portal over a database with something to see."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from sqlalchemy.orm import Session

from civic import commitments, files
from civic.audit import BY_COMMAND
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.commitments import Change, Proof
from civic.store import Store
from messages.voice import Links
from portal.app import application
from tests import factories
from tests.factories import NOW

REPORT = b"%PDF-1.7 informe"
PROOF = b"\x89PNG\r\n\x1a\n foto"


@dataclass
class Shown:
    """A served portal, the time it lives in and what it is told to be wrong."""

    store: Store
    client: TestClient[web.Request, web.Application]
    now: datetime = NOW
    troubles: list[str] = field(default_factory=list)

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        """Ask for a page; status, text, headers."""
        async with self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        ) as it:
            return it.status, await it.text(errors="replace"), it.headers


def fill(session: Session) -> None:
    """Make a past meeting with a commitment, one to come, a draft and a cancelled one."""
    report = files.keep(session, REPORT, "application/pdf")
    shown: dict[str, Any] = {"report_sha256": report, "report_name": "informe final.pdf"}
    factories.meeting(
        session, title={"es": "Agua para todas", "en": "Water for all"}, starts_in=-timedelta(days=5), **shown
    )
    factories.meeting(session, code="vias", title="Vías & <caminos>", capacity=3, late_because="Hubo derrumbes")
    hidden: dict[str, Any] = {
        "report_sha256": files.keep(session, b"%PDF-1.7 borrador", "application/pdf"),
        "report_name": "b.pdf",
    }
    factories.meeting(session, code="borrador", state="draft", title="Un borrador", **hidden)
    factories.meeting(session, code="cancelado", state="cancelled", title="Se cayó")
    draft = CommitmentDraft(
        "pozos", {"es": "Limpiar los pozos", "en": "Clean the wells"}, "alcaldia", "Aguas", date(2027, 3, 31), "12", ()
    )
    hidden_one = CommitmentDraft("oculto", "Algo que no se publicó", "alcaldia", None, None, None, ())
    commitments.import_commitments(session, CommitmentFile("agua", (draft, hidden_one)), actor=BY_COMMAND, now=NOW)
    commitments.publish(session, "agua", ["pozos"], actor=BY_COMMAND, now=NOW)
    change = Change(
        status="in_progress",
        progress=40,
        note="Van 5 <b>pozos</b>",
        proofs=(Proof("acta ñ.png", PROOF, "image/png"), Proof("nota.html", b"<script>", "text/html")),
        due_on=date(2027, 6, 30),
        because="Llovió mucho",
    )
    commitments.update(session, "agua", "pozos", change, actor=BY_COMMAND, now=NOW + timedelta(hours=1))


@pytest.fixture
def links() -> Links:
    return Links("https://t.me/convoca_bot", None)


@pytest_asyncio.fixture
async def portal(store: Store, links: Links) -> AsyncIterator[Shown]:
    """Lend a portal that is served, with `fill` in its database."""
    store.write(fill)
    shown: Shown

    made = application(store, lambda: shown.now, links, troubles=lambda: shown.troubles, registry=CollectorRegistry())
    async with TestClient(TestServer(made)) as client:
        shown = Shown(store, client)
        yield shown
