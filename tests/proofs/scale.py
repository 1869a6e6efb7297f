"""How large a proof is: small in every run of the tests, in full for `make prove`, by the same code."""

import os
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Scale:
    """The measures of the proofs."""

    kills: int
    """SIGKILLs in each scenario."""
    people: int
    """Who sign up while processes are killed."""
    subscribers: int
    """Who are told of something while processes are killed."""
    pace: int
    """Messages a second while processes are killed: slow enough for all the kills."""
    audience: int
    """Who are told of something while others talk with the bot."""
    paces: tuple[int, ...]
    """Messages a second, free and paid, at which they are told."""
    asked: int
    """How often somebody asks then."""
    delay: float
    """By how many seconds she is answered later than without, at most; a small run shares its machine with others."""
    flooded: int
    """Who are told of something within Telegram's limits."""
    roles: tuple[str, ...]
    """What each kind of process does in an installation of two of each kind; the chat first."""
    away: float
    """For how many seconds at least a database is away."""
    examples: int
    """Conversations of the state machine."""
    steps: int
    """Happenings in each, at most; somebody who talks on for a while is one of them."""


SMALL: Final = Scale(
    kills=3,
    people=20,
    subscribers=200,
    pace=150,
    audience=6_000,
    paces=(25,),
    asked=2,
    delay=4.0,
    flooded=200,
    roles=("chat", "clock,delivery"),
    away=5,
    examples=8,
    steps=15,
)
FULL: Final = Scale(
    kills=20,
    people=200,
    subscribers=5_000,
    pace=1_000,
    audience=100_000,
    paces=(25, 1_000),
    asked=30,
    delay=1.0,
    flooded=3_000,
    roles=("chat", "delivery", "clock"),
    away=60,
    examples=100,
    steps=60,
)

PROVE: Final = "CONVOCA_PROVE"
"""Set to a file's path by `make prove`: proofs run in full, and write their findings there, a line of JSON each."""


def chosen() -> Scale:
    """Give the scale of this run."""
    return FULL if os.environ.get(PROVE) else SMALL
