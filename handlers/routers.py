"""The one list of routers, in the order in which they are asked, and the dispatcher that asks them."""

from typing import Final

from aiogram import Dispatcher

from handlers import (
    changes,
    commitments,
    companions,
    fallback,
    feedback,
    forwarding,
    handovers,
    inquiries,
    mine,
    mistakes,
    needs,
    neighbours,
    organiser,
    organiser_alerts,
    organiser_announcing,
    organiser_commitments,
    organiser_meetings,
    organiser_people,
    organiser_updates,
    others,
    privacy,
    reminders,
    signup,
    start,
    words,
)
from handlers import help as helping
from handlers.chat import Services
from handlers.middleware import Talk

ROUTERS: Final = (
    fallback.forwards,
    words.router,
    start.router,
    inquiries.router,
    handovers.router,
    signup.router,
    companions.router,
    others.router,
    needs.router,
    neighbours.router,
    mine.router,
    mistakes.router,
    helping.router,
    privacy.router,
    reminders.router,
    changes.router,
    feedback.router,
    forwarding.router,
    commitments.router,
    organiser.router,
    organiser_alerts.router,
    organiser_announcing.router,
    organiser_commitments.router,
    organiser_meetings.router,
    organiser_people.router,
    organiser_updates.router,
    fallback.router,
)


def dispatcher(services: Services) -> Dispatcher:
    """Make the dispatcher of one installation; its state is in the database, so aiogram keeps none."""
    made = Dispatcher(disable_fsm=True)
    made.update.outer_middleware(Talk(services))
    made.sub_routers.extend(ROUTERS)  # not `include_router`: a process may make more than one dispatcher
    return made
