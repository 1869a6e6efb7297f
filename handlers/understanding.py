"""What people type instead of tapping: the words on a button, its number, «ninguno»."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain

from messages.message import Button, Message


def plain(text: str) -> str:
    """Reduce words to what matters: no case, accents, punctuation or doubled spaces."""
    spelt = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in spelt if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w+-]+", " ", letters).split())


def chosen(text: str, messages: Sequence[Message], *, numbers: bool) -> Button | None:
    """Find the button that typed words name: its words or label, or its number on the screen, counting from 1.

    `numbers` is false where a number would be an answer of its own.
    """
    buttons = [button for button in chain.from_iterable(chain.from_iterable(m.rows for m in messages)) if button.choice]
    said = plain(text)
    if not said:
        return None
    for button in buttons:
        if said in {plain(word) for word in (button.label, *button.words)}:
            return button
    if numbers and said.isascii() and said.isdigit() and 1 <= int(said) <= len(buttons):
        return buttons[int(said) - 1]
    return None
