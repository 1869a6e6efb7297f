"""People signed up from another's phone: whose they are, what they agreed to, where they come, who may act for them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import on_behalf, overview, parties, people, privacy, registration, wards
from civic.audit import BY_COMMAND, Actor
from civic.errors import AnswerUnclear, MeetingStarted, PartyFull, PhoneFull, RegistrationUnknown
from civic.schema import Audit, Consent, Meeting, Person, Registration
from civic.store import Store
from tests import factories
from tests.factories import NOW


def owner(session: Session, name: str = "María") -> int:
    """Make somebody who signs others up from her phone."""
    return factories.person(session, name, phone="+573005550101").id


def sign_up(session: Session, meeting: Meeting, by: int, name: str = "Rosa", **how: Any) -> Registration:
    """Sign somebody up from a person's phone."""
    said: dict[str, Any] = {"together": False, "now": NOW, **how}
    return on_behalf.sign_up(session, meeting.id, name, owner_id=by, actor=Actor(by, "chat"), **said)


def own_place(session: Session, meeting: Meeting, person_id: int) -> Registration:
    """Give a person her own place."""
    return registration.register(session, meeting.id, person_id, name="María", actor=Actor(person_id, "chat"), now=NOW)


def test_she_is_told_on_that_phone_and_her_consent_says_who_read_it(store: Store) -> None:
    def world(session: Session) -> None:
        maria = owner(session)
        rosa = sign_up(session, factories.meeting(session), maria)
        person = session.get_one(Person, rosa.person_id)
        assert (person.name, person.telegram_id) == ("Rosa", None)
        assert person.chat_id == session.get_one(Person, maria).chat_id
        given = session.scalars(select(Consent).where(Consent.person_id == person.id)).one()
        assert (given.purpose, given.recorded_by, given.withdrawn_at) == ("attend", maria, None)
        signed = session.scalars(select(Audit).where(Audit.act == "register")).one()
        assert signed.actor_id == maria

    store.write(world)


def test_only_whose_phone_it_is_acts_for_her(store: Store) -> None:
    def world(session: Session) -> None:
        maria, beto = owner(session), owner(session, "Beto")
        rosa = sign_up(session, factories.meeting(session), maria).person_id or 0
        assert wards.acted_for(session, maria, rosa).id == rosa
        for nobody in (beto, rosa, None):
            with pytest.raises(RegistrationUnknown):
                wards.acted_for(session, nobody, rosa)
        with pytest.raises(RegistrationUnknown):
            wards.acted_for(session, maria, beto)

    store.write(world)


def test_together_she_comes_in_the_party_while_it_has_room(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        assert not on_behalf.may_come_along(session, meeting.id, maria)
        own = own_place(session, meeting, maria)
        parties.bring(session, own.id, 3, person_id=maria, actor=BY_COMMAND, now=NOW)
        assert sign_up(session, meeting, maria, together=True).party_id == own.party_id
        assert not on_behalf.may_come_along(session, meeting.id, maria)
        with pytest.raises(PartyFull):
            sign_up(session, meeting, maria, "Pedro", together=True)

    store.write(world)


def test_the_party_shows_her_as_somebody_of_this_phone(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        own = own_place(session, meeting, maria)
        rosa = sign_up(session, meeting, maria, together=True)
        seen = parties.group(session, own.id, maria, NOW)
        assert seen is not None
        (member,) = seen.members
        assert (member.ward, member.claimed, member.hers, member.code) == (rosa.person_id, False, False, rosa.code)

    store.write(world)


def test_what_is_no_name_or_comes_too_late_keeps_nothing(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        with pytest.raises(AnswerUnclear):
            sign_up(session, meeting, maria, "33")
        with pytest.raises(MeetingStarted):
            sign_up(session, meeting, maria, now=NOW + timedelta(days=21))
        assert wards.of(session, maria) == []

    store.write(world)


def test_a_phone_signs_up_so_many_and_no_more(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        for number in range(wards.MOST):
            sign_up(session, meeting, maria, f"Rosa {'I' * (number + 1)}")
        with pytest.raises(PhoneFull):
            sign_up(session, meeting, maria, "Pedro")

    store.write(world)


def test_what_the_phone_is_told_goes_for_her_too(store: Store) -> None:
    def world(session: Session) -> None:
        maria = owner(session)
        rosa = session.get_one(Person, sign_up(session, factories.meeting(session), maria).person_id)
        people.hush(session, maria, actor=BY_COMMAND, now=NOW)
        assert rosa.tell == "nothing"
        people.unhush(session, maria, actor=BY_COMMAND, now=NOW)
        assert rosa.tell == "all"
        telegram_id = session.get_one(Person, maria).telegram_id or 0
        people.left(session, telegram_id, now=NOW)
        assert rosa.unreachable_since == NOW
        people.came_back(session, telegram_id, now=NOW)
        assert rosa.unreachable_since is None

    store.write(world)


def test_erasing_the_phones_owner_leaves_her_place_and_tells_her_nothing(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        rosa = sign_up(session, meeting, maria)
        privacy.erase(session, maria, actor=BY_COMMAND, now=NOW)
        session.refresh(rosa)
        assert (rosa.state, rosa.name, session.get_one(Person, rosa.person_id).chat_id) == ("registered", "Rosa", None)
        called = overview.show(session, meeting.code, now=NOW).to_call
        assert [(each.name, each.why) for each in called] == [("Rosa", "no_chat")]

    store.write(world)


def test_erasing_all_of_a_phone_frees_all_their_places(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        own_place(session, meeting, maria)
        sign_up(session, meeting, maria)
        privacy.erase(session, maria, others=True, actor=BY_COMMAND, now=NOW)
        assert session.scalars(select(Person)).all() == []
        rows = session.scalars(select(Registration)).all()
        assert {(row.state, row.name, row.code) for row in rows} == {("cancelled", None, None)}

    store.write(world)


def test_erasing_her_leaves_the_phones_owner_and_her_talk(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        own = own_place(session, meeting, maria)
        rosa = sign_up(session, meeting, maria).person_id or 0
        privacy.erase(session, rosa, actor=Actor(maria, "chat"), now=NOW)
        assert [each.id for each in session.scalars(select(Person))] == [maria]
        session.refresh(own)
        assert own.state == "registered"

    store.write(world)


def test_organisers_need_not_call_who_is_told_on_anothers_phone(store: Store) -> None:
    def world(session: Session) -> None:
        meeting, maria = factories.meeting(session), owner(session)
        own = own_place(session, meeting, maria)
        parties.bring(session, own.id, 1, person_id=maria, actor=BY_COMMAND, now=NOW)
        sign_up(session, meeting, maria)
        called = overview.show(session, meeting.code, now=NOW).to_call
        assert [(each.name, each.why, each.told) for each in called] == [(None, "no_chat", "María")]
        rows = {each["name"]: each for each in overview.export(session, meeting.code)["registrations"]}
        assert (rows["Rosa"]["on_telegram"], rows["Rosa"]["reachable"]) == (False, True)
        people.left(session, session.get_one(Person, maria).telegram_id or 0, now=NOW)
        called = overview.show(session, meeting.code, now=NOW).to_call
        assert [(each.why, each.phone, each.told) for each in called] == [
            ("unreachable", "+573005550101", None),
            ("no_chat", "+573005550101", None),
            ("unreachable", "+573005550101", None),
        ]

    store.write(world)
