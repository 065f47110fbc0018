from __future__ import annotations

import gc
import weakref

import pytest
import torch

from backend.models.condition import Condition, ConditionError
from backend.models.edit import Edit
from backend.models.latent.latent_edit import LatentModelParts, edit_in_latents
from backend.sdedit.edit import NonFiniteResultError
from backend.sdedit.scales import plan_scales
from protocol.bounds import Bounds

KINDS = ("sd", "sd2", "lcm", "turbo", "sdxl", "sd3", "flux")


def guide_of(width: int = 44, height: int = 36) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    small = torch.rand((1, 3, height // 4, width // 4), generator=generator) * 2 - 1
    return torch.nn.functional.interpolate(small, (height, width), mode="bilinear")


def mask_of(width: int = 44, height: int = 36) -> torch.Tensor:
    mask = torch.zeros(height, width)
    mask[9:22, 13:30] = 0.5
    mask[11:20, 15:28] = 1
    return mask


def result(model, guide, **options) -> torch.Tensor:
    *_, last = model.edit(guide, Edit(**{"t0": 0.6, "steps": 3, "seed": 1, **options}))
    return last.x0


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_outside_the_mask_are_the_guides_very_bits(model_of, kind):
    guide, mask = guide_of(), mask_of()

    edited = result(model_of(kind), guide, mask=mask)

    assert torch.equal(edited[..., mask == 0], guide[..., mask == 0])
    assert (edited - guide)[..., mask > 0].abs().mean() > 1e-3
    assert edited.isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_prompt_changes_the_picture(model_of, kind):
    model, guide = model_of(kind), guide_of()

    sky, again, sea = (
        result(model, guide, condition=Condition(prompt=text)) for text in ("sky", "sky", "sea")
    )

    assert torch.equal(sky, again)
    assert (sky - sea).abs().max() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_the_guidance_changes_the_picture(model_of, kind):
    model, guide = model_of(kind), guide_of()

    own, more = (
        result(model, guide, condition=Condition(prompt="sky", guidance_scale=scale))
        for scale in (0.0, 12.0)
    )

    assert (own - more).abs().max() > 1e-4


@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3"])
def test_a_negative_prompt_changes_the_picture(model_of, kind):
    model, guide = model_of(kind), guide_of()

    without, against = (
        result(model, guide, condition=Condition(prompt="sky", negative_prompt=text))
        for text in ("", "sea")
    )

    assert (without - against).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("sd", Condition(negative_prompt="sea", guidance_scale=1.0)),
        ("turbo", Condition(negative_prompt="sea")),
        ("lcm", Condition(negative_prompt="sea")),
        ("flux", Condition(negative_prompt="sea")),
        ("sd", Condition(label="7")),
        ("sd", Condition(prompt="sea " * 90)),
    ],
)
def test_what_a_model_cannot_be_told_is_refused_at_once(model_of, kind, condition):
    with pytest.raises(ConditionError) as refusal:
        model_of(kind).edit(guide_of(), Edit(t0=0.5, steps=2, seed=0, condition=condition))

    assert refusal.value.hint


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"t0": 0.0}, "t0"),
        ({"t0": float("nan")}, "t0"),
        ({"steps": 0}, "steps"),
        ({"seed": -1}, "seed"),
        ({"variants": 0}, "variants"),
        ({"repeats": 0}, "repeats"),
        ({"sampler": "best"}, "sampler"),
        ({"mask": torch.ones(5, 5)}, "mask"),
        ({"t0_map": torch.full((36, 44), 2.0)}, "t0_map"),
        ({"condition": Condition(guidance_scale=float("inf"))}, "guidance_scale"),
    ],
)
def test_values_out_of_range_are_refused_at_once(model_of, options, named):
    with pytest.raises(ValueError, match=named):
        model_of("sd").edit(guide_of(), Edit(**{"t0": 0.5, "steps": 2, "seed": 0, **options}))


def test_the_same_seed_makes_the_same_picture_and_another_seed_another(model_of):
    model, guide = model_of("sd"), guide_of()

    assert torch.equal(result(model, guide), result(model, guide))
    assert (result(model, guide) - result(model, guide, seed=2)).abs().mean() > 1e-3


def test_variants_are_what_runs_of_their_own_would_be(model_of):
    model, guide = model_of("sd"), guide_of(80, 72)

    both = result(model, guide, variants=2, seed=4)

    for i in (0, 1):
        assert torch.equal(both[i], result(model, guide, seed=4 + i)[0])
    assert (both[0] - both[1]).abs().mean() > 1e-3


@pytest.mark.parametrize("t0", [1e-6, 0.3, 1.0])
@pytest.mark.parametrize("kind", ["sd", "turbo", "sd3"])
def test_n_steps_are_n_evaluations_at_any_t0(model_of, kind, t0, monkeypatch):
    model = model_of(kind)
    calls = []
    whole = model.denoiser()
    monkeypatch.setattr(
        model, "denoiser", lambda _condition: lambda x, s: (calls.append(float(s)), whole(x, s))[1]
    )

    states = list(model.edit(guide_of(), Edit(t0=t0, steps=5, seed=0)))

    assert len(calls) == 5
    assert calls[0] == pytest.approx(model.schedule.sigma(t0), rel=1e-6)
    assert [(state.step, state.of) for state in states] == [(i, 5) for i in range(1, 6)]
    assert states[-1].fraction == 1


def test_a_window_meets_the_noise_of_its_place_on_the_canvas(model_of, monkeypatch):
    """Moved by an odd number of pixels, every place of the canvas keeps its cell and its noise."""
    model = model_of("sd")
    started = {}

    def start_at(x: int) -> torch.Tensor:
        def denoiser(_condition):
            return lambda noisy, _sigma: started.setdefault(x, noisy)

        monkeypatch.setattr(model, "denoiser", denoiser)
        grey = torch.zeros(1, 3, 32, 40)
        list(model.edit(grey, Edit(t0=1.0, steps=1, seed=3, window=Bounds(x, -7, 40, 32))))
        return started[x]

    at_10, at_17 = start_at(10), start_at(17)  # cells of 2 pixels: 3 cells and a half farther

    inner = (..., slice(4, 12), slice(4, 12))
    moved = (..., slice(4, 12), slice(7, 15))
    assert (at_17[inner] - at_10[moved]).abs().max() < 0.1  # grey is encoded alike, nearly
    assert (at_17[inner] - at_10[inner]).abs().max() > 1


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (33, 31), (70, 41)])
@pytest.mark.parametrize("kind", ["sd", "flux"])
def test_any_size_from_one_pixel_up_is_edited(model_of, kind, size):
    guide = guide_of(80, 80)[..., : size[0], : size[1]]

    edited = result(model_of(kind), guide, steps=2)

    assert edited.shape == guide.shape
    assert edited.isfinite().all()


def test_a_large_picture_is_made_coarse_to_fine_with_its_mask_exact(model_of):
    model, guide, mask = model_of("sd"), guide_of(132, 124), mask_of(132, 124)

    states = list(model.edit(guide, Edit(t0=0.6, steps=4, seed=1, mask=mask, variants=2)))

    sizes = [state.x0.shape[-2:] for state in states]
    assert sizes == [(31, 33)] * 4 + [(62, 66)] * 2 + [(124, 132)] * 2
    last = states[-1].x0
    assert torch.equal(last[..., mask == 0], guide.expand(2, -1, -1, -1)[..., mask == 0])
    fractions = [state.fraction for state in states]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_tiles_of_latents_agree_with_the_whole_on_their_insides(model_of, monkeypatch):
    model = model_of("sd")
    x = torch.randn((1, 4, 32, 64), generator=torch.Generator().manual_seed(0))
    sigma = torch.tensor(1.0)
    whole = model.denoiser()(x, sigma)

    monkeypatch.setattr(model, "tile", 48)
    monkeypatch.setattr(model, "tile_overlap", 16)
    tiled = model.denoiser()(x, sigma)

    assert tiled.shape == whole.shape
    # Attention and group norms see the tile alone, so they part by more than rounding.
    assert 0 < (tiled - whole).abs().mean() < 0.1 * whole.abs().mean()


def test_in_smaller_tiles_neither_network_nor_vae_sees_more_than_half_the_side(model_of):
    model = model_of("sd")
    smaller = model.in_smaller_tiles(64)
    seen = {}

    def remember(part: str):
        return lambda _module, inputs: seen.setdefault(part, []).append(max(inputs[0].shape[-2:]))

    parts = {"network": model.network, "encoder": model.codec.vae.encoder}
    handles = [part.register_forward_pre_hook(remember(name)) for name, part in parts.items()]
    edited = result(smaller, guide_of(64, 64))
    handles = [handle.remove() for handle in handles]

    assert edited.isfinite().all()
    assert {name: max(sizes) for name, sizes in seen.items()} == {"network": 16, "encoder": 32}
    assert model.tile == 512
    assert smaller.in_smaller_tiles(64) is not None
    assert smaller.in_smaller_tiles(31) is None


def test_every_state_shows_the_estimate_in_pixels_and_inside_the_mask_alone(model_of):
    guide, mask = guide_of(), mask_of()

    for state in model_of("sd").edit(guide, Edit(t0=0.6, steps=3, seed=1, mask=mask)):
        assert state.x0.shape == guide.shape
        assert torch.equal(state.x0[..., mask == 0], guide[..., mask == 0])
        assert (state.x0 - guide)[..., mask > 0].abs().max() > 0


@pytest.mark.parametrize("kind", ["sd", "sd3"])
def test_at_the_lowest_t0_the_guide_comes_back_and_not_what_the_vae_makes_of_it(model_of, kind):
    model, guide = model_of(kind), guide_of()
    latents = model.codec.encode(guide)
    error_of_vae = (model.codec.decode(latents) - guide).square().mean().sqrt()
    parts = LatentModelParts(lambda _x, _sigma: latents, model.codec, model.multiple)
    scales = plan_scales(36, 44, 32, model.schedule, 1e-6, 2, grid=model.grid)

    *_, last = edit_in_latents(parts, guide, scales, seeds=[0])

    assert error_of_vae > 0.3  # this VAE has learned nothing
    assert (last.x0 - guide).square().mean().sqrt() < 0.1 * error_of_vae


def test_beside_kept_pixels_the_vaes_own_error_leaves_no_seam(model_of):
    """A network that changes nothing, at a high t0: only the VAE's error is left to be seen."""
    model, guide = model_of("sd"), torch.full((1, 3, 64, 64), 0.3)
    mask = torch.zeros(64, 64)
    mask[:, 32:] = 1
    latents = model.codec.encode(guide)
    parts = LatentModelParts(lambda _x, _sigma: latents, model.codec, model.multiple)
    scales = plan_scales(64, 64, 64, model.schedule, 0.6, 2, grid=model.grid)

    *_, last = edit_in_latents(parts, guide, scales, seeds=[0], mask=mask)

    off = (last.x0 - guide).abs().mean(dim=(0, 1, 2))
    assert off[31] == 0
    assert off[32] < 0.05 * off[48:].mean()
    assert off[48:].mean() > 0.1


def test_a_t0_map_keeps_black_and_changes_white_the_most(model_of):
    guide = guide_of(48, 32)
    t0_map = torch.zeros(32, 48)
    t0_map[:, 16:32] = 0.4
    t0_map[:, 32:] = 1

    edited = result(model_of("sd"), guide, t0_map=t0_map, steps=6)

    off = (edited - guide).abs().mean(dim=(0, 1, 2))
    assert off[:16].max() == 0
    assert off[18:30].mean() < off[34:].mean()


def test_a_t0_map_within_a_mask_leaves_the_outside_alone(model_of):
    guide, mask = guide_of(), mask_of()

    edited = result(model_of("sd"), guide, mask=mask, t0_map=torch.full(mask.shape, 0.7))

    assert torch.equal(edited[..., mask == 0], guide[..., mask == 0])
    assert (edited - guide)[..., mask > 0].abs().mean() > 1e-3


@pytest.mark.parametrize("sampler", ["em", "ancestral", "sde-dpmpp-2m-corrected", "ode"])
def test_every_sampler_runs_in_latents(model_of, sampler):
    edited = result(model_of("sd"), guide_of(), sampler=sampler, mask=mask_of(), repeats=2)

    assert edited.isfinite().all()


def test_a_picture_that_is_not_finite_is_never_shown(model_of, monkeypatch):
    model = model_of("sd")
    monkeypatch.setattr(
        model.codec,
        "decode",
        lambda z: torch.full((len(z), 3, *(2 * n for n in z.shape[2:])), torch.nan),
    )

    *_, last = model.edit(guide_of(), Edit(t0=0.5, steps=2, seed=0))

    with pytest.raises(NonFiniteResultError):
        _ = last.x0


def test_a_closed_edit_leaves_nothing_in_memory(model_of, monkeypatch):
    model = model_of("sd")
    seen = []
    whole = model.denoiser()

    def denoiser(_condition):
        return lambda x, sigma: (seen.append(weakref.ref(x)), whole(x, sigma))[1]

    monkeypatch.setattr(model, "denoiser", denoiser)
    states = model.edit(guide_of(), Edit(t0=0.5, steps=4, seed=0))
    next(states), next(states)

    states.close()
    del states
    gc.collect()

    assert len(seen) == 2
    assert all(ref() is None for ref in seen)
