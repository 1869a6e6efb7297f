"""Who is in the databases of the benchmark."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic import registration
from civic.audit import Actor
from civic.schema import Registration
from civic.store import Store
from tests import factories
from tests.bench.contenders import BenchFailed
from tests.bench.running import FIRST_CHAT


def sign_up(store: Store, people: int) -> dict[int, int]:
    """Sign so many people up, each in a chat of her own; give each chat's registration."""

    def seed(session: Session) -> dict[int, int]:
        now = true_now()
        meeting = factories.meeting(session, capacity=people, now=now)
        taps = {}
        for chat_id in range(FIRST_CHAT, FIRST_CHAT + people):
            who = factories.person(session, "Ana", telegram_id=chat_id, now=now)
            made = registration.register(session, meeting.id, who.id, name="Ana", actor=Actor(who.id, "chat"), now=now)
            taps[chat_id] = made.id
        assert not session.scalars(select(Registration).where(Registration.state != "registered")).first()
        return taps

    return store.write(seed)


def unconfirm(store: Store) -> None:
    """Make every tap a change again."""
    store.write(lambda session: session.execute(update(Registration).values(confirmed_version=None)))


def check_confirmed(store: Store, who: str) -> None:
    """Raise BenchFailed unless every tap did its work: an apology is an answer too, and a quick one."""
    undone = select(func.count()).where(Registration.confirmed_version.is_(None))
    if left := store.read(lambda session: session.scalar(undone)):
        raise BenchFailed(f"{who} answered, but did not confirm {left}")
