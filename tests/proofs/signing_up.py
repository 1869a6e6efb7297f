"""People who sign up as people do: they answer what they are asked, wait while nobody does, and tap twice at times."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from tests.journeys.scenes import PLACE
from tests.journeys.town import TOKEN
from tests.proofs.kills import Journal
from tests.simulator_process import LOOK_SECONDS, Json, Telegram

MEETING: Final = "plaza"
ANSWERED: Final = "Eso ya lo había respondido"
"""What an old button hears; the question that is open comes after it."""
ZONES: Final = {"urbana": "Zona urbana", "rural": "Zona rural"}
WHEELCHAIR: Final = "wheelchair"
IMPATIENT: Final = 0.15
"""How often a tap is two taps."""
AGAIN_SECONDS: Final = 30.0
"""Of silence, with nothing on its way, after which a person says again what nobody heard."""
_WAITS: Final = re.compile(r"usted es el número (\d+) en la lista de espera")


@dataclass
class Person:
    """Somebody who signs up: what she will say, and what she was told."""

    telegram: Telegram
    chat: int
    number: int
    chance: random.Random
    name: str
    phone: str
    topics: list[int]
    zone: str
    in_a_wheelchair: bool
    companions: int
    leaves: bool
    """She gives up her place, or her position, at the end."""
    heard: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    acts: int = 0
    """Updates that she caused."""
    repeated: int = 0
    """Acts that nobody answered, so that she did them again."""
    told: str | None = None
    """What she was told last of her place: registered, waiting, cancelled."""
    called: str | None = None
    """By which name she was called at the end."""
    place: Json = field(default_factory=dict)
    """The message with her place or position."""
    done: bool = False
    _answered: set[str] = field(default_factory=set)

    @property
    def digits(self) -> str:
        """Her phone's digits."""
        return "".join(filter(str.isdigit, self.phone))

    async def signs_up(self) -> None:
        """Follow the poster's link, and answer until there is nothing left to answer."""
        await self._act(lambda: self.telegram.start_link(self.chat, f"m_{MEETING}"))
        while not self.done:
            try:
                async with asyncio.timeout(AGAIN_SECONDS):
                    message = await self.heard.get()
            except TimeoutError:
                if not await self._is_on_its_way():
                    self.repeated += 1
                    await self._act(self._last)
                continue
            await self._reads(message)

    async def _reads(self, message: Json) -> None:
        text = message.get("text", "")
        self._learns(text, message)
        question = text.partition("\n")[0] + (" Listo" if "Listo" in labels(message) else "")
        answer = next((answer for words, answer in _ANSWERS.items() if words in text and ANSWERED not in text), None)
        if answer and question not in self._answered:
            self._answered.add(question)
            await answer(self, message)

    def _learns(self, text: str, message: Json) -> None:
        if PLACE in text:
            self.told, self.place = "registered", message
        elif _WAITS.search(text):
            self.told, self.place = "waiting", message
        elif "quedó libre" in text or "Ya no está en la lista" in text:
            self.told = "cancelled"
            self.done = True
        if named := re.search(r"^Su nombre: (.*)$", text, re.MULTILINE):
            self.called = named[1]

    async def _is_on_its_way(self) -> bool:
        return await unconfirmed(self.telegram) > 0

    async def _act(self, do: Callable[[], Awaitable[object]]) -> None:
        self._last = do
        self.acts += 1
        await do()

    async def writes(self, text: str) -> None:
        """Write something."""
        await self._act(lambda: self.telegram.send(self.chat, text))

    async def taps(self, message: Json, *wanted: str) -> None:
        """Tap the first of these that a message has; impatient, twice."""
        label = next((each for each in wanted if each in labels(message)), None)
        assert label, f"none of {wanted} is under: {message['text']}"
        for _ in range(2 if self.chance.random() < IMPATIENT else 1):
            await self._act(lambda: self.telegram.tap(self.chat, label, message["message_id"]))

    # The answers -----------------------------------------------------------------------------------------------------

    async def goes(self, card: Json) -> None:
        """Want to go."""
        await self.taps(card, "Quiero ir", "Entrar a la lista de espera")

    async def accepts(self, asked: Json) -> None:
        """Give the permission."""
        await self.taps(asked, "Soy mayor de edad y acepto")

    async def says_who_comes(self, asked: Json) -> None:
        """Tell how many come with her: by a tap, or in figures."""
        if not self.companions:
            await self.taps(asked, "Voy solo(a)")
        elif self.number % 2:
            await self.writes(str(self.companions))
        else:
            await self.taps(asked, "1 persona más")

    async def splits(self, asked: Json) -> None:
        """Take the places that there are."""
        await self.taps(asked, "Tomar los que hay")

    async def says_her_name(self, _asked: Json) -> None:
        """Write the name she likes."""
        await self.writes(self.name)

    async def says_her_needs(self, asked: Json) -> None:
        """Accept that her need is kept, or have none; companions have none."""
        if self.in_a_wheelchair and "¿Tiene alguna" in asked["text"]:
            await self.writes("1")
        else:
            await self.taps(asked, "Ninguna")

    async def says_which_need(self, asked: Json) -> None:
        """Write what she needs, and be done with it once it is ticked."""
        if "Listo" in labels(asked):
            await self.taps(asked, "Listo")
        else:
            await self.writes("silla de ruedas")

    async def ranks(self, _asked: Json) -> None:
        """Write the topics' numbers in her order."""
        await self.writes(", ".join(map(str, self.topics)))

    async def says_where_she_lives(self, asked: Json) -> None:
        """Tap her zone."""
        await self.taps(asked, ZONES[self.zone])

    async def leaves_her_phone(self, _asked: Json) -> None:
        """Write her number."""
        await self.writes(self.phone)

    async def ends(self, _said: Json) -> None:
        """Be done, or give it all up."""
        if self.leaves:
            await self.taps(self.place, "No puedo ir", "Salir de la lista")
        else:
            self.done = True


_ANSWERS: Final[dict[str, Callable[[Person, Json], Awaitable[None]]]] = {
    "Gracias, eso es todo": Person.ends,
    "Política pública: ": Person.goes,
    "Un permiso antes": Person.accepts,
    "¿Quién más viene?": Person.says_who_comes,
    "Solo queda": Person.splits,
    "¿Cómo le gusta que le digan?": Person.says_her_name,
    "alguna necesidad de apoyo": Person.says_her_needs,
    "¿Qué apoyo necesita?": Person.says_which_need,
    "¿Qué temas le interesan": Person.ranks,
    "¿Dónde vive?": Person.says_where_she_lives,
    "¿Nos deja un teléfono?": Person.leaves_her_phone,
}
"""By words of a question, how it is answered: each question once, however often it is asked."""


async def gather(telegram: Telegram, number: int, chance: random.Random) -> list[Person]:
    """Bring people, each with words of her own for every question."""
    return [
        Person(
            telegram,
            chat=await telegram.user(first_name=f"Telegram {each}"),
            number=each,
            chance=chance,
            name=f"Rosalba {_in_letters(each)}",
            phone=f"+57 300 {5550000 + each}",
            topics=chance.sample([1, 2, 3], 2),
            zone=chance.choice(list(ZONES)),
            in_a_wheelchair=each % 7 == 3,
            companions=int(each % 5 == 2),
            leaves=each % 5 == 4,
        )
        for each in range(number)
    ]


def labels(message: Json) -> list[str]:
    """Give the labels of a message's buttons, as Telegram answers with it."""
    return [button["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", ()) for button in row]


async def unconfirmed(telegram: Telegram) -> int:
    """Count the updates that the bot has not confirmed."""
    _, answer = await telegram.call(TOKEN, "getWebhookInfo")
    return int(answer["result"]["pending_update_count"])


def _in_letters(number: int) -> str:
    """Spell a number in letters, as a name has no figures."""
    return "".join(chr(ord("A") + int(figure)) for figure in f"{number:03}")


async def bring(journal: Journal, people: list[Person]) -> None:
    """Bring people what the bot says, as it says it, from one reading of Telegram's journal for all; without end."""
    heard = {each.chat: each.heard for each in people}
    brought = 0
    while True:
        await journal.read()
        for call in journal.said[brought:]:
            said = call["response"]["result"]
            heard[said["chat"]["id"]].put_nowait(said)
            brought += 1
        await asyncio.sleep(LOOK_SECONDS)
