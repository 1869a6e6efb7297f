"""Which rows are one message, and when what failed is tried again."""

from typing import Any

import pytest

from civic.delivery import LEASE, Row
from scheduler.delivery import SEND_SECONDS, STOP_SECONDS
from scheduler.ready import LONGEST_BACK_OFF, Ready, again, back_off, together


def row(number: int, kind: str, person: int = 1, **params: Any) -> Row:
    return Row(number, person, "es", kind, params, 2, 0)


def said(*rows: Row) -> list[tuple[str, int | None, dict[str, Any], tuple[int, ...]]]:
    return [(each.kind, each.person_id, each.params, ids) for each, ids in together(rows)]


def test_the_news_of_a_person_are_one_message_where_the_first_stood() -> None:
    rows = (
        row(1, "help"),
        row(2, "published", update=21),
        row(3, "published", person=2, update=21),
        row(4, "place", registration=1),
        row(5, "updated", update=22),
        row(6, "published", update=23),
    )
    assert said(*rows) == [
        ("help", 1, {}, (1,)),
        ("news", 1, {"updates": [21, 22, 23]}, (2, 5, 6)),
        ("published", 2, {"update": 21}, (3,)),
        ("place", 1, {"registration": 1}, (4,)),
    ]


def test_on_a_shared_phone_the_same_news_is_said_once_and_to_others_by_name() -> None:
    rosa = {"person": 2, "for": 2}
    rows = (
        row(1, "published", update=21, **rosa),
        row(2, "published", update=21),
        row(3, "updated", update=22, **rosa),
        row(4, "updated", update=23, **rosa),
    )
    assert said(*rows) == [
        ("published", 1, {"update": 21}, (2, 1)),
        ("news", 2, {"updates": [22, 23], "for": 2}, (3, 4)),
    ]


def test_an_organisers_alerts_are_one_message_where_the_first_stood() -> None:
    rows = (
        row(1, "alert", meeting=1, what="few"),
        row(2, "help"),
        row(3, "alert", person=2, meeting=1, what="few"),
        row(4, "alert", meeting=2, what="rooms"),
    )
    assert said(*rows) == [
        ("alerts", 1, {"alerts": [{"meeting": 1, "what": "few"}, {"meeting": 2, "what": "rooms"}]}, (1, 4)),
        ("help", 1, {}, (2,)),
        ("alert", 2, {"meeting": 1, "what": "few"}, (3,)),
    ]


def test_that_a_meeting_is_off_is_said_once_in_a_chat_to_its_owner_before_others() -> None:
    rows = (
        row(1, "cancelled", person=2, meeting=1, **{"for": 2}),
        row(2, "cancelled", meeting=1),
        row(3, "cancelled", meeting=2),
    )
    assert said(*rows) == [("off", 1, {"meeting": 1, "others": [2]}, (1, 2)), ("cancelled", 1, {"meeting": 2}, (3,))]


def test_a_seat_goes_with_the_reminder_of_its_meeting_and_several_are_one_message() -> None:
    rows = (
        row(1, "seated", meeting=1),
        row(2, "seated", meeting=2),
        row(3, "seated", person=2, meeting=1),
        row(4, "reminder", meeting=1, what="7d"),
    )
    seats = [
        {"person": 1, "kind": "seated", "params": {"meeting": 2}},
        {"person": 2, "kind": "seated", "params": {"meeting": 1}},
    ]
    reminder = {"meeting": 1, "what": "7d", "seated": True}
    whole = [*seats, {"person": 1, "kind": "reminder", "params": reminder}]
    assert said(*rows) == [("day", 1, {"parts": whole}, (2, 3, 4, 1))]
    assert said(*rows[1:3]) == [("day", 1, {"parts": seats}, (2, 3))]
    assert said(rows[0], rows[3]) == [("reminder", 1, reminder, (4, 1))]
    assert said(rows[1]) == [("seated", 1, {"meeting": 2}, (2,))]


def test_what_is_gathered_by_the_day_is_one_message_with_last_calls_whoever_it_is_for() -> None:
    rows = (
        row(1, "help"),
        row(2, "reminder", meeting=1, what="7d"),
        row(3, "seated", meeting=1),
        row(4, "published", update=21),
        row(5, "nudge", person=2, meeting=3),
        row(6, "reminder", person=2, meeting=4, what="2h")._replace(priority=1),
    )
    parts = [
        {"person": 1, "kind": "reminder", "params": {"meeting": 1, "what": "7d", "seated": True}},
        {"person": 2, "kind": "nudge", "params": {"meeting": 3}},
        {"person": 2, "kind": "reminder", "params": {"meeting": 4, "what": "2h"}},
    ]
    assert said(*rows) == [
        ("help", 1, {}, (1,)),
        ("day", 1, {"parts": parts}, (2, 3, 5, 6)),
        ("published", 1, {"update": 21}, (4,)),
    ]


@pytest.mark.parametrize(("farther", "nearer"), [("10d", "9d"), ("1d", "2h"), ("4h", "2h")])
def test_of_two_reminders_of_a_meeting_the_nearer_says_all(farther: str, nearer: str) -> None:
    rows = (row(1, "reminder", meeting=1, what=farther), row(2, "reminder", meeting=1, what=nearer))
    assert said(*rows) == [("reminder", 1, {"meeting": 1, "what": nearer}, (1, 2))]
    assert said(*reversed(rows)) == [("reminder", 1, {"meeting": 1, "what": nearer}, (2, 1))]


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 2), (1, 4), (2, 8), (7, 256), (8, 512), (9, 900), (40, 900)])
def test_back_off_doubles_up_to_its_cap_and_no_two_wait_alike(attempts: int, seconds: float) -> None:
    waits = {back_off(attempts) for _ in range(200)}
    assert all(0.75 * seconds <= wait <= 1.25 * seconds for wait in waits)
    assert len(waits) > 100
    assert max(waits) <= 1.25 * LONGEST_BACK_OFF


def test_what_was_tried_often_enough_is_given_up() -> None:
    outcomes = [again(Ready(row(1, "help")._replace(attempts=n), (1,), ()), "500", most=3) for n in range(3)]
    assert [(each.state, each.counted, each.wait > 0) for each in outcomes] == [
        ("pending", True, True),
        ("pending", True, True),
        ("dead", True, False),
    ]


def test_a_lease_outlasts_a_send_and_the_stop() -> None:
    assert LEASE.total_seconds() > 2 * SEND_SECONDS
    assert STOP_SECONDS < 10
