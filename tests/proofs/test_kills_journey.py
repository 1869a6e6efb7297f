"""People sign up while the bot is killed again and again: nothing that was acknowledged is lost, nobody is stuck."""

import asyncio
import contextlib
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from civic.places import ON_THE_LIST, TAKING
from civic.schema import Audit, FailedUpdate, HandledUpdate, Meeting, Need, Party, Registration
from civic.schema import Person as Known
from civic.store import Store
from tests import factories
from tests.journeys.scenes import next_morning
from tests.proofs.conftest import Found
from tests.proofs.kills import Journal, a_town, chances, live_until
from tests.proofs.scale import Scale
from tests.proofs.signing_up import MEETING, WHEELCHAIR, ZONES, Person, bring, gather, unconfirmed
from tests.simulator_process import Telegram, until

MOST_IN_FLIGHT: Final = 100
"""Answers at a kill: the window of updates that polling works in."""
MESSAGES_EACH: Final = 10
"""Which one person hears on her way, at least."""
SECONDS: Final = 300.0
"""For all people to be done once the kills are over, on a busy machine."""


async def test_a_journey_outlives_kills(
    telegram: Telegram, database_url: str, database_kind: str, tmp_path: Path, scale: Scale, found: Found
) -> None:
    chance = chances()
    await next_morning(telegram)
    people = await gather(telegram, scale.people, chance)
    store = Store(database_url)
    try:
        store.write(_convene, scale.people * 7 // 10, now=await telegram.now())
        journal = Journal(telegram)
        in_flight: list[int] = []
        """Messages said, whose update was not marked as answered at each kill."""
        share = scale.people * MESSAGES_EACH // (scale.kills + 1)
        async with a_town(telegram, database_url, tmp_path) as town, asyncio.TaskGroup() as group:
            bringing = group.create_task(bring(journal, people))
            for each in people:
                group.create_task(each.signs_up())
            for _ in range(scale.kills):
                said, marked = len(journal.said), store.read(_answers, marked=True)
                await live_until(town, partial(_has_said, journal, said + chance.randint(1, share)))
                await journal.settle()
                in_flight.append(len(journal.said) - said - (store.read(_answers, marked=True) - marked))
            assert not all(each.done for each in people), "the last kill came after the journey"
            await town.start()
            await until(lambda: all(each.done for each in people), timeout=SECONDS)
            await until(lambda: _is_over(telegram), timeout=SECONDS)
            bringing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await bringing
        let_go = store.read(_let_go)
        acts = sum(each.acts for each in people)
        unhandled = acts - store.read(_ended)
        differences = [each for person in people for each in store.read(_differences, person)]
        duplicates = len(journal.said) - store.read(_answers)
        print(f"said and not marked: {in_flight}")  # noqa: T201 - for whoever looks into a failure
        found(
            "Kills during a journey",
            database=database_kind,
            people=scale.people,
            updates=acts,
            kills=scale.kills,
            lost=len(differences) + unhandled,
            duplicates=duplicates,
            in_flight_at_all_kills=sum(in_flight),
            most_in_flight_at_one=max(in_flight),
            let_go=let_go,
        )
        assert differences == []
        assert unhandled == 0, "every update is handled"
        assert store.read(_taken) <= store.read(_capacity)
        in_order = store.read(_waiting)
        assert in_order == sorted(in_order)
        assert len(set(in_order)) == len(in_order)
        assert sum(each.repeated for each in people) <= let_go, "who is answered need not ask again"
        assert 0 <= duplicates <= sum(in_flight)
        assert max(in_flight) <= MOST_IN_FLIGHT
    finally:
        store.close()


def _has_said(journal: Journal, number: int) -> bool:
    return len(journal.said) >= number


def _convene(session: Session, capacity: int, *, now: datetime) -> None:
    """Convene a meeting that asks everything, and has fewer places than people."""
    workshops = [{"capacity": 30, "topic": f"Tema {number}", "features": [WHEELCHAIR]} for number in range(1, 4)]
    factories.meeting(
        session,
        code=MEETING,
        capacity=capacity,
        workshops=workshops * -(-capacity // 90),
        needs=[WHEELCHAIR],
        attributes={"zone": list(ZONES)},
        now=now,
    )


def _answers(session: Session, *, marked: bool = False) -> int:
    """Count the messages that updates are answered with, each once; of those alone that are marked as answered."""
    handled = select(HandledUpdate.replies)
    return sum(map(len, session.scalars(handled.where(HandledUpdate.answered) if marked else handled)))


async def _is_over(telegram: Telegram) -> bool:
    return await unconfirmed(telegram) == 0


def _ended(session: Session) -> int:
    """Count the updates that were handled, or let go: one whose answer was on its way at three kills is both."""
    let_go = select(FailedUpdate.update_id).where(FailedUpdate.let_go_at.is_not(None))
    return len(session.execute(select(HandledUpdate.update_id).union(let_go)).all())


def _let_go(session: Session) -> int:
    return session.scalar(select(func.count()).where(FailedUpdate.let_go_at.is_not(None))) or 0


def _capacity(session: Session) -> int:
    return session.scalars(select(Meeting.capacity)).one()


def _taken(session: Session) -> int:
    return session.scalar(select(func.count()).where(Registration.state.in_(TAKING))) or 0


def _waiting(session: Session) -> list[int]:
    """Give the numbers of who waits, in the order in which they came."""
    came = select(Audit.id).where(Audit.act == "register", Audit.subject == "r" + cast(Registration.id, String))
    return [
        number
        for number in session.scalars(
            select(Registration.queue_number)
            .where(Registration.state.in_(ON_THE_LIST), Registration.person_id.is_not(None))
            .order_by(came.scalar_subquery())
        )
        if number is not None
    ]


def _differences(session: Session, person: Person) -> list[str]:
    """Compare what somebody said, and was told, with what is kept of her; every difference is something lost."""
    known = session.scalars(select(Known).where(Known.telegram_id == person.chat)).first()
    own = session.scalars(select(Registration).where(Registration.person_id == known.id)).first() if known else None
    if known is None or own is None:
        return [f"{person.name} is not known"]
    party = session.get_one(Party, own.party_id)
    needs = session.scalars(select(Need.need).where(Need.registration_id == own.id)).all()
    brought = session.scalar(select(func.count()).where(Registration.registered_by == known.id)) or 0
    offered = person.told == "waiting" and own.state == "offered"
    kept = {
        "state": "waiting" if offered else own.state,
        "name": own.name,
        "own name": known.name,
        "called": own.name,
        "phone": "".join(filter(str.isdigit, known.phone or "")),
        "topics": party.choices,
        "attributes": own.attributes,
        "needs": list(needs),
        "companions": brought,
    }
    said = {
        "state": person.told,
        "name": person.name,
        "own name": person.name,
        "called": person.called,
        "phone": person.digits,
        "topics": person.topics,
        "attributes": {"zone": person.zone},
        "needs": [WHEELCHAIR] if person.in_a_wheelchair else [],
        "companions": person.companions,
    }
    return [f"{person.name}: {what} {kept[what]!r}, not {said[what]!r}" for what in said if kept[what] != said[what]]
