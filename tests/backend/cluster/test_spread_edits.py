"""The real worker, its network and all, in the actors."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from protocol.bounds import Bounds
from protocol.images import Image, PixelFormat
from protocol.messages import Cancel, EditAgain, EditRequest, Progress, Result, Verified
from tests.backend.cluster.running_cluster import GPU
from tests.backend.front.running_front import RunningFront, Voice, eventually

SIDE = 64


def request_of(side: int, **settings: Any) -> EditRequest:
    pixels = bytes(range(256)) * (side * side // 64)
    guide = Image(Bounds(0, 0, side, side), PixelFormat(), pixels)
    return EditRequest(uuid.uuid4().hex, guide, side, side, steps=4, **settings)


def pictures(voice: Voice, side: int = SIDE, **settings: Any) -> list[bytes]:
    request = request_of(side, **settings)
    voice.say(request)
    steps, result = [], None
    while result is None:
        for message in voice.heard + voice.client.wait(60):
            if isinstance(message, Progress):
                steps.append((message.step, message.of))
            elif isinstance(message, Result):
                result = message
        voice.heard = []
    of = steps[0][1]
    assert steps == [(step, of) for step in range(1, of + 1)]  # one progress, whoever does it
    recipe = request.recipe()
    assert {name: result.recipe[name] for name in recipe} == recipe
    return [bytes(picture.data) for picture in result.pictures]


def verify(voice: Voice, request: EditRequest) -> Verified:
    """Make an edit on as many workers as there are, and again on one, all pictures at once."""
    voice.say(request)
    result = voice.expect(Result, request.job_id)
    asked = {item.name: getattr(request, item.name) for item in fields(request)}
    more = {"pictures": result.pictures, "recipe_then": result.recipe}
    again = EditAgain(**{**asked, **more, "job_id": uuid.uuid4().hex})
    voice.say(again)
    return voice.expect(Verified, again.job_id)


def ready(front: RunningFront) -> Voice:
    """A client, once both workers are."""
    voice = front.connect()
    eventually(lambda: "2 workers" in voice.ask_status().sentence, within_s=100)
    return voice


@pytest.mark.timeout(180)
def test_variants_and_a_strip_are_the_same_to_the_bit_on_one_worker_or_two(
    cluster: Any, start_front: Callable[..., RunningFront]
) -> None:
    voice = ready(start_front(module="backend.cluster"))
    variants, strip = pictures(voice, seed=3, variants=3), pictures(voice, t0s=(0.3, 0.6), seed=5)
    alone = [pictures(voice, seed=seed)[0] for seed in (3, 4, 5)]
    alone += [pictures(voice, t0=t0, seed=5)[0] for t0 in (0.3, 0.6)]
    assert variants + strip == alone
    assert len(set(alone)) == 5
    for settings in ({"seed": 3, "variants": 3}, {"t0s": (0.3, 0.6), "seed": 5}):
        verified = verify(voice, request_of(SIDE, **settings))
        assert verified.is_equal, verified
        assert verified.sentence == "The same picture to the bit."
    cluster.kill(cluster.nodes.pop(0))
    eventually(lambda: "1 worker " in voice.ask_status().sentence, within_s=60)
    assert pictures(voice, seed=3, variants=3) == variants
    assert pictures(voice, t0s=(0.3, 0.6), seed=5) == strip
    cluster.nodes.append(cluster.add(**GPU))


@pytest.mark.timeout(180)
def test_the_tiles_of_a_large_picture_are_the_same_to_the_bit_whoever_predicts_them(
    start_front: Callable[..., RunningFront], tmp_path: Path
) -> None:
    module = "tests.backend.cluster.small_tiles_bridge"
    voice = ready(start_front(module=module, worker=["--folder", str(tmp_path)]))

    def helped() -> int:
        return len(list(tmp_path.glob("helped-*")))

    (together,) = pictures(voice, side=160, seed=1)
    assert helped() > 0
    occupied = replace(request_of(160), steps=100)
    voice.say(occupied)
    voice.expect(Progress, occupied.job_id)
    request = request_of(160, seed=1)
    voice.say(request)
    voice.expect(Progress, request.job_id)  # From now on neither worker is free to help.
    before = helped()
    alone = voice.expect(Result, request.job_id)
    assert helped() == before
    assert [bytes(picture.data) for picture in alone.pictures] == [together]
    voice.say(Cancel(occupied.job_id))
    voice.finals(1)
    # A helper that hangs costs little: what it was asked for is done without it.
    for pid in [int(path.name.split("-")[1]) for path in tmp_path.glob("helped-*")][:1]:
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        assert pictures(voice, side=160, seed=1) == [together]
        assert time.monotonic() - began < 30
        os.kill(pid, signal.SIGKILL)
