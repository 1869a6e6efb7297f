"""How things stand: what somebody is told whose button or answer can do nothing any more."""

from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from civic import concerns, wards
from civic.conversation import Reply
from civic.errors import AnswerUnclear, Problem, RegistrationUnknown
from civic.schema import Registration
from handlers.other_answers import of_another_question
from messages.errors import unable

if TYPE_CHECKING:
    from handlers.chat import Chat

_OF_REGISTRATION: Final = frozenset(
    (
        *("place", "ticket", "ics", "leave", "back", "confirm", "can", "next", "change", "name", "topics", "ask"),
        *("keep", "rank", "ranked", "attr", "bring", "with", "takes", "party", "plink", "tickets", "renew", "drop"),
        *("undrop", "pname", "noname", "needs", "nyes", "nnone", "nrest", "nskip", "need", "ndone"),
        *("phone", "nophone", "rmphone"),
        *("companions", "companion"),  # steps: words answer the open question
    )
)
_OF_OFFER: Final = frozenset(("take", "pass", "unpass"))
_OF_FEEDBACK: Final = "fb"
_DIGITS: Final = 15
"""More than any id of ours has."""


def refused(session: Session, chat: "Chat", problem: Problem) -> list[Reply]:
    """Say that something cannot be done, and how what it was about stands; then go on with what was asked, if it can.

    After an unclear answer that is the question itself. After a tap it is the open question of something else.
    """
    if isinstance(problem, AnswerUnclear):
        if noted := of_another_question(session, chat):
            return noted
        here = Reply("not_understood_here") if chat.open_question else Reply("unable", unable(problem))
        return chat.at_a_loss(session, here)
    person_id, ward = _acting(session, chat)
    about = _concerned(session, chat, problem, person_id)
    meeting_id = getattr(problem, "meeting_id", None)
    elsewhere = {} if meeting_id is None else {"meeting": meeting_id}
    how = elsewhere if about is None else {"registration": about, **ward}
    said = Reply("unable", unable(problem) | how)
    waits = chat.open_question
    return [said, waits] if waits and _goes_on(session, chat, waits, problem, about) else [said]


def _goes_on(session: Session, chat: "Chat", waits: Reply, problem: Problem, about: int | None) -> bool:
    """Tell whether an open question is another than the one that cannot be answered any more."""
    link = waits.params.get("link")
    if chat.tapped is None and chat.choice is None:  # it was words for the open question
        return False
    if link is not None and chat.choice is not None and link in chat.choice.args:
        return False
    meeting_id = getattr(problem, "meeting_id", None)
    return not same(session, waits, about) and (meeting_id is None or waits.params.get("meeting") != meeting_id)


def _acting(session: Session, chat: "Chat") -> tuple[int | None, dict[str, int]]:
    """Say for whom a button acts, and how a reply says so: who taps, or somebody whom she signed up from her phone."""
    ward = chat.choice.ward if chat.choice else None
    if ward is None:
        return chat.person_id, {}
    try:
        return wards.acted_for(session, chat.standing.person_id, ward).id, {"for": ward}
    except RegistrationUnknown:
        return None, {}


def _concerned(session: Session, chat: "Chat", problem: Problem, person_id: int | None) -> int | None:
    """Find which registration of hers a problem is about: by its meeting, by the button, or by the open question."""
    meeting_id = getattr(problem, "meeting_id", None)
    if meeting_id is not None:
        return concerns.own_in(session, person_id, meeting_id)
    verb, *args = [chat.choice.verb, *chat.choice.args] if chat.choice else (chat.standing.step or "").split(":")
    if verb == _OF_FEEDBACK:
        args = args[1:] if chat.choice else args
    if not args or not (args[0].isascii() and args[0].isdigit() and len(args[0]) <= _DIGITS):
        return None
    number = int(args[0])
    if verb in _OF_OFFER:
        return concerns.own_of_offer(session, person_id, number)
    if verb in _OF_REGISTRATION or verb == _OF_FEEDBACK:
        return concerns.own_beside(session, person_id, number)
    return None


def same(session: Session, asked: Reply, registration_id: int | None) -> bool:
    """Tell whether what is asked is about the same meeting as a registration."""
    if registration_id is None:
        return False
    number = asked.params.get("registration")
    other = session.get(Registration, number) if number is not None else None
    own = session.get(Registration, registration_id)
    meeting_id = other.meeting_id if other else asked.params.get("meeting")
    return own is not None and own.meeting_id == meeting_id
