"""A meeting is cancelled: who is concerned hears it at once, and nothing more of it comes."""

from datetime import timedelta
from pathlib import Path

from tests.journeys.scenes import (
    Diary,
    convene,
    go_to,
    meeting_file,
    next_morning,
    press,
    say,
    sent_at_night,
    sign_up,
    when,
)
from tests.journeys.town import Town
from tests.simulator_process import Telegram

OFF = "El encuentro fue cancelado: por favor, no vaya."
REASON = "Se inundó el salón"


async def test_everyone_concerned_hears_it_at_once_and_nothing_after(
    telegram: Telegram, town: Town, tmp_path: Path
) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(town, meeting_file(tmp_path, "plaza", day, capacity=4), "plaza")
    ana, beto, ciro, dina = [await sign_up(telegram, name, "plaza") for name in ("Ana", "Beto", "Ciro", "Dina")]
    eva, fina = [await sign_up(telegram, name, "plaza") for name in ("Eva", "Fina")]
    await press(telegram, ana, "No puedo ir", "Se lo guardo 2 minutos")
    await telegram.advance("PT3M")
    await telegram.wait_for(eva, "Se liberó un puesto para usted")
    await say(telegram, beto, "BAJA", "No le vuelvo a escribir")
    await telegram.block(ciro, blocked=True)
    people = {"Ana": ana, "Beto": beto, "Ciro": ciro, "Dina": dina, "Eva": eva, "Fina": fina}
    diary = Diary(telegram)
    await diary.turn(*people.values())

    printed = await town.must("meeting", "cancel", "plaza", "--because", REASON)
    await telegram.advance("PT1M")
    told = {name: [each["text"] for each in await diary.read(chat)] for name, chat in people.items()}
    # Dina has a place, Eva an offer and Fina waits; Ana gave her place up, Beto wants silence, Ciro has left.
    assert {name: [text.split("\n")[0] for text in texts] for name, texts in told.items()} == {
        name: [OFF] if name in {"Dina", "Eva", "Fina"} else [] for name in people
    }
    assert all(f"La razón: {REASON}" in texts[0] for texts in told.values() if texts)
    assert _to_call(printed) == {"Beto": "asked for silence (BAJA)", "Ciro": "blocked the bot"}

    await press(telegram, eva, "Lo tomo", "Ese encuentro se canceló")
    await press(telegram, dina, "No puedo ir", "se canceló")
    await diary.turn(*people.values())
    await go_to(telegram, day + timedelta(days=20), 10)
    assert {name: await diary.read(chat) for name, chat in people.items()} == {name: [] for name in people}


async def test_at_night_only_what_cannot_wait_is_told(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    today = await next_morning(telegram)
    soon, later = today + timedelta(days=20), today + timedelta(days=21)
    await convene(town, meeting_file(tmp_path, "plaza", soon), "plaza")
    await convene(town, meeting_file(tmp_path, "mercado", later), "mercado")
    ana = await sign_up(telegram, "Ana", "plaza")
    beto = await sign_up(telegram, "Beto", "mercado")
    eve = soon - timedelta(days=1)
    await go_to(telegram, eve, 22)
    diary = Diary(telegram)
    await diary.turn(ana, beto)

    for code in ("plaza", "mercado"):
        await town.must("meeting", "cancel", code, "--because", REASON)
    await go_to(telegram, later, 10)

    heard = {
        chat: [(when(each, soon)[:5], each["text"].split("\n")[0]) for each in await diary.read(chat)]
        for chat in (ana, beto)
    }
    assert heard == {ana: [("-1 22", OFF)], beto: [("+0 08", OFF)]}
    assert [each.split()[1][:2] for each in await sent_at_night(telegram)] == ["22"]


def _to_call(printed: str) -> dict[str, str]:
    """Take whom to call and why from what `meeting cancel` printed."""
    lines = printed.partition("To call\n")[2].splitlines()
    return {line.split("\t")[0].strip(): line.split("\t")[-1] for line in lines if "\t" in line}
