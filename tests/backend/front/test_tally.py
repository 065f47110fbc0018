from __future__ import annotations

from backend.front.tally import Tally
from protocol.messages import Cancelled, Failed, Result
from tests.backend.front.running_front import edit_request


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_by_kind_and_by_time() -> None:
    clock = Clock()
    tally = Tally(clock)
    done = Result("a", (edit_request().guide,), 1.0)
    for seconds, answer in [
        (0, done),
        (3000, done),
        (580, done),
        (0, Failed("b", "code", "No.")),
        (0, Cancelled("c")),
    ]:
        clock.now += seconds
        tally.count(answer)
    clock.now += 50
    assert tally.totals() == {
        "done_minute": 1,
        "done_hour": 2,
        "done": 3,
        "failed": 1,
        "cancelled": 1,
        "uptime": 3630.0,
    }
