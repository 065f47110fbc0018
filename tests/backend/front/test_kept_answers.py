from __future__ import annotations

from dataclasses import replace

from backend.front.kept_answers import KeptAnswers
from protocol.bounds import Bounds
from protocol.images import Image, PixelFormat
from protocol.limits import LIMITS, TIMEOUTS
from protocol.messages import Cancelled, Result


def result(job_id: str, pixels: int) -> Result:
    picture = Image(Bounds(0, 0, pixels, 1), PixelFormat(), bytes(4 * pixels))
    return Result(job_id, [picture], 1.0)


def held(kept: KeptAnswers, names: str) -> str:
    return "".join(name for name in names if kept.get(name) is not None)


def test_the_client_that_has_the_most_bytes_loses_its_oldest() -> None:
    kept = KeptAnswers(replace(LIMITS, kept_bytes=400))
    kept.keep("a", "small", b"", result("a", 20))
    for name in "bcd":
        kept.keep(name, "large", b"", result(name, 30))
    assert held(kept, "abcd") == "acd"
    kept.keep("e", "large", b"", result("e", 1000))
    assert held(kept, "abcde") == "a"


def test_the_client_that_has_the_most_answers_loses_its_oldest() -> None:
    kept = KeptAnswers(replace(LIMITS, kept_answers=3))
    kept.keep("a", "few", b"", Cancelled("a"))
    for name in "bcd":
        kept.keep(name, "many", b"", Cancelled(name))
    assert held(kept, "abcd") == "acd"
    assert len(kept) == 3


def test_an_answer_is_given_up_when_it_is_too_old_and_not_before() -> None:
    now = [0.0]
    kept = KeptAnswers(timeouts=replace(TIMEOUTS, kept_s=10.0), clock=lambda: now[0])
    kept.keep("a", "client", b"", Cancelled("a"))
    now[0] = 6.0
    kept.keep("b", "client", b"", Cancelled("b"))
    kept.drop_old()
    assert held(kept, "ab") == "ab"
    now[0] = 11.0
    kept.drop_old()
    assert held(kept, "ab") == "b"
