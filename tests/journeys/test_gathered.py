"""Not too much: two meetings' reminders of a day are one message, what is late waits, and a week is one digest."""

from datetime import timedelta
from pathlib import Path

from tests.journeys.scenes import (
    Diary,
    commitment_file,
    go_to,
    meeting_file,
    next_morning,
    press,
    sign_up,
    when,
)
from tests.journeys.town import Town
from tests.simulator_process import Telegram, labels

DAY = "Recordatorios de hoy"


async def test_a_day_has_one_message_and_a_week_one_digest(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    day = await next_morning(telegram) + timedelta(days=5)
    for file in (meeting_file(tmp_path, "plaza", day), meeting_file(tmp_path, "parque", day, (15, 18))):
        await town.must("meeting", "import", str(file))
        await town.must("meeting", "convene", file.stem, "--late-because", "Es una prueba")
    ana = await sign_up(telegram, "Ana", "plaza")
    after = await telegram.last_id(ana)
    await telegram.start_link(ana, "m_parque")
    card = await telegram.wait_for(ana, "Política pública: ", after)
    await telegram.tap(ana, "Quiero ir", card["message_id"])
    await telegram.wait_for(ana, "¿Quién más viene?", card["message_id"])
    diary = Diary(telegram)
    await go_to(telegram, day - timedelta(days=4), 20)
    await diary.turn(ana)

    await go_to(telegram, day - timedelta(days=3), 21)
    # Her workshop is news, which may have had to wait behind what she was answered when she signed up.
    (both,) = [told for told in await diary.read(ana) if "talleres" not in told["text"]]
    assert when(both, day) == "-3 09:00"
    assert both["text"].startswith(DAY)
    assert "1. Encuentro plaza\nFaltan 3 días." in both["text"]
    assert "2. Encuentro parque\nFaltan 3 días." in both["text"]
    assert "al lado de la iglesia" in both["text"]
    assert labels(both)[:2] == ["Confirmo 1: Encuentro plaza", "Confirmo 2: Encuentro parque"]

    await go_to(telegram, day - timedelta(days=1), 8)
    assert await diary.read(ana) == []
    await town.must("meeting", "cancel", "plaza", "--because", "Llueve mucho")
    await telegram.advance("PT1H")
    await go_to(telegram, day - timedelta(days=1), 21)
    off, tomorrow = await diary.read(ana)
    assert "fue cancelado" in off["text"]
    assert when(tomorrow, day) == "-1 15:00"  # nothing of the other one is left to gather
    assert "Ana, le esperamos\nEncuentro parque\nEs mañana." in tomorrow["text"]

    await town.must("commitment", "import", str(commitment_file(tmp_path, "parque", "pozos", "vias")))
    await go_to(telegram, day + timedelta(days=1), 10)
    await press(telegram, ana, "Sí, fui", "Pregunta 1")
    await telegram.send(ana, "lo que sigo")
    await press(telegram, ana, "Mejor un resumen semanal", "los lunes")
    await town.must("commitment", "publish", "parque")
    await diary.turn(ana)
    monday = day + timedelta(days=8 - (day + timedelta(days=1)).weekday())
    await go_to(telegram, monday, 12)
    asked, week = await diary.read(ana)
    assert when(asked, day) == "+4 09:00"  # she came, and has answered nothing yet
    assert when(week, monday) == "+0 09:00"
    assert "La semana de sus compromisos" in week["text"]
    assert "Compromiso pozos" in week["text"]
