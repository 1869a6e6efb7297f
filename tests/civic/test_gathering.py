"""One message a day: what is gathered, what waits until morning, and what is too late to wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import delivery, outbox
from civic.delivery import Outcome, Parcel
from civic.outbox import Priority
from civic.schema import Outbox, Person
from civic.store import Store
from tests.factories import NOW, meeting, person

NOON = NOW + timedelta(hours=2)
EVENING = NOW + timedelta(hours=10)
"""20:00 in Bogotá."""
MORNING = NOW + timedelta(hours=22)
"""8:00 the next day."""
LATER = timedelta(days=9)


class Chat:
    """A chat with people in it, and what they are owed."""

    def __init__(self, store: Store, people: int = 1) -> None:
        self.store = store
        self.owed = 0
        self.people = store.write(lambda session: [person(session, chat_id=77).id for _ in range(people)])

    def owe(
        self,
        kind: str = "reminder",
        due_at: datetime = NOW,
        *,
        who: int = 0,
        priority: Priority = Priority.MASS,
        until: datetime | None = NOW + LATER,
        **params: Any,
    ) -> int:
        """Owe one of them a message; give its id."""
        self.owed += 1
        cause = f"m1/{self.owed}"

        def write(session: Session) -> int:
            outbox.enqueue(
                session,
                self.people[who],
                cause=cause,
                kind=kind,
                due_at=due_at,
                params=params or None,
                priority=priority,
                until=until,
            )
            return session.scalars(select(Outbox.id).where(Outbox.cause == cause)).one()

        return self.store.write(write)

    def claim(self, now: datetime = NOW, *, true_now: datetime = NOW, holder: str = "one") -> list[int]:
        """Claim what is due; give the rows."""
        parcels = self.store.write(
            delivery.claim, holder=holder, now=now, true_now=true_now, zone="America/Bogota", limit=50
        )
        return ids(parcels)

    def send(self, now: datetime = NOW) -> list[int]:
        """Claim what is due and say that it was sent; give the rows."""
        claimed = self.claim(now)
        outcome = Outcome(tuple(claimed), "sent", message_id=1)
        self.store.write(delivery.settle, [outcome], holder="one", bot_id=1, now=now, true_now=NOW)
        return claimed

    def change(self, act: Callable[[Session], object]) -> None:
        """Change something of the world."""
        self.store.write(act)

    def waits_until(self, row: int) -> datetime:
        """Say when a row is due."""
        return self.store.read(lambda session: session.get_one(Outbox, row).due_at)


def ids(parcels: list[Parcel]) -> list[int]:
    return [row.id for parcel in parcels for row in parcel.rows]


@pytest.fixture
def chat(store: Store) -> Chat:
    return Chat(store)


@pytest.mark.parametrize("kind", ["reminder", "nudge", "ask_again", "digest", "results"])
def test_the_first_message_of_a_day_takes_along_what_is_due_until_20(chat: Chat, kind: str) -> None:
    rows = [chat.owe(), chat.owe(kind, NOON), chat.owe(kind, EVENING)]
    after = chat.owe(kind, EVENING + timedelta(minutes=1))
    assert chat.send() == rows
    assert chat.claim(EVENING - timedelta(minutes=1)) == []
    assert chat.waits_until(after) == EVENING + timedelta(minutes=1)


def test_what_comes_later_waits_until_8_and_then_takes_along_that_days(chat: Chat) -> None:
    first, second = chat.owe(), chat.owe("nudge", NOON)
    assert chat.send() == [first, second]
    third = chat.owe("ask_again", NOON)
    assert chat.send(NOON) == []
    assert chat.waits_until(third) == MORNING
    tomorrow = chat.owe("reminder", MORNING + timedelta(hours=6))
    assert chat.send(MORNING) == [third, tomorrow]


@pytest.mark.parametrize(("until", "goes"), [(MORNING, True), (MORNING + timedelta(minutes=1), False), (None, False)])
def test_what_would_be_too_late_in_the_morning_goes(
    chat: Chat,
    until: datetime | None,
    goes: bool,  # noqa: FBT001 - a table's column
) -> None:
    chat.owe()
    chat.send()
    second = chat.owe("reminder", NOON, until=until)
    assert chat.send(NOON) == [second] * goes


@pytest.mark.parametrize(
    ("kind", "priority"),
    [
        ("reminder", Priority.URGENT),
        ("feedback", Priority.URGENT),
        ("offer", Priority.URGENT),
        ("published", Priority.MASS),
        ("seated", Priority.USUAL),
    ],
)
def test_news_go_at_once_and_count_for_nobodys_day(chat: Chat, kind: str, priority: Priority) -> None:
    for moment in (NOW, NOON):
        row = chat.owe(kind, moment, priority=priority)
        assert chat.send(moment) == [row]
    daily = chat.owe("reminder", NOON)
    assert chat.send(NOON) == [daily]
    row = chat.owe(kind, NOON, priority=priority)
    assert chat.send(NOON) == [row]


def test_news_take_nothing_of_the_day_along_before_its_hour(chat: Chat) -> None:
    news, daily = chat.owe("published"), chat.owe("reminder", NOON)
    assert chat.send() == [news]
    assert chat.send(NOON) == [daily]


def test_a_seat_that_waits_for_its_reminder_goes_with_it(chat: Chat) -> None:
    first, seat, reminder = chat.owe("nudge"), chat.owe("seated", NOON), chat.owe("reminder", NOON)
    assert chat.send() == [first, seat, reminder]


def test_a_shared_phone_has_one_message_a_day(store: Store) -> None:
    chat = Chat(store, people=3)
    rows = [chat.owe(who=0), chat.owe("nudge", NOON, who=1)]
    assert chat.send() == rows
    late = chat.owe("reminder", NOON, who=2)
    assert chat.send(NOON) == []
    assert chat.waits_until(late) == MORNING


def test_another_chat_has_a_day_of_its_own(chat: Chat, store: Store) -> None:
    chat.owe()
    chat.send()
    other = Chat(store)
    store.write(lambda session: setattr(session.get_one(Person, other.people[0]), "chat_id", 78))
    row = store.write(lambda session: outbox.enqueue(session, other.people[0], cause="m2", kind="reminder", due_at=NOW))
    assert row
    assert len(other.send()) == 1


def test_what_was_not_said_is_nobodys_day(chat: Chat) -> None:
    """Dropped as there was nothing to say, or failed: the next one goes."""
    for state, reason in (("dropped", "nothing to say"), ("dead", "Bad Request")):
        chat.owe()
        outcome = Outcome(tuple(chat.claim()), state, reason=reason)
        chat.store.write(delivery.settle, [outcome], holder="one", bot_id=1, now=NOW, true_now=NOW)
    row = chat.owe("nudge", NOON)
    assert chat.send(NOON) == [row]


def test_who_is_hushed_brings_nothing_forward(store: Store) -> None:
    chat = Chat(store, people=2)
    chat.owe(who=0)
    later = chat.owe("reminder", NOON, who=1)
    chat.change(lambda session: setattr(session.get_one(Person, chat.people[0]), "tell", "nothing"))
    assert chat.send() == []
    assert chat.send(NOON) == [later]


def test_what_a_hushed_person_is_owed_later_is_left_for_its_hour(store: Store) -> None:
    chat = Chat(store, people=2)
    first, later = chat.owe(who=0), chat.owe("reminder", NOON, who=1)
    chat.change(lambda session: setattr(session.get_one(Person, chat.people[1]), "tell", "nothing"))
    assert chat.send() == [first]
    assert chat.store.read(lambda session: session.get_one(Outbox, later).state) == "pending"


def test_the_day_is_that_of_the_meetings_zone(chat: Chat) -> None:
    """9:30 in Bogotá is 23:30 in Tokyo, and 19:00 there is 9:00 of the day after."""
    tokyo = chat.store.write(lambda session: meeting(session, timezone="Asia/Tokyo").id)
    early = NOW - timedelta(minutes=30)
    chat.owe(due_at=early)
    chat.send(early)
    row = chat.owe("reminder", NOW + timedelta(hours=9), meeting=tokyo)
    assert chat.send(NOW + timedelta(hours=9)) == [row]


def test_while_one_is_on_its_way_the_next_is_not_decided(chat: Chat) -> None:
    chat.owe()
    mine = chat.claim()
    row = chat.owe("nudge")
    assert chat.claim(holder="two") == []
    assert chat.claim(holder="two", true_now=NOW + timedelta(seconds=1)) == []
    failed = Outcome(tuple(mine), "dropped", reason="nothing to say")
    chat.store.write(delivery.settle, [failed], holder="one", bot_id=1, now=NOW, true_now=NOW)
    assert chat.claim(holder="two", true_now=NOW + timedelta(seconds=2)) == [row]


def test_two_claims_at_once_give_a_chat_one_message(store: Store) -> None:
    """Each claims one row at a time, so that both hold one of the chat: only one of them is its day's first."""
    people = 12

    def owe(session: Session) -> None:
        for number in range(people * 2):
            who = person(session, chat_id=900 + number // 2).id
            outbox.enqueue(session, who, cause="m1", kind="reminder", due_at=NOW, until=NOW + LATER)

    store.write(owe)
    barrier = Barrier(4)

    def work(holder: str) -> list[tuple[int, int]]:
        mine = []
        for _ in range(people):
            barrier.wait(timeout=60)
            parcels = store.write(delivery.claim, holder=holder, now=NOW, true_now=NOW, zone="America/Bogota", limit=1)
            mine += [(parcel.chat_id, row.id) for parcel in parcels for row in parcel.rows]
            messages.extend(parcel.chat_id for parcel in parcels)
        return mine

    messages: list[int] = []
    with ThreadPoolExecutor(4) as threads:
        claimed = [row for mine in threads.map(work, "abcd") for row in mine]
    assert len(set(claimed)) == len(claimed)
    assert sorted(messages) == sorted(set(messages))
    assert messages
