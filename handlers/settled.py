"""Questions that were answered: a button under one of them says what was answered, and how to change it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from civic import needs, places
from civic.conversation import Reply
from civic.places import AHEAD
from civic.schema import Meeting
from handlers.chat import Chat, interrupted
from handlers.standing import same

QUESTIONS: Final = frozenset(("question", "ranking", "companions", "needs", "needs_ticked", "phone"))
"""Kinds of reply that ask something of a registration after it has its place."""


def answered_before(session: Session, chat: Chat, registration_id: int, what: str) -> list[Reply] | None:
    """Say what was answered, with a way to change it, to who taps under a question of before; None: take the tap.

    A question that is asked now, or was never answered, takes it.
    """
    found = needs.answered_by(session, registration_id, chat.person_id)
    if what not in found.answered or _is_asked(chat, registration_id, what):
        return None
    if what == "topics" and found.workshop_id is not None:  # her order decides nothing any more
        return None
    if found.state not in AHEAD or not places.is_open(session.get_one(Meeting, found.meeting_id), chat.now):
        return None
    waits = chat.open_question
    return [Reply("answered_before", {"registration": registration_id, "what": what}), *([waits] if waits else [])]


def answered_all(chat: Chat) -> Reply | None:
    """Say what was answered, to who writes an answer when all that was asked has one; None: something else was said."""
    before = chat.said_before
    return Reply("all_answered", before.params) if before is not None and before.kind == "answered" else None


def going_on(
    session: Session, chat: Chat, registration_id: int, what: str, following: Sequence[Reply]
) -> Sequence[Reply]:
    """Go on with what is asked next; where another meeting's question waits, say what was noted and go on there."""
    waits = chat.open_question
    if waits is None or waits.kind not in QUESTIONS or same(session, waits, registration_id):
        return following
    return [Reply("answered_before", {"registration": registration_id, "what": what, "now": True}), waits]


def _is_asked(chat: Chat, registration_id: int, what: str) -> bool:
    asked = chat.standing.asked
    near = (asked, interrupted(asked) if asked else None, *chat.standing.beside, chat.standing.news)
    return any(
        each is not None
        and each.kind in QUESTIONS
        and each.params.get("registration") == registration_id
        and (each.params.get("what") == what or (each.kind, what) == ("needs_ticked", "needs"))
        for each in near
    )
