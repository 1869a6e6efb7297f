"""The log: readable in a terminal, JSON elsewhere; never names, texts or tokens of people."""

import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def set_up() -> None:
    """Send our events, and other libraries' warnings, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        only_where,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    for quiet in ("aiogram.event", "aiogram.dispatcher", "apscheduler"):
        logging.getLogger(quiet).setLevel(logging.ERROR)


def where(error: BaseException) -> list[str]:
    """Say where an error came from and what kind it is, without its words and values: they may hold people's data."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    caused = [error.__cause__] if error.__cause__ else []
    return [*frames, type(error).__name__, *(line for cause in caused for line in where(cause))]


def only_where(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write an exception as where it came from."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["trace"] = where(error)
    return event
