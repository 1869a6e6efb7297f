"""Every kind of message, and how any of them is said: the one list that replies and deliveries share."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from locales import translator
from messages import (
    alerts,
    changes,
    commitments,
    companions,
    errors,
    feedback,
    following,
    groups,
    help,  # noqa: A004 - the room's word for /ayuda
    invitations,
    meetings,
    neighbours,
    news,
    offers,
    organiser,
    organiser_commitments,
    organiser_updates,
    people,
    phones,
    places,
    reminders,
    signup,
    support,
    workshops,
)
from messages.kind import Kind, Who
from messages.message import Message
from messages.voice import Links, Voice

KINDS: Final[dict[str, Kind]] = {
    kind: entry
    for subject in (
        meetings,
        neighbours,
        changes,
        signup,
        offers,
        places,
        companions,
        invitations,
        workshops,
        people,
        help,
        reminders,
        feedback,
        commitments,
        news,
        following,
        groups,
        errors,
        organiser,
        organiser_commitments,
        organiser_updates,
        alerts,
        support,
        phones,
    )
    for kind, entry in subject.KINDS.items()
}


def render(
    session: Session, who: Who, kind: str, params: Mapping[str, Any] | None, *, now: datetime, links: Links
) -> Sequence[Message]:
    """Look at the world and say a kind of message in the person's language; nothing when there is nothing to say.

    Raises KeyError for a kind that is not ours.
    """
    entry = KINDS[kind]
    data = entry.load(session, who, params or {}, now)
    if data is None:
        return ()
    return entry.say(Voice(translator(who.language, links.locale), links, now), data)
