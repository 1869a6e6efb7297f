"""The public pages: true, in the reader's language, and letting nothing else in."""

import asyncio
import re
from datetime import timedelta
from itertools import pairwise

import pytest
import segno
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic.schema import Commitment, File, Meeting, MeetingVersion, Outbox, Party, Registration
from tests.factories import NOW
from tests.portal.conftest import PROOF, REPORT, Shown

PAGES = [
    "/",
    "/meetings/agua",
    "/meetings/vias",
    "/meetings/cancelado",
    "/commitments",
    "/commitments/agua/pozos",
    "/x",
]


async def test_the_list_shows_what_is_public(portal: Shown) -> None:
    status, text, _ = await portal.get("/")
    assert status == 200
    coming, _, past = text.partition("Pasados y cancelados")
    assert "Vías &amp; &lt;caminos&gt;" in coming
    assert "Agua para todas" in past
    assert "Se cayó" in past
    assert "1 compromiso" in past
    assert "borrador" not in text
    assert "Quedan 3 puestos" in coming


async def test_the_list_says_when_nothing_is_free(portal: Shown) -> None:
    fill_up(portal, "vias", registered=3, waiting=2)
    _, text, _ = await portal.get("/")
    assert "Ya no quedan puestos; hay lista de espera." in text
    _, text, _ = await portal.get("/meetings/vias")
    assert "Hay 2 personas en la lista de espera." in text
    assert "Entrar a la lista de espera en el chat" in text


def fill_up(portal: Shown, code: str, **states: int) -> None:
    """Let people take places, or positions."""

    def take(session: Session) -> None:
        meeting = session.scalars(select(Meeting).where(Meeting.code == code)).one()
        for state, number in states.items():
            for each in range(number):
                party = Party(meeting_id=meeting.id, link=f"{state}{each}", choices=[])
                session.add(party)
                session.flush()
                session.add(
                    Registration(
                        meeting_id=meeting.id,
                        party_id=party.id,
                        state=state,
                        queue_number=each + 1 if state == "waiting" else None,
                        registered_at=NOW,
                        attributes={},
                        answered=[],
                    )
                )

    portal.store.write(take)


async def test_a_meeting_to_come(portal: Shown) -> None:
    _, text, _ = await portal.get("/meetings/vias")
    assert "sábado 21 de noviembre de 2026" in text
    assert "frente al parque" in text
    assert "Hubo derrumbes" in text  # M4
    assert re.search(r"<strong>3</strong>\s*puestos libres de 3", text)
    assert "no es para casos particulares" in text  # M16
    assert "https://example.org/pqrsd" in text
    assert 'href="https://t.me/convoca_bot?start=m_vias"' in text


async def test_the_qr_opens_what_the_button_opens(portal: Shown) -> None:
    _, text, _ = await portal.get("/meetings/vias")
    (path,) = re.findall(r'<img src="([^"]+)"', text)
    status, drawn, headers = await portal.get(path)
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    modules = segno.make("https://t.me/convoca_bot?start=m_vias", error="m", micro=False)
    assert modules.svg_inline(border=2, light="#fff", omitsize=True, svgclass=None, lineclass=None) in drawn.replace(
        ' xmlns="http://www.w3.org/2000/svg"', ""
    )
    assert (await portal.get("/meetings/borrador/qr.svg"))[0] == 404


async def test_a_meeting_can_be_followed_and_so_can_who_convenes_it(portal: Shown) -> None:
    _, text, _ = await portal.get("/meetings/vias")
    assert 'href="https://t.me/convoca_bot?start=fm_vias"' in text
    assert 'href="https://t.me/convoca_bot?start=fe_alcaldia"' in text
    number = portal.store.read(lambda s: s.scalar(select(Commitment.id).where(Commitment.slug == "pozos")))
    for path in ("/meetings/agua", "/commitments", "/commitments/agua/pozos"):
        _, text, _ = await portal.get(path)
        assert f'href="https://t.me/convoca_bot?start=fc_{number}"' in text


async def test_a_moved_meeting_says_what_was_announced_before(portal: Shown) -> None:
    def move(session: Session) -> None:
        meeting = session.scalars(select(Meeting).where(Meeting.code == "vias")).one()
        venue = {"name": "Coliseo", "address": "Carrera 9 # 1-20"}
        first = session.get_one(MeetingVersion, (meeting.id, 1))
        first.told = {
            "starts_at": meeting.starts_at.isoformat(),
            "ends_at": meeting.ends_at.isoformat(),
            "venue": venue,
            "cancelled": False,
        }
        meeting.starts_at += timedelta(days=2)
        meeting.ends_at += timedelta(days=2)
        meeting.version = 2
        told = {**first.told, "starts_at": meeting.starts_at.isoformat(), "venue": meeting.venue}
        session.add(MeetingVersion(meeting_id=meeting.id, version=2, told=told, at=NOW + timedelta(days=1)))

    _, text, _ = await portal.get("/meetings/vias")
    assert "Cambió el" not in text
    portal.store.write(move)
    _, text, _ = await portal.get("/meetings/vias")
    notice = text[text.index("Cambió el") : text.index("Cuándo")]
    assert "lunes 2 de noviembre de 2026" in notice
    assert "sábado 21 de noviembre de 2026" in notice
    assert "Coliseo, Carrera 9 # 1-20" in notice
    assert "lunes 23 de noviembre de 2026" in text[text.index("Cuándo") :]


async def test_a_past_meeting_shows_its_commitments_and_no_way_in(portal: Shown) -> None:
    _, text, _ = await portal.get("/meetings/agua")
    assert "Limpiar los pozos" in text
    assert "Algo que no se publicó" not in text
    assert "?start=m_agua" not in text
    assert "/informe%20final.pdf" in text


async def test_a_cancelled_meeting_says_why(portal: Shown) -> None:
    _, text, _ = await portal.get("/meetings/cancelado")
    assert "Llueve mucho" in text
    assert "?start=m_" not in text


async def test_a_commitment_with_its_history_newest_first(portal: Shown) -> None:
    _, text, _ = await portal.get("/commitments/agua/pozos")
    assert "En marcha, 40 %" in text
    assert text.index("Llovió mucho") < text.index("Se publicó")
    assert "miércoles 30 de junio de 2027" in text
    assert "Van 5 &lt;b&gt;pozos&lt;/b&gt;" in text
    assert "acta ñ.png" in text
    assert "?start=fc_" in text


async def test_overdue_is_told_when_the_day_has_passed(portal: Shown) -> None:
    _, before, _ = await portal.get("/commitments")
    portal.now = NOW.replace(year=2027, month=7, day=2)
    _, after, _ = await portal.get("/commitments")
    assert "El plazo ya pasó" not in before
    assert "El plazo ya pasó" in after


@pytest.mark.parametrize(
    "path",
    [
        "/meetings/borrador",
        "/meetings/nada",
        "/commitments/agua/oculto",
        "/commitments/agua/nada",
        "/commitments/vias/pozos",
        "/files/x/y",
        "/nada",
        "/meetings/%00",
        f"/files/{'a' * 64}/%00",
    ],
)
async def test_what_is_not_public_is_404_in_both_languages(portal: Shown, path: str) -> None:
    status, text, _ = await portal.get(path, Accept_Language="en")
    assert status == 404
    assert "There is nothing here" in text
    status, text, _ = await portal.get(path)
    assert status == 404
    assert "Aquí no hay nada" in text


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "es"),
        ("", "en-GB,en;q=0.9,es;q=0.8", "en"),
        ("", "fr, en;q=0.3, es;q=0.5", "es"),
        ("", "en;q=0", "es"),
        ("", "en;q=x, de", "es"),
        ("?lang=en", "es", "en"),
        ("?lang=xx", "en", "en"),
    ],
)
async def test_the_readers_language(portal: Shown, query: str, header: str, language: str) -> None:
    _, text, headers = await portal.get(f"/meetings/agua{query}", Accept_Language=header)
    assert f'<html lang="{language}">' in text
    assert headers["Content-Language"] == language
    assert {"es": "Agua para todas", "en": "Water for all"}[language] in text


async def test_a_chosen_language_stays_in_the_links(portal: Shown) -> None:
    _, text, _ = await portal.get("/?lang=en")
    ours = [
        link
        for link in re.findall(r'href="(/[^"]*)"', text)
        if not link.startswith(("/style", "/icon", "/open-data/commitments.json"))
    ]
    assert ours
    assert all("lang=" in link for link in ours)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_lets_nothing_else_in(portal: Shown, path: str) -> None:
    _, text, headers = await portal.get(path)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "<script" not in text
    assert "style=" not in text
    assert not re.search(r'(src|rel="stylesheet" href)="https?:', text)
    assert "Set-Cookie" not in headers
    async with portal.client.head(path) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (
            404 if path == "/x" else 200,
            headers["Content-Type"],
        )
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert await answer.read() == b""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/", 405), ("GET", "/files/x/y", 404), ("GET", "/health", 200), ("GET", "/metrics", 200)],
)
async def test_every_answer_has_the_headers(portal: Shown, method: str, path: str, status: int) -> None:
    async with portal.client.request(method, path) as answer:
        assert answer.status == status
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_pages_name_the_feed_and_the_open_data(portal: Shown) -> None:
    _, text, _ = await portal.get("/?lang=en")
    for kind, path in re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', text):
        status, _, headers = await portal.get(path)
        assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert text.count('rel="alternate" type=') == 3


@pytest.mark.parametrize("path", PAGES)
async def test_headings_come_in_order(portal: Shown, path: str) -> None:
    _, text, _ = await portal.get(path)
    levels = [int(each) for each in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


# Files


async def shown_files(portal: Shown, path: str) -> list[str]:
    _, text, _ = await portal.get(path)
    return re.findall(r'href="(/files/[^"]+)"', text)


async def test_files_open_or_are_saved_by_what_they_are(portal: Shown) -> None:
    (report,) = await shown_files(portal, "/meetings/agua")
    picture, page = await shown_files(portal, "/commitments/agua/pozos")
    for path, content, how in (
        (report, REPORT, "inline"),
        (picture, PROOF, "inline"),
        (page, b"<script>", "attachment"),
    ):
        async with portal.client.get(path) as answer:
            assert answer.status == 200
            assert await answer.read() == content
            assert answer.headers["Content-Disposition"].startswith(how)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            tag = answer.headers["ETag"]
        assert (await portal.get(path, If_None_Match=tag))[0] == 304


async def test_a_light_picture_is_seen_on_the_page_and_nothing_else_is(portal: Shown) -> None:
    _, text, _ = await portal.get("/commitments/agua/pozos")
    (seen,) = re.findall(r'<img class="proof" src="([^"]+)"', text)
    assert seen.endswith("/acta%20%C3%B1.png")
    portal.store.write(lambda s: s.execute(update(File).values(size=3_000_000)))
    _, text, _ = await portal.get("/commitments/agua/pozos")
    assert "<img" not in text
    assert "/acta%20%C3%B1.png" in text


async def test_files_of_drafts_and_other_names_are_404(portal: Shown) -> None:
    (report,) = await shown_files(portal, "/meetings/agua")
    assert (await portal.get(report.replace("final", "otro")))[0] == 404
    content = b"%PDF-1.7 borrador"
    hidden = portal.store.read(lambda s: s.scalar(select(File.sha256).where(File.size == len(content))))
    assert hidden is not None
    assert (await portal.get(f"/files/{hidden}/b.pdf"))[0] == 404


async def test_the_style_is_kept_for_good(portal: Shown) -> None:
    _, text, _ = await portal.get("/")
    (path,) = re.findall(r'rel="stylesheet" href="([^"]+)"', text)
    status, style, headers = await portal.get(path)
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/css")
    assert "immutable" in headers["Cache-Control"]
    assert "http" not in style


# Health


async def test_health_and_metrics(portal: Shown) -> None:
    status, text, _ = await portal.get("/health")
    assert (status, '"healthy": true' in text) == (200, True)
    status, text, _ = await portal.get("/metrics")
    assert status == 200
    assert "convoca_commitments 1.0" in text
    assert 'convoca_meetings{state="convened"} 2.0' in text


async def test_health_names_a_late_delivery_and_the_process_own_troubles(portal: Shown) -> None:
    portal.store.write(
        lambda s: s.add(
            Outbox(person_id=1, cause="m1", kind="feedback", params={}, priority=2, due_at=NOW, state="pending")
        )
    )
    held = Outbox(person_id=1, cause="m2", kind="feedback", params={}, priority=3, due_at=NOW.replace(hour=23))
    gone = Outbox(person_id=1, cause="m3", kind="feedback", params={}, priority=1, due_at=NOW, state="dead")
    portal.store.write(lambda s: s.add_all([held, gone]))
    portal.now = NOW.replace(minute=4)
    assert (await portal.get("/health"))[0] == 200
    _, shown, _ = await portal.get("/metrics")
    for line in (
        "convoca_delivery_lag_seconds 240.0",
        'convoca_outbox_rows{priority="usual",state="pending"} 1.0',
        'convoca_outbox_rows{priority="mass",state="pending"} 1.0',
        'convoca_outbox_rows{priority="reply",state="pending"} 0.0',
        'convoca_outbox_rows{priority="urgent",state="dead"} 1.0',
    ):
        assert line in shown.splitlines()
    portal.now = NOW.replace(minute=6)
    portal.troubles.append("polling: 409")
    status, text, _ = await portal.get("/health")
    assert status == 503
    assert "delivery: a message has been due for 360 s" in text
    assert "polling: 409" in text


async def test_health_names_the_database(portal: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    async def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(portal.store, "reading", away)
    status, text, _ = await portal.get("/health")
    assert (status, "database" in text) == (503, True)
    assert (await portal.get("/metrics"))[0] == 200
    status, text, _ = await portal.get("/")
    assert (status, "Algo falló" in text) == (500, True)


async def test_health_does_not_wait_for_a_database_that_is_silent(
    portal: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("portal.health.PATIENCE", 0.05)
    monkeypatch.setattr(portal.store, "reading", silent)
    status, text, _ = await portal.get("/health")
    assert (status, "database: it does not answer" in text) == (503, True)
    assert (await portal.get("/metrics"))[0] == 200
