"""A journey through everything that people do with the bot, step by step, the same each time it is played."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.schema import Meeting, Party, Question, Registration, Staff
from tests import factories
from tests.proofs.street import PICTURE, Json, Street

Feed = Callable[[Json], Awaitable[object]]
"""Hands one update to the bot, as often as the proof wants."""

TEXT: Final = "Limpiar los pozos de la vereda La Loma"


class Journey:
    """Who goes on it, and how: people press what they see, by what it does."""

    def __init__(self, street: Street, feed: Feed) -> None:
        """Take an open street on an empty store."""
        self.street = street
        self._feed = feed

    async def come(self) -> None:
        """Bring everybody; who organises is known."""
        self.maria, self.luisa, self.ana, self.ines, self.rosa = (
            self.street.person(name) for name in ("María", "Luisa", "Ana", "Inés", "Rosa")
        )
        self.street.store.write(_seed, self.rosa)

    async def play_until_the_day(self) -> None:
        """Go as far as the meeting, which is still ahead."""
        await self.come()
        await self.sign_up()
        await self.take_over()
        await self.wait()
        await self.leave()
        await self.follow()
        await self.organise()

    async def play_to_the_end(self) -> None:
        """Go on from there, to where María has all that is hers erased."""
        await self.go_and_say()
        await self.look_back()
        await self.erase()

    # What each does --------------------------------------------------------------------------------------------------

    async def sign_up(self) -> None:
        """María signs up with two, says what she needs and leaves her phone."""
        await self.says(self.maria, "hola")
        await self.says(self.maria, "/start m_agua")
        await self.press(self.maria, "go:")
        await self.press(self.maria, "yes:")
        await self.says(self.maria, "2")
        await self.says(self.maria, "Mari")
        await self.press(self.maria, "nyes:")
        await self.press(self.maria, "need:")
        await self.press(self.maria, "ndone:")
        await self.shares_phone(self.maria)
        await self.says(self.maria, "esto no lo entiende nadie")
        await self.sends_file(self.maria, "voice")

    async def take_over(self) -> None:
        """María names a companion, and Luisa takes that place by the link."""
        await self.says(self.maria, "/mis")
        await self.press(self.maria, "place:")
        await self.press(self.maria, "party:")
        await self.press(self.maria, "pname:")
        await self.says(self.maria, "Luisa Pérez")
        await self.press(self.maria, "plink:")
        await self.says(self.luisa, f"/start p_{self.street.store.read(_first_link)}")
        await self.press(self.luisa, "join:")
        await self.press(self.luisa, "pyes:")
        await self.press(self.luisa, "iam:")
        await self.says(self.luisa, "Lucha")
        await self.press(self.luisa, "next:")
        await self.says(self.luisa, "ninguno")

    async def wait(self) -> None:
        """Ana waits; a companion stays at home, and she takes the place that she is offered."""
        await self.says(self.ana, "/start m_agua")
        await self.press(self.ana, "go:")
        await self.press(self.ana, "yes:")
        await self.press(self.ana, "bring:")
        await self.says(self.ana, "/mis")
        await self.press(self.maria, "party:")
        await self.press(self.maria, "drop:")
        await self.passes(timedelta(minutes=5))
        await self.press(self.ana, "take:")
        await self.press(self.ana, "ticket:")
        await self.press(self.ana, "ics:")

    async def leave(self) -> None:
        """Ana leaves by mistake and takes it back; Luisa blocks the bot, and is back; María goes silent, and is not."""
        await self.press(self.ana, "leave:")
        await self.press(self.ana, "back:")
        await self.blocks(self.luisa, blocked=True)
        await self.passes(timedelta(hours=1))
        await self.blocks(self.luisa, blocked=False)
        await self.says(self.maria, "BAJA")
        await self.says(self.maria, "ALTA")
        await self.says(self.maria, "english")
        await self.says(self.maria, "español")
        await self.says(self.maria, "tengo una queja")

    async def follow(self) -> None:
        """Inés follows the meeting without going."""
        await self.says(self.ines, "/start fm_agua")
        await self.press(self.ines, "fy:")

    async def organise(self) -> None:
        """Rosa writes a commitment, publishes it, and updates it with a photo."""
        await self.says(self.rosa, "/organizar")
        await self.press(self.rosa, "org:")
        await self.press(self.rosa, "orgc:")
        await self.press(self.rosa, "ocn:")
        await self.says(self.rosa, TEXT)
        await self.says(self.rosa, "Secretaría de Aguas")
        await self.says(self.rosa, "15 de marzo de 2027")
        await self.says(self.rosa, "Pozos limpios, de 12")
        await self.press(self.rosa, "ocp:")
        await self.passes(timedelta(hours=2))
        await self.press(self.ines, "c:")
        await self.press(self.rosa, "oc:")
        await self.press(self.rosa, "ou:")
        await self.press(self.rosa, "ouf:", "status")
        await self.press(self.rosa, "ous:", "in_progress")
        await self.press(self.rosa, "ouf:", "progress")
        await self.says(self.rosa, "40%")
        await self.press(self.rosa, "ouf:", "note")
        await self.says(self.rosa, "Cinco pozos limpios")
        await self.sends_file(self.rosa, "photo")
        await self.press(self.rosa, "ouv:")
        await self.press(self.rosa, "ougo:")
        await self.passes(timedelta(hours=2))
        await self.press(self.ines, "ev:")
        await self.press(self.ines, "u:")
        await self.says(self.ines, "/siguiendo")

    async def go_and_say(self) -> None:
        """The day comes; María and Ana say how it was."""
        await self.passes(timedelta(days=13))
        await self.press(self.maria, "confirm:")
        await self.passes(timedelta(days=7, hours=4))
        await self.passes(timedelta(days=1))
        await self.press(self.maria, "fb:yes:")
        await self.press(self.maria, "fb:a:", ":4")
        await self.says(self.maria, "sí")
        await self.says(self.maria, "Más sillas")
        await self.press(self.maria, "fb:list:")
        await self.press(self.maria, "fb:q:")
        await self.says(self.maria, "5")
        await self.press(self.ana, "fb:no:")
        await self.press(self.rosa, "orgl")
        await self.press(self.rosa, "org:")

    async def look_back(self) -> None:
        """María asks what is kept of her, and has it sent."""
        await self.says(self.maria, "/privacidad")
        await self.press(self.maria, "data")
        await self.says(self.maria, "/compromisos")
        await self.says(self.luisa, "/ayuda")

    async def erase(self) -> None:
        """María has it erased."""
        await self.press(self.maria, "erase")
        await self.press(self.maria, "eraseyes")
        await self.says(self.maria, "/mis")

    # How --------------------------------------------------------------------------------------------------------------

    async def says(self, chat: int, text: str) -> None:
        """Write."""
        self.street.write(chat, text=text)
        await self._come_in()

    async def press(self, chat: int, begins: str, ends: str = "") -> None:
        """Press the newest button that does this."""
        for message_id, _label, data in self.street.buttons(chat):
            if (data == begins or (begins.endswith(":") and data.startswith(begins))) and data.endswith(ends):
                self.street.tap(chat, message_id, data)
                await self._come_in()
                return
        raise AssertionError((begins, ends, self.street.buttons(chat)[:12]))

    async def shares_phone(self, chat: int) -> None:
        """Share one's own contact."""
        self.street.write(chat, contact={"phone_number": "+57 300 555 0101"})
        await self._come_in()

    async def sends_file(self, chat: int, kind: str) -> None:
        """Send a photo, or a voice."""
        self.street.send_file(chat, kind, "foto.png", PICTURE)
        await self._come_in()

    async def blocks(self, chat: int, *, blocked: bool) -> None:
        """Block the bot, or let it write again."""
        self.street.block(chat, blocked=blocked)
        await self._come_in()

    async def passes(self, time: timedelta) -> None:
        """Let time pass, and what is due be done and told."""
        await self.street.let_pass(time)

    async def _come_in(self) -> None:
        for raw in self.street.waiting():
            await self._feed(raw)


def _seed(session: Session, organiser: int) -> None:
    meeting: Meeting = factories.meeting(
        session,
        capacity=4,
        workshops=[{"capacity": 2, "topic": "Tarifas", "features": ["wheelchair"]}, {"capacity": 2, "topic": "Pozos"}],
        needs=["wheelchair", "sign_language"],
        attributes={"zone": ["urbana", "rural"]},
    )
    questions = (("heard", "scale"), ("come_again", "yes_no"), ("in_your_words", "text"))
    session.add_all(
        Question(meeting_id=meeting.id, number=number, slug=slug, kind=kind, text=None, options=[])
        for number, (slug, kind) in enumerate(questions, 1)
    )
    rosa = factories.person(session, "Rosa", telegram_id=organiser, consented=False)
    session.add(Staff(role="organiser", person_id=rosa.id))
    other = factories.person(session, "Pedro", telegram_id=900_100, chat_id=None)
    party = Party(meeting_id=meeting.id, link="de-pedro", choices=[])
    session.add(party)
    session.flush()
    session.add(
        Registration(
            meeting_id=meeting.id,
            party_id=party.id,
            person_id=other.id,
            state="registered",
            registered_at=factories.NOW,
            attributes={},
            answered=[],
        )
    )


def _first_link(session: Session) -> str:
    return session.scalars(select(Party.link).where(Party.link != "de-pedro").order_by(Party.id).limit(1)).one()
