"""What organisers tell a part of a meeting's people: chosen, written, shown, confirmed, undone within its minute."""

from aiogram import Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import announcements, organising
from civic.conversation import Reply
from civic.errors import DraftChanged, NothingOpen
from civic.schema import Announcement
from handlers.chat import Chat, Choice
from handlers.filters import Answering, on_choice
from handlers.organiser_commitments import asking_again

router = Router(name="organiser announcing")


@on_choice(router, "onw")
async def choose(_event: object, chat: Chat, choice: Choice) -> None:
    """Show to whom of a meeting's people one may write, and what waits to go out to them."""
    meeting_id = choice.number()
    begun, page = (choice.number(place) if len(choice.args) > place else 0 for place in (1, 2))

    def look(session: Session) -> list[Reply]:
        organising.check(session, meeting_id, chat.person_id)
        about = {"announcement": begun} if begun else {}
        return [Reply("org_say_whom", {"meeting": meeting_id, "page": page, **about})]

    await chat.do(look)


@on_choice(router, "ona")
async def to_whom(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a part of the people, and ask for the words; what was written already is shown for them."""
    meeting_id, part = choice.number(), choice.args[1] if len(choice.args) > 1 else ""
    workshop, begun = (choice.number(place) if len(choice.args) > place else 0 for place in (2, 3))

    def go(session: Session) -> list[Reply]:
        row = announcements.begin(
            session,
            meeting_id,
            part,
            workshop_id=workshop or None,
            instead_of=begun or None,
            actor=chat.actor,
            now=chat.now,
        )
        return _next(row)

    await chat.do(go)


@on_choice(router, "ont")
async def ask(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for the words, once more."""

    def look(session: Session) -> list[Reply]:
        row = announcements.own(session, choice.number(), chat.actor)
        return [_asked(row)] if row.state == "proposed" else [_stands(row)]

    await chat.do(look)


@router.message(Answering("ont"))
async def write(event: Message, chat: Chat) -> None:
    """Take what was written, and show it as people would read it."""
    words = event.text or ""
    number = Choice.parse(chat.standing.step or "").number()

    def save(session: Session) -> list[Reply]:
        row = announcements.own(session, number, chat.actor)
        if row.state != "proposed":
            return [_stands(row)]
        return _next(announcements.write(session, number, words, actor=chat.actor))

    await chat.do(asking_again(chat, save))


@on_choice(router, "onp")
async def preview(_event: object, chat: Chat, choice: Choice) -> None:
    """Show what would be told now, or how it stands."""
    await chat.do(lambda session: _next(announcements.own(session, choice.number(), chat.actor)))


@on_choice(router, "ongo")
async def confirm(_event: object, chat: Chat, choice: Choice) -> None:
    """Let what was shown go out after its minute; what is otherwise by now is shown anew instead."""
    number, sign = choice.number(), choice.args[1] if len(choice.args) > 1 else ""

    def go(session: Session) -> list[Reply]:
        try:
            return [_stands(announcements.confirm(session, number, sign, actor=chat.actor, now=chat.now))]
        except DraftChanged:
            return [Reply("org_say_stale"), *_next(announcements.own(session, number, chat.actor))]

    await chat.do(go)


@on_choice(router, "onu")
async def undo(_event: object, chat: Chat, choice: Choice) -> None:
    """Undo what waits; of what went out, say how it stands."""

    def go(session: Session) -> list[Reply]:
        row = announcements.undo(session, choice.number(), actor=chat.actor, now=chat.now)
        if row.state == "proposed" and row.author_id != chat.person_id:
            raise NothingOpen
        return [_stands(row)]

    await chat.do(go)


@on_choice(router, "ond")
async def leave(_event: object, chat: Chat, choice: Choice) -> None:
    """Send nothing, and let what was written go."""
    number = choice.number()

    def go(session: Session) -> list[Reply]:
        row = announcements.own(session, number, chat.actor)
        if row.state != "proposed":
            return [_stands(row)]
        return [Reply("org_say_left", {"meeting": announcements.discard(session, number, actor=chat.actor)})]

    await chat.do(go)


def _next(row: Announcement) -> list[Reply]:
    """Ask for the words that lack, else show what would go out; of what was confirmed, how it stands."""
    if row.state != "proposed":
        return [_stands(row)]
    return [Reply("org_say_preview", {"announcement": row.id}) if row.text else _asked(row)]


def _asked(row: Announcement) -> Reply:
    return Reply("org_say_ask", {"announcement": row.id}, f"ont:{row.id}")


def _stands(row: Announcement) -> Reply:
    return Reply("org_say", {"announcement": row.id})
