"""A kind of message: how the world is looked at when it is sent, and what is said then."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from messages.message import Message
from messages.voice import Voice


@dataclass(frozen=True)
class Who:
    """Whom a message is for. Before consent there is a chat and no person."""

    person_id: int | None
    language: str


Params = Mapping[str, Any]
Load = Callable[[Session, Who, Params, datetime], Any]
"""Look at the world for a message: data of `civic`, or None when there is nothing to say any more."""
Say = Callable[[Voice, Any], Sequence[Message]]
"""Say it: pure, from a voice and what `Load` gave."""


Told = Callable[[Session, Collection[int], Params], set[int]]
"""Look at who of some people (ids) is still told of something."""


class Kind(NamedTuple):
    """How one kind of reply or outbox row becomes messages."""

    load: Load
    say: Say
    told: Told | None = None
    """Of a kind that says the same to everybody of a language, whatever `Who` is given to `load`: who still hears."""


def nothing_to_look_up(_session: Session, _who: Who, params: Params, _now: datetime) -> Params:
    """Load for what is said from its parameters alone."""
    return params
