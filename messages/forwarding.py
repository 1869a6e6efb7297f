"""Passing something on: a text that stands alone, with nothing of who forwards it, and the ways to send it."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from messages.message import Button, Message, column
from messages.voice import Voice, escape

TELEGRAM: Final = "https://t.me/"
WHATSAPP: Final = "https://wa.me/"
ADDRESS: Final = 1800
"""Characters of an address on a button; a text that makes a longer one is copied."""


def forward_button(voice: Voice, what: str, number: int, *more: int) -> Button:
    """Offer a text to forward about a meeting.

    `r` reminder, `v` moved since a version, `x` cancelled, `s` workshops, `o` offer, `t` thanks in numbers; or about a
    commitment: `c`; or an announcement: `a`. `more` is that version, or those numbers (`civic.thanks.Results`); or
    other meetings, or commitments.
    """
    # Translators: what people type instead of tapping «To forward», with commas between.
    words = tuple(voice.t.gettext("forward, share, send it on").split(", "))
    choice = ":".join(["fwd", what, *map(str, (number, *more))])
    return Button(voice.t.gettext("To forward"), choice=choice, words=words)


def passed_on(voice: Voice, lines: Sequence[str], link: str, back: Button) -> list[Message]:
    """Say a text (lines that are not for HTML) by itself, and then how to pass it on; `link` opens what it is about."""
    text = _text(lines)
    how = voice.t.gettext(
        "Forward the message above, or copy it into any other chat or onto paper. It says nothing about you."
    )
    rows = column(_whatsapp(voice, text), _telegram(voice, text, link), back)
    return [Message(escape(text)), Message(how, rows)]


def all_passed_on(voice: Voice, texts: Sequence[Sequence[str]], back: Button) -> list[Message]:
    """Say several texts, each by itself, and then how to pass them on."""
    said = [_text(lines) for lines in texts]
    how = voice.t.gettext("Forward the messages above, or copy them into any other chat. They say nothing about you.")
    return [*(Message(escape(each)) for each in said), Message(how, column(_whatsapp(voice, "\n\n".join(said)), back))]


def _text(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line)


def _whatsapp(voice: Voice, text: str) -> Button | None:
    address = f"{WHATSAPP}?text={quote(text, safe='')}"
    return Button(voice.t.gettext("Send it by WhatsApp"), url=address) if len(address) <= ADDRESS else None


def _telegram(voice: Voice, text: str, link: str) -> Button | None:
    """Offer Telegram's own way to share, where the link is one that Telegram opens."""
    first = "\n".join(text.splitlines()[:3])
    address = f"{TELEGRAM}share/url?url={quote(link, safe='')}&text={quote(first, safe='')}"
    if not link.startswith(TELEGRAM) or len(address) > ADDRESS:
        return None
    return Button(voice.t.gettext("Choose whom to send it to"), url=address)
