"""A crowd: people who greeted the bot and have their places, and something published that all of them are told."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import commitment_file, commitments, registration
from civic.audit import BY_COMMAND
from civic.schema import Outbox
from civic.store import Store
from tests import factories
from tests.journeys import scenes
from tests.journeys.scenes import next_morning
from tests.journeys.town import TOKEN
from tests.simulator_process import Json, Telegram

NEWS: Final = "Un nuevo compromiso"
"""What everybody is told of what was published."""
COUNTING: Final = ("send", "edit", "copy", "forward")
"""How the names of methods begin that count for the pace; sendChatAction does not."""
TOGETHER: Final = 40
REACHED: Final = 200
TOO_MANY: Final = 429


async def gather(telegram: Telegram, number: int) -> list[int]:
    """Bring people who have written to the bot, so that it may write to them; what they wrote is let go unread."""
    await telegram.call(TOKEN, "getMe")
    chats: list[int] = []
    for start in range(0, number, TOGETHER):
        few = range(start, min(number, start + TOGETHER))
        new = await asyncio.gather(*(telegram.user(first_name=f"Persona {each}") for each in few))
        await asyncio.gather(*(telegram.send(chat, "hola") for chat in new))
        chats += new
    await telegram.call(TOKEN, "deleteWebhook", drop_pending_updates=True)
    return chats


def seat(session: Session, chats: Sequence[int], *, now: datetime, more: int = 0) -> None:
    """Give everybody a place at the meeting «plaza» in twenty days, which has as many places and some more."""
    meeting = factories.meeting(session, code="plaza", capacity=len(chats) + more, now=now)
    for chat in chats:
        person = factories.person(session, telegram_id=chat, now=now)
        registration.register(session, meeting.id, person.id, name="Ana", actor=BY_COMMAND, now=now)


def publish(session: Session, file: Path, *, now: datetime) -> None:
    """Publish the commitments of a file: everybody is told of them when the minute is over."""
    parsed = commitment_file.read(file.read_bytes())
    commitments.import_commitments(session, parsed, actor=BY_COMMAND, now=now)
    commitments.publish(session, parsed.meeting, None, actor=BY_COMMAND, now=now)


async def with_news(telegram: Telegram, store: Store, number: int, folder: Path) -> list[int]:
    """Bring a crowd that is owed news; nothing runs yet: whoever starts finds it all due. Gives the chats."""
    await next_morning(telegram)
    chats = await gather(telegram, number)
    now = await telegram.now()
    store.write(seat, chats, now=now, more=number)
    store.write(publish, scenes.commitment_file(folder, "plaza", "anden"), now=now)
    await telegram.advance("PT1M")
    return chats


def owed(session: Session) -> int:
    """Count what waits to be said."""
    return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == "pending")) or 0


def counting(requests: Sequence[Json]) -> list[Json]:
    """Give the calls that count for the pace."""
    return [each for each in requests if each["method"].startswith(COUNTING) and each["method"] != "sendChatAction"]


def reached(requests: Sequence[Json], words: str = NEWS) -> Counter[int]:
    """Count how often each chat was told something, by the calls that Telegram took."""
    return Counter(
        each["chat_id"] for each in requests if each["status"] == REACHED and words in str(each["params"].get("text"))
    )


def at(request: Json) -> float:
    """Say when a call came, in seconds of true time."""
    return datetime.fromisoformat(request["at"]).timestamp()


def peak(moments: Sequence[float], window: timedelta = timedelta(seconds=1)) -> int:
    """Say how many there were in the fullest window, wherever it begins."""
    most, first = 0, 0
    moments = sorted(moments)
    for number, moment in enumerate(moments):
        while moments[first] <= moment - window.total_seconds():
            first += 1
        most = max(most, number - first + 1)
    return most
