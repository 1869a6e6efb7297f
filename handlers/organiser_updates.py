"""Updates of commitments written in the chat by who organises: words, taps, links, photos and documents; sent once."""

from collections.abc import Callable
from typing import Any

import structlog
from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import drafting, previews, update_drafts
from civic.commitments import LARGEST_EVIDENCE, Proof
from civic.conversation import Reply
from civic.errors import DraftChanged, NothingOpen, NotTaken, SentAlready
from handlers.chat import Chat, Choice
from handlers.fetching import NotReceived, Received, received
from handlers.filters import Answering, on_choice
from handlers.organiser_commitments import asking_again, day_in, drawn, shown

log = structlog.get_logger(__name__)
router = Router(name="organiser updates")

TAPPED = {"status": "ous", "progress": "oup"}
"""Fields that are tapped: the verbs of their buttons."""
ASKED = ("status", "progress", "note", "evidence", "due", "because")
WRITTEN = ("progress", "note", "evidence", "due", "because")
"""Fields that take words."""
TAKING = frozenset({"org_draft", "org_preview", "org_update", "org_update_preview"})
"""What takes a photo or a document while it is on the screen."""
MOST_DIGITS = 3


class SendsEvidence(Filter):
    """A photo or document while a draft is on the screen, or its evidence is asked for."""

    async def __call__(self, event: Message, chat: Chat) -> bool:
        """Match it by what was said last: more photos of one album come one by one."""
        return bool(event.photo or event.document) and on_screen(chat) is not None


@on_choice(router, "ou")
async def draft(_event: object, chat: Chat, choice: Choice) -> None:
    """Show the update that an organiser is writing, which may be empty."""
    await chat.do(lambda session: [_shown(session, chat, choice.number())])


@on_choice(router, "ouf")
async def ask(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for one field of an update."""
    number, field = choice.number(), choice.args[1] if len(choice.args) > 1 else ""

    def look(session: Session) -> list[Reply]:
        _shown(session, chat, number)  # refuses who organises no more
        return [_asked(number, field)]

    await chat.do(look)


@on_choice(router, *TAPPED.values())
async def tap(_event: object, chat: Chat, choice: Choice) -> None:
    """Save a status or how far it is."""
    number = choice.number()
    said: dict[str, Any]
    if choice.verb == "oup":
        said = {"progress": choice.number(1)}
    else:
        said = {"status": choice.args[1] if len(choice.args) > 1 else ""}

    def save(session: Session) -> list[Reply]:
        update_drafts.write(session, number, actor=chat.actor, now=chat.now, **said)
        return [_draft(number)]

    await chat.do(save)


@router.message(Answering("ouf"))
async def write(event: Message, chat: Chat) -> None:
    """Save what was written: progress, note, a link, a new due date, its reason."""
    words = (event.text or "").strip()
    step = Choice.parse(chat.standing.step or "")
    number, field = step.number(), step.args[1]
    await chat.do(asking_again(chat, lambda session: _saved(session, chat, number, field, words)))


@router.message(SendsEvidence())
async def evidence(event: Message, chat: Chat) -> None:
    """Fetch a photo or document from Telegram, and then keep it: nothing is half-written when that fails."""
    number = on_screen(chat) or 0
    await chat.services.store.reading(drafting.own, number, chat.person_id)  # before anything is fetched
    try:
        file = await received(chat, event)
    except NotReceived as fault:
        log.warning("evidence.not_received", reason=fault.reason)
        await chat.do(asking_again(chat, _refusing(fault)))
        return
    await chat.do(asking_again(chat, lambda session: _kept(session, chat, number, file)))


@on_choice(router, "oux")
async def take_out(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a piece of evidence out of the draft."""
    number, key = choice.number(), choice.args[1] if len(choice.args) > 1 else ""

    def remove(session: Session) -> list[Reply]:
        update_drafts.remove_evidence(session, number, key, actor=chat.actor, now=chat.now)
        return [drawn(drafting.own(session, number, chat.person_id))]

    await chat.do(remove)


@on_choice(router, "ouv")
async def preview(_event: object, chat: Chat, choice: Choice) -> None:
    """Show how the update will go out."""
    number = choice.number()

    def look(session: Session) -> list[Reply]:
        _shown(session, chat, number)
        return [_ready(session, chat, number)]

    await chat.do(look)


@on_choice(router, "ougo")
async def send(_event: object, chat: Chat, choice: Choice) -> None:
    """Send what was shown; what has changed since is shown anew instead."""
    number, sign = choice.number(), choice.args[1] if len(choice.args) > 1 else ""

    def go(session: Session) -> list[Reply]:
        try:
            update_drafts.send(session, number, sign, actor=chat.actor, now=chat.now)
        except DraftChanged:
            return [Reply("org_changed"), _ready(session, chat, number)]
        except SentAlready:
            return [Reply("org_already"), Reply("org_commitment", {"commitment": number})]
        reach = previews.reach(session, drafting.own(session, number, chat.person_id))
        return [Reply("org_sent", {"commitment": number, "reach": reach})]

    await chat.do(go)


@on_choice(router, "oud")
async def discard(_event: object, chat: Chat, choice: Choice) -> None:
    """Let the draft of an update go."""
    number = choice.number()

    def go(session: Session) -> list[Reply]:
        update_drafts.discard(session, number, actor=chat.actor)
        return [Reply("org_discarded", {"commitment": number})]

    await chat.do(go)


def _saved(session: Session, chat: Chat, number: int, field: str, words: str) -> list[Reply]:
    """Save words for a field; a new due date asks for its reason at once."""
    said: dict[str, Any]
    match field:
        case "progress":
            said = {"progress": _percentage(words)}
        case "due":
            said = {"due_on": day_in(session, chat, number, words)}
        case "evidence":
            proof = Proof(words, address=words)
            update_drafts.add_evidence(session, number, proof, actor=chat.actor, now=chat.now)
            return [_draft(number)]
        case "note" | "because":
            said = {field: words}
        case _:
            raise NothingOpen
    kept = update_drafts.write(session, number, actor=chat.actor, now=chat.now, **said)
    if kept.due_on is not None and not kept.because:
        return [_asked(number, "because")]
    return [_draft(number)]


def _kept(session: Session, chat: Chat, number: int, file: Received) -> list[Reply]:
    proof = Proof(file.name, file.content, file.media_type)
    update_drafts.add_evidence(session, number, proof, note=file.caption, actor=chat.actor, now=chat.now)
    return [drawn(drafting.own(session, number, chat.person_id))]


def _refusing(fault: NotReceived) -> Callable[[Session], list[Reply]]:
    def refuse(_session: Session) -> list[Reply]:
        raise NotTaken(fault.why, LARGEST_EVIDENCE // 1_000_000)

    return refuse


def _percentage(words: str) -> int:
    digits = words.removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise NotTaken("not_a_percentage")
    return int(digits)


def _shown(session: Session, chat: Chat, number: int) -> Reply:
    """Show the update that is being written; of what takes none any more, how it stands."""
    row = drafting.own(session, number, chat.person_id)
    return shown(row) if row.published_at is None or row.withdrawn_because is not None else _draft(number)


def _ready(session: Session, chat: Chat, number: int) -> Reply:
    """Show how an update will go out, or its draft while something keeps it back."""
    kept = update_drafts.of(session, number, chat.person_id)
    if kept is None or update_drafts.obstacles(session, kept):
        return _draft(number)
    return Reply("org_update_preview", {"commitment": number})


def _draft(number: int) -> Reply:
    return Reply("org_update", {"commitment": number})


def _asked(number: int, field: str) -> Reply:
    if field not in ASKED:
        raise NothingOpen
    step = f"ouf:{number}:{field}" if field in WRITTEN else None
    return Reply("org_update_ask", {"commitment": number, "field": field}, step)


def on_screen(chat: Chat) -> int | None:
    """Say which commitment's draft was on the screen last, or which was asked for evidence."""
    asked = chat.standing.asked
    if asked is None:
        return None
    asks = asked.kind in {"org_ask", "org_update_ask"} and asked.params.get("field") == "evidence"
    return int(asked.params["commitment"]) if asks or asked.kind in TAKING else None
