"""Coarse to fine with several seeds, with t0 painted as a map, and enlarged."""

from __future__ import annotations

import math

import pytest
import torch

from backend.sdedit.coarse_to_fine import sdedit_coarse_to_fine
from backend.sdedit.noise import CanvasNoise, NoiseWeights
from backend.sdedit.scales import Scale, plan_scales
from backend.sdedit.schedules import VESchedule, log_uniform_sigmas, t_uniform_sigmas
from backend.sdedit.t0_maps import release_levels
from backend.sdedit.vp_schedules import DiscreteVPSchedule, linear_betas

from .gaussian import GaussianDenoiser
from .test_coarse_to_fine import edit, picture

SCHEDULE = VESchedule(0.01, 20)
GAUSSIAN = GaussianDenoiser(0.25, mean=-0.2)


@pytest.mark.parametrize("scales", [1, 3])
def test_each_variant_is_the_picture_of_its_own_seed(scales):
    guide = picture(48, 56)
    native_px = 48 >> (scales - 1)
    mask = torch.zeros(48, 56)
    mask[8:40, 10:50] = 1

    variants = edit(guide, native_px=native_px, seeds=[3, 9, 3], mask=mask, repeats=2)[-1].x0

    assert variants.shape == (3, 3, 48, 56)
    for variant, seed in zip(variants, (3, 9, 3)):
        alone = edit(guide, native_px=native_px, seeds=[seed], mask=mask, repeats=2)[-1].x0[0]
        assert torch.equal(variant, alone)
    assert not torch.equal(variants[0], variants[1])
    assert torch.equal(variants[..., mask == 0], guide[..., mask == 0].expand(3, -1, -1))


@pytest.mark.parametrize("scales", [1, 2, 3])
def test_a_map_of_two_values_is_the_mask_at_every_number_of_scales(scales):
    guide = picture(64, 83)
    mask = torch.zeros(64, 83)
    mask[20:41, 33:60] = 1
    release = release_levels(SCHEDULE, 0.5, mask)
    native_px = 64 >> (scales - 1)

    as_map = edit(guide, native_px=native_px, release=release)
    as_mask = edit(guide, native_px=native_px, mask=mask)

    for one, other in zip(as_map, as_mask, strict=True):
        assert torch.equal(one.x0, other.x0)


@pytest.mark.parametrize("scales", [1, 2, 3])
def test_a_lighter_map_changes_more_at_every_number_of_scales(scales):
    guide = picture(64, 96)
    t0_map = torch.zeros(64, 96)
    t0_map[:, 24:] = 0.3
    t0_map[:, 48:] = 0.6
    t0_map[:, 72:] = 1
    release = release_levels(SCHEDULE, 0.6, t0_map)

    result = edit(guide, native_px=64 >> (scales - 1), release=release, seeds=[1, 2, 3, 4])[-1].x0

    change = (result - guide).square().mean(dim=(0, 1, 2)).sqrt().reshape(4, 24).mean(dim=1)
    assert change[0] == 0
    assert change[1] < change[2] < change[3]


@pytest.mark.parametrize("sampler", ["em", "sde-dpmpp-2m", "sde-dpmpp-2m-corrected", "ode"])
def test_of_a_grey_guide_gaussian_data_has_the_noises_weight_of_colour(sampler):
    """All is linear: of a grey guide the result's colour is the noise's alone."""
    guide = torch.full((1, 3, 48, 56), 0.3)

    white, muted = (
        edit(guide, native_px=24, sampler=sampler, weights=NoiseWeights(1, share))[-1].x0
        for share in (1, 0.6)
    )

    grey, muted_grey = (x.mean(dim=1, keepdim=True) for x in (white, muted))
    assert torch.allclose(muted_grey, grey, atol=1e-5)
    assert torch.allclose(muted - muted_grey, 0.6 * (white - grey), atol=1e-5)
    assert (white - grey).std() > 0.05


def test_a_small_picture_is_enlarged_for_a_network_that_composes_at_its_native_size():
    shown = []

    def at(scale: Scale):
        def denoise(x, sigma):
            shown.append((tuple(x.shape[-2:]), scale.halvings))
            return GAUSSIAN(x, sigma)

        return denoise

    guide = picture(20, 30)
    guide[0, 0, 0, 0] = -0.0
    mask = torch.zeros(20, 30)
    mask[5:15, 5:25] = 1
    scales = plan_scales(20, 30, 64, SCHEDULE, 0.5, 4, is_enlarged=True)
    states = list(sdedit_coarse_to_fine(at, guide, scales, seeds=[0, 1], mask=mask))

    assert set(shown) == {((80, 120), -2)}
    assert [state.step for state in states] == [1, 2, 3, 4]
    assert states[0].x0.shape == (2, 3, 80, 120)
    result = states[-1].x0
    assert result.shape == (2, 3, 20, 30)
    kept = mask == 0
    bits = guide.view(torch.int32)[..., kept]
    assert torch.equal(result.view(torch.int32)[..., kept], bits.expand(2, -1, -1))
    assert (result != guide)[..., ~kept].all()


def test_an_enlarged_picture_at_a_tiny_t0_comes_back_with_its_own_detail():
    guide = picture(20, 30)
    scales = plan_scales(20, 30, 64, VESchedule(1e-4, 20), 1e-6, 4, is_enlarged=True)
    *_, last = sdedit_coarse_to_fine(lambda _scale: GAUSSIAN, guide, scales, seeds=[0])

    assert (last.x0 - guide).abs().max() < 2e-3


def test_an_enlarged_pictures_noise_stays_with_the_canvas():
    """The same canvas pixels get the same noise from wherever the window begins."""
    seen = []

    def at(_scale: Scale):
        def denoise(x, _sigma):
            seen.append(x)
            return x

        return denoise

    for left in (0, 4):
        guide = torch.zeros(1, 3, 16, 16)
        scales = plan_scales(16, 16, 32, SCHEDULE, 0.5, 1, is_enlarged=True)
        list(sdedit_coarse_to_fine(at, guide, scales, seeds=[5], x=left - 7, y=-3))

    assert torch.equal(seen[0][..., 8:], seen[1][..., :-8])
    noise = CanvasNoise(5, -14, -6, 32, 32)(0)
    assert torch.allclose(seen[0], SCHEDULE.sigma(0.5) * noise)


@pytest.mark.parametrize("grid", [t_uniform_sigmas, log_uniform_sigmas])
def test_a_vp_model_starts_each_scale_at_its_own_sigma(grid):
    schedule = DiscreteVPSchedule(linear_betas())
    coarse, fine = plan_scales(64, 64, 32, schedule, 0.5, 8, grid=grid)

    assert coarse.sigmas[0].item() == schedule.sigma(0.5)
    assert fine.sigmas[0].item() == pytest.approx(0.3)
    assert torch.equal(coarse.sigmas, grid(schedule, 0.5, 8))
    assert len(fine.sigmas) == 5


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seeds": []}, "seeds is empty"),
        ({"release": torch.full((64, 64), -1.0)}, "release has values that are no noise level"),
        ({"release": torch.ones(32, 32)}, r"release has shape \(32, 32\), but must be \(64, 64\)"),
        ({"release": torch.full((64, 64), math.nan)}, "release has values"),
        ({"release": torch.ones(64, 64), "mask": torch.ones(64, 64)}, "mask and release are both"),
    ],
)
def test_what_cannot_be_edited_is_refused_before_any_step(change, sentence):
    scales = plan_scales(64, 64, 32, SCHEDULE, 0.5, 4)
    arguments = {"seeds": [0]} | change

    with pytest.raises(ValueError, match=f"^{sentence}"):
        sdedit_coarse_to_fine(lambda _scale: GAUSSIAN, picture(64, 64), scales, **arguments)
