"""What we say in a group: one kind line that points to the private chat."""

from typing import Any, Final

from messages.kind import Kind, nothing_to_look_up
from messages.message import Button, Message, column
from messages.voice import Voice


def _group(voice: Voice, _params: Any) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "Hello, everybody. I talk with each of you in private, so that what is yours stays between us: tap the button"
        " and write to me there."
    )
    return [Message(text, column(Button(t.gettext("Write to me in private"), url=voice.links.bot)))]


KINDS: Final[dict[str, Kind]] = {"group": Kind(nothing_to_look_up, _group)}
