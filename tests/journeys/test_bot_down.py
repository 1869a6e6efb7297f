"""The bot was down over what was due: it sends what still makes sense, and says nothing absurd."""

from datetime import date, timedelta
from pathlib import Path

from tests.journeys.scenes import Diary, convene, go_to, meeting_file, next_morning, sent_at_night, sign_up, when
from tests.journeys.town import Town
from tests.simulator_process import Json, Telegram


async def test_only_what_still_makes_sense_is_sent(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    (tmp_path / "informe.pdf").write_bytes(b"%PDF-1.4 informe")
    await convene(town, meeting_file(tmp_path, "plaza", day, report="informe.pdf"), "plaza")
    ana = await sign_up(telegram, "Ana", "plaza")
    diary = Diary(telegram)
    await diary.turn(ana)

    # Down from 16 days before to 2: three reminders and the seating were due.
    await _away(telegram, town, day - timedelta(days=16), day - timedelta(days=2), 10)
    late = await diary.read(ana)
    assert [_told(each, day) for each in late] == ["-2 10:00 Faltan 2 días."]
    assert "Su taller: número" in late[0]["text"]
    assert late[0]["document"]["name"] == "informe.pdf"  # the first that she gets (M8)

    # Down over the last reminder and the start: too late for it. What came after the end is asked.
    await go_to(telegram, day - timedelta(days=1), 12)
    assert [_told(each, day) for each in await diary.read(ana)] == ["-1 09:00 Es mañana."]
    await _away(telegram, town, day - timedelta(days=1), day, 10)
    assert await diary.read(ana) == []
    await _away(telegram, town, day, day + timedelta(days=1), 3)
    assert await diary.read(ana) == []
    await go_to(telegram, day + timedelta(days=1), 12)
    assert [_told(each, day) for each in await diary.read(ana)] == ["+1 08:00 ¿Pudo ir?"]
    assert await sent_at_night(telegram) == []


async def test_what_comes_back_at_night_waits_until_morning(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(town, meeting_file(tmp_path, "plaza", day), "plaza")
    ana = await sign_up(telegram, "Ana", "plaza")
    diary = Diary(telegram)
    await diary.turn(ana)

    await _away(telegram, town, day - timedelta(days=16), day - timedelta(days=2), 21)
    assert await diary.read(ana) == []
    await go_to(telegram, day - timedelta(days=1), 20)
    # The late one would come an hour before the next, which says all of it.
    assert [_told(each, day) for each in await diary.read(ana)] == [
        "-1 09:00 Es mañana.",
        "-1 18:00 Es mañana, 9:00 a. m.: último recordatorio.",
    ]

    # Down until feedback has closed: there is nothing left to ask.
    await _away(telegram, town, day - timedelta(days=1), day + timedelta(days=15), 10)
    await telegram.advance("P1D")
    assert await diary.read(ana) == []
    assert await sent_at_night(telegram) == []


async def _away(telegram: Telegram, town: Town, since: date, until: date, hour: int) -> None:
    """Let the bot be down from noon or now to an hour of a day, and then do what it finds due."""
    if (await telegram.now()).date() < since:
        await go_to(telegram, since, 12)
    await town.stop()
    await go_to(telegram, until, hour)
    await town.start()
    await telegram.advance("PT1M")


def _told(message: Json, day: date) -> str:
    """Say when a message came and what it is about: of a reminder, how soon it is."""
    lines = message["text"].replace("\u202f", " ").split("\n")
    return f"{when(message, day)} {lines[2] if lines[0].endswith('le esperamos') else lines[0]}"
