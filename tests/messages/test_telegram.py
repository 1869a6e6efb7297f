"""What the adapter does with a message before it goes out."""

import pytest
from aiogram.types import InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove

from messages.message import Button, Message, column
from messages.telegram import keyboard, with_openable_buttons


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://example.org/datos", True),
        ("http://127.0.0.1:8080/meetings/agua", True),
        ("tg://user?id=1", True),
        ("http://localhost:8080/meetings/agua", False),
        ("https://intranet/pqrsd?a=1&b=2", False),
    ],
)
def test_address_that_telegram_refuses_becomes_a_line_of_text(url: str, *, opens: bool) -> None:
    page, other = Button("Ver <la> página", url=url), Button("Ayuda", choice="help")
    made = with_openable_buttons(Message("Hola", column(page, other)))
    if opens:
        assert made == Message("Hola", column(page, other))
    else:
        shown = url.replace("&", "&amp;")
        assert made == Message(f"Hola\n\nVer &lt;la&gt; página: {shown}", column(other))


def test_message_that_asks_for_a_number_has_keys_below_the_text_field() -> None:
    made = keyboard(Message("¿Su teléfono?", column(Button("Ahora no", choice="nophone:1")), contact="Compartir"))
    assert made == ReplyKeyboardMarkup(
        keyboard=[[KeyboardButton(text="Compartir", request_contact=True)], [KeyboardButton(text="Ahora no")]],
        resize_keyboard=True,
        one_time_keyboard=True,
    )


def test_keys_are_taken_away_by_a_message_without_buttons() -> None:
    assert keyboard(Message("Gracias", ends_keyboard=True)) == ReplyKeyboardRemove(remove_keyboard=True)
    assert isinstance(keyboard(Message("Gracias", column(Button("A", choice="a")))), InlineKeyboardMarkup)
    assert keyboard(Message("Gracias")) is None
