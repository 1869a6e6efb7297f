"""Every kind of message, and how any of them is said: the one list that replies and deliveries share."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from locales import translator
from messages import (
    alerts,
    announcements,
    asides,
    changes,
    commitments,
    companion_tickets,
    companions,
    day,
    digests,
    errors,
    feedback,
    following,
    for_whom,
    forwarded,
    groups,
    handovers,
    help,  # noqa: A004 - the room's word for /ayuda
    invitations,
    meeting_model,
    meetings,
    misunderstandings,
    neighbours,
    news,
    offers,
    organiser,
    organiser_commitments,
    organiser_imports,
    organiser_meetings,
    organiser_people,
    organiser_roles,
    organiser_updates,
    others,
    people,
    phones,
    places,
    reminders,
    results,
    role_news,
    settled,
    signup,
    support,
    trail,
    workshops,
)
from messages.kind import Kind, Who
from messages.message import Message
from messages.voice import Links, Voice

KINDS: Final[dict[str, Kind]] = {
    kind: entry
    for subject in (
        meeting_model,
        meetings,
        neighbours,
        changes,
        signup,
        settled,
        offers,
        places,
        companions,
        companion_tickets,
        invitations,
        others,
        handovers,
        workshops,
        people,
        help,
        asides,
        misunderstandings,
        reminders,
        day,
        digests,
        results,
        feedback,
        commitments,
        news,
        following,
        forwarded,
        groups,
        errors,
        organiser,
        organiser_commitments,
        organiser_imports,
        organiser_meetings,
        organiser_people,
        organiser_roles,
        organiser_updates,
        role_news,
        alerts,
        announcements,
        trail,
        support,
        phones,
    )
    for kind, entry in subject.KINDS.items()
}


def render(
    session: Session, who: Who, kind: str, params: Mapping[str, Any] | None, *, now: datetime, links: Links
) -> Sequence[Message]:
    """Look at the world and say a kind of message in the person's language; nothing when there is nothing to say.

    What is for somebody signed up from this phone (`params["for"]`) says so, and its buttons act for her. Raises
    KeyError for a kind that is not ours.
    """
    entry, params = KINDS[kind], params or {}
    if "for" not in params:
        return _told(session, entry, who, params, now, links)
    ward = for_whom.person_of(session, who, params)
    if ward is None or for_whom.is_told_already(session, entry, ward, params):
        return ()
    messages = _told(session, entry, Who(ward.id, who.language), params, now, links)
    voice = Voice(translator(who.language, links.locale), links, now)
    return for_whom.said_for(voice, ward, messages, more=for_whom.to_her_own(voice) if kind == "place" else "")


@dataclass(frozen=True)
class Rendering:
    """One look at the world for many messages: what is the same for many people is looked up and said once."""

    session: Session
    now: datetime
    links: Links
    _said: dict[tuple[str, str, str], Sequence[Message]] = field(default_factory=dict)
    _told: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def expect(self, kind: str, params: Mapping[str, Any], people: Collection[int]) -> None:
        """Hear to whom something will be said, where that is looked up for all of them at once."""
        told = KINDS[kind].told if kind in KINDS else None
        if told:
            self._told[kind, _named(params)] = told(self.session, people, params)

    def render(self, who: Who, kind: str, params: Mapping[str, Any]) -> Sequence[Message]:
        """Say a kind of message as `render` does."""
        key = (kind, _named(params))
        if key not in self._told:
            return render(self.session, who, kind, params, now=self.now, links=self.links)
        if who.person_id not in self._told[key]:
            return ()
        said = self._said.get((*key, who.language))
        if said is None:
            said = _said(self.session, KINDS[kind], who, params, self.now, self.links)
            self._said[*key, who.language] = said
        return said


def _told(
    session: Session, entry: Kind, who: Who, params: Mapping[str, Any], now: datetime, links: Links
) -> Sequence[Message]:
    if entry.told and (who.person_id is None or not entry.told(session, [who.person_id], params)):
        return ()
    return _said(session, entry, who, params, now, links)


def _said(
    session: Session, entry: Kind, who: Who, params: Mapping[str, Any], now: datetime, links: Links
) -> Sequence[Message]:
    data = entry.load(session, who, params, now)
    if data is None:
        return ()
    return entry.say(Voice(translator(who.language, links.locale), links, now), data)


def _named(params: Mapping[str, Any]) -> str:
    return json.dumps(params, sort_keys=True)
