"""What every command needs: the database (brought up to date), the time, and faults as clear lines.

What is heavy is imported when a command runs, so that `--help` is there at once.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from civic.errors import Faults, MeetingUnknown, Problem, SchemaTooNew

if TYPE_CHECKING:
    from bot.settings import Settings
    from civic.store import Store

P = ParamSpec("P")
R = TypeVar("R")

BAD_INPUT = 2
AWAY = frozenset({"OperationalError", "DatabaseError"})
"""Faults of the database itself: it does not answer, may not be written to, or is none."""


@dataclass(frozen=True)
class CommandSession:
    """A command at work: beside a running bot, and in the demo by its clock."""

    settings: "Settings"
    store: "Store"
    now: Callable[[], datetime]


@contextmanager
def session() -> Iterator[CommandSession]:
    """Open the database that the environment names, as any command does."""
    from bot.settings import Settings
    from civic.store import Store

    settings = Settings.read()
    store = Store(settings.database)
    try:
        store.upgrade()
        yield CommandSession(settings, store, lambda: now(settings, store))
    finally:
        store.close()


def now(settings: "Settings", store: "Store") -> datetime:
    """Tell the time that people live by: the followed clock's, in the demo its simulator's if that runs."""
    from bot.clock import asked, true_now
    from bot.settings import SettingsWrong

    address = settings.clock or (simulator_address(settings) if settings.is_demo else None)
    if address is None:
        return true_now()
    try:
        return asked(address)
    except OSError:
        if settings.clock:
            raise SettingsWrong(f"CONVOCA_CLOCK ({settings.clock}): nobody answers there") from None
        return stopped_demo_time(store)


def stopped_demo_time(store: "Store") -> datetime:
    """Tell the time of a demo whose simulator does not run: true time, or that of the last act if it is ahead."""
    from bot.clock import true_now
    from civic.audit import latest

    return max(true_now(), store.read(latest) or true_now())


def simulator_address(settings: "Settings") -> str:
    """Say where the demo's simulator answers."""
    return f"http://{settings.simulator_listen}"


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what can go wrong into lines on standard error and exit 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            _refuse_what_is_no_text(kwargs)
            return command(*args, **kwargs)
        except Exception as error:
            lines = _told(error)
            if lines is None:
                raise
            for each in lines:
                typer.echo(each, err=True)
        raise typer.Exit(BAD_INPUT)

    return run


def _told(error: Exception) -> tuple[str, ...] | None:
    """Say what went wrong, in lines; None for a fault of ours."""
    from sqlalchemy.exc import DBAPIError

    from bot.settings import SettingsWrong
    from civic.outages import outage

    match error:
        case Faults(faults):
            return faults
        case Problem():
            return (line(error),)
        case SettingsWrong():
            return (str(error),)
        case DBAPIError():
            away = outage(error) or type(error).__name__ in AWAY
            said = str(error.orig or error).strip().splitlines()[0]
            return (f"CONVOCA_DATABASE_URL: {said}",) if away else None
        case OSError():
            return (f"{error.filename or 'system'}: {error.strerror or error}",)
        case _:
            return None


def _refuse_what_is_no_text(given: dict[str, Any]) -> None:
    """Refuse words whose bytes are no UTF-8: they could be neither stored nor said. Raises Faults."""
    words = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    faults = [
        f"{name.replace('_', '-')}: is not text in UTF-8"
        for name, values in words.items()
        if any(isinstance(value, str) and _is_broken(value) for value in values)
    ]
    if faults:
        raise Faults(tuple(faults))


def _is_broken(word: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in word)


def line(problem: Problem) -> str:
    """Say a problem in one line for an operator."""
    match problem:
        case MeetingUnknown(code):
            return f"there is no meeting {code}"
        case SchemaTooNew(revision):
            return f"the database is of a newer Convoca (schema {revision}): update this one"
        case _:
            doc = (type(problem).__doc__ or type(problem).__name__).strip().splitlines()[0].rstrip(".")
            return doc[0].lower() + doc[1:]
