"""A t0 proposed from a painting."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from backend.models.calibration import NotCalibrated, Place
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.models.t0_proposals import (
    RISE_LEAST,
    SHARE,
    TRIAL_STEPS,
    TRIAL_T0S,
    flat_share,
    knee,
    proposal_from,
    propose_t0,
)
from protocol.bounds import Bounds

from .test_calibration import textured
from .test_strips import guide_of


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def test_the_knee_is_where_most_of_the_rise_is_done():
    t0s = (0.2, 0.4, 0.6, 0.8)
    assert knee(t0s, [-2, -2, -1, -1]) == pytest.approx(0.4 + 0.2 * SHARE)
    assert knee(t0s, [-2, -1, -1, -1]) == pytest.approx(0.2 + 0.2 * SHARE)
    assert knee(t0s, [-1, -1, -1, -1]) == 0.2
    # A fall does not move it: what is risen once is risen.
    assert knee(t0s, [-2, -1, -3, -1]) == knee(t0s, [-2, -1, -1, -1])


def test_the_sentence_says_what_was_found():
    flat = proposal_from([-2.5, -2.2, -1.4, -1.1, -1.0], flat=0.8)
    assert (flat.reason, 0.4 < flat.t0 < 0.6) == ("flat", True)
    assert flat.sentence == (
        f"Your painting has large flat shapes; at {flat.t0:.2f} the model can put detail into them."
    )
    some = proposal_from([-1.2, -1.0, -0.5, -0.3, -0.2], flat=0.2)
    assert some.reason == "some-detail"
    detailed = proposal_from([-0.2 + RISE_LEAST / 5 * i for i in range(5)], flat=0.2)
    assert (detailed.reason, detailed.t0) == ("detailed", TRIAL_T0S[0])
    for proposal in (flat, some, detailed):
        assert f"{proposal.t0:.2f}" in proposal.sentence


def test_flat_is_what_is_of_one_colour_with_its_neighbours():
    picture = textured(32, 32)
    assert flat_share(picture) < 0.1
    picture[..., 16:] = 0.3
    assert flat_share(picture) == pytest.approx(0.5, abs=0.05)
    right = torch.zeros(32, 32)
    right[:, 17:] = 0.1
    assert flat_share(picture, right) == 1


def test_one_strip_of_small_edits_is_all_it_takes(model, monkeypatch):
    batches = []
    hook = model.network.register_forward_hook(
        lambda _module, told, _output: batches.append(tuple(told[0].shape[::2]))
    )
    guide = guide_of(300, 320)
    monkeypatch.setattr(model, "native_px", 64)
    try:
        steps = list(propose_t0(model, guide, Place.whole(300, 320)))
    finally:
        hook.remove()

    assert batches == [(1, 32)] * len(TRIAL_T0S) * (TRIAL_STEPS + 2)
    assert [(step.step, step.of) for step in steps] == [
        *((i, TRIAL_STEPS + 2) for i in range(1, TRIAL_STEPS)),
        (TRIAL_STEPS + 2, TRIAL_STEPS + 2),
    ]
    assert [step.proposal is None for step in steps] == [True] * (TRIAL_STEPS - 1) + [False]


def test_flat_strokes_are_given_a_t0_that_puts_detail_into_them(model):
    guide = guide_of(96, 96)
    first, second = (
        [*propose_t0(model, guide, Place.whole(96, 96))][-1].proposal for _ in range(2)
    )
    assert first == second
    assert first.reason == "flat"
    assert TRIAL_T0S[0] <= first.t0 <= TRIAL_T0S[-1]


def test_only_what_may_change_is_looked_at(model):
    guide = torch.cat([guide_of(64, 64), textured(64, 64)], dim=3)
    left = torch.zeros(64, 128)
    left[:, :64] = 1
    window = Bounds(40, 30, 128, 64)
    flat, full = (
        [*propose_t0(model, guide, Place(window, 100, may_change))][-1].proposal
        for may_change in (left, 1 - left)
    )
    assert (flat.reason, full.reason == "flat") == ("flat", False)


def test_a_model_that_has_seen_no_real_pictures_refuses_at_once(model, monkeypatch):
    config = {key: value for key, value in model.info.config.items() if key != "calibration"}
    monkeypatch.setattr(model, "info", replace(model.info, config=config))
    with pytest.raises(NotCalibrated, match="'landscape' cannot propose a t0"):
        propose_t0(model, guide_of(32, 32), Place.whole(32, 32))
