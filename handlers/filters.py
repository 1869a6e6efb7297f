"""What a handler waits for: a choice (tapped or in words), or an answer in words to the open question."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from aiogram import Router
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.filters import Filter
from aiogram.types import Message, TelegramObject

from handlers.chat import Chat, Choice

H = TypeVar("H", bound=Callable[..., Any])


class Chose(Filter):
    """Words or a number that mean a button of ours with one of these verbs."""

    def __init__(self, *verbs: str) -> None:
        self.verbs = set(verbs)

    async def __call__(self, _event: TelegramObject, choice: Choice | None = None) -> bool:
        """Match the choice that the middleware understood."""
        return choice is not None and choice.verb in self.verbs


class Answering(Filter):
    """Words that answer the open question of this step: `name`, also when it names a subject (`name:7`)."""

    def __init__(self, step: str) -> None:
        self.step = step

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match text that is neither a choice nor a command."""
        words = event.text
        step = (chat.standing.step or "").split(":")[0]
        if choice is not None or not words or words.startswith("/") or step != self.step:
            return False
        chat.ward = chat.asked_for
        chat.answering = chat.standing.step
        return True


_TAKERS: Final[dict[str, HandlerObject]] = {}
"""The handler of each verb."""


def taker(verb: str) -> HandlerObject | None:
    """Give the handler of a button's verb; None for no button of ours."""
    return _TAKERS.get(verb)


def on_choice(router: Router, *verbs: str) -> Callable[[H], H]:
    """Register the handler of a choice: tapped, it is called at once; in words, when it is its router's turn."""

    def register(handler: H) -> H:
        _TAKERS.update(dict.fromkeys(verbs, HandlerObject(handler)))
        return on_words(router, *verbs)(handler)

    return register


def on_words(router: Router, *verbs: str) -> Callable[[H], H]:
    """Register the handler of a choice that words alone mean: no button has it, so one that does was made up."""

    def register(handler: H) -> H:
        router.message(Chose(*verbs))(handler)
        return handler

    return register
