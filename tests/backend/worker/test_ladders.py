"""A ladder has the picture after each repeat: each is an edit of the one before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.models.loading import load_model
from backend.pictures.pixels import rgb_over_white
from backend.worker.job import run_edit
from protocol.bounds import Bounds
from protocol.errors import InvalidValue
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import EditRequest

SIDE = 64
BOUNDS = Bounds(0, 0, SIDE, SIDE)


@pytest.fixture(scope="module")
def landscape():
    return load_model("landscape", "cpu")


def request(**changes):
    across = np.linspace(0, 255, SIDE).astype(np.uint8)
    guide = np.full((SIDE, SIDE, 4), 255, np.uint8)
    guide[..., 0], guide[..., 2] = across, across[:, None]
    made = EditRequest(
        "ladder", Image(BOUNDS, PixelFormat(), guide.tobytes()), SIDE, SIDE, steps=3, seed=5
    )
    return replace(made, **changes)


def last_step(edit, model):
    *steps, last = run_edit(edit, model)
    assert all(not step.results for step in steps)
    assert [step.step for step in (*steps, last)] == list(range(1, last.of + 1))
    return last


def values(image):
    return rgb_over_white(image, None)


def test_its_first_rung_is_the_edit_itself_and_each_further_one_is_farther(landscape):
    once = last_step(request(), landscape)
    ladder = last_step(request(ladder=True, repeats=3), landscape)
    assert ladder.of == 3 * once.of
    assert len(ladder.results) == len(ladder.thumbnails) == len(ladder.readings) == 3
    assert (values(ladder.results[0]) == values(once.results[0])).all()
    guide = values(request().guide)
    far = [float((values(rung) - guide).square().mean()) for rung in ladder.results]
    assert far[0] < far[1] < far[2]


def test_a_rung_has_noise_of_its_own(landscape):
    ladder = last_step(request(ladder=True, repeats=2), landscape)
    same_noise = last_step(request(guide=ladder.results[0], watermark=False), landscape)
    assert (values(ladder.results[1]) != values(same_noise.results[0])).any()


def test_what_the_mask_keeps_stays_on_every_rung(landscape):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, SIDE // 2 :] = 255
    ladder = last_step(
        request(ladder=True, repeats=2, mask=Image(BOUNDS, MASK, mask.tobytes())), landscape
    )
    for rung in ladder.results:
        alpha = np.frombuffer(rung.data, np.uint8).reshape(SIDE, SIDE, 4)[..., 3]
        assert (alpha == mask).all()


@pytest.mark.parametrize(
    "changes",
    [{"variants": 2}, {"t0s": (0.2, 0.4), "repeats": 2}, {"repeats": 9}],
)
def test_a_ladder_is_of_one_picture_and_not_too_long(changes):
    with pytest.raises(InvalidValue):
        request(ladder=True, **changes)
