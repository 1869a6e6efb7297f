"""Claiming and settling: who may be told, what the quiet hours hold, and that nothing is claimed twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import delivery, leases, outbox
from civic.delivery import Asked, Outcome, Parcel
from civic.outbox import Priority
from civic.schema import Conversation, Offer, Outbox, Party, Person
from civic.store import Store
from tests.factories import NOW, meeting, person

NIGHT = NOW + timedelta(hours=12)
"""22:00 in Bogotá."""
MORNING = NOW + timedelta(hours=22)
"""8:00 the next day."""
SECOND = timedelta(seconds=1)


def owe(store: Store, *, cause: str = "m1", kind: str = "reminder", due_at: datetime = NOW, **row: Any) -> int:
    """Owe somebody new a message; give her id."""
    columns = row.pop("person", {})

    def write(session: Session) -> int:
        maria = person(session, **columns)
        outbox.enqueue(session, maria.id, cause=cause, kind=kind, due_at=due_at, **row)
        return maria.id

    return store.write(write)


def claim(
    store: Store, *, now: datetime = NOW, true_now: datetime = NOW, holder: str = "one", limit: int = 50
) -> list[Parcel]:
    return store.write(delivery.claim, holder=holder, now=now, true_now=true_now, zone="America/Bogota", limit=limit)


def settle(store: Store, *outcomes: Outcome, true_now: datetime = NOW, holder: str = "one") -> None:
    store.write(delivery.settle, outcomes, holder=holder, bot_id=1, now=NOW, true_now=true_now)


def ids(parcels: list[Parcel]) -> tuple[int, ...]:
    return tuple(row.id for parcel in parcels for row in parcel.rows)


def rows(store: Store) -> list[Outbox]:
    return store.read(lambda session: list(session.scalars(select(Outbox).order_by(Outbox.id))))


def ends(store: Store) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in rows(store)]


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(store: Store) -> None:
    owe(store)
    mine = ids(claim(store))
    assert len(mine) == 1
    assert claim(store, holder="two") == []
    assert claim(store, holder="two", true_now=NOW + delivery.LEASE - SECOND) == []
    assert ids(claim(store, holder="two", true_now=NOW + delivery.LEASE)) == mine


def test_a_moved_clock_ends_no_lease(store: Store) -> None:
    owe(store)
    claim(store)
    assert claim(store, holder="two", now=NOW + timedelta(days=30)) == []


def test_only_the_holder_marks(store: Store) -> None:
    owe(store)
    mine = ids(claim(store))
    settle(store, Outcome(mine, "sent", message_id=7), holder="two")
    assert ends(store) == [("pending", None)]
    settle(store, Outcome(mine, "sent", message_id=7))
    assert [(row.state, row.message_id, row.settled_at, row.leased_by) for row in rows(store)] == [
        ("sent", 7, NOW, None)
    ]


def test_the_most_urgent_goes_first_and_a_chats_rows_go_together(store: Store) -> None:
    first = owe(store, cause="a", priority=Priority.MASS)
    owe(store, cause="b", priority=Priority.USUAL)
    urgent = owe(store, cause="c", priority=Priority.URGENT)

    def also(session: Session) -> None:
        outbox.enqueue(session, urgent, cause="d", kind="seated", due_at=NOW, priority=Priority.MASS)
        outbox.enqueue(session, urgent, cause="e", kind="seated", due_at=NOW + SECOND)

    store.write(also)
    (parcel,) = claim(store, limit=1)
    assert [(row.person_id, row.kind) for row in parcel.rows] == [(urgent, "reminder"), (urgent, "seated")]
    assert parcel.priority == Priority.URGENT
    assert [row.person_id for parcel in claim(store) for row in parcel.rows][-1] == first


def test_what_failed_waits_out_its_back_off_in_true_time_and_is_counted(store: Store) -> None:
    owe(store)
    settle(store, Outcome(ids(claim(store)), "pending", reason="500", wait=30, counted=True))
    assert claim(store, true_now=NOW + timedelta(seconds=29)) == []
    (again,) = claim(store, true_now=NOW + timedelta(seconds=30))
    assert again.rows[0].attempts == 1


@pytest.mark.parametrize(
    ("columns", "row", "end"),
    [
        ({"tell": "nothing"}, {}, ("dropped", "hushed")),
        ({"tell": "nothing"}, {"kind": "cancelled"}, ("dropped", "hushed")),
        ({"tell": "nothing"}, {"priority": Priority.REPLY}, None),
        ({"tell": "changes"}, {}, ("dropped", "hushed")),
        ({"tell": "changes"}, {"kind": "cancelled"}, None),
        ({"unreachable_since": NOW}, {}, ("dead", "unreachable")),
        ({"chat_id": None}, {}, ("dropped", "no chat")),
        ({}, {"until": NOW}, ("dropped", "late")),
        ({}, {"until": NOW + SECOND}, None),
    ],
)
def test_who_may_be_told(
    store: Store, columns: dict[str, Any], row: dict[str, Any], end: tuple[str, str] | None
) -> None:
    owe(store, person=columns, **row)
    assert bool(claim(store)) is (end is None)
    assert ends(store) == [end or ("pending", None)]


def test_who_was_erased_is_told_nothing(store: Store) -> None:
    gone = owe(store)
    store.write(lambda session: session.delete(session.get_one(Person, gone)))
    assert claim(store) == []
    assert ends(store) == [("dropped", "nobody")]


def test_the_quiet_hours_hold_until_morning(store: Store) -> None:
    owe(store)
    assert claim(store, now=NIGHT) == []
    assert [(row.state, row.due_at) for row in rows(store)] == [("pending", MORNING)]
    assert not store.read(delivery.anything_due, now=NIGHT, true_now=NOW)
    assert store.read(delivery.next_due, NIGHT) == MORNING
    assert len(claim(store, now=MORNING)) == 1


@pytest.mark.parametrize(
    ("kind", "priority", "starts_in", "goes"),
    [
        ("cancelled", Priority.URGENT, timedelta(hours=35), True),
        ("cancelled", Priority.URGENT, timedelta(hours=37), False),
        ("reminder", Priority.URGENT, timedelta(hours=35), False),
        ("place", Priority.REPLY, timedelta(days=20), True),
    ],
)
def test_what_cannot_wait_goes_at_night(
    store: Store,
    kind: str,
    priority: Priority,
    starts_in: timedelta,
    goes: bool,  # noqa: FBT001 - a table's column
) -> None:
    meeting_id = store.write(lambda session: meeting(session, starts_in=starts_in).id)
    owe(store, kind=kind, priority=priority, params={"meeting": meeting_id})
    assert bool(claim(store, now=NIGHT)) is goes


def test_the_quiet_hours_are_those_of_the_meeting_that_a_row_is_about(store: Store) -> None:
    def offer(session: Session) -> int:
        made = meeting(session, timezone="Asia/Tokyo")
        party = Party(meeting_id=made.id, link="x", choices=[])
        session.add(party)
        session.flush()
        row = Offer(meeting_id=made.id, party_id=party.id, places=1, made_at=NOW, expires_at=NOW + timedelta(days=1))
        session.add(row)
        session.flush()
        return row.id

    owe(store, kind="offer", params={"offer": store.write(offer)})
    assert claim(store) == []  # midnight in Tokyo
    assert len(claim(store, now=NIGHT)) == 1  # noon there


def test_a_reply_before_consent_goes_to_its_chat_in_its_language(store: Store) -> None:
    def reply(session: Session) -> None:
        session.add(Conversation(key="1:5", chat_id=5, state=None, data={"language": "en"}, touched_at=NOW))
        session.add(
            Outbox(
                chat_id=5, cause="x1/1/0", kind="help", params={}, priority=0, due_at=NOW, state="pending", attempts=0
            )
        )

    store.write(reply)
    (parcel,) = claim(store)
    assert (parcel.chat_id, parcel.rows[0].person_id, parcel.rows[0].language) == (5, None, "en")


def test_looking_again_finds_what_was_silenced_or_hushed_since(store: Store) -> None:
    people = [owe(store, cause=f"c{number}") for number in range(4)]
    mine = ids(claim(store))

    def change(session: Session) -> None:
        session.get_one(Outbox, mine[0]).state = "dropped"
        session.get_one(Person, people[1]).tell = "nothing"
        session.get_one(Outbox, mine[2]).leased_by = "two"

    store.write(change)
    assert store.read(delivery.still, mine, holder="one", now=NOW) == {mine[3]}


def test_a_chat_that_is_gone_makes_its_person_unreachable(store: Store) -> None:
    gone = owe(store, person={"telegram_id": 77})
    settle(store, Outcome(ids(claim(store)), "dead", reason="Forbidden", gone=77))
    assert store.read(lambda session: session.get_one(Person, gone).unreachable_since) == NOW
    assert ends(store) == [("dead", "Forbidden")]


def test_a_chat_that_moved_is_followed(store: Store) -> None:
    moved = owe(store, person={"telegram_id": 77})
    settle(store, Outcome((), "pending", moved=(77, 78)))
    assert store.read(lambda session: session.get_one(Person, moved).chat_id) == 78


@pytest.mark.parametrize(
    ("last_wrote", "state", "asked", "news"),
    [
        (timedelta(minutes=5), "name:1", "question", "reminder"),
        (timedelta(days=5), None, "reminder", None),
    ],
)
def test_what_was_told_is_the_open_question_unless_the_person_is_talking(
    store: Store, last_wrote: timedelta, state: str | None, asked: str, news: str | None
) -> None:
    def talk(session: Session) -> None:
        data: dict[str, Any] = {"asked": {"kind": "question", "params": {}, "step": "name:1"}}
        session.add(Conversation(key="1:5", chat_id=5, state="name:1", data=data, touched_at=NOW - last_wrote))

    store.write(talk)
    settle(store, Outcome((), "sent", asked=Asked(5, "reminder", {"meeting": 1})))
    kept = store.read(lambda session: session.get_one(Conversation, "1:5"))
    assert kept.state == state
    assert kept.data["asked"]["kind"] == asked
    assert kept.data.get("news", {}).get("kind") == news


def test_what_was_given_up_is_listed_and_tried_again(store: Store) -> None:
    owe(store)
    settle(store, Outcome(ids(claim(store)), "dead", reason="Bad Request"))
    assert [row.reason for row in store.read(delivery.dead)] == ["Bad Request"]
    assert store.write(delivery.retry, [12345], now=NOW) == 0
    assert store.write(delivery.retry, None, now=NOW) == 1
    assert len(claim(store)) == 1


def test_four_deliverers_at_once_claim_each_row_once(store: Store) -> None:
    def many(session: Session) -> None:
        for number in range(200):
            outbox.enqueue(session, person(session).id, cause=f"c{number}", kind="reminder", due_at=NOW)

    store.write(many)

    def work(holder: str) -> list[int]:
        mine: list[int] = []
        while found := ids(claim(store, holder=holder, limit=10)):
            mine += found
        return mine

    with ThreadPoolExecutor(4) as threads:
        claimed = [row for mine in threads.map(work, "abcd") for row in mine]
    assert len(claimed) == len(set(claimed)) == 200


def test_one_lease_has_one_holder_until_it_ends_or_is_given_back(store: Store) -> None:
    def hold(holder: str, after: float = 0) -> bool:
        return store.write(
            leases.hold, "deliverer:1", holder, true_now=NOW + timedelta(seconds=after), lasting=timedelta(seconds=15)
        )

    assert [hold("one"), hold("two"), hold("one", 10), hold("two", 24.9), hold("two", 25), hold("one", 26)] == [
        True, False, True, False, True, False,
    ]  # fmt: skip
    store.write(leases.release, "deliverer:1", "two")
    assert hold("one", 27)


def test_a_pause_is_heard_by_all_and_never_shortened(store: Store) -> None:
    store.write(leases.pause, 1, NOW + timedelta(seconds=30))
    store.write(leases.pause, 1, NOW + timedelta(seconds=5))
    store.write(leases.note_replies, 1, {100: 2})
    store.write(leases.note_replies, 1, {100: 3, 101: 1})
    assert store.read(leases.allowance, 1, 100) == leases.Allowance(NOW + timedelta(seconds=30), 5)
    store.write(leases.forget_seconds, 101)
    assert store.read(leases.allowance, 1, 100).replies == 0
