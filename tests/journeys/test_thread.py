"""The whole thread, day by day: from a meeting file to a commitment's last update."""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import aiohttp

from bot import sample
from tests.journeys.scenes import (
    PLACE,
    Diary,
    clock,
    commitment_file,
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
from tests.simulator_process import Json, Telegram, labels

SAMPLE = Path(sample.__file__).parent / "encuentro-agua.yaml"
REPORT = "Leer el informe (PDF, 33 KB)"


async def test_sign_up_and_reminders_day_by_day(telegram: Telegram, town: Town) -> None:
    today = await next_morning(telegram)
    day = today + timedelta(days=20)
    await convene(town, SAMPLE, "agua-2026")
    maria, john, rosa = await asyncio.gather(_by_taps(telegram), _in_english(telegram), _by_words(telegram))
    diary = Diary(telegram)
    await diary.turn(maria, john, rosa)

    told: dict[int, dict[int, list[Json]]] = {}
    for ahead in range(19, -1, -1):
        await go_to(telegram, day - timedelta(days=ahead), 10)
        told[ahead] = {chat: await diary.read(chat) for chat in (maria, john, rosa)}
        if ahead == 15:
            await press(telegram, maria, "Confirmo", "contamos con usted")
        if ahead == 7:
            await say(telegram, rosa, "sí, voy", "contamos con usted")
        await diary.turn(maria, rosa)
    await go_to(telegram, day, 15, 30)
    after = {chat: await diary.read(chat) for chat in (maria, john, rosa)}

    last_call = "Es mañana, 9:00 a. m.: último recordatorio."
    soon = {number: [f"Faltan {number} días."] for number in (15, 7, 3)} | {1: ["Es mañana."], 0: [last_call]}
    in_english = {"Faltan 15 días.": "15 days to go.", "Faltan 7 días.": "7 days to go."} | {
        "Faltan 3 días.": "3 days to go.",
        "Es mañana.": "It is tomorrow.",
        last_call: "It is tomorrow, 9:00 AM: this is the last reminder.",
    }
    (left_out,) = told[9].pop(john)  # two days before everybody is seated; the others answered all
    assert "this is still without an answer" in left_out["text"]
    told[9][john] = []
    for ahead, heard in told.items():
        assert _how_soon(heard[maria]) == soon.get(ahead, [])
        assert _how_soon(heard[rosa]) == soon.get(ahead, [])
        assert _how_soon(heard[john]) == [in_english[words] for words in soon.get(ahead, [])]
        # What is due at 7:00, two hours before, is told at 18:00 the evening before.
        assert [clock(each) for each in heard[maria]] == ["18:00" if ahead == 0 else "09:00"] * len(heard[maria])

    first, workshops, last = (told[ahead] for ahead in (15, 7, 0))
    assert [each[0]["document"]["name"] for each in first.values()] == ["informe-agua.pdf"] * 3  # M8
    assert labels(first[maria][0]) == ["Confirmo", "No puedo ir", "Para reenviar"]
    assert "Su taller: número 3\nTema: Calidad del agua\nSalón: Biblioteca" in workshops[maria][0]["text"]
    assert "Su taller: número 2\nTema: Agua en las veredas bajas" in workshops[rosa][0]["text"]
    assert re.search(r"Your workshop: number \d\nTopic: ", workshops[john][0]["text"])
    assert labels(workshops[maria][0]) == ["No puedo ir", REPORT, "Para reenviar"]  # she has confirmed
    assert labels(workshops[rosa][0]) == ["Confirmo", "No puedo ir", REPORT, "Para reenviar"]
    assert labels(told[3][rosa][0]) == ["No puedo ir", REPORT, "Para reenviar"]  # in words, she has too
    assert labels(last[maria][0]) == ["No puedo ir", "Ver el mapa", "Para reenviar"]
    assert "I confirm" in labels(last[john][0])  # silence keeps the place, and is asked again
    for code in [await _code(telegram, maria), "portón verde", "+57 601 555 0100", "Taller: 3, Calidad del agua"]:
        assert code in last[maria][0]["text"]
    assert [(clock(each), each["text"].split("\n")[0]) for each in after[maria]] == [("15:00", "¿Pudo ir?")]
    assert [(clock(each), each["text"].split("\n")[0]) for each in after[john]] == [("15:00", "Could you go?")]
    assert await sent_at_night(telegram) == []

    exported = json.loads(await town.must("meeting", "export", "agua-2026"))
    assert {
        each["name"]: (each["state"], each["on_telegram"], each["reachable"]) for each in exported["registrations"]
    } == dict.fromkeys(("María", "John", "Rosa Elvira"), ("registered", True, True))
    assert {each["name"]: each["workshop"] for each in exported["registrations"]}["Rosa Elvira"] == 2


async def test_a_place_that_comes_free_is_offered_to_who_waits(telegram: Telegram, town: Town, tmp_path: Path) -> None:
    today = await next_morning(telegram)
    day = today + timedelta(days=20)
    file = meeting_file(tmp_path, "barrio", day, (14, 19), capacity=3)
    await convene(town, file, "barrio")
    ana, berta, carlos = [await sign_up(telegram, name, "barrio") for name in ("Ana", "Berta", "Carlos")]
    dora = await sign_up(telegram, "Dora", "barrio")
    await telegram.wait_for(dora, "usted es el número 1 en la lista de espera")
    diary = Diary(telegram)
    await diary.turn(berta, carlos, dora)

    await press(telegram, ana, "No puedo ir", "Se lo guardo 2 minutos")
    await press(telegram, ana, "Fue un error", PLACE)
    await telegram.advance("PT5M")
    assert await diary.read(dora) == []
    await press(telegram, ana, "No puedo ir", "Se lo guardo 2 minutos")
    await telegram.advance("PT1M")
    assert await diary.read(dora) == []
    await telegram.advance("PT2M")
    assert [each["text"].split("\n")[0] for each in await diary.read(dora)] == ["Se liberó un puesto para usted"]
    await say(telegram, dora, "sí", PLACE)
    await press(telegram, ana, "Fue un error", "Ese puesto ya no está guardado")
    await diary.turn(ana, dora)

    await go_to(telegram, day + timedelta(days=1), 20)
    heard = {chat: [f"{when(each, day)} {_gist(each)}" for each in await diary.read(chat)] for chat in diary.seen}
    assert heard[ana] == []
    assert heard[berta] == heard[carlos] == heard[dora]
    assert heard[dora] == [
        "-15 14:00 Faltan 15 días.",
        "-7 14:00 Faltan 7 días. + Su taller",
        "-3 14:00 Faltan 3 días.",
        "-1 14:00 Es mañana.",
        "+0 12:00 Es hoy",
        "+1 09:00 ¿Pudo ir?",  # it ended at 19:00
    ]
    exported = json.loads(await town.must("meeting", "export", "barrio"))
    assert {each["name"]: each["state"] for each in exported["registrations"]} == {
        "Ana": "cancelled",
        "Berta": "registered",
        "Carlos": "registered",
        "Dora": "registered",
    }
    assert await sent_at_night(telegram) == []


async def _by_taps(telegram: Telegram) -> int:
    """Sign María up with her thumb, answering all that is asked."""
    maria = await sign_up(telegram, "María", "agua-2026")
    await press(telegram, maria, "Ninguna", "¿Qué temas le interesan más?")
    await telegram.tap(maria, "3. Calidad del agua")
    await telegram.wait_for(maria, "Su orden:\n1. Calidad del agua")
    await press(telegram, maria, "Listo", "¿Qué edad tiene?")
    await press(telegram, maria, "29-59", "¿Dónde vive?")
    await press(telegram, maria, "Zona rural", "¿Nos deja un teléfono?")
    await say(telegram, maria, "Ahora no", "Gracias, eso es todo")
    return maria


async def _in_english(telegram: Telegram) -> int:
    """Sign John up, whose Telegram is in English; he answers nothing more."""
    john = await telegram.user(first_name="John", language_code="en")
    await telegram.start_link(john, "m_agua-2026")
    await telegram.wait_for(john, "Convened by: Puerto Sereno Town Hall")
    await press(telegram, john, "I want to go", "One permission before your place")
    await press(telegram, john, "I am of age and I accept", "John, your place is kept")
    await telegram.wait_for(john, "Who else comes?")
    return john


async def _by_words(telegram: Telegram) -> int:
    """Sign Rosa up without a tap: words and numbers only."""
    rosa = await telegram.user(first_name="Rosa")
    await say(telegram, rosa, "hola", "Agua para todas las veredas")
    await say(telegram, rosa, "quiero ir", "Un permiso antes")
    await say(telegram, rosa, "1", "¿Quién más viene?")
    await say(telegram, rosa, "voy sola", "¿Cómo le gusta que le digan?")
    await say(telegram, rosa, "Rosa Elvira", "¿Tiene alguna necesidad de apoyo")
    await say(telegram, rosa, "ninguna", "¿Qué temas le interesan más?")
    await say(telegram, rosa, "2, 4", "¿Qué edad tiene?")
    await say(telegram, rosa, "3", "¿Dónde vive?")
    await say(telegram, rosa, "1", "¿Nos deja un teléfono?")
    await say(telegram, rosa, "ahora no", "Su nombre: Rosa Elvira")
    return rosa


def _how_soon(told: list[Json]) -> list[str]:
    """Take the third line of each reminder."""
    return [each["text"].split("\n")[2].replace("\u202f", " ") for each in told]


def _gist(message: Json) -> str:
    """Say what a message of the meeting is about."""
    known = ("Faltan 15 días.", "Faltan 7 días.", "Faltan 3 días.", "Es mañana.", "Es hoy", "Su taller", "¿Pudo ir?")
    return " + ".join(words for words in known if words in message["text"]) or message["text"]


async def _code(telegram: Telegram, chat: int) -> str:
    """Read the code of a place."""
    place = await telegram.wait_for(chat, PLACE)
    found = re.search(r"Su código: ([A-Z0-9]{8})", place["text"])
    assert found
    return found[1]


async def test_feedback_and_commitments_reach_the_right_people_once(
    telegram: Telegram, town: Town, tmp_path: Path
) -> None:
    day = await next_morning(telegram) + timedelta(days=20)
    await convene(town, meeting_file(tmp_path, "vial", day), "vial")
    names = ("Ana", "Berta", "Carlos", "Dora", "Elena", "Fabio", "Gina", "Hugo")
    chats = await asyncio.gather(*(sign_up(telegram, each, "vial") for each in names))
    vera = await _follow(telegram, "Vera", "fm_vial", "Usted sigue los compromisos de este encuentro")
    village = Village(town, telegram, tmp_path, day, dict(zip(names, chats, strict=True)) | {"Vera": vera})
    await press(telegram, village["Gina"], "No puedo ir", "Se lo guardo 2 minutos")
    await go_to(telegram, day, 14)
    await village.told()

    await _feedback_is_asked_and_answered(village)
    await _a_commitment_is_published(village)
    await _who_said_nothing_is_asked_once_more(village)
    await _it_moves_on(village)
    await go_to(telegram, day + timedelta(days=14), 14)
    await press(telegram, village["Ana"], "Cambiar una respuesta", "Las preguntas sobre ese encuentro ya se cerraron")
    await village.told()
    await _its_due_date_moves_late_in_the_evening(village)

    assert await sent_at_night(telegram) == []
    shown, exported = await asyncio.gather(town.must("meeting", "show", "vial"), town.must("meeting", "export", "vial"))
    assert _feedback(shown)["told_in_time"] == "5 answers, mean 3.4 of 5 (1: 1, 4: 4)"
    assert _feedback(shown)["in_your_words"] == "1 answers"
    assert "Más tiempo" not in shown
    _check_export(json.loads(exported))


@dataclass
class Village:
    """Everyone of a meeting and its followers, after it."""

    town: Town
    telegram: Telegram
    folder: Path
    day: date
    everyone: dict[str, int]

    def __post_init__(self) -> None:
        self.diary = Diary(self.telegram)

    def __getitem__(self, name: str) -> int:
        return self.everyone[name]

    async def told(self) -> dict[str, list[str]]:
        """Read what each heard since the last look, and when."""
        read = {name: await self.diary.read(chat) for name, chat in self.everyone.items()}
        return {name: [f"{when(each, self.day)} {each['text']}" for each in told] for name, told in read.items()}

    def all_but(self, names: set[str], text: str) -> dict[str, list[str]]:
        """Say what all but some hear, when it is one message."""
        return {name: [] if name in names else [text] for name in self.everyone}


async def _feedback_is_asked_and_answered(village: Village) -> None:
    """Two hours after the end, in taps and in words; figures from 5 answers on."""
    telegram, ana = village.telegram, village["Ana"]
    await go_to(telegram, village.day, 16)
    opening = "+0 15:00 ¿Pudo ir?\nEncuentro vial"
    heard = {name: [each[: len(opening)] for each in said] for name, said in (await village.told()).items()}
    assert heard == village.all_but({"Gina", "Vera"}, opening)
    await _answer_in_words(telegram, ana)
    await press(telegram, village["Fabio"], "No pude ir", "Gracias por contarme")
    await asyncio.gather(*(_answer_once(telegram, village[name]) for name in ("Berta", "Carlos", "Dora")))
    assert _feedback(await village.town.must("meeting", "show", "vial"))["told_in_time"] == "4 answers"
    await _answer_once(telegram, village["Elena"])
    await press(telegram, ana, "Cambiar una respuesta", "Sus respuestas")
    await press(telegram, ana, "1. 5", "Pregunta 1 de 6")
    await say(telegram, ana, "1", "Gracias, eso es todo")


async def _a_commitment_is_published(village: Village) -> None:
    """Who had a place hears of it, came or not, and who follows; not who cancelled. One mutes it, one follows it."""
    telegram, town = village.telegram, village.town
    await go_to(telegram, village.day + timedelta(days=1), 10)
    await village.told()
    await town.must("commitment", "import", str(commitment_file(village.folder, "vial", "anden", "puente")))
    printed = await town.must("commitment", "publish", "vial", "anden")
    assert printed == "anden: published, 8 people will be told within a minute\n"
    await go_to(telegram, village.day + timedelta(days=1), 11)
    published = (
        "+1 10:01 Un nuevo compromiso\nDel encuentro «Encuentro vial»:\n\nCompromiso anden\n\n"
        "Responde: Secretaría de Obras (Alcaldía)\nPlazo: domingo 30 de junio de 2030\n"
        "Cómo se sabrá que se cumplió: Obras entregadas"
    )
    assert await village.told() == village.all_but({"Gina"}, published)
    await press(telegram, village["Hugo"], "Dejar de seguirlo", "No le avisaré más de este compromiso")
    link = await _follow_link(town, "/commitments/vial/anden")
    village.everyone["Walter"] = await _follow(telegram, "Walter", link, "Usted sigue este compromiso")
    await village.told()


async def _who_said_nothing_is_asked_once_more(village: Village) -> None:
    """Three days after the question: neither who answered nor who could not go."""
    await go_to(village.telegram, village.day + timedelta(days=3), 16)
    opening = "+3 15:00 Hace unos días le pregunté por «Encuentro vial»"
    heard = {name: [each[: len(opening)] for each in said] for name, said in (await village.told()).items()}
    assert heard == {name: [opening] if name == "Hugo" else [] for name in village.everyone}


async def _it_moves_on(village: Village) -> None:
    """An update with evidence."""
    telegram = village.telegram
    await go_to(telegram, village.day + timedelta(days=10), 10)
    (village.folder / "contrato.pdf").write_bytes(b"%PDF-1.4 contrato")
    change = ("--status", "in_progress", "--progress", "40", "--note", "Se firmó", "--evidence", "contrato.pdf")
    printed = await village.town.must("commitment", "update", "vial", "anden", *change)
    assert printed == "anden: updated, 8 people will be told within a minute\n"
    await go_to(telegram, village.day + timedelta(days=10), 11)
    moved_on = (
        "+10 10:01 Novedades de un compromiso\nCompromiso anden\n\nAhora: En marcha\nAvance: 40 % (antes 0 %)\n"
        "Nota: Se firmó\nEvidencias: contrato.pdf\nPlazo: domingo 30 de junio de 2030"
    )
    assert await village.told() == village.all_but({"Gina", "Hugo"}, moved_on)
    evidence = await press(telegram, village["Walter"], "Evidencia: contrato.pdf (PDF, 1 KB)", "")
    assert await telegram.file(evidence["document"]) == b"%PDF-1.4 contrato"


async def _its_due_date_moves_late_in_the_evening(village: Village) -> None:
    """People hear of it in the morning."""
    await go_to(village.telegram, village.day + timedelta(days=20), 21)
    change = ("--due", "2030-12-31", "--because", "Llovió todo el semestre")
    await village.town.must("commitment", "update", "vial", "anden", *change)
    await go_to(village.telegram, village.day + timedelta(days=30), 10)
    postponed = (
        "+21 08:00 Novedades de un compromiso\nCompromiso anden\n\n"
        "Nuevo plazo: martes 31 de diciembre de 2030 (antes domingo 30 de junio de 2030)\n"
        "Motivo: Llovió todo el semestre"
    )
    assert await village.told() == village.all_but({"Gina", "Hugo"}, postponed)


def _check_export(exported: Json) -> None:
    """Compare an export with what the contract lists."""
    assert list(exported) == ["meeting", "workshops", "registrations", "commitments"]
    assert {each["name"]: each["state"] for each in exported["registrations"]} == {
        **dict.fromkeys(("Ana", "Berta", "Carlos", "Dora", "Elena"), "attended"),
        "Fabio": "no_show",
        "Gina": "cancelled",
        "Hugo": "registered",
    }
    keys = {"code", "name", "state", "position", "workshop", "party", "needs", "on_telegram", "reachable"}
    assert [set(each) for each in exported["registrations"]] == [keys] * 8
    assert "phone" not in json.dumps(exported["registrations"])
    assert {each["id"]: (each["state"], each["status"], each["due"]) for each in exported["commitments"]} == {
        "anden": ("published", "in_progress", "2030-12-31"),
        "puente": ("draft", None, "2030-06-30"),
    }


async def _follow(telegram: Telegram, name: str, payload: str, answer: str) -> int:
    """Follow by a link, without a place: the permission comes first."""
    chat = await telegram.user(first_name=name)
    await telegram.start_link(chat, payload)
    await telegram.wait_for(chat, "Un permiso antes de avisarle")
    await press(telegram, chat, "Soy mayor de edad y acepto", answer)
    return chat


async def _follow_link(town: Town, page: str) -> str:
    """Read off a public page where its link to the chat leads."""
    async with aiohttp.ClientSession() as http, http.get(f"{town.pages}{page}") as answer:
        found = re.search(r"start=(fc_\d+)", await answer.text())
    assert found
    return found[1]


def _feedback(shown: str) -> dict[str, str]:
    """Take the feedback of `meeting show`, by question."""
    lines = shown.partition("\nFeedback\n")[2].splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if ": " in line)


async def _answer_in_words(telegram: Telegram, chat: int) -> None:
    """Answer the whole questionnaire by typing."""
    await say(telegram, chat, "sí", "Pregunta 1 de 6")
    for number, answer in enumerate(("5", "4", "3", "2"), 2):
        await say(telegram, chat, answer, f"Pregunta {number} de 6")
    await say(telegram, chat, "sí", "Pregunta 6 de 6")
    await say(telegram, chat, "Más tiempo para preguntar", "Gracias, eso es todo")


async def _answer_once(telegram: Telegram, chat: int) -> None:
    """Say that one was there, answer the first question, and leave it there."""
    await press(telegram, chat, "Sí, fui", "Pregunta 1 de 6")
    await press(telegram, chat, "4", "Pregunta 2 de 6")
