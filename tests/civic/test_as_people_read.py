"""What is news of a meeting that changed is what people read: in their language, on the clocks of its zone."""

from datetime import timedelta
from typing import Any

from civic import convening, people, registration
from civic.audit import BY_COMMAND, Actor
from civic.schema import Outbox, Person
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests.civic.test_changes import bring_in, convened, deliver, later, meeting_of, moves, one, saying, sign_up
from tests.factories import NOW


def in_english(data: dict[str, Any]) -> None:
    data["meeting"]["venue"]["name"] = {"es": "Casa", "en": "House"}


def news(store: Store, person_id: int) -> str:
    """Deliver the one move that is owed to somebody; give it as she reads it."""

    def says() -> str:
        row = store.read(lambda s: s.query(Outbox).filter_by(kind="moved", person_id=person_id, state="pending").one())
        links = Links(bot="https://t.me/bot", locale="es_CO", pages="https://convoca.example")
        who = Who(person_id, store.read(lambda s: s.get_one(Person, person_id).language))
        (said,) = store.read(catalogue.render, who, "moved", row.params, now=NOW, links=links)
        return str(said.text).replace("\u202f", " ").replace("\xa0", " ")

    said = says()
    assert [row.person_id for row in deliver(store)] == [person_id]
    return said


def test_a_place_named_anew_in_one_language_is_news_to_who_reads_that_one(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id, language="es")
    (john,) = sign_up(store, meeting_id, language="en")
    store.write(registration.confirm, one(store, ana).id, person_id=ana, actor=Actor(ana, "chat"), now=NOW)
    assert bring_in(store, in_english).told == 1
    assert moves(store) == [john]
    assert one(store, ana).confirmed_version == one(store, ana).known_version == meeting_of(store, meeting_id).version
    bring_in(store, in_english, later)
    assert moves(store) == [ana, john]


def test_a_zone_put_right_is_no_news(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    before = meeting_of(store, meeting_id).starts_at
    caracas = saying(timezone="America/Caracas")
    done = bring_in(store, caracas)
    assert (done.moved, done.told) == (False, 0)
    assert before - meeting_of(store, meeting_id).starts_at == timedelta(hours=1)
    assert moves(store) == []
    assert bring_in(store, caracas, saying(starts_at="2026-12-15T08:00")).told == 1
    assert "Antes: de 9:00 a. m. a 1:00 p. m.\n<b>Ahora: de 8:00 a. m. a 1:00 p. m.</b>" in news(store, ana)


def test_the_same_moment_on_other_clocks_is_news(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    moved = saying(timezone="America/Caracas", starts_at="2026-12-15T10:00", ends_at="2026-12-15T14:00")
    assert bring_in(store, moved).told == 1
    assert "Antes: de 9:00 a. m. a 1:00 p. m.\n<b>Ahora: de 10:00 a. m. a 2:00 p. m.</b>" in news(store, ana)


def test_a_relative_date_keeps_its_hour_in_another_zone(store: Store) -> None:
    relative = saying(starts_at="in 30 days at 09:00", ends_at="in 30 days at 12:00")
    before = bring_in(store, relative).meeting.starts_at
    again = bring_in(store, relative, saying(timezone="America/Caracas"), now=NOW + timedelta(days=3)).meeting.starts_at
    assert before - again == timedelta(hours=1)


def test_cancelling_counts_whom_the_news_reaches(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id)
    sign_up(store, meeting_id, tell="nothing")
    code = meeting_of(store, meeting_id).code
    assert store.write(convening.cancel, code, because="Lluvia", actor=BY_COMMAND, now=NOW) == 1
    assert [row.person_id for row in deliver(store)] == [ana]


def test_who_lets_the_bot_write_again_hears_what_changed_meanwhile_once(store: Store) -> None:
    meeting_id = convened(store)
    (ana,) = sign_up(store, meeting_id, telegram_id=77)
    store.write(people.left, 77, now=NOW)
    bring_in(store, later)
    bring_in(store, later, saying(starts_at="2026-12-17T10:00"))
    assert moves(store) == []
    store.write(people.came_back, 77, now=NOW)
    assert moves(store) == [ana]
    store.write(people.came_back, 77, now=NOW)
    assert moves(store) == []
