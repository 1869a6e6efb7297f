"""For organisers: their meetings, one's numbers and what is missing, what people answered. Asked anew at each press."""

from aiogram import Router
from aiogram.filters import Command
from sqlalchemy.orm import Session

from civic import organising, people
from civic.conversation import Reply
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="organiser")

SHOWS = {
    "org": "org_meeting",
    "orgfb": "org_feedback",
    "orgcm": "org_comments",
    "orgc": "org_commitments",
    "ocn": "org_new",
}
"""What each choice about a meeting shows."""
STEPS = {"ocn": "ocn"}
"""What is open after it for an answer in words."""


@router.message(Command("organizar", "organizer", "organise", "organize", ignore_case=True))
@on_choice(router, "orgl")
async def meetings_of_mine(_event: object, chat: Chat, choice: Choice | None = None) -> None:
    """List the meetings that somebody organises."""
    page = choice.number() if choice and choice.args else 0

    def look(session: Session) -> list[Reply]:
        organising.listing(session, chat.person_id, chat.now)
        people.introduce(session, chat.person_id, chat.first_name)
        return [Reply("org_meetings", {"page": page})]

    await chat.do(look)


@on_choice(router, *SHOWS)
async def of_a_meeting(_event: object, chat: Chat, choice: Choice) -> None:
    """Show something of a meeting to who organises it."""
    meeting_id = choice.number()
    page = choice.number(1) if len(choice.args) > 1 else 0
    step = f"{STEPS[choice.verb]}:{meeting_id}" if choice.verb in STEPS else None

    def look(session: Session) -> list[Reply]:
        organising.check(session, meeting_id, chat.person_id)
        return [Reply(SHOWS[choice.verb], {"meeting": meeting_id, "page": page}, step)]

    await chat.do(look)
