"""Which rows are one message."""

from typing import Any

from civic.delivery import Row
from scheduler.ready import together


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


def test_a_seat_goes_with_the_reminder_of_its_meeting_alone() -> None:
    rows = (
        row(1, "seated", meeting=1),
        row(2, "seated", meeting=2),
        row(3, "seated", person=2, meeting=1),
        row(4, "reminder", meeting=1, what="7d"),
    )
    assert said(*rows) == [
        ("seated", 1, {"meeting": 2}, (2,)),
        ("seated", 2, {"meeting": 1}, (3,)),
        ("reminder", 1, {"meeting": 1, "what": "7d", "seated": True}, (4, 1)),
    ]
