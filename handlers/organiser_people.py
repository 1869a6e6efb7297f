"""Who organises with whom, by one-time links; whom to call, everybody as a file, sign-ups by day, what was done."""

from typing import Final

from aiogram import Router
from sqlalchemy.orm import Session

from civic import audit, inviting, organising, overview, roll, staff
from civic.conversation import Reply
from civic.errors import NotTaken
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="organiser people")

LOOKS: Final = {"org_calls": "call_list", "org_sheet": "people_list"}
"""Kinds of reply that show people's own data, and the act that a look is."""


def invited(session: Session, chat: Chat, token: str) -> list[Reply]:
    """Say to who opens a link what it is for, and ask."""
    role = inviting.opened(session, token)
    look = inviting.look(session, role, chat.now) if role is not None else None
    if role is None or look is None:
        return [Reply("org_invite_gone", {"why": "unknown"})]
    if look.held_by is not None and look.held_by == chat.person_id:
        return [Reply("org_holds", {"role": role})]
    if look.state != "open":
        return [Reply("org_invite_gone", {"why": look.state})]
    return [Reply("org_invited", {"role": role})]


@on_choice(router, "ogok", "ogno")
async def answer(_event: object, chat: Chat, choice: Choice) -> None:
    """Accept what a link invited to, or not: for who opened it alone, which what was asked in this chat shows."""
    role, accepts = choice.number(), choice.verb == "ogok"

    def go(session: Session) -> list[Reply]:
        asked = [each for each in (chat.said_before, *chat.standing.beside) if each and each.kind == "org_invited"]
        if role not in {each.params["role"] for each in asked}:
            return [Reply("org_invite_again")]
        if not accepts:
            return [Reply("org_declined")]
        said = inviting.accept(session, role, chat.incoming, chat.first_name, now=chat.now)
        kinds = {"accepted": "org_joins", "already": "org_holds"}
        if said in kinds:
            return [Reply(kinds[said], {"role": role})]
        return [Reply("org_invite_gone", {"why": said})]

    await chat.do(go)


@on_choice(router, "ogp")
async def organisers(_event: object, chat: Chat, choice: Choice) -> None:
    """List who organises a meeting, and the links that are open."""
    meeting_id, page = choice.number(), _page(choice)

    def look(session: Session) -> list[Reply]:
        organising.check(session, meeting_id, chat.person_id)
        return [Reply("org_people", {"meeting": meeting_id, "page": page})]

    await chat.do(look)


@on_choice(router, "ogi")
async def invite(_event: object, chat: Chat, choice: Choice) -> None:
    """Make a link for a meeting, or for all of one of its entities."""
    meeting_id, entity_id = choice.number(), choice.number(1) if len(choice.args) > 1 else None

    def go(session: Session) -> list[Reply]:
        try:
            row, token = inviting.invite(session, meeting_id, entity_id, actor=chat.actor, now=chat.now)
        except NotTaken as fault:
            return [Reply("org_link_many", {"meeting": meeting_id, "most": fault.most})]
        return [Reply("org_link", {"meeting": meeting_id, "role": row.id}, unkept={"token": token})]

    await chat.do(go)


@on_choice(router, "ogr", "ogu")
async def revoke(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a role away or close a link, or put that right."""
    role, meeting_id = choice.number(), choice.number(1)
    change = inviting.revoke if choice.verb == "ogr" else inviting.restore

    def go(session: Session) -> list[Reply]:
        if choice.verb == "ogr":
            organising.check(session, meeting_id, chat.person_id)
        change(session, role, meeting_id, actor=chat.actor, now=chat.now)
        still = staff.organises(session, chat.person_id, meeting_id)
        return [Reply("org_removed" if still else "org_given_up", {"role": role, "meeting": meeting_id})]

    await chat.do(go)


@on_choice(router, "ogc")
async def calls(_event: object, chat: Chat, choice: Choice) -> None:
    """Show whom to call, with their phones; that it was looked at is noted."""
    calling = Reply("org_calls", {"meeting": choice.number(), "page": _page(choice)})
    await chat.do(lambda session: [noted(session, chat, calling)])


@on_choice(router, "ogx")
async def sheet(_event: object, chat: Chat, choice: Choice) -> None:
    """Send everybody of a meeting as a spreadsheet; that it was taken is noted."""
    listing = Reply("org_sheet", {"meeting": choice.number()})
    await chat.do(lambda session: [noted(session, chat, listing)])


@on_choice(router, "ogg")
async def days(_event: object, chat: Chat, choice: Choice) -> None:
    """Draw how many signed up on each day."""
    meeting_id = choice.number()

    def look(session: Session) -> list[Reply]:
        organising.check(session, meeting_id, chat.person_id)
        return [Reply("org_days", {"meeting": meeting_id})]

    await chat.do(look)


@on_choice(router, "oga")
async def acts(_event: object, chat: Chat, choice: Choice) -> None:
    """Show what was done on a meeting, newest first; what people did themselves too where that is asked for."""
    meeting_id, page = choice.number(), _page(choice)
    everybody = len(choice.args) > 2 and choice.number(2) == 1  # noqa: PLR2004 - the third argument

    def look(session: Session) -> list[Reply]:
        organising.check(session, meeting_id, chat.person_id)
        return [Reply("org_acts", {"meeting": meeting_id, "page": page, "everybody": everybody})]

    await chat.do(look)


def noted(session: Session, chat: Chat, said: Reply) -> Reply:
    """Give what is said; that it shows people's own data to who organises is noted, each time. Part of a use case."""
    if said.kind not in LOOKS:
        return said
    meeting = organising.check(session, said.params["meeting"], chat.person_id)
    if said.kind == "org_calls":
        people = len(overview.show(session, meeting.code, now=chat.now).calls)
    else:
        people = len(roll.everybody(session, meeting).people)
    page = said.params.get("page", 0)
    audit.looked(session, chat.actor, LOOKS[said.kind], meeting, people, now=chat.now, page=page)
    return said


def _page(choice: Choice) -> int:
    return choice.number(1) if len(choice.args) > 1 else 0
