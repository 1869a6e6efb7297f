"""What can go wrong, as one tree: parameters and no prose; `messages.errors` says each in the person's language.

The classes are not frozen: Python writes `__traceback__` on an exception that passes a context manager.
"""

from dataclasses import dataclass
from datetime import datetime


class Problem(Exception):
    """Something that a person, a file or the world did that cannot be done. Its docstring says what happened."""


@dataclass(eq=False)
class SchemaTooNew(Problem):
    """The database was written by a newer Convoca than this one."""

    revision: str


@dataclass(eq=False)
class MeetingUnknown(Problem):
    """There is no such meeting, or it is a draft that is nobody's business yet."""

    code: str


@dataclass(eq=False)
class MeetingCancelled(Problem):
    """The meeting was cancelled: nobody signs up."""

    meeting_id: int


@dataclass(eq=False)
class MeetingStarted(Problem):
    """The meeting has started or is over: its places no longer change."""

    meeting_id: int


@dataclass(eq=False)
class RegistrationUnknown(Problem):
    """There is no such registration of this person."""


@dataclass(eq=False)
class ConsentMissing(Problem):
    """The person has not consented to this entity's processing for this purpose."""

    meeting_id: int | None
    """The meeting to ask for; None where something else is followed."""


@dataclass(eq=False)
class OfferGone(Problem):
    """The offer lapsed, was withdrawn or was answered before."""

    meeting_id: int


@dataclass(eq=False)
class PlaceGone(Problem):
    """A place that was given up has gone to somebody else, or others wait for it."""

    meeting_id: int


@dataclass(eq=False)
class PartyFull(Problem):
    """A party has as many people as it may have."""

    meeting_id: int


@dataclass(eq=False)
class PhoneFull(Problem):
    """As many people were signed up from one phone as may be."""


@dataclass(eq=False)
class TooManyCodes(Problem):
    """An account said as many codes as it may in a day."""


@dataclass(eq=False)
class LinkUnknown(Problem):
    """A party's link leads nowhere: another was made since, or it was never one."""


@dataclass(eq=False)
class CompanionTaken(Problem):
    """A companion's place was taken over by somebody else, or dropped, before this person took it."""

    meeting_id: int


@dataclass(eq=False)
class FeedbackClosed(Problem):
    """Feedback is not open: too early, closed after 14 days, or for who had no place."""

    meeting_id: int


@dataclass(eq=False)
class AnswerUnclear(Problem):
    """The answer is none of the question's options, or too long."""


@dataclass(eq=False)
class CommitmentUnknown(Problem):
    """There is no such published commitment."""


@dataclass(eq=False)
class EntityUnknown(Problem):
    """There is no such entity that has convened anything."""

    code: str


@dataclass(eq=False)
class NotAnOrganiser(Problem):
    """Somebody asks for what only an organiser of that meeting may see or do, or is one no more."""


@dataclass(eq=False)
class LastOrganiser(Problem):
    """The last organiser of everything would be taken away: nobody could invite another."""


@dataclass(eq=False)
class NotTaken(Problem):
    """What an organiser wrote for a draft cannot stand there."""

    why: str
    """too_long, too_large (MB), too_many, not_a_date, not_that_weekday, past, not_a_percentage, not_an_address,
    not_hours, not_the_report"""
    most: int = 0
    """How much would do, where that is the matter."""


@dataclass(eq=False)
class DraftChanged(Problem):
    """The draft is not what was shown before it was to go out."""


@dataclass(eq=False)
class ActWaiting(Problem):
    """Another act on the same meeting waits to be done: one at a time."""

    act_id: int


@dataclass(eq=False)
class SentAlready(Problem):
    """A commitment that is published already, or an update that was sent."""

    commitment_id: int


@dataclass(eq=False)
class NothingOpen(Problem):
    """A button or answer for a question that is no longer open."""


@dataclass(eq=False)
class TooLate(Problem):
    """Convening less than 15 days ahead without a reason (M4)."""

    starts_at: datetime
    days: int


@dataclass(eq=False)
class Faults(Problem):
    """A file (or its order) is at fault: every fault with its place, one a line; nothing was changed."""

    faults: tuple[str, ...]
