"""Commitments in the chat: lists, one with its history, evidence, and following."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, get_args

from aiogram import Router
from aiogram.filters import Command
from sqlalchemy.orm import Session

from civic import digests, following, people, public_record, wards
from civic.audit import Actor
from civic.conversation import Reply
from civic.errors import CommitmentUnknown, ConsentMissing, NothingOpen
from civic.following import Subject
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="commitments")

LATEST: Final = 4_000_000_000
"""Seconds since 1970: no moment of ours is later."""


@router.message(Command("compromisos", "commitments", ignore_case=True))
@on_choice(router, "cm")
async def meetings_with_commitments(_event: object, chat: Chat, choice: Choice | None = None) -> None:
    """List the meetings that have published commitments; a single one's at once."""
    page = choice.number() if choice and choice.args else 0

    def look(session: Session) -> list[Reply]:
        found = public_record.meetings_with(session, page)
        if page == 0 and len(found.rows) == 1:
            return [Reply("commitments", {"meeting": found.rows[0][0], "page": 0})]
        return [Reply("commitment_meetings", {"page": page})]

    await chat.do(look)


@on_choice(router, "cs")
async def of_a_meeting(_event: object, chat: Chat, choice: Choice) -> None:
    """Show a page of a meeting's commitments."""
    meeting_id = choice.number()
    page = choice.number(1) if len(choice.args) > 1 else 0

    def look(session: Session) -> list[Reply]:
        following.entities_of(session, "m", meeting_id)  # a draft's are nobody's business
        return [Reply("commitments", {"meeting": meeting_id, "page": page})]

    await chat.do(look)


@on_choice(router, "c")
async def whole(_event: object, chat: Chat, choice: Choice) -> None:
    """Show a commitment whole, a long history by page."""
    number = choice.number()
    page = choice.number(1) if len(choice.args) > 1 else 0

    def look(session: Session) -> list[Reply]:
        if public_record.history(session, number, chat.now) is None:
            raise CommitmentUnknown
        return [Reply("commitment", {"commitment": number, "page": page})]

    await chat.do(look)


@on_choice(router, "ev")
async def evidence(_event: object, chat: Chat, choice: Choice) -> None:
    """Send a file of evidence."""
    number = choice.number()

    def look(session: Session) -> list[Reply]:
        if public_record.evidence(session, number) is None:
            raise CommitmentUnknown
        return [Reply("evidence", {"evidence": number})]

    await chat.do(look)


@on_choice(router, "f")
async def follow(_event: object, chat: Chat, choice: Choice) -> None:
    """Follow, or ask the permission first."""
    subject, number = _subject(choice)
    await chat.do(_following(chat, subject, number))


@on_choice(router, "fy")
async def consent_and_follow(_event: object, chat: Chat, choice: Choice) -> None:
    """Record the permission and follow, in one."""
    subject, number = _subject(choice)

    def agree(session: Session) -> list[Reply]:
        entities = following.entities_of(session, subject, number)
        if chat.acts_for is None:
            person = people.consent_to(session, chat.incoming, chat.first_name, entities, "follow", now=chat.now)
            actor = Actor(person.id, "chat")
        else:
            person, actor = wards.acted_for(session, chat.standing.person_id, chat.acts_for), chat.actor
            people.agree(session, person, entities, "follow", now=chat.now)
        following.follow(session, person.id, subject, number, wants=True, actor=actor, now=chat.now)
        return [Reply("following", {"subject": subject, "id": number})]

    await chat.do(agree)


@on_choice(router, "fn")
async def do_not_consent(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a no kindly: nothing is kept."""
    subject, number = _subject(choice)

    def decline(session: Session) -> list[Reply]:
        following.entities_of(session, subject, number)
        follows = following.said_yes(session, chat.person_id, subject, number)
        return [Reply("following" if follows else "not_followed", {"subject": subject, "id": number})]

    await chat.do(decline)


@on_choice(router, "u")
async def unfollow(_event: object, chat: Chat, choice: Choice) -> None:
    """Tell her no more of it."""
    subject, number = _subject(choice)

    def mute(session: Session) -> list[Reply]:
        following.entities_of(session, subject, number)
        if chat.person_id is not None:
            following.follow(session, chat.person_id, subject, number, wants=False, actor=chat.actor, now=chat.now)
        return [Reply("unfollowed", {"subject": subject, "id": number})]

    await chat.do(mute)


@router.message(Command("siguiendo", "following", ignore_case=True))
@on_choice(router, "fl")
async def followed(_event: object, chat: Chat, choice: Choice | None = None) -> None:
    """List what she follows, with a way to stop each."""
    await chat.reply("followed", page=choice.number() if choice and choice.args else 0)


@on_choice(router, "rhythm")
async def rhythm(_event: object, chat: Chat, choice: Choice) -> None:
    """Tell her of commitments at once, or once a week, and who is told on her phone."""
    wanted = choice.args[0] if choice.args else ""

    def prefer(session: Session) -> list[Reply]:
        if wanted not in {digests.WEEKLY, digests.AT_ONCE}:
            raise NothingOpen
        if chat.person_id is None:
            return [Reply("followed", {"page": 0})]
        for who in (chat.person_id, *(each.id for each in wards.of(session, chat.person_id))):
            digests.prefer(session, who, wanted, actor=chat.actor, now=chat.now)
        return [Reply("rhythm", {"rhythm": wanted})]

    await chat.do(prefer)


@on_choice(router, "week")
async def week(_event: object, chat: Chat, choice: Choice) -> None:
    """Show a digest whole; what she follows when nothing of it is left to tell."""
    between = [choice.number(place) for place in (0, 1)]

    def look(session: Session) -> list[Reply]:
        if any(moment > LATEST for moment in between):
            raise NothingOpen
        since, until = (datetime.fromtimestamp(moment, UTC) for moment in between)
        if not digests.of_week_in_chat(session, chat.person_id, since, until):
            return [Reply("followed", {"page": 0})]
        return [Reply("digest", {"since": since.isoformat(), "until": until.isoformat()})]

    await chat.do(look)


async def opened(chat: Chat, payload: str) -> None:
    """Answer a deep link that follows: `fm_CODE`, `fc_NUMBER`, `fe_CODE`."""
    kind, _, name = payload.partition("_")

    def go(session: Session) -> list[Reply]:
        subject, number = following.subject_named(session, kind, name)
        return _following(chat, subject, number)(session)

    await chat.do(go)


def _following(chat: Chat, subject: Subject, number: int) -> Callable[[Session], list[Reply]]:
    about: dict[str, Any] = {"subject": subject, "id": number}

    def go(session: Session) -> list[Reply]:
        following.entities_of(session, subject, number)
        if chat.person_id is None:
            return [Reply("follow_consent", about)]
        try:
            following.follow(session, chat.person_id, subject, number, wants=True, actor=chat.actor, now=chat.now)
        except ConsentMissing:
            return [Reply("follow_consent", about)]
        return [Reply("following", about)]

    return go


def _subject(choice: Choice) -> tuple[Subject, int]:
    for subject in get_args(Subject):
        if choice.args[:1] == (subject,):
            return subject, choice.number(1)
    raise NothingOpen
