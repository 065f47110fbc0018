"""ermongroup/SDEdit's released program: its recorded runs, replayed with the noise it drew.

``golden/released_runs.npz`` holds one picture of two runs of the original program on the network of
`ddpm_unet`, 40 of 1000 timesteps and 2 repeats: ``image`` in [0, 1]; ``noise``, every draw in its
order; ``keep``, the second run's mask, 1 = keep; and for each run the result of each repeat.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.sdedit.denoisers import TimestepDenoiser
from backend.sdedit.edit import sdedit
from backend.sdedit.released import released_sigmas, sdedit_released
from backend.sdedit.vp_schedules import DiscreteVPSchedule, linear_betas

from .ddpm_unet import golden_network
from .gaussian_networks import MEAN, VARIANCE, timestep_network

SCHEDULE = DiscreteVPSchedule(linear_betas())
STEPS, REPEATS = 40, 2


class Golden:
    """The recorded runs, as tensors."""

    def __init__(self) -> None:
        with np.load(Path(__file__).parent / "golden" / "released_runs.npz") as arrays:
            for name in arrays.files:
                setattr(self, name, torch.from_numpy(arrays[name]))
        self.guide = self.image[None] * 2 - 1


@pytest.fixture(scope="module")
def golden() -> Golden:
    return Golden()


@pytest.mark.parametrize("run", ["whole", "masked"])
def test_the_original_programs_runs_are_met_in_every_repeat(golden, run):
    asked = []

    def noise(draw):
        asked.append(draw)
        return golden.noise[draw][None]

    states = list(
        sdedit_released(
            golden_network(),
            golden.guide,
            SCHEDULE,
            noise,
            timesteps=STEPS,
            keep=golden.keep if run == "masked" else None,
            repeats=REPEATS,
        )
    )

    for repeat, recorded in enumerate(getattr(golden, run)):
        result = states[(repeat + 1) * STEPS - 1].x[0]
        assert (
            result - recorded
        ).abs().max() < 5e-6  # 0.0006 / 255; a convolution rounds by 2.5e-6
    unused = {STEPS, 2 * STEPS + 1}  # drawn for the last steps, which add no noise
    assert asked == [draw for draw in range(len(golden.noise)) if draw not in unused]
    assert [state.step for state in states] == list(range(1, REPEATS * STEPS + 1))
    assert {state.of for state in states} == {REPEATS * STEPS}


def test_the_original_program_is_the_ancestral_sampler_at_every_whole_timestep(golden):
    """What parts them is the rounding of the program's tables."""
    network = golden_network()
    denoiser = TimestepDenoiser(network, SCHEDULE, whole_timesteps=True)
    sigmas = released_sigmas(SCHEDULE, STEPS)

    def noise(draw):
        return golden.noise[draw][None]

    for state, released in zip(
        sdedit(denoiser, golden.guide, sigmas, noise, sampler="ancestral"),
        sdedit_released(network, golden.guide, SCHEDULE, noise, timesteps=STEPS, repeats=1),
        strict=True,
    ):
        assert state.sigma == released.sigma
        alpha = 1 / math.sqrt(1 + state.sigma**2)
        assert (alpha * state.x - released.x).abs().max() < 2e-5
        assert (state.x0 - released.x0).abs().max() < 2e-5


def test_the_original_program_leaves_noise_in_what_it_keeps(golden):
    """1.28 / 255, of the least level's standard deviation; `sdedit` leaves none."""
    kept = golden.keep == 1
    for recorded in golden.masked:
        left = (recorded - golden.guide[0])[kept]
        assert left.std().item() == pytest.approx(SCHEDULE.sigma_min, rel=0.03)


def test_an_edited_pixel_goes_on_from_its_last_repeat_and_a_kept_one_from_the_guide():
    guide = torch.full((1, 1, 64, 64), 0.5, dtype=torch.float64)
    keep = torch.zeros(64, 64)
    keep[:, :32] = 1
    draws = torch.Generator().manual_seed(4)

    def noise(_draw):
        return torch.randn(1, 1, 64, 64, generator=draws, dtype=torch.float64)

    network = timestep_network("epsilon", SCHEDULE)
    run = sdedit_released(network, guide, SCHEDULE, noise, timesteps=100, keep=keep)
    ends = [state.x[0, 0] for state in run if state.step % 100 == 0]

    share = VARIANCE / (VARIANCE + SCHEDULE.sigma(99 / 999) ** 2)
    for repeat, end in enumerate(ends, start=1):
        mean = MEAN + share**repeat * (0.5 - MEAN)
        assert end[:, 32:].mean().item() == pytest.approx(mean, abs=0.03)
        assert end[:, :32].mean().item() == pytest.approx(0.5, abs=0.002)
        assert end[:, :32].std().item() == pytest.approx(0.01, rel=0.1)


def test_a_mask_not_quite_one_keeps_nothing():
    ones = torch.ones(1, 1, 4, 4)

    def result(**mask):
        *_, last = sdedit_released(
            timestep_network("epsilon", SCHEDULE),
            0 * ones,
            SCHEDULE,
            lambda _: ones,
            timesteps=5,
            repeats=1,
            **mask,
        )
        return last.x

    assert torch.equal(result(keep=torch.full((4, 4), 0.99)), result())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"timesteps": 0}, "timesteps is 0, but must be 1 to the model's 1000"),
        ({"timesteps": 1001}, "timesteps is 1001, but"),
        ({"repeats": 0}, "repeats is 0, but must be 1 or more"),
        ({"keep": torch.ones(5, 4)}, r"keep has shape \(5, 4\), but must be \(4, 5\)"),
        ({"keep": torch.full((4, 5), math.nan)}, "keep has values outside its range of 0 to 1"),
    ],
)
def test_a_run_that_cannot_be_is_refused(change, sentence):
    guide = torch.zeros(1, 3, 4, 5)

    with pytest.raises(ValueError, match=f"^{sentence}"):
        sdedit_released(golden_network(), guide, SCHEDULE, lambda _: guide, **change)
