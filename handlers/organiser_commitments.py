"""Commitments written in the chat by who organises: saved at each word, shown before, published once."""

from collections.abc import Callable
from datetime import date

from aiogram import Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import drafting, meetings, previews, update_drafts
from civic.commitments import Proof
from civic.conversation import Reply
from civic.daytime import local_date
from civic.errors import DraftChanged, NothingOpen, NotTaken, SentAlready
from civic.schema import Commitment, Meeting
from handlers.chat import Chat, Choice
from handlers.days import day_written
from handlers.filters import Answering, on_choice
from handlers.inquiries import answered_between

router = Router(name="organiser commitments")

REQUIRED = ("responsible", "due", "indicator")


@on_choice(router, "oc")
async def one(_event: object, chat: Chat, choice: Choice) -> None:
    """Show a commitment to who organises it: a draft to be written on, or how a published one stands."""
    number = choice.number()

    def look(session: Session) -> list[Reply]:
        return [shown(drafting.own(session, number, chat.person_id))]

    await chat.do(look)


@router.message(Answering("ocn"))
async def begin(event: Message, chat: Chat) -> None:
    """Write a new commitment down."""
    words = event.text or ""
    meeting_id = Choice.parse(chat.standing.step or "").number()

    def draft(session: Session) -> list[Reply]:
        row = drafting.begin(session, meeting_id, words, actor=chat.actor, now=chat.now)
        if len(meetings.entities(session, meeting_id)) > 1:
            return [Reply("org_entity", {"commitment": row.id})]
        return [_next(row)]

    await chat.do(asking_again(chat, draft))


@on_choice(router, "ocf")
async def ask(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for one field of a draft."""
    number, field = choice.number(), choice.args[1] if len(choice.args) > 1 else ""

    def look(session: Session) -> list[Reply]:
        row = drafting.own(session, number, chat.person_id)
        if row.published_at is not None:
            return _already(row.id)
        return [_asked(row, field)]

    await chat.do(look)


@router.message(Answering("ocf"))
async def write(event: Message, chat: Chat) -> None:
    """Save what was written for a field, and ask for the next that is missing, or show how it will go out."""
    words = event.text or ""
    step = Choice.parse(chat.standing.step or "")
    number, field = step.number(), step.args[1]

    def save(session: Session) -> list[Reply]:
        if field == "evidence":
            proof = Proof(words.strip(), address=words.strip())
            update_drafts.add_evidence(session, number, proof, actor=chat.actor, now=chat.now)
            return [drawn(drafting.own(session, number, chat.person_id))]
        said: str | date = day_in(session, chat, number, words) if field == "due" else words
        return [_next(drafting.write(session, number, field, said, actor=chat.actor, now=chat.now))]

    await chat.do(asking_again(chat, save))


@on_choice(router, "oce")
async def entity(_event: object, chat: Chat, choice: Choice) -> None:
    """Say which entity commits itself."""
    number, entity_id = choice.number(), choice.number(1)

    def choose(session: Session) -> list[Reply]:
        row = drafting.choose_entity(session, number, entity_id, actor=chat.actor, now=chat.now)
        return [_next(row)]

    await chat.do(choose)


@on_choice(router, "ocv")
async def preview(_event: object, chat: Chat, choice: Choice) -> None:
    """Show how a draft will go out."""
    number = choice.number()

    def look(session: Session) -> list[Reply]:
        row = drafting.own(session, number, chat.person_id)
        return [_next(row)] if row.published_at is None else _already(row.id)

    await chat.do(look)


@on_choice(router, "ocp")
async def publish(_event: object, chat: Chat, choice: Choice) -> None:
    """Publish what was shown; what has changed since is shown anew instead."""
    number, sign = choice.number(), _sign(choice)

    def go(session: Session) -> list[Reply]:
        try:
            drafting.publish(session, number, sign, actor=chat.actor, now=chat.now)
        except DraftChanged:
            return [Reply("org_changed"), _next(drafting.own(session, number, chat.person_id))]
        except SentAlready:
            return _already(number)
        reach = previews.reach(session, drafting.own(session, number, chat.person_id))
        return [Reply("org_published", {"commitment": number, "reach": reach})]

    await chat.do(go)


@on_choice(router, "ocd")
async def discard(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask whether a draft shall go, or delete it."""
    number = choice.number()

    def go(session: Session) -> list[Reply]:
        row = drafting.own(session, number, chat.person_id)
        if row.published_at is not None:
            return _already(number)
        if len(choice.args) > 1:
            try:
                meeting_id = drafting.discard(session, number, _sign(choice), actor=chat.actor, now=chat.now)
            except DraftChanged:
                return [Reply("org_changed"), shown(row)]
            return [Reply("org_deleted", {"meeting": meeting_id})]
        return [Reply("org_delete", {"commitment": number})]

    await chat.do(go)


def shown(row: Commitment) -> Reply:
    """Show a commitment to its organiser."""
    return Reply("org_draft" if row.published_at is None else "org_commitment", {"commitment": row.id})


def drawn(row: Commitment) -> Reply:
    """Show what is being written about a commitment, with its evidence: its draft, or that of its update."""
    if row.published_at is not None:
        return Reply("org_update", {"commitment": row.id})
    missing = not (row.responsible and row.due_on and row.indicator)
    return Reply("org_draft" if missing else "org_preview", {"commitment": row.id})


def asking_again(chat: Chat, use_case: Callable[[Session], list[Reply]]) -> Callable[[Session], list[Reply]]:
    """Run what saves an answer; say what cannot be taken of it, or answer what it asks instead, and ask again."""

    def attempt(session: Session) -> list[Reply]:
        try:
            return use_case(session)
        except NotTaken as fault:
            asked = [chat.standing.asked] if chat.standing.asked else []
            if said := answered_between(session, chat, chat.words or ""):
                return [said, *asked]
            return [Reply("org_again", {"why": fault.why, "most": fault.most}), *asked]
        except SentAlready as done:
            return _already(done.commitment_id)

    return attempt


def day_in(session: Session, chat: Chat, commitment_id: int, words: str) -> date:
    """Read a day that was written for a commitment, by the calendar of its meeting's zone; raises NotTaken."""
    row = drafting.own(session, commitment_id, chat.person_id)
    today = local_date(chat.now, session.get_one(Meeting, row.meeting_id).timezone)
    return day_written(words, today)


def _next(row: Commitment) -> Reply:
    """Ask for what a draft still lacks (M13), else show how it will go out."""
    said = {"responsible": row.responsible, "due": row.due_on, "indicator": row.indicator}
    missing = next((field for field in REQUIRED if not said[field]), None)
    return _asked(row, missing) if missing else Reply("org_preview", {"commitment": row.id})


def _asked(row: Commitment, field: str) -> Reply:
    if field == "entity":
        return Reply("org_entity", {"commitment": row.id})
    if field not in {*drafting.FIELDS, "evidence"}:
        raise NothingOpen
    return Reply("org_ask", {"commitment": row.id, "field": field}, f"ocf:{row.id}:{field}")


def _already(commitment_id: int) -> list[Reply]:
    return [Reply("org_already"), Reply("org_commitment", {"commitment": commitment_id})]


def _sign(choice: Choice) -> str:
    return choice.args[1] if len(choice.args) > 1 else ""
