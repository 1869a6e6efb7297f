"""What words mean where the conversation is: a button's own words, what is asked in between, a wish, near words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from civic import staff
from civic.conversation import Standing
from civic.schema import Meeting
from handlers import asking, wishing
from handlers.calling import introduced, is_named
from handlers.chat import FREELY, Chat, Choice, interrupted
from handlers.choices import ASKED_FIRST, PERMITS, TAKEN_BACK, allowed, ask_first, permits
from handlers.company import companions_said
from handlers.courtesy import core, is_all_the_same, is_greeting, needs_nothing
from handlers.handovers import NO_CODES, code_within
from handlers.mistakes import BESIDES, is_mistake, takes_back
from handlers.naming import gives_no_number, names
from handlers.near_words import Seen, buttons_of, nearly, titled
from handlers.nearness import tokens
from handlers.permitting import is_under_age, permits_clearly, refuses_clearly
from handlers.settled import QUESTIONS
from handlers.understanding import chosen, plain
from locales import LANGUAGES
from messages import catalogue
from messages.kind import Who
from messages.message import Button
from messages.words import CHANGING, MENU, REFUSING

LONGEST_LABEL: Final = 64
"""Characters of a button."""

ON_A_BUTTON: Final = {
    "signup": ("go:", "take:", "can:", "confirm:"),
    "confirm": ("confirm:", "can:", "take:", "go:"),
    "change": ("change:",),
    "take": ("take:", "can:", "confirm:", "go:"),
    "leaving": ("pass:", "fb:no:"),
    "decline": ("pass:", "leave:"),
    "pass": ("pass:",),
    "came": ("fb:yes:",),
    "missed": ("fb:no:",),
    "unfollow": ("u:",),
}
"""Wishes that a button on the screen answers, and how its choice may begin."""
ANYWHERE: Final = frozenset({"signup", "leaving"})
"""Of these, the ones that need no button."""
SAYS_WHO: Final = frozenset({"leaving", "leave_whom", "pass_ask"})
"""Kinds of reply that ask who leaves."""
IN_WORDS: Final = frozenset({"companions", "name", "companion", "needs", "topics", "phone", "other"})
"""Steps of who signs up: questions in between are answered there. In others, all that is written is the answer."""
HELPFUL: Final = frozenset({"needs", "children"})
"""Topics that are answers where the support is asked for."""


def meaning(session: Session, chat: Chat, standing: Standing, words: str) -> Choice | None:
    """Say which choice words mean; None for what only the open question can take, or nothing can."""
    seen: list[tuple[Seen, bool]] = []
    if button := _by_its_words(session, chat, standing, words, seen):
        return _clearly(button, words, standing)
    if (
        standing.asked is not None
        and seen
        and (both := _permitted(words, seen) or _permitted_and_with_whom(words, seen) or _first_of_two(words, *seen[0]))
    ):
        return both
    step = (standing.step or "").split(":")[0]
    if step not in FREELY and (meant := _of_the_menu(words)):
        return meant
    if step not in {"", *IN_WORDS} or _answers(step, words):
        wish = wishing.withdraws(words) if step == "fb" else None
        return Choice(wish, ()) if wish else None
    meant = _code(words, step) or _regretted(words, standing, seen) or _changes(words, standing)
    meant = meant or (None if step else _where_nothing_waits(session, standing, words, seen))
    if not asking.sounds_like_a_question(words):  # what is told is sooner a wish
        meant = meant or _wish(words, standing, seen, but=frozenset({"help", "open"}))
    meant = meant or _asked(session, chat, standing, words)
    meant = meant or _wish(words, standing, seen) or nearly(words, seen)
    if meant is None and step not in {"", "needs"} and asking.asks_something(words):
        return Choice("wonder", ())
    return meant


def _changes(words: str, standing: Standing) -> Choice | None:
    """Understand «cambiar» amid the questions of a place: which answer is asked."""
    asked = standing.asked
    if asked is None or asked.kind not in QUESTIONS or "registration" not in asked.params:
        return None
    if plain(words) not in CHANGING and "change" not in wishing.wishes(words):
        return None
    return Choice("change", (str(asked.params["registration"]),), asked.params.get("for"))


def _by_its_words(
    session: Session, chat: Chat, standing: Standing, words: str, seen: list[tuple[Seen, bool]]
) -> Button | None:
    """Find the button that words name, adding what is looked at to `seen`.

    Last, of what was asked, as it is said in another language: so it may stand further up.
    """
    for messages, numbers in _seen(session, chat, standing):
        seen.append((messages, numbers))
        if button := chosen(words, messages, numbers=numbers):
            return button
    asked = standing.asked
    for language in LANGUAGES if asked and len(words) <= LONGEST_LABEL else ():
        if asked and language != standing.language:
            who = Who(standing.person_id, language)
            said = catalogue.render(session, who, asked.kind, asked.params, now=chat.now, links=chat.services.links)
            if button := chosen(words, said, numbers=False):
                return button
    return None


def _seen(session: Session, chat: Chat, standing: Standing) -> Iterator[tuple[Seen, bool]]:
    """Say again what was asked last, and what stands near it, each with whether numbers mean its buttons.

    That is what was said in the same answer, what was interrupted, and what was told unprompted meanwhile.
    """
    before = interrupted(standing.asked) if standing.asked else None
    near = [(said, False) for said in (*reversed(standing.beside), before, standing.news)]
    who = Who(standing.person_id, standing.language)
    for said, numbers in [(standing.asked, standing.step is None), *near]:
        if said is not None:
            yield (
                catalogue.render(session, who, said.kind, said.params, now=chat.now, links=chat.services.links),
                numbers,
            )


def _clearly(button: Button, words: str, standing: Standing) -> Choice:
    """Take a button by its very words; a bare «no» asks before anything is lost.

    So does «I cannot go» on a phone that several share, under what is for somebody else: who is meant is asked.
    """
    choice = Choice.parse(button.choice or "")
    bare = plain(words) in REFUSING and plain(words) != plain(button.label)
    asked = standing.asked.kind if standing.asked else ""
    whose = choice.ward is not None and asked not in SAYS_WHO
    later = choice.verb == "hyes" and asked != "handover" and plain(words) != plain(button.label)
    return ask_first(choice) if choice.verb in ASKED_FIRST and (bare or whose or later) else choice


def _first_of_two(words: str, messages: Seen, numbers: bool) -> Choice | None:  # noqa: FBT001 - as `_seen` gives it
    """Take the first of two answers by its very words, and keep the rest; a permission with nothing but her name."""
    parts = _TWO.split(words.strip(), maxsplit=1)
    if len(parts) != 2 or not all(map(str.strip, parts)):  # noqa: PLR2004 - the two
        return None
    first, rest = parts
    button = chosen(first, messages, numbers=numbers)
    verb = (button.choice or "").split(":")[0] if button else ""
    name = introduced(rest)
    with_name = name is not None and plain(rest).endswith(plain(name))
    if button is not None and verb not in ASKED_FIRST and chosen(rest, messages, numbers=numbers) == button:
        return Choice.parse(button.choice or "")  # «no, sola»: the same said twice
    if button is None or not (verb in {"attr", "nnone"} or (verb in {"yes", "pyes", "keep"} and with_name)):
        return None
    if verb == "nnone" and not _BUT.isdisjoint(plain(rest).split()):  # «no, pero mi hijo sí»
        return None
    return replace(Choice.parse(button.choice or ""), rest=rest)


_BUT: Final = frozenset({"pero", "si", "but", "yes"})
_TWO: Final = re.compile(r"\s*[,;.\n]+\s*|\s+(?:y|and)\s+", re.IGNORECASE)


def _answers(step: str, words: str) -> bool:
    """Tell whether words plainly answer a question that waits for words, though they sound like something else."""
    match step:
        case "name":
            return is_named(words) and not wishing.wishes(words) and not is_greeting(words)
        case "companions":
            return "?" not in words and "conmigo" in tokens(words) and companions_said(words) is not None
        case "needs":
            return needs_nothing(words)
        case "topics":
            return is_all_the_same(words)
        case "phone":
            return gives_no_number(words) and not wishing.wishes(words)
    return False


def _permitted(words: str, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Take the permission that was asked for last, where it is given or refused in whole words."""
    for button in buttons_of(seen[:1]):
        choice = Choice.parse(button.choice or "")
        if (
            (choice.verb in PERMITS and permits_clearly(words, for_another=choice.verb == "wyes"))
            or (choice.verb == "minor" and is_under_age(words))
            or (choice.verb in {"no", "wno"} and refuses_clearly(words))
        ):
            return choice
    return None


def _permitted_and_with_whom(words: str, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Take a permission in whole words with who comes along, and keep that for what is asked next."""
    for each in _TWO.finditer(words):
        choice, rest = _permitted(words[: each.start()], seen), words[each.end() :]
        if choice and choice.verb == "yes" and companions_said(rest) is not None:
            return replace(choice, rest=rest)
    return None


def _where_nothing_waits(
    session: Session, standing: Standing, words: str, seen: Sequence[tuple[Seen, bool]]
) -> Choice | None:
    """Understand what would be part of an answer where a question waits for one in words."""
    opening = wishing.plainly(words)
    desk = _of_the_desk(session, standing, words)
    return desk or (nearly(opening, seen) if opening else None) or _by_its_title(words, seen)


def _by_its_title(words: str, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Open a meeting of a list by a word of its title, though that is near to what people ask: «el de los parques»."""
    if asking.sounds_like_a_question(words):
        return None
    for each in seen:
        shown = buttons_of([each])
        place = titled(words, shown)
        if place is not None and not set(core(words)).isdisjoint(tokens(shown[place].label)):
            return allowed(shown[place])
    return None


def _of_the_menu(words: str) -> Choice | None:
    """Understand «ayuda» or «mis encuentros» as a whole message, courtesies aside."""
    meant = MENU.get(plain(words)) or MENU.get(" ".join(core(words)))
    return Choice.parse(meant) if meant else None


def _asked(session: Session, chat: Chat, standing: Standing, words: str) -> Choice | None:
    """Understand a question in between, and of which meeting it is asked."""
    step = (standing.step or "").split(":")[0]
    if "?" not in words and "other" in wishing.wishes(words):  # «inscribir a mi vecina que no tiene teléfono»
        return None
    found = asking.topics(words, alone=not step)
    if step == "needs" and "?" not in words:
        found = [topic for topic in found if topic not in HELPFUL]
    if not found and not asking.sounds_like_a_question(words):
        return None
    chat.found = standing
    meetings = [session.get_one(Meeting, number) for number in chat.meetings_in_question(session)]
    named = {meeting.id: asking.of_the_faq(words, found, meeting) for meeting in meetings}
    knowing = [number for number, faq in named.items() if any(each is not None for _, each in faq)]
    if not found and not knowing:
        return None
    if len(named) == 1 or len(knowing) == 1 or not found:
        return _about(*next((number, named[number]) for number in knowing or named))
    return _about(0, [(topic, None) for topic in found])


def _of_the_desk(session: Session, standing: Standing, words: str) -> Choice | None:
    """Understand what somebody wishes who organises: of her one meeting ahead, else in the list of hers."""
    found = wishing.of_the_desk(words)
    if not found or not staff.is_organiser(session, standing.person_id):
        return None
    ahead = [each.id for each in staff.meetings_of(session, standing.person_id) if each.state != "cancelled"]
    return Choice(found[0], (str(ahead[0]),)) if found[0] != "orgl" and len(ahead) == 1 else Choice("orgl", ())


def _about(meeting_id: int, asked: Sequence[tuple[str, int | None]]) -> Choice:
    """Name a question as a choice: `about:MEETING:TOPIC.TOPIC:FAQ.FAQ`, the meeting 0 where it is not clear."""
    numbers = ("" if number is None else str(number) for _, number in asked)
    return Choice("about", (str(meeting_id), ".".join(topic for topic, _ in asked), ".".join(numbers)))


def _code(words: str, step: str) -> Choice | None:
    """Find the code of a place amid other words, where it is no answer to what was asked."""
    code = code_within(words) if step in NO_CODES else None
    return Choice("code", (code,)) if code else None


def _regretted(words: str, standing: Standing, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Understand that something was a mistake; under what says that she does not come, also that she comes."""
    mistaken, button = is_mistake(words), takes_back(buttons_of(seen))
    back = Choice.parse(button.choice or "") if button else None
    comes = standing.step is None and not wishing.COMES.isdisjoint(wishing.wishes(words))
    if back and (is_mistake(words, besides=BESIDES) or (comes and back.verb in TAKEN_BACK)):
        return back
    return Choice("oops", ()) if mistaken else None


def _wish(
    words: str, standing: Standing, seen: Sequence[tuple[Seen, bool]], *, but: frozenset[str] = frozenset()
) -> Choice | None:
    """Understand a wish in her own words, where she does not give her name or another answer in words."""
    permission = any(map(permits, buttons_of(seen[:1])))
    for wish in wishing.wishes(words):
        if wish == "mine" and permission:  # somebody else's yes is none of hers
            continue
        if wish in but or wish in _NOT_AMID.get((standing.step or "").split(":")[0], _NOT_AMID["name"]):
            continue
        begins = ON_A_BUTTON.get(wish, ())
        if begins and (meant := _on_a_button(words, begins, seen, told=standing.news is not None)):
            return meant
        if not begins or wish in ANYWHERE:
            return Choice.parse(wish)
    return None


_NOT_AMID: Final = {
    "": frozenset[str](),
    "companions": frozenset({"signup", "help", "open", "other", "party"}),
    "name": frozenset({"signup", "help", "open"}),
}
"""Wishes that are answers where a question waits for words, by its step; «name» stands for all others."""


def _on_a_button(
    words: str, begins: tuple[str, ...], seen: Sequence[tuple[Seen, bool]], *, told: bool
) -> Choice | None:
    """Take the button that a wish is for; of several in a message the one that is named, else which is asked.

    `told`: the last of what is seen was told unprompted.
    """
    for each in seen:
        found = {button.choice: button for button in buttons_of([each]) if (button.choice or "").startswith(begins)}
        if not found:
            continue
        named = found if len(found) == 1 else _named(words, list(found.values()))
        if len(named) != 1:
            return Choice("which", ("news",) if told and each is seen[-1] else ())
        choice = Choice.parse(next(iter(named)) or "")
        return ask_first(choice) if choice.verb in ASKED_FIRST else choice
    return None


def _named(words: str, buttons: Sequence[Button]) -> set[str | None]:
    """Give which of some buttons are named by words that name no other of them."""
    by_word = ([button.choice for button in buttons if names(button.label, word)] for word in core(words))
    return {found[0] for found in by_word if len(found) == 1}
