"""What organisers and people do in a journey: meeting files, convening, signing up; and a diary of what was told."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from tests.journeys.town import Town
from tests.simulator_process import Json, Telegram, labels, until

BOGOTA: Final = ZoneInfo("America/Bogota")
MORNING: Final = time(8)
EVENING: Final = time(20)
SENDING: Final = frozenset({"sendMessage", "sendDocument", "sendPhoto", "sendVenue"})

PLACE: Final = "su puesto está guardado"
"""What a place says in Spanish, whatever else."""


async def go_to(telegram: Telegram, day: date, hour: int, minute: int = 0) -> datetime:
    """Move the clock to an hour in Bogotá, through all that is due; give the moment."""
    return await telegram.advance_to(datetime.combine(day, time(hour, minute), BOGOTA))


async def next_morning(telegram: Telegram) -> date:
    """Move the clock to 10:00 of the next day, whatever time it is where the tests run; give the day."""
    today = (await telegram.now()).astimezone(BOGOTA).date()
    await go_to(telegram, today + timedelta(days=1), 10)
    return today + timedelta(days=1)


def meeting_file(folder: Path, code: str, day: date, hours: tuple[int, int] = (9, 13), **more: Any) -> Path:
    """Write a small meeting file; `more` adds to its meeting, or replaces."""
    meeting = {
        "code": code,
        "title": f"Encuentro {code}",
        "policy": "Plan de Desarrollo",
        "objective": "Conversar sobre los resultados del plan",
        "venue": {"name": "Salón Comunal", "address": "Carrera 3 # 8-20", "landmark": "al lado de la iglesia"},
        "contact": {"phone": "+57 601 555 0100"},
        "starts_at": f"{day}T{hours[0]:02}:00",
        "ends_at": f"{day}T{hours[1]:02}:00",
        "timezone": "America/Bogota",
        "capacity": 60,
    }
    entity = {"code": "alcaldia", "name": "Alcaldía", "pqrsd": "https://alcaldia.example/pqrsd"}
    path = folder / f"{code}.yaml"
    path.write_text(
        yaml.safe_dump({"entities": [entity], "meeting": meeting | more}, allow_unicode=True), encoding="utf-8"
    )
    return path


def commitment_file(folder: Path, code: str, *names: str) -> Path:
    """Write a commitment file, a commitment for each name."""
    rows = [
        {
            "id": name,
            "text": f"Compromiso {name}",
            "entity": "alcaldia",
            "responsible": "Secretaría de Obras",
            "due": "2030-06-30",
            "indicator": "Obras entregadas",
        }
        for name in names
    ]
    path = folder / f"{code}-compromisos.yaml"
    path.write_text(yaml.safe_dump({"meeting": code, "commitments": rows}, allow_unicode=True), encoding="utf-8")
    return path


async def convene(town: Town, file: Path, code: str) -> None:
    """Import a meeting file and convene it, as an organiser types it."""
    await town.must("meeting", "import", str(file))
    await town.must("meeting", "convene", code)


async def ask_for_place(telegram: Telegram, name: str, code: str) -> int:
    """Follow a poster's link and press «I want to go»; give the chat, where the permission is asked for."""
    chat = await telegram.user(first_name=name)
    await telegram.start_link(chat, f"m_{code}")
    card = await telegram.wait_for(chat, "Política pública: ")
    way_in = next(each for each in labels(card) if each in {"Quiero ir", "Entrar a la lista de espera"})
    await telegram.tap(chat, way_in, card["message_id"])
    await telegram.wait_for(chat, "Un permiso antes")
    return chat


async def sign_up(telegram: Telegram, name: str, code: str) -> int:
    """Sign up by two taps, alone, and keep the name; further questions stay open. Gives the chat."""
    chat = await ask_for_place(telegram, name, code)
    await telegram.tap(chat, "Soy mayor de edad y acepto")
    await telegram.wait_for(chat, "¿Quién más viene?")
    await telegram.tap(chat, "Voy solo(a)")
    await telegram.wait_for(chat, "¿Cómo le gusta que le digan?")
    after = await telegram.last_id(chat)
    await telegram.tap(chat, "Así está bien")
    await telegram.wait_for(chat, "", after)
    return chat


async def say(telegram: Telegram, chat: int, text: str, answer: str) -> Json:
    """Write something and wait for the answer to it."""
    after = await telegram.last_id(chat)
    await telegram.send(chat, text)
    return await telegram.wait_for(chat, answer, after)


async def press(telegram: Telegram, chat: int, label: str, answer: str) -> Json:
    """Press the newest button of a label, when it is there, and wait for the answer to it."""

    async def shown() -> bool:
        return any(label in labels(each) for each in (await telegram.transcript(chat))["messages"])

    await until(shown)
    after = await telegram.last_id(chat)
    await telegram.tap(chat, label)
    return await telegram.wait_for(chat, answer, after)


@dataclass
class Diary:
    """What the bot told people unprompted, since it was last looked at."""

    telegram: Telegram
    seen: dict[int, int] = field(default_factory=dict)

    async def turn(self, *chats: int) -> None:
        """Take what was said by now as read."""
        for chat in chats:
            self.seen[chat] = await self.telegram.last_id(chat)

    async def read(self, chat: int) -> list[Json]:
        """Give what was told in a chat since, oldest first, and take it as read."""
        told = await self.telegram.messages(chat, self.seen.get(chat, 0))
        await self.turn(chat)
        return told


def when(message: Json, day: date) -> str:
    """Say how many days from a meeting's a message came, and at what time in Bogotá: «-15 09:00»."""
    local = datetime.fromisoformat(message["date"]).astimezone(BOGOTA)
    return f"{(local.date() - day).days:+d} {local:%H:%M}"


def clock(message: Json) -> str:
    """Say at what time in Bogotá a message came."""
    return f"{datetime.fromisoformat(message['date']).astimezone(BOGOTA):%H:%M}"


async def sent_at_night(telegram: Telegram) -> list[str]:
    """List what the bot sent in the quiet hours of Bogotá."""
    found = []
    for request in await telegram.requests():
        at = datetime.fromisoformat(request["clock"]).astimezone(BOGOTA)
        if request["method"] in SENDING and not MORNING <= at.time() < EVENING:
            found.append(f"{at:%Y-%m-%d %H:%M} {request['chat_id']} {request['params'].get('text')}")
    return found
