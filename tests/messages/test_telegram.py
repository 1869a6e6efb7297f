"""What the adapter does with a message before it goes out."""

import pytest

from messages.message import Button, Message, column
from messages.telegram import with_openable_buttons


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
