"""What words mean where the conversation is: a button's own words, what is asked in between, a wish, near words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from sqlalchemy.orm import Session

from civic import staff
from civic.conversation import Reply, Standing
from civic.schema import Meeting
from handlers import asking, wishing
from handlers.calling import introduced, is_named
from handlers.chat import FREELY, Chat, Choice, interrupted
from handlers.courtesy import agrees, core, is_all_the_same, is_greeting, is_none, needs_nothing, refuses, skips
from handlers.handovers import NO_CODES, code_within
from handlers.mistakes import is_mistake, takes_back
from handlers.naming import gives_no_number, in_range, names, ordinal
from handlers.nearness import closest, tokens
from handlers.permitting import is_under_age, permits_clearly, refuses_clearly
from handlers.settled import QUESTIONS
from handlers.understanding import chosen, plain
from locales import LANGUAGES
from messages import catalogue
from messages.company_words import NUMBERS
from messages.for_whom import acting
from messages.kind import Who
from messages.message import Button, Message
from messages.wordlists import listed
from messages.words import AGREEING, CHANGING, EMOJI, MENU, REFUSING

Seen = Sequence[Message]

LONGEST_LABEL: Final = 64
"""Characters of a button."""

SHOWS: Final = listed(
    "m open mine place party plink ticket ics map report nb cm cs c ev help fl next change name topics ask needs"
    " phone fill with privacy here pqrsd about other orgl org ogp ogg oga oif"
)
"""Choices that show or ask something, and change nothing."""
TAKEN_BACK: Final = frozenset(["go", "confirm", "ca", "can", "take", "back", "unpass", "undrop", "alta", "oops"])
"""Choices that give her something, and say so themselves."""
NOTES: Final = {
    "attr": "ask:{0}:{1}",
    "bring": "with:{0}",
    "ranked": "topics:{0}",
    "keep": "name:{0}",
    "nnone": "needs:{0}",
    "nskip": "needs:{0}",
    "ndone": "needs:{0}",
    "need": "needs:{0}",
    "nophone": "phone:{0}",
    "takes": "party:{0}",
    "lang": "lang",
    "no": "go:{0}",
    "minor": "go:{0}",
    "wwith": "wyes:{0}",
    "wno": "other:{0}:new",
    "wminor": "other:{0}:new",
    "nrest": "needs:{0}",
}
"""Choices that note an answer, and the choice that asks for it again."""
ASKED_FIRST: Final = {"pass": "passask", "leave": "leaving", "hush": "hushask", "hyes": "hask"}
"""Choices out of which she loses something, and what asks whether she means it: near words get no further."""
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
PERMITS: Final = frozenset(["yes", "pyes", "nyes", "wyes", "wown", "fy", "oyes", "ogok"])
"""Choices that permit us to keep something: only clear words do."""
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
    if standing.asked is not None and seen and (both := _permitted(words, seen) or _first_of_two(words, *seen[0])):
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
    return _ask_first(choice) if choice.verb in ASKED_FIRST and (bare or whose or later) else choice


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
        case "needs":
            return needs_nothing(words)
        case "topics":
            return is_all_the_same(words)
        case "phone":
            return gives_no_number(words) and not wishing.wishes(words)
    return False


def _permitted(words: str, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Take the permission that was asked for last, where it is given or refused in whole words."""
    for button in _buttons(seen[:1]):
        choice = Choice.parse(button.choice or "")
        if (
            (choice.verb in PERMITS and permits_clearly(words, for_another=choice.verb == "wyes"))
            or (choice.verb == "minor" and is_under_age(words))
            or (choice.verb in {"no", "wno"} and refuses_clearly(words))
        ):
            return choice
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
        shown = _buttons([each])
        place = _titled(words, shown)
        if place is not None and not set(core(words)).isdisjoint(tokens(shown[place].label)):
            return _allowed(shown[place])
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
    mistaken, button = is_mistake(words), takes_back(_buttons(seen))
    back = Choice.parse(button.choice or "") if button else None
    comes = standing.step is None and not wishing.COMES.isdisjoint(wishing.wishes(words))
    if back and (mistaken or (comes and back.verb in TAKEN_BACK)):
        return back
    return Choice("oops", ()) if mistaken else None


def _wish(
    words: str, standing: Standing, seen: Sequence[tuple[Seen, bool]], *, but: frozenset[str] = frozenset()
) -> Choice | None:
    """Understand a wish in her own words, where she does not give her name or another answer in words."""
    for wish in wishing.wishes(words):
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
        found = {button.choice: button for button in _buttons([each]) if (button.choice or "").startswith(begins)}
        if not found:
            continue
        named = found if len(found) == 1 else _named(words, list(found.values()))
        if len(named) != 1:
            return Choice("which", ("news",) if told and each is seen[-1] else ())
        choice = Choice.parse(next(iter(named)) or "")
        return _ask_first(choice) if choice.verb in ASKED_FIRST else choice
    return None


def _named(words: str, buttons: Sequence[Button]) -> set[str | None]:
    """Give which of some buttons are named by words that name no other of them."""
    by_word = ([button.choice for button in buttons if names(button.label, word)] for word in core(words))
    return {found[0] for found in by_word if len(found) == 1}


def nearly(words: str, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Take the one button that words are near to; none that takes something away, or permits something."""
    others = list(_other_words(words))
    for messages, numbers in seen:
        shown = [button for button in _buttons([(messages, numbers)]) if button.choice]
        for each in others:
            if button := chosen(each, messages, numbers=numbers):
                return _allowed(button)
        if (agrees(words) or EMOJI.get(words.strip())) and any(_permits(button) for button in shown):
            return Choice("clearly", ())
        options = [(button.label, *button.words) for button in shown]
        place = closest(words, options)
        if place is None and (said := " ".join(core(words))):
            place = closest(said, options)
        for find in (_within, _aged, _rated, _titled):
            place = find(words, shown) if place is None else place
        if place is not None and not (wishing.denies(words) and not any(map(wishing.denies, options[place]))):
            return _allowed(shown[place])
    return None


def _within(words: str, shown: Sequence[Button]) -> int | None:
    """Find the one answer whose words stand whole within a text: «vivo en zona rural»."""
    if asking.sounds_like_a_question(words):
        return None
    said = f" {plain(words)} "
    hits = {
        number
        for number, button in enumerate(shown)
        if (button.choice or "").split(":")[0] == "attr"
        for option in (button.label, *button.words)
        if len(plain(option)) > 2 and f" {plain(option)} " in said  # noqa: PLR2004 - letters of a word
    }
    return hits.pop() if len(hits) == 1 else None


def _aged(words: str, shown: Sequence[Button]) -> int | None:
    """Find the one range of numbers in which the number of a text lies: «tengo 34 años»."""
    asked = [place for place, button in enumerate(shown) if (button.choice or "").startswith("attr:")]
    hit = in_range(words, [shown[place].label for place in asked])
    return None if hit is None else asked[hit]


def _rated(words: str, shown: Sequence[Button]) -> int | None:
    """Find the one answer of a scale that a few words give: «le doy un 4», «5 de 5»."""
    said = tokens(words)
    scale = {(button.choice or "").rpartition(":")[2]: place for place, button in enumerate(shown) if _scales(button)}
    given = [str(NUMBERS[word]) if word in NUMBERS and word not in _ONE else word for word in said]
    found = [word for word in given if word in scale]
    if len(found) > 1 and not _OUT_OF.isdisjoint(said):
        found = found[:1]
    return scale[found[0]] if len(scale) > _LIST and len(set(found)) == 1 and len(said) <= _RATED else None


def _scales(button: Button) -> bool:
    verb, *args = (button.choice or "").split(":")
    return verb == "fb" and args[:1] == ["a"] and args[-1].isdigit()


_ONE: Final = frozenset({"un", "una", "a", "an", "another", "otro", "otra", "one"})
_OUT_OF: Final = frozenset({"de", "sobre", "of"})
_RATED: Final = 8
"""Words of a number that is given; more is a story."""


def _titled(words: str, shown: Sequence[Button]) -> int | None:
    """Find the one meeting of a list whose title or day a few words name: «el del agua», «el del sábado 21»."""
    lists = ([n for n, each in enumerate(shown) if (each.choice or "").split(":")[0] == verb] for verb in _LISTED)
    listed = max(lists, key=len)
    said = [word for word in core(words) if len(word) > _SMALL or word.isdigit()]
    least = 1 if all((shown[place].choice or "").startswith("org:") for place in listed) else _LIST
    if len(listed) < least or not 0 < len(said) <= _FEW:
        return None
    named = [sum(names(" ".join((shown[n].label, *shown[n].words)), word) for word in said) for n in listed]
    best = max(named)
    return listed[named.index(best)] if best and named.count(best) == 1 else None


_LISTED: Final = ("m", "place", "about", "other", "org")
_LIST: Final = 2
"""Meetings that make a list."""
_SMALL: Final = 3
"""Letters of a word that names nothing."""
_FEW: Final = 4
"""Words that name a meeting; more say something else."""


def _permits(button: Button) -> bool:
    """Tell whether a button permits us something."""
    return (button.choice or "").split(":")[0] in PERMITS


def _other_words(words: str) -> Iterator[str]:
    """Say the same otherwise: emoji as words, «claro que sí» as yes, «la segunda» as 2."""
    bare = words.strip().translate(_BARE)
    agreed = EMOJI.get(bare) or ("yes" if agrees(words) else "no" if refuses(words) else None)
    if agreed:
        yield from ("si", "yes") if agreed == "yes" else ("no",)
    if (number := ordinal(words)) is not None:
        yield str(number)
    if skips(words) or is_none(words):
        yield from ("omitir", "skip", "ahora no", "not now")
    first, _, rest = plain(words).partition(" ")
    if first in AGREEING - _GOING and rest:
        yield rest


_GOING: Final = frozenset({"vamos"})
"""A yes by itself, but not before a number: «vamos tres»."""
_BARE: Final = {ord(each): None for each in "\ufe0f" + "".join(map(chr, range(0x1F3FB, 0x1F400)))}
"""Colours of hands and hearts."""


def _allowed(button: Button) -> Choice | None:
    """Give what near words may choose; where something would be lost, what asks first; else nothing."""
    choice = Choice.parse(button.choice or "")
    if choice.verb in SHOWS | TAKEN_BACK:
        return choice
    if choice.verb in NOTES or (choice.verb == "fb" and choice.args[:1] != ("done",)):
        return replace(choice, meant=button.label)
    if choice.verb in PERMITS:
        return Choice("clearly", ())
    return _ask_first(choice) if choice.verb in ASKED_FIRST else None


def _ask_first(choice: Choice) -> Choice:
    asks = ASKED_FIRST[choice.verb]
    return Choice(asks, choice.args[:1] if asks in {"passask", "hask"} else (), choice.ward)


def said_back(choice: Choice | None) -> Reply | None:
    """Say back what near words were taken to mean, with a way to change it; nothing for clear words."""
    if choice is None or choice.meant is None:
        return None
    return Reply("understood", {"label": choice.meant, "again": asks_again(choice)})


def asks_again(choice: Choice) -> str | None:
    """Name the choice that asks again for what a choice answers; None where nothing does."""
    if choice.verb == "fb":
        again = f"fb:q:{choice.args[1]}:{choice.args[2]}" if len(choice.args) > 2 else None  # noqa: PLR2004 - a QUESTION
    else:
        template = NOTES.get(choice.verb)
        again = template.format(*choice.args) if template else None
    return acting(again, choice.ward) if again and choice.ward is not None else again


def _buttons(seen: Sequence[tuple[Seen, bool]]) -> list[Button]:
    return list(chain.from_iterable(chain.from_iterable(each.rows for messages, _ in seen for each in messages)))
