"""A meeting moves twice and is cancelled: each who is concerned hears each change once, old and new side by side."""

from datetime import timedelta
from pathlib import Path

from tests.journeys.scenes import Diary, convene, go_to, meeting_file, next_morning, press, say, sign_up
from tests.journeys.town import Town
from tests.simulator_process import Telegram

MOVED = "Atención: este encuentro cambió"
ELSEWHERE = {"name": "Coliseo Municipal", "address": "Carrera 7 # 1-20"}


async def test_each_change_is_told_once_and_what_was_undone_to_nobody(
    telegram: Telegram, town: Town, tmp_path: Path
) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(town, meeting_file(tmp_path, "plaza", day), "plaza")
    ana, beto, ciro = [await sign_up(telegram, name, "plaza") for name in ("Ana", "Beto", "Ciro")]
    await say(telegram, beto, "BAJA", "No le vuelvo a escribir")
    await say(telegram, ciro, "baja", "No le vuelvo a escribir")
    await press(telegram, ciro, "Avisarme solo si cambia", "solo si un encuentro suyo cambia")
    diary = Diary(telegram)
    await diary.turn(ana, beto, ciro)

    async def heard() -> list[list[str]]:
        await telegram.advance("PT1M")
        return [[each["text"] for each in await diary.read(chat)] for chat in (ana, beto, ciro)]

    later = meeting_file(tmp_path, "plaza", day + timedelta(days=3))
    printed = await town.must("meeting", "import", str(later))
    assert "it moved; 2 people are being told" in printed
    assert "Beto" in printed.partition("To call\n")[2]
    told = await heard()
    assert [len(texts) for texts in told] == [1, 0, 1]
    assert told[0][0].startswith(f"{MOVED}\nEncuentro plaza\n\nEl día\nAntes: ")
    assert "unchanged" in await town.must("meeting", "import", str(later))
    assert await heard() == [[], [], []]

    await press(telegram, ana, "Sí puedo ir", "contamos con usted")
    await diary.turn(ana, beto, ciro)
    elsewhere = meeting_file(tmp_path, "plaza", day + timedelta(days=3), venue=ELSEWHERE)
    await town.must("meeting", "import", str(elsewhere))
    told = await heard()
    where = "Antes: Salón Comunal, Carrera 3 # 8-20, al lado de la iglesia\nAhora: Coliseo Municipal, Carrera 7 # 1-20"
    assert [where in "".join(texts) for texts in told] == [True, False, True]
    assert "0  of them confirmed" in await town.must("meeting", "show", "plaza")

    back = await say(telegram, beto, "ALTA", MOVED)
    assert where in back["text"]
    assert "El día" in back["text"]
    await diary.turn(ana, beto, ciro)

    await town.must("meeting", "cancel", "plaza", "--because", "Se inundó el salón")
    assert [[text.split("\n")[0] for text in texts] for texts in await heard()] == [
        ["El encuentro fue cancelado: por favor, no vaya."]
    ] * 3
    await go_to(telegram, day + timedelta(days=10), 10)
    assert await heard() == [[], [], []]
