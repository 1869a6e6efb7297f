"""Alerts of meetings, muted by an organiser with a tap, and heard again."""

from aiogram import Router
from sqlalchemy.orm import Session

from civic import alerts
from civic.conversation import Reply
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="organiser alerts")


@on_choice(router, "oqm", "oqu")
async def mute(_event: object, chat: Chat, choice: Choice) -> None:
    """Say no more, or all again, of what is missing in a meeting, or in each of several."""
    several = sorted({choice.number(place) for place in range(len(choice.args))}) or [choice.number()]
    muted = choice.verb == "oqm"

    def go(session: Session) -> list[Reply]:
        for meeting_id in several:
            alerts.mute(session, meeting_id, muted=muted, actor=chat.actor, now=chat.now)
        return [Reply("org_muted", {"meeting": several[0], **({"also": several[1:]} if several[1:] else {})})]

    await chat.do(go)
