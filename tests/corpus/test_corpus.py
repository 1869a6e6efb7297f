"""Every message of the corpus, said in its situation: at least 95 % of the part set aside comes out as written."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from civic.store import Store
from locales import LANGUAGES
from tests.corpus import situations
from tests.corpus.entries import PARTS, Entry, entries
from tests.corpus.judging import Outcome, came_of, facts, is_as_expected, wrong_acts
from tests.corpus.listening import Listening
from tests.corpus.situations import ALONE, AMONG, Bringing, Somebody, Town, bring

ENOUGH: Final = 0.95


class Corpus:
    """The messages said: who writes each is brought to its situation first."""

    def __init__(self, store: Store) -> None:
        """Take an empty store."""
        self._store = store
        self._bot = Listening(store)
        self._chats = itertools.count(100_001)

    async def outcomes(self, found: Sequence[Entry]) -> list[tuple[Entry, Outcome]]:
        """Say every message in its situation; first where there is one meeting alone."""
        agua = self._store.write(situations.open_town)
        told = await self._all(found, agua, ALONE)
        town = self._store.write(situations.whole_town, agua)
        return told + await self._all(found, town, AMONG)

    async def _all(
        self, found: Sequence[Entry], town: Town | int, among: Mapping[str, Bringing]
    ) -> list[tuple[Entry, Outcome]]:
        told: list[tuple[Entry, Outcome]] = []
        for situation, language in itertools.product(among, LANGUAGES):
            here = [each for each in found if (each.situation, each.language) == (situation, language)]
            chats = list(itertools.islice(self._chats, len(here)))
            who = self._store.write(bring, situation, town, chats, language)
            told += [(entry, await self._one(each, entry.says)) for entry, each in zip(here, who, strict=True)]
        return told

    async def _one(self, who: Somebody, text: str) -> Outcome:
        before = self._store.read(facts, who)
        self._bot.heard.clear()
        incoming = who.incoming()
        await self._bot.write(incoming, text=text)
        after, acts, replies = self._store.read(came_of, who, incoming, before.last_act)
        messages = tuple(message for reply in self._bot.heard for message in reply)
        return Outcome(before, after, replies, messages, acts)


@pytest.mark.asyncio
async def test_words_are_understood_and_nothing_is_done_that_nobody_asked_for(store: Store) -> None:
    found = [each for part in PARTS for each in entries(part)]
    outcomes = await Corpus(store).outcomes(found)
    assert len(outcomes) == len(found)
    wrong = [(entry, acts) for entry, outcome in outcomes if (acts := wrong_acts(outcome, entry.expected))]
    assert not wrong, _listed([(entry, f"did {acts}") for entry, acts in wrong])
    silent = [entry for entry, outcome in outcomes if not outcome.messages]
    assert not silent, _listed([(entry, "was not answered") for entry in silent])
    for apart in ("shown", "set_aside"):
        here = [(entry, outcome) for entry, outcome in outcomes if entry.is_shown == (apart == "shown")]
        missed = [
            (entry, ", ".join(reply.kind for reply in outcome.replies))
            for entry, outcome in here
            if not is_as_expected(outcome, entry.expected)
        ]
        share = 1 - len(missed) / len(here)
        assert share >= ENOUGH, f"{share:.1%} of the part {apart}:\n{_listed(missed)}"


def test_the_corpus_is_as_large_as_promised() -> None:
    sizes = {part: len(list(entries(part))) for part in PARTS}
    assert sizes["es_shown"] + sizes["es_set_aside"] >= 300
    assert sizes["en_shown"] + sizes["en_set_aside"] >= 100
    assert min(sizes["es_set_aside"], sizes["en_set_aside"] * 3) >= 150
    said = [each.says for part in PARTS for each in entries(part)]
    shown = {(each.situation, each.says) for part in PARTS[:2] for each in entries(part)}
    assert not shown & {
        (each.situation, each.says) for part in PARTS[2:] for each in entries(part) if len(each.says) > 12
    }
    assert len(said) > 400


def _listed(found: Sequence[tuple[Entry, str]]) -> str:
    """List entries and what came of them; of the part set aside only of which sort they are, as rules are not its."""
    shown = [
        f"{entry.part} {entry.situation} «{entry.says}»: {entry.expected}; {came}"
        for entry, came in found
        if entry.is_shown
    ]
    apart = Counter(f"{entry.part} {entry.situation}: {entry.sort}" for entry, _came in found if not entry.is_shown)
    return "\n".join([*shown, *(f"{sort}, {times}" for sort, times in apart.items())])
