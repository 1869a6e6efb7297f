"""Places taken over to one's own phone: what a code says, what a yes gives, and that of two at once one has it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import handovers, on_behalf, privacy, registration, retention, wards
from civic.audit import Actor
from civic.conversation import Incoming
from civic.errors import RegistrationUnknown, TooManyCodes
from civic.following import follow
from civic.outbox import Priority, enqueue
from civic.schema import Consent, Follow, Handover, Meeting, Outbox, Person, Registration
from civic.store import Store
from tests import factories
from tests.civic.test_on_behalf import own_place, owner, sign_up
from tests.factories import NOW

ROSA = 880_001


def asking(telegram_id: int = ROSA, number: int = 1) -> Incoming:
    """Let an account write."""
    return Incoming(1, number, telegram_id, telegram_id, "en")


def _world(session: Session) -> tuple[int, str]:
    maria = owner(session)
    return maria, sign_up(session, factories.meeting(session), maria).code or ""


def _ask(session: Session, code: str, telegram_id: int = ROSA, now: datetime = NOW) -> int:
    said, made = handovers.ask(session, code, asking(telegram_id), now=now)
    assert (said, made is not None) == ("asked", True)
    return made.id if made else 0


def _answer(session: Session, asked: int, maria: int, *, yes: bool = True, now: datetime = NOW) -> str:
    actor = Actor(maria, "chat")
    return handovers.answer(session, asked, yes=yes, owner_id=maria, actor=actor, now=now).state


def test_asking_twice_asks_once(store: Store) -> None:
    def world(session: Session) -> None:
        _, code = _world(session)
        assert _ask(session, code) == _ask(session, code)
        assert [row.kind for row in session.scalars(select(Outbox).order_by(Outbox.id))] == [
            "handover",
            "handover_silent",
        ]

    store.write(world)


def test_a_yes_makes_her_the_person_of_her_account(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        assert _answer(session, _ask(session, code), maria) == "given"
        rosa = session.scalars(select(Person).where(Person.telegram_id == ROSA)).one()
        assert (rosa.chat_id, rosa.name, rosa.language) == (ROSA, "Rosa", "en")
        assert wards.of(session, maria) == []

    store.write(world)


def test_nobody_else_answers(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        asked, beto = _ask(session, code), owner(session, "Beto")
        with pytest.raises(RegistrationUnknown):
            _answer(session, asked, beto)
        assert _answer(session, asked, maria, yes=False) == "refused"
        assert _answer(session, asked, maria) == "refused"

    store.write(world)


def test_a_code_of_any_other_place_is_as_good_as_none(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        own = own_place(session, meeting, maria)
        for code in (own.code or "", "ACDE3467"):
            assert handovers.ask(session, code, asking(), now=NOW)[0] == "wrong"
        rosa = sign_up(session, meeting, maria)
        rosa.state, rosa.cancelled_at = "cancelled", NOW
        session.flush()
        assert handovers.ask(session, rosa.code or "", asking(), now=NOW)[0] == "wrong"

    store.write(world)


def test_where_who_signed_her_up_is_gone_nobody_can_be_asked(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        session.get_one(Person, maria).tell = "changes"  # she hears of moves alone
        assert handovers.ask(session, code, asking(), now=NOW)[0] == "nobody"
        privacy.erase(session, maria, actor=Actor(maria, "chat"), now=NOW)
        assert handovers.ask(session, code, asking(), now=NOW)[0] == "nobody"

    store.write(world)


def test_so_many_codes_a_day(store: Store) -> None:
    def world(session: Session) -> None:
        _, code = _world(session)
        for _ in range(handovers.TRIES):
            handovers.ask(session, "ACDE3467", asking(), now=NOW)
        with pytest.raises(TooManyCodes):
            handovers.ask(session, code, asking(), now=NOW)
        assert handovers.ask(session, code, asking(ROSA + 1), now=NOW)[0] == "asked"
        assert handovers.ask(session, code, asking(), now=NOW + timedelta(days=1, seconds=1))[0] == "asked"

    store.write(world)


def test_the_same_place_is_asked_for_so_often_a_day(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        for number in range(handovers.QUESTIONS):
            _answer(session, _ask(session, code, ROSA + number), maria, yes=False)
        assert handovers.ask(session, code, asking(ROSA + 9), now=NOW)[0] == "nobody"

    store.write(world)


def test_of_a_place_that_is_gone_meanwhile_who_asked_is_told(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        asked = _ask(session, code)
        (hers,) = session.scalars(select(Registration)).all()
        assert hers.person_id is not None
        acting: dict[str, Any] = {"actor": Actor(maria, "chat"), "now": NOW}
        registration.cancel(session, hers.id, person_id=hers.person_id, **acting)
        assert _answer(session, asked, maria) == "gone"
        assert session.scalars(select(Outbox.kind).order_by(Outbox.id.desc())).first() == "handover_lost"

    store.write(world)


def test_a_day_later_it_is_not_answered_any_more(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        asked = _ask(session, code)
        assert _answer(session, asked, maria, now=NOW + timedelta(days=1, seconds=1)) == "gone"
        retention.let_go(session, now=NOW + timedelta(days=8))
        assert session.scalars(select(Handover)).all() == []

    store.write(world)


def test_who_is_known_has_all_of_it_beside_what_is_hers(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        ward = wards.of(session, maria)[0]
        other = factories.meeting(session, code="parques")
        rosa = factories.person(session, "Rosita", telegram_id=ROSA)
        own_place(session, other, rosa.id)
        acting: dict[str, Any] = {"actor": Actor(maria, "chat"), "now": NOW}
        follow(session, ward.id, "m", other.id, wants=False, **acting)
        enqueue(session, ward.id, cause="m9", kind="help", due_at=NOW)
        assert _answer(session, _ask(session, code), maria) == "given"
        assert set(session.scalars(select(Person.id))) == {maria, rosa.id}
        kept = session.scalars(select(Registration).where(Registration.person_id == rosa.id)).all()
        assert {row.meeting_id for row in kept} == {each.meeting_id for each in session.scalars(select(Registration))}
        assert session.scalars(select(Follow.person_id)).all() == [rosa.id]
        assert session.scalars(select(Outbox.person_id).where(Outbox.kind == "help")).all() == [rosa.id]
        assert len(session.scalars(select(Consent).where(Consent.person_id == rosa.id)).all()) == 2

    store.write(world)


def test_who_signed_up_herself_meanwhile_keeps_what_each_has(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        asked = _ask(session, code)
        (hers,) = session.scalars(select(Registration)).all()
        rosa = factories.person(session, "Rosita", telegram_id=ROSA)
        own_place(session, session.get_one(Meeting, hers.meeting_id), rosa.id)
        assert _answer(session, asked, maria) == "gone"
        assert [each.name for each in wards.of(session, maria)] == ["Rosa"]
        assert handovers.ask(session, code, asking(), now=NOW)[0] == "already"

    store.write(world)


def test_a_place_elsewhere_that_both_have_stays_where_it_is(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        ward = wards.of(session, maria)[0]
        both = factories.meeting(session, code="parques")
        acting: dict[str, Any] = {"owner_id": maria, "actor": Actor(maria, "chat"), "now": NOW}
        stays = on_behalf.take_part(session, both.id, ward, together=False, **acting)
        rosa = factories.person(session, "Rosita", telegram_id=ROSA)
        own_place(session, both, rosa.id)
        (first,) = session.scalars(select(Registration.meeting_id).where(Registration.code == code)).all()
        for meeting in (first, both.id):
            enqueue(session, ward.id, cause=f"m{meeting}", kind="moved", due_at=NOW, params={"meeting": meeting})
        assert _answer(session, _ask(session, code), maria) == "given"
        session.refresh(stays)
        assert stays.person_id == ward.id
        owed = session.execute(select(Outbox.cause, Outbox.person_id).where(Outbox.kind == "moved")).all()
        assert dict(owed) == {f"m{first}": rosa.id, f"m{both.id}": ward.id}
        assert session.scalars(select(Registration).where(Registration.code == code)).one().person_id == rosa.id

    store.write(world)


def test_who_asks_again_after_a_day_is_told_once_that_it_is_hers(store: Store) -> None:
    def world(session: Session) -> None:
        maria, code = _world(session)
        _ask(session, code)
        later = NOW + timedelta(days=1, minutes=1)
        assert _answer(session, _ask(session, code, now=later), maria, now=later) == "given"
        told = session.scalars(select(Outbox.kind).where(Outbox.due_at == later)).all()
        assert [each for each in told if each != "handover"] == ["handover_done"]

    store.write(world)


def test_of_two_who_ask_at_once_one_has_it(store: Store) -> None:
    maria, code = store.write(_world)
    ask = [partial(store.write, partial(_ask, code=code, telegram_id=ROSA + number)) for number in (0, 1) * 2]
    with ThreadPoolExecutor(4) as at_once:
        asked = list(dict.fromkeys(at_once.map(lambda act: act(), ask)))
    assert len(asked) == 2
    acts = [partial(store.write, partial(_answer, asked=each, maria=maria)) for each in asked * 4]
    with ThreadPoolExecutor(8) as at_once:
        said = list(at_once.map(lambda act: act(), acts))

    def after(session: Session) -> tuple[Counter[str], list[int | None]]:
        states = Counter(session.scalars(select(Handover.state)))
        ends = Outbox.kind.in_(("handover_done", "handover_lost"))
        told = session.execute(select(Outbox.kind, Outbox.priority).where(ends).order_by(Outbox.kind)).all()
        assert told == [("handover_done", Priority.REPLY), ("handover_lost", Priority.USUAL)]
        ids = session.scalars(select(Person.telegram_id).where(Person.telegram_id >= ROSA)).all()
        return states, list(ids)

    states, ids = store.read(after)
    assert states == Counter(given=1, gone=1)
    assert Counter(said) == Counter(given=4, gone=4)
    assert len(ids) == 1
