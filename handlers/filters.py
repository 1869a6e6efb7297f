"""What a handler waits for: a choice (tapped or in words), or an answer in words to the open question."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message, TelegramObject

from handlers.chat import Chat, Choice

H = TypeVar("H", bound=Callable[..., Any])


class Chose(Filter):
    """A button of ours with one of these verbs, or the same typed in words or as a number."""

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
        return choice is None and bool(words) and not str(words).startswith("/") and step == self.step


_TAKEN: Final[WeakKeyDictionary[Router, Chose]] = WeakKeyDictionary()
"""All the verbs of each router: asked once for a tap, before its handlers one by one."""


def on_choice(router: Router, *verbs: str) -> Callable[[H], H]:
    """Register a handler for a choice, however it was made. The router takes no other taps."""
    if router not in _TAKEN:
        _TAKEN[router] = Chose()
        router.callback_query.filter(_TAKEN[router])
    _TAKEN[router].verbs.update(verbs)

    def register(handler: H) -> H:
        router.callback_query(Chose(*verbs))(handler)
        router.message(Chose(*verbs))(handler)
        return handler

    return register
