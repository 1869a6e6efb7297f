"""How the bot introduces itself: within Telegram's limits, in every language."""

import re

import pytest

from locales import LANGUAGES, translator
from messages.introduction import introduction


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_introduction_fits(language: str) -> None:
    said = introduction(translator(language))
    assert len(said.short_description) <= 120
    assert len(said.description) <= 512
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", command) for command, _ in said.commands)
    assert all(1 <= len(what) <= 256 for _, what in said.commands)
    assert len({command for command, _ in said.commands}) == len(said.commands)
