"""Coming with others: how many, who, who does not; and the link by which they take their places over themselves."""

from typing import Any

from aiogram import Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import concerns, invitations, parties, people, places, questions, registration, wards
from civic.audit import Actor
from civic.conversation import Reply
from civic.errors import AnswerUnclear, CompanionTaken, LinkUnknown, NothingOpen, RegistrationUnknown
from civic.invitations import Invitation
from civic.parties import MOST_COMPANIONS, Takes
from civic.schema import Meeting, Registration
from handlers.calling import introduced, named_in
from handlers.chat import Chat, Choice
from handlers.company import companions_said
from handlers.complaints import also_complaint, is_complaint
from handlers.courtesy import is_none
from handlers.filters import Answering, on_choice
from handlers.others import name_in
from handlers.settled import answered_before
from handlers.signup import asked_next, given, question
from handlers.understanding import plain

router = Router(name="companions")

QUESTION = "ask"
"""Ends the choice of a button under the question itself; others say what they bring at any time."""
_TAKES: dict[str, Takes] = {"together": "together", "any": "any"}


@on_choice(router, "bring")
async def bring(_event: object, chat: Chat, choice: Choice) -> None:
    """Bring so many companions in all; where there is something to choose first, ask."""
    takes = _TAKES.get(choice.args[2]) if len(choice.args) > 2 else None  # noqa: PLR2004 - after who and how many

    def brought(session: Session) -> list[Reply]:
        own = choice.number()
        if choice.args[2:] == (QUESTION,) and (said := answered_before(session, chat, own, "companions")):
            return said
        if choice.args[1:] == ("0", QUESTION) and chat.tapped is None:
            return _nobody_else(session, chat, own)
        return _brought(session, chat, own, choice.number(1), takes)

    await chat.do(brought)


@on_choice(router, "with")
async def ask_how_many(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask again how many come with her."""

    def again(session: Session) -> list[Reply]:
        own = registration.mine(session, choice.number(), chat.person_id)
        places.check_open(session.get_one(Meeting, own.meeting_id), chat.now)
        if own.state == "cancelled":
            raise RegistrationUnknown
        return [question(own.id, "companions")]

    await chat.do(again)


@router.message(Answering("companions"))
async def how_many(event: Message, chat: Chat) -> None:
    """Take the number of companions in digits; one in her own words is said back first."""
    text = event.text or ""

    def written(session: Session) -> list[Reply]:
        said = plain(text)
        own = Choice.parse(chat.standing.step or "").number()
        if is_none(text):
            return _nobody_else(session, chat, own)
        if said.isascii() and said.isdigit() and len(said) == 1:
            return _brought(session, chat, own, int(said), None)
        if is_complaint(text) and chat.open_question:
            return also_complaint(text, [chat.open_question])
        return _in_words(session, chat, own, text)

    await chat.do(written)


def _in_words(session: Session, chat: Chat, own_id: int, text: str) -> list[Reply]:
    """Understand «con mi esposo y mis dos hijos», and a name beside it; what is unclear is asked again."""
    companions, called = companions_said(text), named_in(text)
    if companions is None and called is None:
        raise AnswerUnclear
    noted: list[Reply] = []
    if called is not None:
        questions.answer_name(session, own_id, called, person_id=_known(chat), actor=chat.actor, now=chat.now)
        noted = [Reply("answered_before", {"registration": own_id, "what": "name", "now": True})]
    if companions is None:
        return [*noted, question(own_id, "companions")]
    if companions > MOST_COMPANIONS:
        return [*noted, Reply("companions_most"), question(own_id, "companions")]
    if companions:
        return [
            *noted,
            Reply("companions_meant", {"registration": own_id, "companions": companions}, f"companions:{own_id}"),
        ]
    alone = Reply("answered_before", {"registration": own_id, "what": "companions", "now": True})
    return [*noted, alone, *_nobody_else(session, chat, own_id)]


def _nobody_else(session: Session, chat: Chat, own_id: int) -> list[Reply]:
    """Take «nobody» for coming alone; who brings somebody already may mean nobody more, so no place is lost by it."""
    found = parties.group(session, own_id, chat.person_id, chat.now)
    if found is not None and found.brought:
        return [Reply("party", {"registration": own_id})]
    return _brought(session, chat, own_id, 0, None)


@on_choice(router, "takes")
async def takes(_event: object, chat: Chat, choice: Choice) -> None:
    """Say how the waiting ones are served."""

    def chosen(session: Session) -> list[Reply]:
        own = choice.number()
        how = _TAKES.get(choice.args[1] if choice.args[1:] else "")
        if how is None:
            raise NothingOpen
        parties.wait_for(session, own, how, person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [Reply("party", {"registration": own})]

    await chat.do(chosen)


@on_choice(router, "party", "plink", "tickets")
async def show(_event: object, chat: Chat, choice: Choice) -> None:
    """Show who comes with her, the link for them, or their places as pictures to send on."""
    kinds = {"party": "party", "plink": "party_link", "tickets": "tickets"}

    def look(session: Session) -> list[Reply]:
        if not choice.args:
            return _hers(session, chat)
        own = registration.mine(session, choice.number(), chat.person_id)
        if choice.verb == "plink":
            places.check_open(session.get_one(Meeting, own.meeting_id), chat.now)
            if own.state == "cancelled":
                raise RegistrationUnknown
        return [Reply(kinds[choice.verb], {"registration": own.id})]

    await chat.do(look)


def _hers(session: Session, chat: Chat) -> list[Reply]:
    """Show whom she brings to the one meeting in question; ask whose place is given up, where it may be another's."""
    found = chat.meetings_in_question(session)
    number = concerns.own_in(session, chat.person_id, found[0]) if len(found) == 1 else None
    party = parties.group(session, number, chat.person_id, chat.now) if number is not None else None
    brings = [Reply("party", {"registration": number})] if party is not None and party.brought else []
    return [*brings, Reply("leaving")] if not brings or wards.of(session, chat.person_id) else brings


@on_choice(router, "drop", "undrop")
async def drop(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a companion out of the party, or that back."""
    whole = choice.args[1:] == ("all",)

    def change(session: Session) -> list[Reply]:
        acting: dict[str, Any] = {"person_id": _known(chat), "actor": chat.actor, "now": chat.now}
        if choice.verb == "drop":
            gone = parties.drop(session, choice.number(), **acting)
        else:
            gone = parties.undo_drop(session, choice.number(), **acting, whole=whole)
        own = parties.own_in(session, gone.party_id, _known(chat)) if whole else None
        return _going_on(session, chat, own.id) if own else [Reply("dropped", {"companion": gone.id})]

    await chat.do(change)


@on_choice(router, "pname")
async def ask_name(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask how a companion is called, who allowed it."""

    def ask(session: Session) -> list[Reply]:
        found = session.get(Registration, choice.number())
        if found is None or found.person_id is not None or found.registered_by != _known(chat):
            raise RegistrationUnknown
        return [Reply("companion_name", {"companion": found.id}, f"companion:{found.id}")]

    await chat.do(ask)


@on_choice(router, "noname")
async def no_name(_event: object, chat: Chat, choice: Choice) -> None:
    """Leave a companion without a name."""
    await chat.do(lambda session: _named(session, chat, choice.number(), None))


@router.message(Answering("companion"))
async def name(event: Message, chat: Chat) -> None:
    """Take a companion's name."""
    text = event.text or ""

    def written(session: Session) -> list[Reply]:
        companion = Choice.parse(chat.standing.step or "").number()
        if is_complaint(text) and chat.open_question:
            return also_complaint(text, [chat.open_question])
        return _named(session, chat, companion, None if is_none(text) else introduced(text) or name_in(text))

    await chat.do(written)


# By the link ---------------------------------------------------------------------------------------------------------


def opened(session: Session, chat: Chat, link: str) -> list[Reply]:
    """Show what a party's link leads to: the invitation, or how she stands who comes already."""
    found = invitations.opened(session, link, chat.person_id, chat.now)
    return _standing(found) or [Reply("invitation", {"link": link})]


@on_choice(router, "join")
async def join(_event: object, chat: Chat, choice: Choice) -> None:
    """Take a held place over: after her permission, and asked which where they are named."""
    await chat.do(lambda session: _join(session, chat, choice))


@on_choice(router, "pyes")
async def accept(_event: object, chat: Chat, choice: Choice) -> None:
    """Record the permission, and go on to take the place over."""

    def agree(session: Session) -> list[Reply]:
        found = invitations.opened(session, _link(choice), chat.person_id, chat.now)
        person = people.consent(session, chat.incoming, chat.first_name, found.card.id, "attend", now=chat.now)
        return _join(session, chat, choice, person.id)

    await chat.do(agree)


@on_choice(router, "iam")
async def who(_event: object, chat: Chat, choice: Choice) -> None:
    """Take over the place of whom she says she is (0: of nobody who has a name)."""

    def said(session: Session) -> list[Reply]:
        link = _link(choice)
        found = invitations.opened(session, link, chat.person_id, chat.now)
        if standing := _standing(found):
            return standing
        try:
            return _taken(session, chat, link, choice.number(1) or None, _known(chat))
        except CompanionTaken:
            if not invitations.opened(session, link, chat.person_id, chat.now).held:
                return [Reply("invitation", {"link": link})]
            return [Reply("unable", {"problem": CompanionTaken.__name__}), Reply("who_are_you", {"link": link})]

    await chat.do(said)


@on_choice(router, "renew")
async def renew(_event: object, chat: Chat, choice: Choice) -> None:
    """Make a new link for a party."""

    def change(session: Session) -> list[Reply]:
        own = choice.number()
        invitations.renew(session, own, person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [Reply("party_link", {"registration": own})]

    await chat.do(change)


def _brought(session: Session, chat: Chat, own_id: int, companions: int, takes: Takes | None) -> list[Reply]:
    """Bring them, say how they stand, and go on with the questions that are open."""
    found = parties.group(session, own_id, chat.person_id, chat.now)
    before = found.brought if found else 0
    asks = parties.bring(
        session, own_id, companions, takes=takes, person_id=_known(chat), actor=chat.actor, now=chat.now
    )
    if asks == "split":
        return [Reply("bring_split", {"registration": own_id, "companions": companions})]
    if asks == "drop":
        return [Reply("drop_which", {"registration": own_id})]
    said = _going_on(session, chat, own_id, before)
    return said if companions or before or len(said) == 1 else said[1:]


def _going_on(session: Session, chat: Chat, own_id: int, before: int = 0) -> list[Reply]:
    """Say how they stand, and go on with the questions that are open."""
    brought = Reply("brought", {"registration": own_id, "before": before})
    following = asked_next(session, own_id, chat.person_id, chat.now)
    return [brought] if following[-1].kind == "answered" else [brought, *following]


def _named(session: Session, chat: Chat, companion_id: int, called: str | None) -> list[Reply]:
    person_id = _known(chat)
    companion = parties.name(session, companion_id, called, person_id=person_id, actor=chat.actor, now=chat.now)
    own = parties.own_in(session, companion.party_id, person_id)
    return [Reply("party", {"registration": own.id}) if own else Reply("mine", {"page": 0})]


def _join(session: Session, chat: Chat, choice: Choice, person_id: int | None = None) -> list[Reply]:
    """Take over the place that the choice means, or ask what is missing: her permission, who she is."""
    person_id = chat.person_id if person_id is None else person_id
    link, companion = _link(choice), choice.number(1) if choice.args[1:] else None
    found = invitations.opened(session, link, person_id, chat.now, companion_id=companion)
    if standing := _standing(found):
        return standing
    if not found.consented or person_id is None:
        return [Reply("party_consent", {"link": link, "companion": found.chosen})]
    if found.chosen is None and any(each.first_name for each in found.held):
        return [Reply("who_are_you", {"link": link})]
    return _taken(session, chat, link, found.chosen, person_id)


def _taken(session: Session, chat: Chat, link: str, companion_id: int | None, person_id: int) -> list[Reply]:
    own = invitations.join(
        session,
        link,
        companion_id,
        person_id=person_id,
        name=chat.first_name,
        actor=Actor(person_id, chat.actor.through),
        now=chat.now,
    )
    return given(session, own, chat.now)


def _standing(found: Invitation) -> list[Reply] | None:
    """Show how she stands who comes to this meeting already; None for who does not."""
    if found.own_id is None:
        return None
    return [Reply("party" if found.own_party else "already_coming", {"registration": found.own_id})]


def _link(choice: Choice) -> str:
    if not choice.args:
        raise LinkUnknown
    return choice.args[0]


def _known(chat: Chat) -> int:
    if chat.person_id is None:
        raise RegistrationUnknown
    return chat.person_id
