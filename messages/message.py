"""A neutral message: what we say, in no messenger's types. `messages.telegram` turns it into aiogram's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Button:
    """Something to tap. Exactly one of `choice`, `url`, `copy` says what it does."""

    label: str
    choice: str | None = None
    """`verb:arg:arg` for our handlers, at most 64 bytes."""
    url: str | None = None
    copy: str | None = None
    words: tuple[str, ...] = ()
    """What people type instead, besides the label and its number."""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Document:
    """A file to send: one we keep (`sha256`, sent again by Telegram's own id) or one made now (`content`)."""

    name: str
    content: bytes
    sha256: str | None = None
    picture: bool = False


@dataclass(frozen=True)
class Place:
    """A point on the map, with its name and address."""

    latitude: float
    longitude: float
    title: str
    address: str


@dataclass(frozen=True)
class Message:
    """One message: HTML text (or a document's caption), buttons in rows, at most one attachment."""

    text: str
    rows: Rows = ()
    document: Document | None = None
    place: Place | None = None
    pin: bool = False
    """Pin it in the chat (a place)."""
    edit: bool = False
    """Replace the tapped message where there was a tap (a list being ticked); else it is sent as usual."""
    contact: str | None = None
    """Label of a key below the text field that shares one's own phone number; then the rows are keys there too.

    A key sends its label: what each does is found as if it had been typed."""
    ends_keyboard: bool = False
    """Take those keys away. Telegram lets such a message have no buttons."""


def column(*buttons: Button | None) -> Rows:
    """Put buttons under each other, leaving out those that are None."""
    return tuple((button,) for button in buttons if button is not None)
