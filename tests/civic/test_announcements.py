"""What organisers tell a part of the people: who is in each part, undone or sent once, in chunks, never half."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from civic import agenda, announcements, audience, convening, due, on_behalf, parties, privacy, retention, staff
from civic.announcements import REPORTED_AFTER, UNDONE_FOR
from civic.audience import Part, Reach
from civic.audit import Actor
from civic.errors import DraftChanged, NotAnOrganiser, NothingOpen, NotTaken
from civic.registration import register
from civic.schema import Agenda, Announcement, Audit, Meeting, Outbox, Person, Registration, Staff, Workshop
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.factories import NOW

THEN = NOW + UNDONE_FOR
LINKS = Links("https://t.me/convoca_bot", None)


class Town(NamedTuple):
    """A meeting, its organiser, and people who come."""

    store: Store
    meeting: int
    rosa: Actor
    people: list[int]

    def announce(self, part: str = "all", text: str = "Lleven agua", **how: Any) -> Announcement:
        """Write an announcement and confirm it."""
        row: Announcement = self.store.write(self._announce, part, text, **how)
        return row

    def _announce(
        self, session: Session, /, part: str, text: str, *, at: Any = NOW, workshop: int | None = None
    ) -> Any:
        row = announcements.begin(session, self.meeting, part, workshop_id=workshop, actor=self.rosa, now=at)
        announcements.write(session, row.id, text, actor=self.rosa)
        return announcements.confirm(session, row.id, announcements.sign_of(session, row), actor=self.rosa, now=at)

    def tick(self, now: Any = THEN) -> None:
        """Let the clock do what is due."""
        for agenda_id in self.store.read(agenda.due, now):
            self.store.write(due.run, agenda_id, now=now)

    def told(self, kind: str = announcements.KIND) -> list[int]:
        """Say who is owed it."""
        rows = select(Outbox.person_id).where(Outbox.kind == kind).order_by(Outbox.person_id)
        return [each or 0 for each in self.store.read(lambda s: s.scalars(rows).all())]

    def row(self, row: Announcement) -> Announcement:
        """Read it anew."""
        return self.store.read(lambda s: s.get_one(Announcement, row.id))

    def do(self, act: Callable[[Session], Any]) -> Any:
        """Change the world."""
        return self.store.write(act)


@pytest.fixture
def town(store: Store) -> Town:
    def make(session: Session) -> Town:
        meeting = factories.meeting(session)
        rosa = factories.person(session, "Rosa", consented=False)
        session.add(Staff(role="organiser", person_id=rosa.id))
        people = [_comes(session, meeting.id) for _ in range(7)]
        session.execute(delete(Agenda))  # what else the meeting has ahead
        return Town(store, meeting.id, Actor(rosa.id, "chat"), people)

    return store.write(make)


def _comes(session: Session, meeting_id: int) -> int:
    who = factories.person(session)
    register(session, meeting_id, who.id, name="María", actor=Actor(who.id, "chat"), now=NOW)
    return who.id


def _own(session: Session, person_id: int) -> Registration:
    return session.scalars(select(Registration).where(Registration.person_id == person_id)).one()


def _becomes(session: Session, person_id: int, **columns: Any) -> None:
    session.execute(update(Registration).where(Registration.person_id == person_id).values(columns))


def test_each_part_is_whom_it_names_and_nobody_who_wants_silence(town: Town) -> None:
    def look(session: Session) -> dict[Part, Reach]:
        meeting = session.get_one(Meeting, town.meeting)
        rooms = session.scalars(select(Workshop.id).order_by(Workshop.number)).all()
        waits, confirmed, seated, hushed, changes, blocked, gone = town.people
        _becomes(session, waits, state="waiting", queue_number=1)
        _becomes(session, confirmed, confirmed_version=meeting.version)
        _becomes(session, seated, workshop_id=rooms[0], badge=1)
        session.get_one(Person, hushed).tell = "nothing"
        session.get_one(Person, changes).tell = "changes"
        session.get_one(Person, blocked).unreachable_since = NOW
        _becomes(session, gone, state="cancelled", cancelled_at=NOW)
        parties.bring(session, _own(session, seated).id, 1, person_id=seated, actor=Actor(seated, "chat"), now=NOW)
        session.flush()
        return {each.part: each.reach for each in audience.seen(session, meeting, NOW)}

    seen = town.do(look)
    (workshop,) = [part for part in seen if part.what == "workshop"]
    assert seen[workshop].reached == 1
    assert {part.what: reach for part, reach in seen.items() if part != workshop} == {
        "all": Reach(people=7, reached=3, missed=3, brought=1),
        "unconfirmed": Reach(people=5, reached=1, missed=3, brought=1),
        "waiting": Reach(people=1, reached=1, missed=0),
    }
    waits, confirmed, seated, *_others = town.people
    for part, who in (("all", [waits, confirmed, seated]), ("unconfirmed", [seated]), ("waiting", [waits])):
        town.do(lambda s: s.execute(delete(Outbox)))
        town.announce(part)
        town.tick()
        assert town.told() == who, part


def test_after_the_meeting_everybody_who_had_a_place_and_for_a_month(town: Town) -> None:
    waits, came, missed, *_others = town.people

    def pass_by(session: Session) -> None:
        _becomes(session, waits, state="waiting", queue_number=1)
        _becomes(session, came, state="attended")
        _becomes(session, missed, state="no_show")

    town.do(pass_by)
    after = NOW + timedelta(days=22)
    row = town.announce(at=after)
    town.tick(after + UNDONE_FOR)
    assert town.told() == town.people[1:]
    with pytest.raises(NothingOpen):
        town.announce("waiting", at=after)
    with pytest.raises(NothingOpen):
        town.announce(at=after + audience.AFTERWARDS)
    assert town.row(row).state == "sent"


def test_nobody_is_told_before_the_minute_is_over_nor_what_was_undone(town: Town) -> None:
    row = town.announce()
    town.tick(THEN - timedelta(seconds=1))
    assert town.told() == []
    luis = town.people[0]
    town.do(lambda s: s.add(Staff(role="organiser", person_id=luis)))
    undone = town.store.write(announcements.undo, row.id, actor=Actor(luis, "chat"), now=NOW)
    assert (undone.state, town.told("org_say")) == ("undone", [town.rosa.person_id])
    town.tick()
    assert town.told() == []
    again = town.announce()
    town.tick()
    town.tick()
    assert town.told() == town.people
    late = town.store.write(announcements.undo, again.id, actor=town.rosa, now=THEN)
    assert late.state == "sent"
    acts = select(Audit.act).where(Audit.subject.like("n%")).order_by(Audit.id)
    assert town.store.read(lambda s: s.scalars(acts).all()) == ["announce", "unannounce", "announce"]


def test_undone_at_the_second_in_which_it_is_sent_all_are_told_or_nobody(town: Town) -> None:
    def both(number: int) -> tuple[str, list[int]]:
        town.do(lambda s: s.execute(delete(Outbox)))
        town.do(lambda s: s.execute(update(Announcement).values(sends_at=NOW - timedelta(days=2))))
        row = town.announce(text=f"Aviso {number}")
        with ThreadPoolExecutor(2) as pool:
            sends = pool.submit(town.tick)
            undoes = pool.submit(town.store.write, announcements.undo, row.id, actor=town.rosa, now=THEN)
            sends.result()
            state = undoes.result().state
        return state, town.told()

    for number in range(6):
        state, told = both(number)
        assert (state, told) in [("undone", []), ("sent", town.people)]


def test_a_large_one_goes_in_chunks_each_person_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "CHUNK", 3)
    row = town.announce()
    told = []
    for _ in range(4):
        town.tick()
        told.append((len(town.told()), town.row(row).state))
    assert told == [(3, "sending"), (6, "sending"), (7, "sent"), (7, "sent")]
    with pytest.raises(NothingOpen):
        town.store.write(announcements.write, row.id, "Otra cosa", actor=town.rosa)
    assert town.store.write(announcements.undo, row.id, actor=town.rosa, now=THEN).state == "sent"


def test_what_changed_since_it_was_shown_goes_to_nobody(town: Town) -> None:
    def begun(session: Session) -> tuple[int, str]:
        row = announcements.begin(session, town.meeting, "all", actor=town.rosa, now=NOW)
        announcements.write(session, row.id, "Lleven agua", actor=town.rosa)
        return row.id, announcements.sign_of(session, row)

    number, sign = town.do(begun)
    town.store.write(announcements.write, number, "Lleven agua\u202e \n\n\n\n y sombrero\x00", actor=town.rosa)
    assert town.store.read(lambda s: s.get_one(Announcement, number).text) == "Lleven agua\n\ny sombrero"
    with pytest.raises(DraftChanged):
        town.store.write(announcements.confirm, number, sign, actor=town.rosa, now=NOW)
    for words in ("", " \n ", "\u200b\u2060", "a" * 601):
        with pytest.raises(NotTaken):
            town.store.write(announcements.write, number, words, actor=town.rosa)
    other = Actor(town.people[0], "chat")
    with pytest.raises(NotAnOrganiser):
        town.store.write(announcements.undo, number, actor=other, now=NOW)
    with pytest.raises(NotAnOrganiser):
        town.store.write(announcements.confirm, number, sign, actor=other, now=NOW)


def test_a_meeting_called_off_meanwhile_or_an_organiser_no_more(town: Town) -> None:
    first = town.announce()
    town.do(lambda s: s.execute(update(Staff).values(revoked_at=NOW)))
    town.tick()
    assert (town.row(first).state, town.row(first).trouble) == ("failed", "not_an_organiser")
    town.do(lambda s: s.execute(update(Staff).values(revoked_at=None)))
    second = town.announce()
    cancel: dict[str, Any] = {"because": "Llueve", "actor": town.rosa, "now": NOW}
    town.store.write(convening.cancel, "agua", **cancel)
    town.tick()
    assert (town.row(second).state, town.row(second).trouble) == ("failed", "over")
    assert (town.told(), town.told("org_say")) == ([], [town.rosa.person_id] * 2)
    with pytest.raises(NothingOpen):
        town.announce()


def test_three_a_day_of_the_meetings_zone(town: Town) -> None:
    for _ in range(3):
        town.announce()
    with pytest.raises(DraftChanged):
        town.announce()
    row = town.announce(at=NOW + timedelta(hours=12))
    assert row.sends_at == NOW + timedelta(hours=22)  # 22:00 waits for 8:00 of the next day


def test_a_report_waits_until_everybody_was_told(town: Town) -> None:
    row = town.announce()
    town.tick()
    now = THEN + REPORTED_AFTER
    town.tick(now)
    assert town.told("org_say") == []
    town.do(_end)
    town.tick(now + REPORTED_AFTER)
    assert town.told("org_say") == [town.rosa.person_id]
    assert town.store.read(announcements.numbers, town.row(row)) == {"reached": 5, "to_go": 0, "missed": 2}


def _end(session: Session) -> None:
    rows = session.scalars(select(Outbox).where(Outbox.kind == announcements.KIND)).all()
    for row in rows:
        row.state, row.settled_at = "sent", THEN
    rows[0].state, rows[1].state, rows[1].reason = "dead", "dropped", "hushed"


def test_who_left_meanwhile_is_told_nothing_and_a_shared_phone_hears_it_once(town: Town) -> None:
    owner, leaves, *_others = town.people

    def share(session: Session) -> int:
        ward = on_behalf.sign_up(
            session, town.meeting, "Zoila", owner_id=owner, together=False, actor=Actor(owner, "chat"), now=NOW
        )
        session.execute(delete(Outbox))
        return ward.person_id or 0

    ward = town.do(share)
    row = town.announce()
    town.tick()
    params = {"meeting": town.meeting, "announcement": row.id}

    def said(session: Session, /, person_id: int, **more: int) -> int:
        who = Who(person_id, "es")
        return len(catalogue.render(session, who, announcements.KIND, {**params, **more}, now=THEN, links=LINKS))

    assert ward in town.told()
    assert town.store.read(said, owner) == 1
    assert town.store.read(said, ward, **{"for": ward}) == 0
    town.do(lambda s: s.execute(delete(Outbox).where(Outbox.person_id == owner)))
    assert town.store.read(said, ward, **{"for": ward}) == 1  # its owner is not told of this one

    def leave(session: Session) -> None:
        _becomes(session, leaves, state="cancelled", cancelled_at=NOW)

    town.do(leave)
    assert town.store.read(said, leaves) == 0
    assert town.store.read(said, town.rosa.person_id or 0) == 0


def test_it_is_her_own_data_let_go_with_her_and_after_a_month(town: Town) -> None:
    sent = town.announce()
    town.tick()
    waits = town.announce(text="Otro", at=THEN)
    kept = town.store.read(privacy.my_data, town.rosa.person_id or 0, NOW)["announcements"]
    assert [(each["to"], each["text"], each["state"]) for each in kept] == [
        ("all", "Lleven agua", "sent"),
        ("all", "Otro", "waiting"),
    ]
    town.do(lambda s: s.add(Staff(role="organiser", person_id=town.people[0])))
    town.store.write(privacy.erase, town.rosa.person_id or 0, actor=town.rosa, now=THEN)
    assert town.store.read(lambda s: s.get(Announcement, waits.id)) is None
    assert town.row(sent).author_id is None
    town.tick(THEN + timedelta(hours=1))
    assert town.told() == town.people
    town.store.write(retention.let_go, now=THEN + timedelta(days=31))
    assert town.store.read(lambda s: s.scalars(select(Announcement.id)).all()) == []


def test_a_role_in_one_meeting_writes_to_no_other(town: Town) -> None:
    def other(session: Session) -> tuple[int, Actor]:
        meeting = factories.meeting(session, code="otro")
        luis = factories.person(session, "Luis")
        session.add(Staff(role="organiser", person_id=luis.id, meeting_id=meeting.id))
        session.flush()
        assert staff.organises(session, luis.id, meeting.id)
        return meeting.id, Actor(luis.id, "chat")

    _meeting, luis = town.do(other)
    with pytest.raises(NotAnOrganiser):
        town.store.write(announcements.begin, town.meeting, "all", actor=luis, now=NOW)
    row = town.announce()
    with pytest.raises(NotAnOrganiser):
        town.store.write(announcements.undo, row.id, actor=luis, now=NOW)
