"""An organiser runs a meeting from the chat; the process is killed while it waits: nothing is lost or told twice."""

from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

from tests.journeys.scenes import Diary, meeting_file, next_morning, press, say, sign_up
from tests.journeys.town import Town
from tests.simulator_process import Telegram


async def test_from_its_file_to_a_move_through_a_kill(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    rosa = await telegram.user(first_name="Rosa", language_code="es")
    town.environment = {"CONVOCA_ORGANISERS": str(rosa)}
    await town.stop()
    await town.start()
    day = await next_morning(telegram) + timedelta(days=20)
    await say(telegram, rosa, "/organizar", "Los encuentros que usted organiza")
    await press(telegram, rosa, "Importar un encuentro", "Envíeme aquí el archivo")
    after = await telegram.last_id(rosa)
    content = meeting_file(tmp_path, "plaza", day).read_bytes()
    await telegram.send_file(rosa, "document", "plaza.yaml", content)
    await telegram.wait_for(rosa, "Guardado como borrador", after)

    await press(telegram, rosa, "Convocar", "No se le escribe a nadie")
    await press(telegram, rosa, "Sí, convocarlo", "Se convoca a las")
    await telegram.advance("PT10M")
    await telegram.wait_for(rosa, "La gente se inscribe aquí", after)
    ana = await sign_up(telegram, "Ana", "plaza")
    diary = Diary(telegram)
    await diary.turn(ana, rosa)

    await press(telegram, rosa, "Los números del encuentro", "Con puesto: 1")
    for undone in (True, False):
        await press(telegram, rosa, "Mover, cambiar o cancelar", "¿Qué quiere cambiar?")
        await press(telegram, rosa, "Otras horas", "¿De qué hora a qué hora?")
        await say(telegram, rosa, "de 2 a 6", "le llega a 1 persona")
        await press(telegram, rosa, "Sí, cambiarlo", "Se envía a las")
        if undone:
            await press(telegram, rosa, "Deshacer", "Deshecho. No se le avisó a nadie")
            await press(telegram, rosa, "Los números del encuentro", "Con puesto: 1")
        else:
            await town.stop(SIGKILL)
            await town.start()
        await telegram.advance("PT10M")
        told = [each["text"] for each in await diary.read(ana)]
        assert [
            "Ahora: de 2:00 p. m. a 6:00 p. m." in text.replace("\xa0", " ").replace("\u202f", " ") for text in told
        ] == ([] if undone else [True])
    acts = [line.split("\t")[2] for line in (await town.must("audit", "plaza")).splitlines()]
    kept = [act for act in acts if act in {"import", "planned", "convene", "undone", "move", "not_done"}]
    assert kept == ["import", "planned", "convene", "planned", "undone", "planned", "move"]
