"""Words that are near a button's: misspelt, said otherwise, or within a few more."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from handlers import asking, wishing
from handlers.chat import Choice
from handlers.choices import allowed, permits
from handlers.courtesy import agrees, core, is_none, refuses, skips
from handlers.naming import in_range, names, ordinal
from handlers.nearness import closest, tokens
from handlers.understanding import chosen, plain
from messages.company_words import NUMBERS
from messages.message import Button, Message
from messages.number_words import HIGHEST, LAST
from messages.words import AGREEING, EMOJI

Seen = Sequence[Message]
"""What somebody sees: the messages of a reply."""


def nearly(words: str, seen: Sequence[tuple[Seen, bool]]) -> Choice | None:
    """Take the one button that words are near to; none that takes something away, or permits something."""
    others = list(_other_words(words))
    for messages, numbers in seen:
        shown = [button for button in buttons_of([(messages, numbers)]) if button.choice]
        for each in others:
            if button := chosen(each, messages, numbers=numbers):
                return allowed(button)
        if (agrees(words) or EMOJI.get(words.strip())) and any(permits(button) for button in shown):
            return Choice("clearly", ())
        options = [(button.label, *button.words) for button in shown]
        place = closest(words, options)
        if place is None and (said := " ".join(core(words))):
            place = closest(said, options)
        for find in (_within, _aged, _rated, titled):
            place = find(words, shown) if place is None else place
        if place is not None and not (wishing.denies(words) and not any(map(wishing.denies, options[place]))):
            return allowed(shown[place])
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
    options = [place for place in asked if not (shown[place].choice or "").endswith(":none")]
    if hit is None and options and LAST & set(core(words)) and set(core(words)) <= LAST | _ONE | _ARTICLES:
        return options[-1]
    return None if hit is None else asked[hit]


def _rated(words: str, shown: Sequence[Button]) -> int | None:
    """Find the one answer of a scale that a few words give: «le doy un 4», «5 de 5»."""
    said = tokens(words)
    scale = {(button.choice or "").rpartition(":")[2]: place for place, button in enumerate(shown) if _scales(button)}
    given = [str(NUMBERS[word]) if word in NUMBERS and word not in _ONE else word for word in said]
    found = [word for word in given if word in scale]
    if scale and not found and not HIGHEST.isdisjoint(said) and not wishing.denies(words):
        found = [max(scale, key=int)]
    if len(found) > 1 and not _OUT_OF.isdisjoint(said):
        found = found[:1]
    return scale[found[0]] if len(scale) > _LIST and len(set(found)) == 1 and len(said) <= _RATED else None


def _scales(button: Button) -> bool:
    verb, *args = (button.choice or "").split(":")
    return verb == "fb" and args[:1] == ["a"] and args[-1].isdigit()


_ONE: Final = frozenset({"un", "una", "a", "an", "another", "otro", "otra", "one"})
_ARTICLES: Final = frozenset({"el", "la", "lo", "the"})
_OUT_OF: Final = frozenset({"de", "sobre", "of"})
_RATED: Final = 8
"""Words of a number that is given; more is a story."""


def titled(words: str, shown: Sequence[Button]) -> int | None:
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


def buttons_of(seen: Sequence[tuple[Seen, bool]]) -> list[Button]:
    """Give every button that is seen."""
    return list(chain.from_iterable(chain.from_iterable(each.rows for messages, _ in seen for each in messages)))
