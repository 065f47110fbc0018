"""What is told of a result: how far it is from the guide, and how real."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from backend.models.calibration import Place
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.worker.job import run_edit
from backend.worker.readings import readings_of
from protocol.bounds import Bounds
from protocol.messages import Result

from .test_job import request, result_of, results_of, strokes

WINDOW = Bounds(10, 20, 48, 40)


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def last(model, **changes):
    *_, step = run_edit(request(WINDOW, **changes), model)
    return step


def test_a_strip_has_a_picture_and_a_reading_for_each_t0(model):
    step = last(model, t0s=(0.25, 0.6, 0.4), watermark=False)

    assert len(results_of([step])) == 3
    assert [reading["t0"] for reading in step.readings] == [0.25, 0.6, 0.4]
    faithfulness = [reading["faithfulness"] for reading in step.readings]
    assert 0 < faithfulness[0] < faithfulness[2] < faithfulness[1]
    assert all(0 <= reading["realism"] <= 1 for reading in step.readings)
    for picture, t0 in zip(results_of([step]), (0.25, 0.6, 0.4), strict=True):
        alone = result_of([last(model, t0=t0, watermark=False)])
        assert np.abs(picture.astype(int) - alone).max() <= 1  # but for rounding


def test_the_preview_of_a_strip_is_its_middle(model):
    first, *_ = run_edit(request(WINDOW, t0s=(0.1, 0.9)), model)
    alone, *_ = run_edit(request(WINDOW, t0=0.9), model)
    shown, expected = (np.frombuffer(step.preview().data, np.uint8) for step in (first, alone))
    assert np.abs(shown.astype(int) - expected).max() <= 1


def test_faithfulness_is_the_root_mean_square_in_steps_of_8_bits_of_what_may_change(model):
    mask = np.zeros((WINDOW.height, WINDOW.width))
    mask[5:25, 10:40] = 255
    mask[5, 10:40] = 30
    step = last(model, mask=mask, watermark=False)

    guide = np.frombuffer(strokes(WINDOW).data, np.uint8).reshape(40, 48, 4)[..., :3]
    change = (result_of([step])[..., :3].astype(float) - guide)[mask > 0]
    (reading,) = step.readings
    # The picture has been rounded, the reading has not.
    assert reading["faithfulness"] == pytest.approx(np.sqrt((change**2).mean()), abs=0.05)


def test_variants_have_readings_of_their_own(model):
    readings = last(model, variants=2, t0=0.6).readings
    assert [reading["t0"] for reading in readings] == [0.6, 0.6]
    assert readings[0]["faithfulness"] != readings[1]["faithfulness"]


def test_no_reading_is_made_where_none_is_wanted(model):
    assert last(model, readings=False).readings == ()


def test_a_model_without_calibration_tells_faithfulness_alone():
    class Uncalibrated:
        """Anything that is no calibrated model of pixels, as those of latents are."""

    guide, results = torch.zeros(1, 3, 4, 4), torch.full((2, 3, 4, 4), 0.2)
    readings = readings_of(Uncalibrated(), guide, results, (0.1, 0.2), Place.whole(4, 4))
    assert readings == (
        {"t0": 0.1, "faithfulness": 25.5},
        {"t0": 0.2, "faithfulness": 25.5},
    )


def test_readings_travel_in_a_result(model):
    step = last(model)
    result = Result("a job", step.results, 1.0, {}, step.readings)
    assert result.readings == step.readings
