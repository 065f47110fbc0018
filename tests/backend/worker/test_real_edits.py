from __future__ import annotations

import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.local import LocalBackend
from protocol.bounds import Bounds
from protocol.errors import JobFailed
from protocol.images import MASK, Image, PixelFormat
from protocol.limits import TIMEOUTS
from protocol.messages import (
    Accepted,
    Cancel,
    Cancelled,
    EditRequest,
    Message,
    Progress,
    Result,
    Status,
)

SIDE = 64


def request(width: int = SIDE, height: int = SIDE, **changes: Any) -> EditRequest:
    """A sky over a ground, as an artist would block it in."""
    pixels = np.full((height, width, 4), (230, 200, 160, 255), np.uint8)
    pixels[height // 2 :] = (60, 110, 80, 255)
    guide = Image(Bounds(0, 0, width, height), PixelFormat(), pixels.tobytes())
    values: dict[str, Any] = {"job_id": uuid.uuid4().hex, "steps": 4}
    values |= {"canvas_width": width, "canvas_height": height}
    return EditRequest(guide=guide, **(values | changes))


def child_pids(pid: int) -> list[int]:
    """The workers of a serving process."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def pixels_of(result: Result) -> np.ndarray:
    bounds = result.pictures[0].bounds
    return np.frombuffer(result.pictures[0].data, np.uint8).reshape(bounds.height, bounds.width, 4)


def test_an_edit_tells_each_step_and_ends_in_a_picture(backend: LocalBackend) -> None:
    heard: list[Message] = []
    asked = request()
    result = backend.edit(asked, heard.append)
    steps = [m for m in heard if isinstance(m, Progress)]
    assert [m.step for m in steps] == list(range(1, steps[-1].of + 1))
    assert all(m.seconds_left >= 0 for m in steps)
    assert steps[-1].seconds_left == 0
    assert isinstance(next(m for m in heard if isinstance(m, (Accepted, Progress))), Accepted)
    assert result.pictures[0].bounds == asked.guide.bounds
    assert result.pictures[0].format == asked.guide.format
    picture = pixels_of(result)
    assert (picture[..., 3] == 255).all()
    assert not np.array_equal(picture, np.frombuffer(asked.guide.data, np.uint8).reshape(64, 64, 4))
    assert picture[:, :, :3].std() > 5


def test_the_wait_for_an_edit_does_not_take_the_processor_from_it(backend: LocalBackend) -> None:
    heard: list[Message] = []
    began = time.monotonic()
    backend.edit(request(steps=20), heard.append)
    pings_in_time = (time.monotonic() - began) / TIMEOUTS.ping_s
    assert sum(isinstance(m, Status) for m in heard) <= pings_in_time + 2


def test_the_result_carries_its_whole_recipe(backend: LocalBackend) -> None:
    asked = request(seed=11, t0=0.3)
    recipe = backend.edit(asked).recipe
    assert {name: recipe[name] for name in asked.recipe()} == asked.recipe()
    assert (len(recipe["model_sha256"]), len(recipe["model_settings"])) == (64, 16)
    assert recipe["device"].startswith("CPU, ")
    assert recipe["sdedit"]
    assert recipe["torch"]


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_does_not(
    backend: LocalBackend,
) -> None:
    first, again, other = (backend.edit(request(seed=seed)) for seed in (3, 3, 4))
    assert bytes(first.pictures[0].data) == bytes(again.pictures[0].data)
    assert bytes(first.pictures[0].data) != bytes(other.pictures[0].data)


def test_previews_come_as_small_pictures_and_only_when_asked_for(backend: LocalBackend) -> None:
    def previews(wanted: bool) -> list[Image]:
        heard: list[Message] = []
        backend.edit(request(400, 16, previews=wanted), heard.append)
        return [m.preview for m in heard if isinstance(m, Progress) and m.preview is not None]

    shown = previews(True)
    assert shown
    assert all((p.bounds.width, p.bounds.height) == (384, 15) for p in shown)
    assert previews(False) == []


def test_only_masked_pixels_are_in_the_result(backend: LocalBackend) -> None:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[20:40, 10:30] = 255
    mask[30, 10:30] = 100
    asked = request(mask=Image(Bounds(0, 0, SIDE, SIDE), MASK, mask.tobytes()))
    picture = pixels_of(backend.edit(asked))
    assert (picture[mask == 0] == 0).all()
    assert np.array_equal(picture[..., 3], mask)


def test_a_cancel_is_obeyed_within_one_network_evaluation(backend: LocalBackend) -> None:
    asked = request(256, 256, steps=300)
    client = backend.client
    client.send(asked)
    step_ends: list[float] = []
    while len(step_ends) < 6:
        step_ends += [time.monotonic() for m in client.wait(60) if isinstance(m, Progress)]
    longest_step_s = max(b - a for a, b in zip(step_ends, step_ends[1:], strict=False))
    began = time.monotonic()
    client.send(Cancel(asked.job_id))
    after: list[Message] = []
    while not any(isinstance(m, Cancelled) for m in after):
        after += [m for m in client.wait(60) if isinstance(m, (Progress, Cancelled))]
    # One evaluation may just have ended when the cancel was sent, one be under way.
    assert len(after) <= 3
    assert time.monotonic() - began < 2 * longest_step_s + 0.5


def test_a_worker_killed_in_the_middle_changes_nothing_but_the_time(
    backend: LocalBackend,
) -> None:
    asked = request(128, 128, steps=12, seed=5)
    (first,) = child_pids(backend.pid)
    killed: list[int] = []

    def kill_once(message: Message) -> None:
        if isinstance(message, Progress) and not killed:
            killed.append(first)
            os.kill(first, signal.SIGKILL)

    result = backend.edit(asked, kill_once)
    assert killed
    assert child_pids(backend.pid) != [first]
    again = backend.edit(request(128, 128, steps=12, seed=5))
    assert bytes(result.pictures[0].data) == bytes(again.pictures[0].data)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sampler": "no-such-sampler"}, "invalid-value"),
        ({"model": "no-such-model"}, "unknown-model"),
        (
            {
                "guide": Image(
                    Bounds(0, 0, 2, 2), PixelFormat("CMYKA", "F32", "a press"), bytes(2 * 2 * 5 * 4)
                ),
                "canvas_width": 2,
                "canvas_height": 2,
            },
            "pixel-format",
        ),
    ],
    ids=["sampler", "model", "profile"],
)
def test_what_the_artist_can_cause_is_a_sentence_and_the_next_edit_works(
    backend: LocalBackend, changes: dict[str, Any], code: str
) -> None:
    asked: dict[str, Any] = {"job_id": uuid.uuid4().hex, "steps": 2}
    asked |= {"canvas_width": SIDE, "canvas_height": SIDE}
    asked |= {"guide": request().guide} | changes
    with pytest.raises(JobFailed) as caught:
        backend.edit(EditRequest(**asked))
    assert caught.value.code == code
    assert caught.value.sentence.endswith(".")
    assert "Traceback" not in str(caught.value)
    assert isinstance(backend.edit(request()), Result)
