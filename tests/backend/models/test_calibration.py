"""The residual that tells a real picture from a flat one, and the calibration it is judged by."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from backend.models.calibration import (
    REALISM_SIGMA,
    SIGMAS,
    Calibration,
    Place,
    calibrate,
    realism,
    residuals,
)
from backend.models.calibration_description import calibration_problem
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from protocol.bounds import Bounds

GOOD = {"pictures": 2, "sigmas": [0.1, 0.2], "means": [-1.0, -2.0], "deviations": [0.5, 0.25]}


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def textured(height: int = 64, width: int = 64) -> torch.Tensor:
    """Fine detail of many sizes, that no network can know."""
    generator = torch.Generator().manual_seed(1)
    layers = [
        torch.nn.functional.interpolate(
            torch.randn((1, 3, height >> k, width >> k), generator=generator),
            (height, width),
            mode="bilinear",
        )
        for k in range(4)
    ]
    return (sum(layers) * 0.12).clamp(-1, 1)


def flat(height: int = 64, width: int = 64) -> torch.Tensor:
    return torch.full((1, 3, height, width), 0.2)


def test_of_a_flat_picture_less_is_missed_than_of_one_full_of_detail(model):
    both = torch.cat([flat(), textured()])
    found = residuals(model, both, SIGMAS, Place.whole(64, 64))
    assert found.shape == (2, len(SIGMAS))
    assert (found[1] - found[0] > 0.5).all()


def test_pictures_are_measured_alike_alone_and_in_a_batch(model):
    both = residuals(model, torch.cat([flat(), textured()]), (0.1,), Place.whole(64, 64))
    alone = residuals(model, textured(), (0.1,), Place.whole(64, 64))
    assert torch.allclose(both[1], alone[0], atol=1e-4)


def test_only_what_may_change_counts(model):
    picture = torch.cat([flat(64, 48), textured(64, 48)], dim=3)
    halves = []
    for columns in (slice(0, 40), slice(56, 96)):
        may_change = torch.zeros(64, 96)
        may_change[:, columns] = 0.2  # however little
        place = Place(Bounds(0, 0, 96, 64), 64, may_change)
        halves.append(residuals(model, picture, (0.1,), place).item())
    assert halves[1] - halves[0] > 0.5


def test_a_large_picture_is_measured_at_the_native_scale(model, monkeypatch):
    monkeypatch.setattr(model, "native_px", 32)
    sizes = []
    hook = model.network.register_forward_hook(
        lambda _module, told, _output: sizes.append(tuple(told[0].shape[-2:]))
    )
    try:
        realism(model, textured(128, 128), Place.whole(128, 128))
    finally:
        hook.remove()
    assert sizes == [(32, 32)]  # and with one evaluation


def test_realism_falls_with_the_distance_from_real_pictures(model, monkeypatch):
    found = residuals(model, textured(), [REALISM_SIGMA], Place.whole(64, 64)).item()
    for off in (0.0, 0.1, -0.3):
        config = model.info.config | {
            "calibration": {
                "pictures": 1,
                "sigmas": [REALISM_SIGMA],
                "means": [found + off],
                "deviations": [0.2],
            }
        }
        monkeypatch.setattr(model, "info", replace(model.info, config=config))
        (value,) = realism(model, textured(), Place.whole(64, 64))
        assert value == pytest.approx(math.exp(-((off / 0.2) ** 2) / 2), abs=1e-3)


def test_the_shipped_model_is_calibrated_and_finds_strokes_unreal(model):
    calibration = Calibration.of(model.info.config)
    assert calibration is not None
    assert calibration.sigmas == SIGMAS
    assert model.info.record()["proposes_t0"] is True
    (value,) = realism(model, flat(), Place.whole(64, 64))
    assert value < 0.01


def test_without_a_calibration_there_is_no_realism(model, monkeypatch):
    config = {key: value for key, value in model.info.config.items() if key != "calibration"}
    monkeypatch.setattr(model, "info", replace(model.info, config=config))
    assert realism(model, flat(), Place.whole(64, 64)) is None
    assert model.info.record()["proposes_t0"] is False


def test_a_calibration_holds_mean_and_deviation_and_can_be_described(model):
    pictures = [textured()[0], flat()[0], textured(48, 80)[0]]
    made = calibrate(model, pictures)
    each = torch.cat(
        [residuals(model, p[None], SIGMAS, Place.whole(*p.shape[-2:])) for p in pictures]
    )
    assert made["pictures"] == 3
    assert made["means"] == pytest.approx(each.mean(dim=0).tolist(), abs=1e-3)
    assert made["deviations"] == pytest.approx(each.std(dim=0, correction=0).tolist(), abs=1e-3)
    assert calibration_problem({"calibration": made}) == ""


@pytest.mark.parametrize(
    "changed",
    [
        None,
        {"pictures": 0},
        {"sigmas": []},
        {"sigmas": [0.2, 0.1]},
        {"sigmas": [0.1, 0.1]},
        {"sigmas": [0.1]},
        {"sigmas": ["x", 0.2]},
        {"sigmas": None},
        {"means": [0, float("nan")]},
        {"means": [1e9, 0.0]},
        {"deviations": [0.0, 0.1]},
        {"deviations": [float("inf"), 0.1]},
        {"sigmas": [0.1] * 65, "means": [0.0] * 65, "deviations": [1.0] * 65},
    ],
)
def test_a_calibration_that_cannot_be_used_is_named(changed):
    assert calibration_problem({"calibration": GOOD}) == ""
    wrong = 7 if changed is None else GOOD | changed
    assert calibration_problem({"calibration": wrong}).startswith("calibration must have")
