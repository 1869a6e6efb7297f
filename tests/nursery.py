"""Where processes of a program are born quickly: by a fork of one that has the program's libraries loaded.

`python -m tests.nursery PROGRAM FD MODULE…` loads modules, and for each request on the socket FD makes a process that
runs `python -m PROGRAM` from there on: with arguments, a folder, an environment and outputs of its own, to be killed
like any other. A request is JSON after its length, with three descriptors: the outputs, and where the process's id and
then its exit code are told. The nursery ends with whoever holds the socket's other end, and its processes with it.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

LENGTH = struct.Struct("!I")
"""A request's, in bytes, which goes before it."""
TOLD = struct.Struct("!i")
"""A process's id, then its exit code: negative for the signal that ended it."""


@dataclass(frozen=True)
class Born:
    """What a new process is to run."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]


def serve(channel: socket.socket) -> Born | None:
    """Make a process for each request; returns in each what it is to run, and None when nobody asks any more."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([channel.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_ends(running)
        if channel.fileno() not in ready:
            continue
        said, outputs = _request(channel)
        if not said:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
            return None
        *streams, status = outputs
        pid = os.fork()
        if not pid:
            _settle(streams, [channel.fileno(), woken, wake, status, *running.values()])
            return Born(**json.loads(said))
        running[pid] = status
        try:
            os.write(status, TOLD.pack(pid))
        except BrokenPipeError:  # who asked did not wait for it
            os.kill(pid, signal.SIGKILL)
        for stream in streams:
            os.close(stream)


def _request(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Read one request to its end and no further: the next one may have come already, with descriptors of its own."""
    header, outputs, _, _ = socket.recv_fds(channel, LENGTH.size, 3)
    if not header:
        return b"", []
    (length,) = LENGTH.unpack(header)
    said = b""
    while len(said) < length and (more := channel.recv(length - len(said))):
        said += more
    return said, outputs


def _tell_ends(running: dict[int, int]) -> None:
    with suppress(ChildProcessError):
        while True:
            pid, how = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            status = running.pop(pid)
            with suppress(BrokenPipeError):  # whom it was told to may be gone
                os.write(status, TOLD.pack(os.waitstatus_to_exitcode(how)))
            os.close(status)


def _settle(streams: list[int], others: list[int]) -> None:
    """Be a process of its own: signals as they are at a start, outputs where they were asked for."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
        os.close(stream)
    for other in others:
        os.close(other)


def _live(program: str, born: Born) -> None:
    os.chdir(born.folder)
    os.environ.clear()
    os.environ.update(born.environment)
    sys.path[0] = born.folder
    sys.argv = [program, *born.arguments]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


def main(program: str, descriptor: str, *modules: str) -> None:
    """Load modules and serve; in a process made here, be the program."""
    for module in modules:
        import_module(module)
    gc.freeze()  # what is shared is not looked through by each
    with socket.socket(fileno=int(descriptor)) as channel:
        born = serve(channel)
        if born:
            channel.detach()  # closed already
    if born:
        _live(program, born)


if __name__ == "__main__":
    main(*sys.argv[1:])
