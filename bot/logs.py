"""The log: readable in a terminal, JSON elsewhere; never names, texts or tokens of people, whoever writes in it.

What other libraries say is written as who said it and where: their words may quote anything.
"""

import contextlib
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Collection
from types import TracebackType
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN: Final = "[hidden]"
SHORTEST_SECRET: Final = 6
"""One that is shorter stands in many words, and hides nothing."""
_QUOTES: Final = re.compile(r"[\n(\[{<'\"`:=].*", re.DOTALL)
"""Where the words of a library end and what it quotes may begin."""

log = structlog.get_logger(__name__)


def set_up(secrets: Collection[str] = ()) -> None:
    """Send our events, and other libraries' warnings, to standard error, without what is secret."""
    lines, readable = _Lines(sys.stderr), sys.stderr.isatty()
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        only_where,
        renderer,
        _Hiding(secrets),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: lines,
    )
    logging.root.handlers[:] = [_Foreign()]
    logging.root.setLevel(logging.WARNING)
    for quiet in ("aiogram.event", "aiogram.dispatcher", "apscheduler"):
        logging.getLogger(quiet).setLevel(logging.ERROR)
    sys.excepthook = _uncaught
    threading.excepthook = lambda thrown: log.error("thread.failed", exc_info=thrown.exc_value)
    sys.unraisablehook = lambda thrown: log.error("object.failed", exc_info=thrown.exc_value)
    warnings.showwarning = _warned


def where(error: BaseException) -> list[str]:
    """Say where an error came from and what kind it is, without its words and values: they may hold people's data."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    caused = [error.__cause__] if error.__cause__ else []
    if isinstance(error, BaseExceptionGroup):
        caused += error.exceptions
    return [*frames, type(error).__name__, *(line for cause in caused for line in where(cause))]


def only_where(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write an exception as where it came from."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["trace"] = where(error)
    return event


class _Lines:
    """Writes lines. One that cannot be written is lost: a full disk stops no work but its own."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def msg(self, line: str) -> None:
        """Write a line at once."""
        with contextlib.suppress(OSError, ValueError):
            self._file.write(f"{line}\n")
            self._file.flush()

    debug = info = warning = error = critical = exception = msg


class _Hiding:
    """Takes secrets out of a line that is written, however they came into it."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = sorted((each for each in secrets if len(each) >= SHORTEST_SECRET), key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict | str) -> str:
        written = str(line)
        for secret in self._secrets:
            written = written.replace(secret, HIDDEN)
        return written


class _Foreign(logging.Handler):
    """Writes what other libraries log among our events."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the constant words of a record, never what it was filled with."""
        constant = record.args or record.name.startswith(("asyncio", "aiohttp"))
        said = _QUOTES.sub("", str(record.msg)).strip() if constant else ""
        write = log.error if record.levelno >= logging.ERROR else log.warning
        write(
            "library", library=record.name, said=said, at=f"{record.module}:{record.lineno}", exc_info=record.exc_info
        )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write what ends the program."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("failed", exc_info=error)


def _warned(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_more: object, **_named: object
) -> None:
    """Write a warning of Python's without its words: pydantic's quote values."""
    del message
    log.warning("warning", category=category.__name__, at=f"{filename}:{lineno}")
