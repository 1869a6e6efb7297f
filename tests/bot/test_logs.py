"""The log: JSON for machines, lines for a terminal; whoever writes in it, no words or values of people get in."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.logs import set_up, where

NAME = "María Distintiva Úrsula"
TOKEN = "123456:a-token-of-the-tests"


class Screen(io.StringIO):
    """Where the log goes."""

    def __init__(self, *, terminal: bool = False) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        """Tell whether somebody reads along."""
        return self._terminal

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Read it as a machine does: a JSON object a line."""
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let the log of production go to a screen."""
    made = Screen()
    monkeypatch.setattr(sys, "stderr", made)
    set_up([TOKEN, "", "e"])
    return made


def fail() -> None:
    raise ValueError(NAME)


def test_each_event_is_one_json_object(screen: Screen) -> None:
    structlog.get_logger("here").info("update.failed", code="ab12cd")
    (line,) = screen.lines
    assert (line["event"], line["code"], line["level"]) == ("update.failed", "ab12cd", "info")
    assert line["timestamp"].endswith("Z")


def test_in_a_terminal_it_is_read_by_people(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr(sys, "stderr", screen)
    set_up()
    structlog.get_logger("here").warning("pace.paused", seconds=5)
    assert "pace.paused" in screen.getvalue()
    assert not screen.getvalue().startswith("{")


def _caught() -> None:
    try:
        fail()
    except ValueError:
        structlog.get_logger("here").exception("update.failed")


def _of_a_library() -> None:
    log = logging.getLogger("aiohttp.server")
    try:
        fail()
    except ValueError:
        log.exception("Error handling request from %s", NAME)
    log.error(f"It was '{NAME}'")  # noqa: G004 - as a careless library does
    logging.getLogger("aiogram.event").error("Cause exception: %s", NAME)
    logging.getLogger("careless").error(NAME)


def _in_a_thread() -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def _uncaught() -> None:
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)


def _of_a_task() -> None:
    async def forgotten() -> None:
        async def work() -> None:
            fail()

        asyncio.get_running_loop().create_task(work(), name="forgotten")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(lambda _words: fail(), NAME)
        await asyncio.sleep(0)

    asyncio.run(forgotten())


def _of_what_is_let_go() -> None:
    class Careless:
        def __del__(self) -> None:
            fail()

    Careless()


def _by_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        set_up([TOKEN])  # as it is in a program of its own
        warnings.warn(f"Expected `str` but got {NAME}", stacklevel=1)


def _of_a_group() -> None:
    both = ExceptionGroup("both", [ValueError(NAME), KeyError(NAME)])
    structlog.get_logger("here").error("failed", exc_info=both)


@pytest.mark.parametrize(
    ("happens", "kind"),
    [
        (_caught, "ValueError"),
        (_of_a_library, "ValueError"),
        (_in_a_thread, "ValueError"),
        (_uncaught, "ValueError"),
        (_of_a_task, "ValueError"),
        (_of_what_is_let_go, "ValueError"),
        (_of_a_group, "KeyError"),
        (_by_warning, "UserWarning"),
    ],
)
def test_what_goes_wrong_is_written_without_its_words(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None], kind: str
) -> None:
    monkeypatch.setattr(sys, "stderr", screen)
    happens()
    written = screen.getvalue()
    assert screen.lines
    assert kind in written
    assert [word for word in NAME.split() if word in written] == []


def test_secrets_are_hidden_wherever_they_come_from(screen: Screen) -> None:
    structlog.get_logger("here").info("asked", url=f"https://api.telegram.org/bot{TOKEN}/getMe")
    (line,) = screen.lines
    assert line["url"] == "https://api.telegram.org/bot[hidden]/getMe"


def fail_because() -> None:
    try:
        fail()
    except ValueError as error:
        raise LookupError(NAME) from error


def test_an_error_is_told_by_where_it_came_from_and_what_caused_it() -> None:
    with pytest.raises(LookupError) as caught:
        fail_because()
    told = where(caught.value)
    assert [line for line in told if "Error" in line] == ["LookupError", "ValueError"]
    assert any(line.endswith(" fail") for line in told)


def test_a_line_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)
        set_up()
        structlog.get_logger("here").warning("disk.full")
        logging.getLogger("aiohttp.server").error("Error handling request")
        with suppress(OSError):
            full.close()
