"""What is said of meetings: card, list, report, map and that one is off, in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot import sample
from civic import files, registration
from civic.audit import BY_COMMAND
from civic.convening import cancel
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.message import Message
from messages.voice import Links
from tests import factories
from tests.factories import NOW

LINKS = Links("https://t.me/convoca", None)
DAY = timedelta(days=1)


def said(store: Store, kind: str, params: dict[str, Any], who: Who | None = None, now: Any = NOW) -> list[Message]:
    return list(store.read(catalogue.render, who or Who(None, "en"), kind, params, now=now, links=LINKS))


def choices(message: Message) -> list[str | None]:
    return [button.choice for row in message.rows for button in row]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_card_fits_a_small_screen_and_says_it_all(store: Store, language: str) -> None:
    sample.load(store, NOW)
    (card,) = said(store, "card", {"code": "agua-2026"}, Who(None, language))
    title, town = {
        "es": ("Agua para todas las veredas", "Alcaldía de Puerto Sereno"),
        "en": ("Water for every village", "Puerto Sereno Town Hall"),
    }[language]
    assert title in card.text
    assert town in card.text
    assert "170" in card.text
    assert len(card.text) < 850
    verbs = [str(each).split(":", maxsplit=1)[0] for each in choices(card)]
    assert verbs == ["go", "report", "map", "cs", "nb", "pqrsd", "open"]


def test_a_card_says_when_where_and_what_it_is_not_for(store: Store) -> None:
    store.write(factories.meeting)
    (card,) = said(store, "card", {"code": "agua"})
    for part in (
        "Saturday, 21 November, from 10:00\u202fAM to 2:00\u202fPM",
        "Casa de la Cultura, Calle 5 # 4-12 (frente al parque)",
        "<b>60 places left</b>",
        "not for private cases, complaints or taking decisions",
    ):
        assert part in card.text


def test_a_meetings_own_text_is_safe_in_html(store: Store) -> None:
    store.write(factories.meeting, title="Agua <b> & tierra")
    (card,) = said(store, "card", {"code": "agua"})
    assert card.text.startswith("<b>Agua &lt;b&gt; &amp; tierra</b>")


def test_a_late_convocation_shows_its_reason(store: Store) -> None:
    store.write(factories.meeting, late_because="La crecida")
    (card,) = said(store, "card", {"code": "agua"})
    assert "less than 15 days ahead. The reason given: La crecida" in card.text


def test_a_full_meeting_offers_its_waiting_list(store: Store) -> None:
    def prepare(session: Session) -> list[int]:
        meeting = factories.meeting(session, capacity=1)
        people = [factories.person(session, name) for name in ("Ana", "Beto")]
        for who in people:
            registration.register(session, meeting.id, who.id, name="X", actor=BY_COMMAND, now=NOW)
        return [who.id for who in people]

    ana, beto = store.write(prepare)
    (card,) = said(store, "card", {"code": "agua"})
    assert "All places are taken.</b> 1 person is on the waiting list." in card.text
    assert card.rows[0][0].label == "Join the waiting list"
    (hers,) = said(store, "card", {"code": "agua"}, Who(ana, "en"))
    assert "<b>You have a place.</b>" in hers.text
    assert hers.rows[0][0].label == "See my place"
    (his,) = said(store, "card", {"code": "agua"}, Who(beto, "en"))
    assert "<b>You are on the waiting list.</b>" in his.text
    assert str(his.rows[0][0].choice).startswith("place:")


def test_a_past_meeting_opens_its_commitments(store: Store) -> None:
    meeting = store.write(factories.meeting)
    (card,) = said(store, "card", {"code": "agua"}, now=NOW + 21 * DAY)
    assert "This meeting is over." in card.text
    assert choices(card) == [f"cs:{meeting.id}", "open"]


def test_a_draft_is_not_said(store: Store) -> None:
    store.write(factories.meeting, state="draft")
    assert said(store, "card", {"code": "agua"}) == []


def test_cancelling_is_said_with_its_reason(store: Store) -> None:
    meeting = store.write(factories.meeting)
    assert said(store, "cancelled", {"meeting": meeting.id}) == []
    store.write(cancel, "agua", because="Llueve <mucho>", actor=BY_COMMAND, now=NOW)
    (news,) = said(store, "cancelled", {"meeting": meeting.id})
    assert "please do not come" in news.text
    assert "The reason: Llueve &lt;mucho&gt;" in news.text
    assert "+57 601 555 0100" in news.text
    (card,) = said(store, "card", {"code": "agua"})
    assert "It was cancelled.</b> The reason: Llueve &lt;mucho&gt;" in card.text
    assert choices(card) == ["open"]


def test_open_meetings_come_by_page(store: Store) -> None:
    def prepare(session: Session) -> None:
        for days in range(2, 9):
            factories.meeting(session, code=f"in-{days}", title="Agua " * 20, starts_in=days * DAY)

    store.write(prepare)
    (first,) = said(store, "open_meetings", {"page": 0})
    assert choices(first) == ["m:in-2", "m:in-3", "m:in-4", "m:in-5", "m:in-6", "open:1"]
    assert max(len(button.label) for row in first.rows for button in row) <= 56
    (second,) = said(store, "open_meetings", {"page": 1})
    assert choices(second) == ["m:in-7", "m:in-8", "open:0"]
    (third,) = said(store, "open_meetings", {"page": 2})
    assert choices(third) == ["open:0"]


def test_no_meeting_at_all_is_said_kindly(store: Store) -> None:
    (message,) = said(store, "open_meetings", {})
    assert "no meeting to sign up for at the moment" in message.text


def test_the_report_comes_as_its_file_with_its_size(store: Store) -> None:
    def prepare(session: Session) -> int:
        sha256 = files.keep(session, b"x" * 241_400, "application/pdf")
        return factories.meeting(session, report_name="informe.pdf", report_sha256=sha256).id

    meeting_id = store.write(prepare)
    (card,) = said(store, "card", {"code": "agua"})
    assert card.rows[1][0].label == "Read the report (PDF, 241 KB)"
    (report,) = said(store, "report", {"meeting": meeting_id})
    assert report.document
    assert (report.document.name, len(report.document.content)) == ("informe.pdf", 241_400)


def test_a_report_elsewhere_comes_as_its_address(store: Store) -> None:
    meeting = store.write(factories.meeting, report_url="https://example.org/informe.pdf")
    (report,) = said(store, "report", {"meeting": meeting.id})
    assert report.rows[0][0].url == "https://example.org/informe.pdf"


def test_the_map_is_a_place(store: Store) -> None:
    meeting = store.write(factories.meeting)
    (place,) = said(store, "map", {"meeting": meeting.id})
    assert place.place
    assert (place.place.latitude, place.place.title) == (4.60971, "Casa de la Cultura")
