"""Our programs as processes for tests: born in a nursery, which spares each the second or three that loading takes.

They are processes like any other, with an environment, a folder and a database of their own, and can be killed at any
moment. What a start itself has to prove is proved by one made afresh: `afresh=True`, as an operator starts it.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol

from tests.nursery import LENGTH, TOLD

CHECKOUT = Path(__file__).parent.parent
LOADED = {
    "bot": ("bot.cli", "bot.running"),
    "simulator": ("simulator.server",),
}
"""The programs, and what a nursery loads for each."""
_MEASURED = any(name.startswith("COVERAGE_") for name in os.environ)
"""Coverage begins with a process's start: then each is made afresh."""


class Process(Protocol):
    """What tests do with a process."""

    @property
    def pid(self) -> int:
        """Its id."""

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""

    def send_signal(self, signal: int, /) -> None:
        """Send a signal; ProcessLookupError when it has ended."""

    async def wait(self) -> int:
        """Wait for its end; returns the exit code."""


class Forked:
    """A process of a nursery, which tells of it by a pipe."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self._status = status
        self._code: int | None = None

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self._code is None:
            try:
                told = os.read(self._status, TOLD.size)
            except BlockingIOError:
                return None
            (self._code,) = TOLD.unpack(told) if told else (-signal.SIGKILL,)  # the nursery ends with its processes
            os.close(self._status)
        return self._code

    def send_signal(self, signal: int, /) -> None:
        """Send a signal; ProcessLookupError when it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, signal)

    async def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        while (code := self.returncode) is None:
            await _readable(self._status)
        return code


class _Nursery:
    """One program's, for as long as this process lives."""

    def __init__(self, program: str) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", program, str(theirs.fileno()), *LOADED[program]],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self._close)

    async def born(
        self, arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], outputs: tuple[int, int]
    ) -> Forked:
        request = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        said = json.dumps(request).encode()
        told, status = os.pipe()
        try:
            socket.send_fds(self._channel, [LENGTH.pack(len(said))], [*outputs, status])
            self._channel.sendall(said)
        finally:
            os.close(status)
        try:
            await _readable(told)
        except asyncio.CancelledError:
            os.close(told)  # then the nursery ends it
            raise
        answer = os.read(told, TOLD.size)
        assert answer, "the nursery ended"
        os.set_blocking(told, False)
        (pid,) = TOLD.unpack(answer)
        return Forked(pid, told)

    def _close(self) -> None:
        self._channel.close()
        self._process.wait()


_nurseries: dict[str, _Nursery] = {}


async def start(
    program: str,
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    stdout: IO[bytes],
    stderr: IO[bytes] | None = None,
    afresh: bool = False,
) -> Process:
    """Start `python -m PROGRAM ARGUMENTS` (a program of LOADED) in a folder, with exactly this environment.

    Errors go where this process's go, unless told otherwise.
    """
    if afresh or _MEASURED:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", program, *arguments), cwd=folder, env=environment, stdout=stdout, stderr=stderr
        )
    if program not in _nurseries:
        _nurseries[program] = _Nursery(program)
    return await _nurseries[program].born(
        arguments, folder, environment, (stdout.fileno(), stderr.fileno() if stderr else 2)
    )


async def _readable(descriptor: int) -> None:
    """Wait until there is something to read, or the other end is closed."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()

    def told() -> None:
        if not waiting.done():
            waiting.set_result(None)

    loop.add_reader(descriptor, told)
    try:
        await waiting
    finally:
        loop.remove_reader(descriptor)
