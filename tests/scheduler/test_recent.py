"""However slow calls are, and whenever the server counts them, no second of its holds more than the limit."""

import heapq

from hypothesis import given
from hypothesis import strategies as st

from scheduler.recent import Recent

LIMIT = 3
CALLS = st.lists(
    st.tuples(st.floats(0, 0.5), st.floats(0, 2), st.floats(0, 1)), min_size=1, max_size=40
)  # how long after the one before it is wanted, how long it takes, and when in between it is counted


@given(CALLS)
def test_no_second_holds_more_than_the_limit(calls: list[tuple[float, float, float]]) -> None:
    recent = Recent(LIMIT)
    now = 0.0
    answers: list[float] = []
    counted = []

    def pass_to(moment: float) -> float:
        while answers and answers[0] <= moment:
            recent.answered(heapq.heappop(answers))
        return moment

    for after, takes, when in calls:
        now = pass_to(now + after)
        while (wait := recent.wait(now)) > 0:
            now = pass_to(now + wait)
        recent.start()
        heapq.heappush(answers, now + takes)
        counted.append(now + takes * when)
    for moment in counted:
        assert sum(moment <= each < moment + 1 for each in counted) <= LIMIT


def test_calls_that_are_not_answered_leave_some_for_others() -> None:
    recent = Recent(30)
    for _ in range(24):
        assert recent.wait(0, spare=6) == 0
        recent.start()
    assert recent.wait(100, spare=6) > 0
    assert recent.wait(100) == 0


def test_quick_calls_lose_nothing_of_the_pace() -> None:
    recent = Recent(30)
    for number in range(100):
        now = number / 25
        assert recent.wait(now) == 0
        recent.start()
        recent.answered(now + 0.02)
