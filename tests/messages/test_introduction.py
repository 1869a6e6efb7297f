"""How the bot introduces itself: within Telegram's limits, in every language."""

import re

import pytest
from aiogram.filters import Command

from handlers.routers import ROUTERS
from locales import LANGUAGES, translator
from messages.introduction import introduction


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_introduction_fits(language: str) -> None:
    said = introduction(translator(language))
    assert len(said.name) <= 64
    assert len(said.short_description) <= 120
    assert len(said.description) <= 512
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", command) for command, _ in said.commands)
    assert all(1 <= len(what) <= 256 for _, what in said.commands)
    assert len({command for command, _ in said.commands}) == len(said.commands)


@pytest.mark.parametrize("language", LANGUAGES)
def test_handlers_know_every_command(language: str) -> None:
    known = {
        command
        for router in ROUTERS
        for handler in router.message.handlers
        for each in handler.filters or ()
        if isinstance(each.callback, Command)
        for command in each.callback.commands
    }
    assert {command for command, _ in introduction(translator(language)).commands} <= known
