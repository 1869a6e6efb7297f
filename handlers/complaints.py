"""Complaints are not received here: each is pointed, kindly, to its entity's own channel (M16)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiogram.filters import Filter
from aiogram.types import Message

from civic.conversation import Reply
from handlers.understanding import plain
from messages.words import COMPLAINTS

if TYPE_CHECKING:
    from handlers.chat import Chat, Choice


def is_complaint(text: str) -> bool:
    """Tell whether a text speaks of a complaint, in a word of its own."""
    return not COMPLAINTS.isdisjoint(plain(text).split())


def also_complaint(text: str, replies: Sequence[Reply], *, meeting_id: int | None = None) -> list[Reply]:
    """Add the way for complaints to what answers a text, once the text itself was saved.

    It stands before the last reply: what is asked next stays the open question.
    """
    said = list(replies)
    if not is_complaint(text):
        return said
    pointer = Reply("pqrsd", {"meeting": meeting_id} if meeting_id is not None else {})
    return [*said[:-1], pointer, *said[-1:]]


class Complains(Filter):
    """Words of a complaint that answer no question of ours."""

    async def __call__(self, event: Message, chat: "Chat", choice: "Choice | None" = None) -> bool:
        """Match a text with the word, when no open question takes words."""
        text = event.text or ""
        return choice is None and not text.startswith("/") and chat.standing.step is None and is_complaint(text)
