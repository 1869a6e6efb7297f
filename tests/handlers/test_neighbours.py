"""Inviting a neighbour: a text to forward that says all, and nothing of who forwards it."""

from datetime import timedelta

from civic import meetings
from tests.factories import meeting
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"


async def test_the_text_to_forward_has_the_ways_in_and_nothing_personal(talking: Talking) -> None:
    talking.store.write(lambda session: meeting(session, contact={"phone": "605 123", "hours": "8 a 12"}).id)
    maria = await talking.person("Marialuz")
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    await talking.tap(maria, ACCEPT)
    await talking.say(maria, "mi puesto")
    await talking.tap(maria, "1. Agua para todas las veredas")
    forwarded, how = await talking.tap(maria, "Invitar a un vecino")
    for part in (
        "Agua para todas las veredas",
        "de 2026",
        "https://t.me/convoca_bot?start=m_agua",
        "https://convoca.example.org/meetings/agua",
        "605 123 (8 a 12)",
    ):
        assert part in forwarded["text"], part
    assert "Marialuz" not in forwarded["text"]
    assert forwarded["buttons"] == []
    assert "Reenvíe el mensaje" in how["text"]
    whatsapp, telegram = (row[0]["url"] for row in how["buttons"][:2])
    assert whatsapp.startswith("https://wa.me/?text=Le%20invitamos")
    assert telegram.startswith("https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fconvoca_bot%3Fstart%3Dm_agua&text=Le")


async def test_the_card_offers_it_also_to_who_has_no_place(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    assert "Invitar a un vecino" in buttons(await talking.say(maria, "/start m_agua"))
    assert len(await talking.say(maria, "invitar a alguien")) == 2


async def test_an_old_button_says_why_there_is_nothing_to_invite_to(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    (card,) = [each for each in await talking.say(maria, "/start m_agua") if each["buttons"]]
    starts_at = talking.store.read(lambda session: meetings.by_code(session, "agua").starts_at)
    talking.now = starts_at + timedelta(minutes=1)
    said = only(texts(await talking.tap(maria, "Invitar a un vecino", card["message_id"])))
    assert "ya empezó" in said.casefold()
    assert "Invitar a un vecino" not in buttons(await talking.say(maria, "/start m_agua"))
