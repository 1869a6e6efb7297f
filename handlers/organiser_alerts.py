"""Alerts of a meeting, muted by an organiser with a tap, and heard again."""

from aiogram import Router
from sqlalchemy.orm import Session

from civic import alerts
from civic.conversation import Reply
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="organiser alerts")


@on_choice(router, "oqm", "oqu")
async def mute(_event: object, chat: Chat, choice: Choice) -> None:
    """Say no more, or all again, of what is missing in a meeting."""
    meeting_id, muted = choice.number(), choice.verb == "oqm"

    def go(session: Session) -> list[Reply]:
        alerts.mute(session, meeting_id, chat.person_id, muted=muted, now=chat.now)
        return [Reply("org_muted", {"meeting": meeting_id})]

    await chat.do(go)
