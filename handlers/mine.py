"""«My meetings»: places seen again, given up, taken back; offers answered; the picture and the calendar file."""

from aiogram import Router
from aiogram.filters import Command
from sqlalchemy.orm import Session

from civic import leaving, offers, registration
from civic.conversation import Reply
from civic.errors import RegistrationUnknown
from civic.places import AHEAD
from civic.schema import Registration
from handlers.chat import Chat, Choice
from handlers.filters import on_choice

router = Router(name="mine")


@router.message(Command("mis", "mine", ignore_case=True))
@on_choice(router, "mine")
async def mine(_event: object, chat: Chat, choice: Choice | None = None) -> None:
    """Show every place that is ahead or was lately, by page."""
    await chat.reply("mine", page=choice.number() if choice and choice.args else 0)


@on_choice(router, "place", "ticket", "ics")
async def show(_event: object, chat: Chat, choice: Choice) -> None:
    """Show a place again, its picture or its calendar file."""
    kinds = {"place": "place", "ticket": "ticket", "ics": "calendar"}

    def look(session: Session) -> list[Reply]:
        own = registration.mine(session, choice.number(), chat.person_id)
        return [Reply(kinds[choice.verb], {"registration": own.id})]

    await chat.do(look)


@on_choice(router, "leave")
async def leave(_event: object, chat: Chat, choice: Choice) -> None:
    """Give up a place, a position or an offer, and say how to take it back; with companions, first ask who leaves."""

    def give_up(session: Session) -> list[Reply]:
        number, person_id = choice.number(), _known(chat)
        whole = choice.args[1:] == ("all",)
        if not choice.args[1:] and _with_company(session, number, person_id):
            return [Reply("leave_whom", {"registration": number})]
        own = registration.cancel(session, number, person_id=person_id, actor=chat.actor, now=chat.now, whole=whole)
        return [Reply("left", {"registration": own.id})]

    await chat.do(give_up)


@on_choice(router, "back")
async def back(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a giving-up back."""

    def undo(session: Session) -> list[Reply]:
        own = registration.undo(session, choice.number(), person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [_news(own)]

    await chat.do(undo)


@on_choice(router, "take")
async def take(_event: object, chat: Chat, choice: Choice) -> None:
    """Take an offered place; too late for it, stay on the list with the position kept."""

    def accept(session: Session) -> list[Reply]:
        own = offers.accept(session, choice.number(), person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [_news(own)]

    await chat.do(accept)


@on_choice(router, "pass")
async def pass_(_event: object, chat: Chat, choice: Choice) -> None:
    """Turn an offer down, which leaves the list."""

    def decline(session: Session) -> list[Reply]:
        number = choice.number()
        leaving.decline(session, number, person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [Reply("passed", {"offer": number})]

    await chat.do(decline)


@on_choice(router, "unpass")
async def unpass(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a refusal back."""

    def undo(session: Session) -> list[Reply]:
        own = leaving.undo_decline(session, choice.number(), person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [_news(own)]

    await chat.do(undo)


def _news(own: Registration) -> Reply:
    """Show her place; who does not come herself, her companions; who was never asked for herself, all her meetings."""
    if own.person_id is None:
        return Reply("mine", {"page": 0})
    if own.state == "cancelled":
        return Reply("party", {"registration": own.id})
    return Reply("place", {"registration": own.id, "pin": True})


def _with_company(session: Session, registration_id: int, person_id: int) -> bool:
    """Tell whether somebody still comes for whom she answers, besides herself."""
    own = registration.mine(session, registration_id, person_id)
    return own.state in AHEAD and len(offers.spoken_for(session, own.party_id, person_id)) > 1


def _known(chat: Chat) -> int:
    if chat.person_id is None:
        raise RegistrationUnknown
    return chat.person_id
