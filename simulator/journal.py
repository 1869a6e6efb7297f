"""What the bots asked, when, and what they were answered; and the faults put in their way."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.checks import Unfit

KEPT = 100_000


@dataclass
class Request:
    """One call of the Bot API.

    `at` is the true time, `clock` the simulated one. `late`: its answer never reached the caller.
    `in_pause`: it came during a pause that a 429 had announced.
    """

    n: int
    at: str
    clock: str
    bot_id: int
    method: str
    chat_id: int | str | None
    params: dict[str, Any]
    in_pause: bool = False
    status: int | None = None
    response: Any = None
    late: bool = False


class Journal:
    """The latest 100,000 calls, since this process began."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=KEPT)
        self._next = 1

    def open(self, request: Request) -> Request:
        """Enter a call before it is carried out, and number it."""
        request.n = self._next
        self._next += 1
        self._requests.append(request)
        return request

    def since(self, number: int, method: str | None) -> dict[str, Any]:
        """Return the calls from a number on (of one method), and the number to ask from next."""
        wanted = method.lower() if method else None
        found = []
        for request in reversed(self._requests):
            if request.n < number:
                break
            if wanted is None or request.method.lower() == wanted:
                found.append(asdict(request))
        return {"requests": found[::-1], "next": self._next}


@dataclass
class Fault:
    """What goes wrong with the next calls that match."""

    method: str = "*"
    chat_id: int | None = None
    times: int = 1
    delay: float = 0.0
    drop: str | None = None
    status: int | None = None
    body: Any = None
    description: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    retry_after: int | None = None
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    carried_out: bool = False  # the call has its effect, whatever is answered

    @property
    def answers(self) -> bool:
        """Whether it replaces the answer."""
        return self.status is not None or self.body is not None or self.description is not None

    def answer(self) -> tuple[int, Any]:
        """Return status and body of its answer; a body given as text goes out as it is."""
        status = self.status if self.status is not None else 200
        if self.body is not None:
            return status, self.body
        parameters = dict(self.parameters)
        if self.retry_after is not None:
            parameters["retry_after"] = self.retry_after
        answer: dict[str, Any] = {"ok": False, "error_code": status}
        default = f"Too Many Requests: retry after {self.retry_after}" if self.retry_after else None
        if self.description or default:
            answer["description"] = self.description or default
        if parameters:
            answer["parameters"] = parameters
        return status, answer


class Faults:
    """The queue of faults; the first that matches a call is taken, and used up by and by."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Put a fault at the end of the queue; raises Unfit for what is none."""
        try:
            fault = Fault(**wanted)
        except TypeError:
            known = ", ".join(Fault.__dataclass_fields__)
            raise Unfit(f"a fault knows: {known}") from None
        if fault.drop not in {None, "before", "after"}:
            raise Unfit(f'drop is "before" or "after", not {fault.drop!r}')
        if fault.retry_after is not None and fault.status is None:
            fault.status = 429
        if not (fault.answers or fault.drop or fault.delay):
            raise Unfit("a fault needs a status, a body, a description, a drop or a delay")
        self._queue.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults."""
        self._queue.clear()

    def left(self) -> list[dict[str, Any]]:
        """Return the faults that still wait for their calls."""
        return [asdict(fault) for fault in self._queue]

    def take(self, method: str, chat_id: int | str | None) -> Fault | None:
        """Return the fault that befalls this call, if any."""
        for fault in self._queue:
            hit = fault.method == "*" or fault.method.lower() == method.lower()
            if hit and (fault.chat_id is None or str(fault.chat_id) == str(chat_id)):
                fault.times -= 1
                if fault.times <= 0:
                    self._queue.remove(fault)
                return fault
        return None
