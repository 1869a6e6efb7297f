"""The support that people need, their phones, and what was left out, asked once more."""

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.types import Message
from sqlalchemy.orm import Session

from civic import needs, registration, support
from civic.conversation import Reply
from civic.errors import AnswerUnclear, NothingOpen
from handlers.chat import Chat, Choice
from handlers.complaints import also_complaint, is_complaint
from handlers.courtesy import is_none, needs_nothing, skips
from handlers.fallback import unread
from handlers.filters import Answering, on_choice
from handlers.naming import gives_no_number, names, number_in
from handlers.nearness import tokens
from handlers.numbers import listed_numbers, means_all
from handlers.other_answers import of_another_question
from handlers.settled import answered_before, going_on
from handlers.signup import asked_next, question
from handlers.understanding import plain
from messages.company_words import ONE, SEVERAL
from messages.wordlists import listed
from messages.words import NEEDS

router = Router(name="needs")

SHARED = frozenset({"childcare"})
"""A need of who comes with children, though it is for them."""
_NOT = frozenset({"no", "ni", "not", "don", "ninguna", "ninguno", "sin", "without"})
"""What makes a need that is named none."""


@on_choice(router, "needs")
async def ask_needs(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for the support that somebody needs again."""
    await chat.do(lambda session: [_asked(session, chat, choice.number())])


@on_choice(router, "nyes")
async def accept(_event: object, chat: Chat, choice: Choice) -> None:
    """Record that we may keep it, and show what there is to choose."""

    def agree(session: Session) -> list[Reply]:
        found = support.accept(session, choice.number(), person_id=_known(chat), now=chat.now)
        return [question(found.id, "needs")]

    await chat.do(agree)


@on_choice(router, "nnone")
async def none(_event: object, chat: Chat, choice: Choice) -> None:
    """Take that no support is needed: an answer, for which nothing is kept."""
    await chat.do(
        lambda session: (
            answered_before(session, chat, choice.number(), "needs") or _answer(session, chat, choice.number(), [])
        )
    )


@on_choice(router, "nrest")
async def none_of_the_rest(_event: object, chat: Chat, choice: Choice) -> None:
    """Take that no companion needs support, of whom it was not said yet."""
    await chat.do(
        lambda session: (
            answered_before(session, chat, choice.number(), "needs")
            or _none_of_the_rest(session, chat, choice.number())
        )
    )


@on_choice(router, "nskip")
async def skip_needs(_event: object, chat: Chat, choice: Choice) -> None:
    """Leave it out for now."""
    await chat.do(
        lambda session: (
            answered_before(session, chat, choice.number(), "needs") or _skip(session, chat, choice.number(), "needs")
        )
    )


@on_choice(router, "need")
async def tick(_event: object, chat: Chat, choice: Choice) -> None:
    """Take one need, or take it back: the button says which of the two."""

    def ticked(session: Session) -> list[Reply]:
        if len(choice.args) != len(("registration", "on", "key")):
            raise NothingOpen
        if said := answered_before(session, chat, choice.number(), "needs"):
            return said
        on = choice.number(1) == 1
        found = support.tick(
            session, choice.number(), choice.args[2], on=on, person_id=_known(chat), actor=chat.actor, now=chat.now
        )
        return [Reply("needs_ticked", {"registration": found.id}, f"needs:{found.id}")]

    await chat.do(ticked)


@on_choice(router, "ndone")
async def done(_event: object, chat: Chat, choice: Choice) -> None:
    """End the list: say how it stands with each, and go on."""
    await chat.do(lambda session: _noted(session, chat, needs.answered_by(session, choice.number(), chat.person_id).id))


@router.message(Answering("needs"))
async def needs_in_words(event: Message, chat: Chat) -> None:
    """Take needs in words («silla de ruedas, intérprete») or by their numbers."""
    text = event.text or ""

    def written(session: Session) -> Sequence[Reply]:
        if is_complaint(text) and chat.open_question:
            return also_complaint(text, [chat.open_question])
        seen = support.support(session, chat.asked_about(), chat.person_id, chat.now)
        if seen is None:
            raise NothingOpen
        number = seen.whose.registration_id
        if not seen.accepted:
            return _permission(session, chat, number, text)
        if is_none(text) or needs_nothing(text):  # after what was ticked: no more
            ticked = any(each.declared for each in seen.needs)
            return _noted(session, chat, number) if ticked else _answer(session, chat, number, [])
        chosen = _meant(text, [each.need for each in seen.needs])
        if seen.whose.own and set(chosen) - SHARED and _of_somebody_else(text):
            return [Reply("needs_of_whom", {"registration": number}), question(number, "needs")]
        return _answer(session, chat, number, chosen)

    await chat.do(written)


@on_choice(router, "phone")
async def ask_phone(_event: object, chat: Chat, choice: Choice) -> None:
    """Ask for the phone again."""
    await chat.do(lambda session: [question(registration.mine(session, choice.number(), chat.person_id).id, "phone")])


@on_choice(router, "nophone")
async def skip_phone(_event: object, chat: Chat, choice: Choice) -> None:
    """Leave the phone out."""
    await chat.do(
        lambda session: (
            answered_before(session, chat, choice.number(), "phone") or _skip(session, chat, choice.number(), "phone")
        )
    )


@on_choice(router, "rmphone")
async def remove_phone(_event: object, chat: Chat, choice: Choice) -> None:
    """Forget the phone."""

    def removed(session: Session) -> list[Reply]:
        own = support.remove_phone(session, choice.number(), person_id=_known(chat), actor=chat.actor, now=chat.now)
        return [Reply("phone_noted", {"what": "removed"}), *asked_next(session, own.id, chat.person_id, chat.now)]

    await chat.do(removed)


@router.message(Answering("phone"))
async def phone_in_words(event: Message, chat: Chat) -> None:
    """Take a number that was written."""
    text = event.text or ""

    def written(session: Session) -> list[Reply]:
        number = chat.asked_about()
        if is_complaint(text) and chat.open_question:
            return also_complaint(text, [chat.open_question])
        if is_none(text) or skips(text) or gives_no_number(text):
            return _skip(session, chat, number, "phone")
        return _leave(session, chat, number, number_in(text))

    await chat.do(written)


@router.message(F.contact)
async def contact(event: Message, chat: Chat) -> None:
    """Take a number that was shared with the key, if it is her own; also after something else was said."""
    chat.ward = chat.asked_for if _asks_phone(chat) else None

    def shared(session: Session) -> list[Reply]:
        given = event.contact
        hers = given is not None and given.user_id == chat.incoming.telegram_id
        number = chat.asked_about() if _asks_phone(chat) else _nearest(session, chat)
        if number is None or not (hers or _asks_phone(chat)):
            return unread(session, chat, "contact")
        if given is None or not hers:
            return [Reply("phone_of_another"), question(number, "phone")]
        return _leave(session, chat, number, given.phone_number)

    await chat.do(shared)


@on_choice(router, "fill")
async def fill(_event: object, chat: Chat, choice: Choice) -> None:
    """Go through what was left out of a meeting, and just that."""

    def opened(session: Session) -> list[Reply]:
        own = support.reopen(session, choice.number(), person_id=_known(chat), actor=chat.actor, now=chat.now)
        return asked_next(session, own.id, chat.person_id, chat.now)

    await chat.do(opened)


def _asked(session: Session, chat: Chat, number: int) -> Reply:
    if support.support(session, number, chat.person_id, chat.now) is None:
        raise NothingOpen
    return question(number, "needs")


def _permission(session: Session, chat: Chat, number: int, text: str) -> list[Reply]:
    """Understand the numbers of the buttons, and «none»; any need itself takes the permission first."""
    said = plain(text)
    if said == "1":
        support.accept(session, number, person_id=_known(chat), now=chat.now)
        return [question(number, "needs")]
    if said == "2" or is_none(text) or needs_nothing(text):
        return _answer(session, chat, number, [])
    if said == "3" or skips(text):
        return _skip(session, chat, number, "needs")
    if _names_any(session, chat, number, text):  # before anything is kept, it takes a clear yes
        return chat.at_a_loss(session, Reply("clear_word"), kindly=True)
    if said == "4" and (seen := support.support(session, number, chat.person_id, chat.now)) and seen.rest:
        return _none_of_the_rest(session, chat, number)
    raise AnswerUnclear


def _names_any(session: Session, chat: Chat, number: int, text: str) -> bool:
    """Tell whether a text names a need that may be asked for."""
    seen = support.support(session, number, chat.person_id, chat.now)
    listed = [each.need for each in seen.needs] if seen else []
    return any(names(text, word) for need in (*listed, *NEEDS) for word in (need, *NEEDS.get(need, ())))


def _none_of_the_rest(session: Session, chat: Chat, number: int) -> list[Reply]:
    found = support.none_of_the_rest(session, number, person_id=_known(chat), actor=chat.actor, now=chat.now)
    return _noted(session, chat, found.id)


def _answer(session: Session, chat: Chat, number: int, chosen: list[str]) -> list[Reply]:
    found = support.answer(session, number, chosen, person_id=_known(chat), actor=chat.actor, now=chat.now)
    return _noted(session, chat, found.id)


def _noted(session: Session, chat: Chat, number: int) -> list[Reply]:
    following = [Reply("needs_noted", {"registration": number}), *_next(session, chat, number)]
    return list(going_on(session, chat, number, "needs", following))


def _skip(session: Session, chat: Chat, number: int, what: str) -> list[Reply]:
    support.skip(session, number, what, person_id=_known(chat), actor=chat.actor, now=chat.now)
    said = [Reply("phone_noted", {"what": "skipped"})] if what == "phone" else []
    return [*said, *_next(session, chat, number)]


def _leave(session: Session, chat: Chat, number: int, phone: str) -> list[Reply]:
    try:
        own = support.leave_phone(session, number, phone, person_id=_known(chat), actor=chat.actor, now=chat.now)
    except AnswerUnclear:
        if noted := of_another_question(session, chat):
            return noted
        return chat.at_a_loss(session, Reply("phone_unclear")) if _asks_phone(chat) else [Reply("phone_unclear")]
    said = Reply("phone_noted", {"what": "kept", "registration": own.id})
    return [said, *asked_next(session, own.id, chat.person_id, chat.now)]


def _next(session: Session, chat: Chat, number: int) -> list[Reply]:
    """Go on with the questions of who answers, after one about herself or about somebody whom she brings."""
    own = support.beside(session, number, chat.person_id)
    return asked_next(session, own.id, chat.person_id, chat.now) if own else []


def _nearest(session: Session, chat: Chat) -> int | None:
    """Say for which meeting somebody leaves her phone when nothing asked for it just now: the soonest, if any."""
    active = registration.active_of(session, chat.person_id, chat.now)
    return active[0].id if active else None


def _meant(text: str, listed: list[str]) -> list[str]:
    """Read which needs a text means: by number on the screen, or by words; raises AnswerUnclear when none."""
    said = plain(text)
    if means_all(text, len(listed)):
        return listed
    if (numbers := listed_numbers(text)) is not None:
        if all(1 <= number <= len(listed) for number in numbers):
            return [listed[number - 1] for number in dict.fromkeys(numbers)]
        raise AnswerUnclear
    if not _NOT.isdisjoint(said.split()):  # «no necesito silla de ruedas» names what is not needed
        raise AnswerUnclear
    found = [need for need in listed if any(names(text, word) for word in (need, *NEEDS.get(need, ())))]
    if not found:
        raise AnswerUnclear
    if len(found) > 1 and not any(word.startswith(("cuid", "guard", "care", "look")) for word in said.split()):
        found = [need for need in found if need != "childcare"]  # a child that is named needs the other support
    return found


def _of_somebody_else(text: str) -> bool:
    """Tell whether a need is somebody else's: «silla de ruedas para mi esposo», «mi mamá usa silla»."""
    said = tokens(text)
    people = [place for place, word in enumerate(said) if word in _OTHERS]
    return any(place <= 1 or not _FOR.isdisjoint(said[max(place - 2, 0) : place]) for place in people)


_FOR = frozenset({"para", "pa", "de", "del", "for", "of"})
_OTHERS = (ONE | SEVERAL | {"ella", "him", "her"}) - listed(
    "persona personas adulto adultos menor mas more person people"
)


def _asks_phone(chat: Chat) -> bool:
    return (chat.standing.step or "").startswith("phone:")


def _known(chat: Chat) -> int:
    if chat.person_id is None:
        raise NothingOpen
    return chat.person_id
