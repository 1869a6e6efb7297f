"""What people type instead of tapping: the words on a button, its number, «ninguno»."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain

from messages.message import Button, Message

MOST_DIGITS = 4
"""Of a button's number; Python refuses to read thousands of them."""


def plain(text: str) -> str:
    """Reduce words to what matters: no case, accents, punctuation or doubled spaces."""
    spelt = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in spelt if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w+-]+", " ", letters).split())


def chosen(text: str, messages: Sequence[Message], *, numbers: bool) -> Button | None:
    """Find the button that typed words name: its words or label, or its number on the screen, counting all from 1.

    `numbers` is false where a number would be an answer of its own.
    """
    shown = list(chain.from_iterable(chain.from_iterable(message.rows for message in messages)))
    said = plain(text)
    if not said:
        return None
    for button in shown:
        if button.choice and said in {plain(word) for word in (button.label, *button.words)}:
            return button
    if numbers and said.isascii() and said.isdigit() and len(said) < MOST_DIGITS and 1 <= int(said) <= len(shown):
        counted = shown[int(said) - 1]
        return counted if counted.choice else None
    return None
