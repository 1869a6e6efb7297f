"""What people wish in their own words: a thought at a time, and never what they say that they do not wish."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from handlers import patterns
from handlers.courtesy import agrees, core, refuses
from handlers.nearness import sound, tokens
from handlers.patterns import Pattern, Patterns
from handlers.understanding import plain
from messages.company_words import ONE, SEVERAL
from messages.wished_words import BETWEEN_CLAUSES, CONDITIONS, HARDLY, IDIOMS, LATER
from messages.wordlists import listed
from messages.words import AGREEING

COMES: Final = frozenset({"signup", "confirm", "take"})
"""Wishes that are a yes to a meeting ahead."""
STAYS_AWAY: Final = frozenset({"leaving", "decline", "pass"})
"""Wishes that are a no to it."""
OFTEN: Final = frozenset({"tantos", "tanto", "tantas", "tan", "demasiados", "too", "so", "many", "seguido"})
"""Who writes of too many messages wishes for fewer; as an opinion it is none about being silent."""
BRIEF: Final = 8
"""Words of a wish where all that is written is an opinion."""
_WILLING: Final = COMES | {"alta", "came", "lang:en", "lang:es"}
"""Wishes that a «no» anywhere in the same thought makes none."""
_IN_A_QUESTION: Final = frozenset({"lang:en", "lang:es", "open"})
_BY_ANOTHER: Final = listed("otro otra otros otras alguien siguiente somebody someone else another")
"""Who is to have it instead."""
_WHO: Final = listed("quien quienes who cuantos cuantas")
_MEETINGS: Final = listed("encuentro reunion evento taller meeting event workshop")
"""Who is to be taken off one of these leaves it, and is told the rest."""
_OF_A_PLACE: Final = frozenset({"confirm", "take", "pass", "came", "missed", "decline"})
"""Wishes about a place, her own."""
_ANYBODY: Final = frozenset({"mas", "more", "persona", "personas", "person", "people"})
_PEOPLE: Final = (ONE | SEVERAL | {"ella", "ellos", "ellas", "her", "him", "them"}) - _ANYBODY
_OF: Final = frozenset({"de", "del", "por", "para", "a", "al", "for", "of", "to"})
_SHE: Final = frozenset({"yo", "puedo", "podre", "voy", "ire", "alcanzo", "we", "podemos", "vamos"})
_OF_HERS: Final = frozenset({"mi", "mis", "my", "la", "el", "su", "her", "his"})
_HERSELF: Final = listed("yo me i we us nosotros nosotras conmigo voy vamos quiero fui fuimos estuve")
_EARLY: Final = 4
"""Words within which it is said who is spoken of."""
_NOBODY: Final = frozenset({"otra", "otro", "otras", "otros", "another", "other"})
"""«Another person» is nobody whose place we know of."""


def wishes(text: str) -> list[str]:
    """Say what somebody may wish in her own words, as choices or their beginnings; none in a question or condition."""
    if not patterns.is_short_enough(text) or not CONDITIONS.isdisjoint(tokens(text)):
        return []
    thoughts = [_wished(said, patterns.wishes()) for said in _thoughts(text)]
    found = frozenset[str]().union(*thoughts)
    if "?" in text:  # «do you speak English?», «is there another meeting?» wish for it
        found &= _IN_A_QUESTION
    said = tokens(text)
    if not _WHO.isdisjoint(said[:1]):  # «quién confirmó»
        found -= COMES | STAYS_AWAY | {"came", "missed"}
    if {"leaving", "hushask"} <= found and not _MEETINGS.isdisjoint(said):
        found -= {"hushask"}
    if found & COMES and found & STAYS_AWAY:  # the last word counts, and a yes after a no is none
        last = next(each for each in reversed(thoughts) if each & (COMES | STAYS_AWAY))
        found -= COMES if last & STAYS_AWAY else COMES | STAYS_AWAY
    if "party" in found:  # who cannot come is said there
        found -= {"mine"}
    if "mine" in found:
        found -= _OF_A_PLACE
    return [choice for choice in ("mine", *patterns.wishes()) if choice in found]


def of_the_desk(text: str) -> list[str]:
    """Say what somebody who organises may wish or ask, as verbs of the desk, the likeliest first."""
    if not patterns.is_short_enough(text):
        return []
    found = frozenset[str]().union(*(_wished(said, patterns.desk()) for said in _thoughts(text)))
    return [verb for verb in patterns.desk() if verb in found]


def withdraws(text: str) -> str | None:
    """Say what a whole text asks for that is no opinion about a meeting: silence, or to be erased; None for neither."""
    said = core(text)
    if len(said) > BRIEF or not OFTEN.isdisjoint(said):
        return None
    return next((wish for wish in wishes(text) if wish in {"hushask", "erase"}), None)


def plainly(text: str) -> str | None:
    """Give the «yes» or «no» that a thought of a text is, and that the others bear out; None for none.

    «Sí, estuvo muy bueno», «no, se me olvidó», «gracias, pero no»; but not «no, sí voy».
    """
    if "?" in text:
        return None
    thoughts = [
        " ".join(word for word in said if word not in _AROUND_IT) for said in _thoughts(_YES.sub(r"\1, ", text))
    ]
    said = [True if _agrees(each) else False if each == "not" or refuses(each) else None for each in thoughts]
    others = " ".join(each for each, known in zip(thoughts, said, strict=True) if known is None).split()
    if not (CONDITIONS | HARDLY | _NOT_YET).isdisjoint(others) or len({*said} - {None}) != 1:
        return None
    if True in said:
        return None if patterns.denies(others) else "yes"
    return "no" if (COMES | {"came"}).isdisjoint(wishes(text)) else None


def _agrees(thought: str) -> bool:
    """Tell whether a thought is a yes, also said twice: «listo, sí»."""
    words = core(thought)
    return agrees(thought) or (words != [] and AGREEING.issuperset(words))


_NOT_YET: Final = frozenset({"luego", "despues", "manana", "later", "tomorrow", "todavia", "aun"})
_YES: Final = re.compile(r"^\s*(sí|yes|yeah|yep|claro que|por supuesto que|obvio que)\s", re.IGNORECASE)
"""A yes that needs no comma after it; «si» without its accent may be an «if»."""
_AROUND_IT: Final = listed(
    "la verdad que yo well honestly pues uy ay obvio obviamente por desgracia lamentablemente desafortunadamente"
    " infortunadamente sadly unfortunately afraid i am m"
)
"""Around a yes or no."""


def denies(text: str) -> bool:
    """Tell whether a text says that something is not so, or not wanted."""
    return bool(patterns.denies(tokens(text)))


def _thoughts(text: str) -> Iterator[list[str]]:
    """Take a text apart where another thought begins."""
    for part in _BETWEEN.split(text):
        said = f" {plain(part)} "
        for idiom in IDIOMS:
            said = said.replace(f" {idiom} ", " ")
        if words := tokens(said):
            yield words


_BETWEEN: Final = re.compile(
    rf"[,.;:!\n…]+|\b(?:{'|'.join(BETWEEN_CLAUSES)})\b|\b(?:y|and)(?=\s+(?:no|ya|yo|me|i)\b)", re.IGNORECASE
)


def _wished(said: Sequence[str], table: Patterns) -> frozenset[str]:
    """Say what one thought wishes."""
    if not HARDLY.isdisjoint(said):
        return frozenset()
    heard = [patterns.meant(sound(word)) for word in said]
    denied = patterns.denies(said)
    found = {
        choice
        for choice, each in table.items()
        if not (choice in COMES and not (LATER | _BY_ANOTHER).isdisjoint(said))
        and any(_is_wished(said, heard, denied, pattern, whole=choice in _WILLING) for pattern in each)
    }
    if "party" in found and _SHE.isdisjoint(said):  # somebody else does not come
        found.discard("leaving")
    if found & _OF_A_PLACE and _of_somebody_else(said):
        return frozenset(found - _OF_A_PLACE | {"mine"})
    return frozenset(found)


def _is_wished(
    said: Sequence[str], heard: Sequence[frozenset[str]], denied: set[int], pattern: Pattern, *, whole: bool
) -> bool:
    """Tell whether a pattern is in a thought, and no «no» stands before it, or with `whole` anywhere in it."""
    places = patterns.match(heard, pattern)
    if not places:
        return False
    if pattern.whole and not patterns.is_whole(said, places | (denied if pattern.denying else set())):
        return False
    others = {place for place in denied - places if whole or place < min(places)}
    return pattern.denying or not others


def _of_somebody_else(said: Sequence[str]) -> bool:
    """Tell whether somebody speaks of another person's place: «confirmo la de la vecina»."""
    told = any(each in _OF_HERS and after in _PEOPLE for each, after in pairwise(said[:_EARLY]))
    if told and _HERSELF.isdisjoint(said):  # «mi hermana lo acepta»
        return True
    return any(
        word in _PEOPLE and not _OF.isdisjoint(before := said[max(place - 2, 0) : place]) and _NOBODY.isdisjoint(before)
        for place, word in enumerate(said)
    )
