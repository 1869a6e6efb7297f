"""Who is measured: a bot and how its processes are started, each with a token of its own."""

from dataclasses import dataclass
from typing import Final


class BenchFailed(Exception):
    """A contender did not answer; the message holds its log."""


@dataclass(frozen=True)
class Contender:
    """A bot: Convoca, or a bare one beside it."""

    name: str
    arguments: tuple[str, ...]
    number: int
    taps: bool = True
    """People tap a button; otherwise they write."""
    webhook: bool = False
    """Updates are posted to it; otherwise it polls."""
    replicas: int = 1

    @property
    def token(self) -> str:
        """The token that tells it from the others."""
        return f"{self.number}:bench"


RUN: Final = ("bot", "run")
BARE_NAME: Final = "bare aiogram: select, update, commit"

CONVOCA: Final = Contender("Convoca", RUN, 1001)
BARE: Final = Contender(BARE_NAME, ("tests.bench.bare", "database"), 1002)
ECHO: Final = Contender("bare aiogram: echo", ("tests.bench.bare", "echo"), 1003, taps=False)
CONVOCA_HOOKED: Final = Contender("Convoca", RUN, 1011, webhook=True)
BARE_HOOKED: Final = Contender(BARE_NAME, ("tests.bench.bare", "database"), 1012, webhook=True)
ECHO_HOOKED: Final = Contender("bare aiogram: echo", ("tests.bench.bare", "echo"), 1013, taps=False, webhook=True)
REPLICAS: Final = 4
CONVOCA_REPLICAS: Final = Contender("Convoca", (*RUN, "--roles", "chat"), 1021, webhook=True, replicas=REPLICAS)
BARE_REPLICAS: Final = Contender(BARE_NAME, ("tests.bench.bare", "database"), 1022, webhook=True, replicas=REPLICAS)
