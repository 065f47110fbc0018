"""A proposal of t0 from raw pixels, and over a worker's link."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.models.t0_proposals import TRIAL_STEPS
from backend.pictures.footprint import strokes_mask
from backend.worker.proposals import run_proposal
from protocol.bounds import Bounds
from protocol.errors import InvalidValue
from protocol.images import MASK, Image
from protocol.messages import ProposeT0

from .test_job import strokes

WINDOW = Bounds(0, 0, 48, 40)


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def question(mask: np.ndarray | None = None) -> ProposeT0:
    grey = None if mask is None else Image(WINDOW, MASK, mask.astype(np.uint8).tobytes())
    return ProposeT0("a job", strokes(WINDOW), 48, 40, mask=grey)


def test_a_painting_is_answered_with_a_t0_and_a_sentence(model):
    *before, last = run_proposal(question(), model)
    assert len(before) == TRIAL_STEPS - 1
    assert all(step.proposal is None for step in before)
    assert 0.25 <= last.proposal.t0 <= 0.75
    assert last.proposal.sentence.startswith("Your painting has ")
    assert last.step == last.of


def test_a_selection_without_a_pixel_is_refused(model):
    with pytest.raises(InvalidValue, match="selection is empty"):
        next(run_proposal(question(np.zeros((40, 48))), model))


def test_strokes_of_their_own_layer_are_the_area(model):
    """As in an edit: only they and their rim are looked at."""
    painted = np.zeros((40, 48))
    painted[10:20, 10:20] = 255
    footprint = Image(WINDOW, MASK, painted.astype(np.uint8).tobytes())
    *_, around = run_proposal(replace(question(), footprint=footprint), model)
    *_, same = run_proposal(question(strokes_mask(painted, question().edge_px)), model)
    assert around == same


def test_a_selection_may_be_as_small_as_a_pixel(model):
    mask = np.zeros((40, 48))
    mask[3, 4] = 1
    *_, last = run_proposal(question(mask), model)
    assert last.proposal is not None
