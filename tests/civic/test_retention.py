"""What is kept only for a while is let go, and nothing before its time."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import registration, retention
from civic.audit import BY_COMMAND
from civic.schema import Conversation, FailedUpdate, HandledUpdate, Need, Outbox, Registration
from civic.store import Store
from tests import factories
from tests.factories import NOW, person

SECOND = timedelta(seconds=1)


def kept(session: Session, now: datetime) -> list[int]:
    """Let go what is due by a moment; count the rows that are left, in the order of TABLES."""
    retention.let_go(session, now=now)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


TABLES = (Conversation, HandledUpdate, FailedUpdate, Outbox)


def fill(session: Session) -> None:
    maria = person(session, telegram_id=6)
    session.add_all(
        [
            Conversation(key="1:5", chat_id=5, state=None, data={}, touched_at=NOW),
            Conversation(key="1:6", chat_id=6, state=None, data={}, touched_at=NOW),
            HandledUpdate(bot_id=1, update_id=1, at=NOW, replies=[]),
            FailedUpdate(bot_id=1, update_id=2, at=NOW, tries=3),
        ]
    )
    for number, (state, priority) in enumerate((("sent", 2), ("sent", 0), ("dropped", 3), ("dead", 2), ("pending", 2))):
        session.add(
            Outbox(
                person_id=maria.id,
                cause=f"c{number}",
                kind="help",
                priority=priority,
                due_at=NOW,
                state=state,
                attempts=0,
                settled_at=None if state == "pending" else NOW,
            )
        )


def test_everything_is_kept_as_long_as_promised_and_no_longer(store: Store) -> None:
    store.write(fill)
    assert store.write(kept, NOW + timedelta(days=2)) == [2, 1, 1, 5]
    assert store.write(kept, NOW + timedelta(days=2) + SECOND) == [2, 0, 1, 5]
    assert store.write(kept, NOW + timedelta(days=7)) == [2, 0, 1, 5]
    assert store.write(kept, NOW + timedelta(days=7) + SECOND) == [1, 0, 0, 4]
    assert store.write(kept, NOW + timedelta(days=90)) == [1, 0, 0, 4]
    assert store.write(kept, NOW + timedelta(days=90) + SECOND) == [1, 0, 0, 2]


def test_the_chat_of_who_has_consented_is_kept(store: Store) -> None:
    store.write(fill)
    store.write(kept, NOW + timedelta(days=400))
    assert store.read(lambda session: list(session.scalars(select(Conversation.chat_id)))) == [6]


def test_a_reply_that_nobody_takes_is_let_go_with_its_chat(store: Store) -> None:
    def owe(session: Session) -> None:
        columns = {"kind": "help", "priority": 0, "due_at": NOW, "attempts": 0, "chat_id": 5}
        session.add(Outbox(cause="x1/1/0", state="dead", settled_at=NOW, **columns))
        session.add(Outbox(cause="x1/2/0", state="pending", **columns))

    store.write(owe)
    store.write(kept, NOW + timedelta(days=7) + SECOND)
    assert store.read(lambda session: list(session.scalars(select(Outbox.state)))) == ["pending"]


def test_what_is_owed_or_given_up_is_never_let_go(store: Store) -> None:
    store.write(fill)
    store.write(kept, NOW + timedelta(days=400))
    states = select(Outbox.state).order_by(Outbox.id)
    assert store.read(lambda session: list(session.scalars(states))) == ["dead", "pending"]


def test_needs_go_when_they_serve_nobody_any_more(store: Store) -> None:
    def world(session: Session) -> None:
        meeting = factories.meeting(session, needs=["wheelchair"])
        for name, state, since in (
            ("comes", "registered", None),
            ("gave up", "cancelled", NOW),
            ("dropped", "cancelled", NOW),
        ):
            ana = factories.person(session, name)
            own = registration.register(session, meeting.id, ana.id, name=name, actor=BY_COMMAND, now=NOW)
            own.answered = ["needs"]
            session.add(Need(registration_id=own.id, need="wheelchair"))
            own.state, own.cancelled_at, own.cancelled_from = state, since, "registered" if since else None
            if name == "dropped":
                own.person_id = None

    def left(session: Session) -> dict[str | None, int]:
        rows = session.execute(
            select(Registration.name, func.count(Need.need))
            .outerjoin(Need)
            .group_by(Registration.id, Registration.name)
        )
        return dict(rows.all())

    store.write(world)
    store.write(retention.let_go, now=NOW + timedelta(days=1))
    assert store.read(left) == {"comes": 1, "gave up": 1, "dropped": 1}
    store.write(retention.let_go, now=NOW + timedelta(days=3))
    assert store.read(left) == {"comes": 1, "gave up": 0, None: 0}
    store.write(retention.let_go, now=NOW + timedelta(days=60))
    assert store.read(left) == {"comes": 0, "gave up": 0, None: 0}
    assert store.read(lambda s: set(map(tuple, s.scalars(select(Registration.answered))))) == {()}
