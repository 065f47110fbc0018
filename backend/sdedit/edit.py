"""SDEdit (Meng et al., ICLR 2022): noise the guide to t0, then run the reverse SDE from there."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from .denoisers import Denoiser
from .masks import check_mask, keep_guide
from .noise import Noise
from .samplers import ODE_SAMPLERS, SAMPLERS, Constrain, State
from .schedules import levels
from .t0_maps import check_release, hold_until_release


class NonFiniteResultError(FloatingPointError):
    """The model made infinite or undefined numbers, so there is no picture to show."""


def sdedit(
    denoiser: Denoiser,
    guide: Tensor,
    sigmas: Tensor,
    noise: Noise,
    *,
    mask: Tensor | None = None,
    release: Tensor | None = None,
    repeats: int = 1,
    sampler: str = "sde-dpmpp-2m",
) -> Iterator[State]:
    """SDEdit's Algorithm 1, or 2 with a mask, `repeats` times: the paper's K.

    guide: (B, C, H, W) in the denoiser's data range; sigmas: a schedule that starts at sigma(t0),
    or (N + 1, B), one for each picture, for several t0 of one guide; mask: (H, W) or broadcastable
    to the guide, 1 = may change. Each repeat takes the last one's
    result as its guide; the kept region is the original guide throughout. The states count their
    steps over all repeats; the last one's x is the result, and equals the guide bit for bit where
    the mask is 0.

    release: in place of a mask, the noise level at which each pixel is let go
    (`t0_maps.release_levels`: t0 painted as a map), of the same shapes, or of each picture's own
    t0: (B, 1, H, W). A pixel held for a while
    is held at what the repeat began with, and is the guide bit for bit where its level is 0.

    ``noise(k)`` is asked with one running index: 0 for the first noising, then one for each step
    that adds noise, and so on through the repeats, never the same index for two uses. It may have
    a batch of its own (`noise_of_each`) where the guide's is 1: variants that share the guide.

    sampler "ode" adds no noise after the first; its kept pixels stay on that same noise. Let its
    schedule start at `ode_t0`.

    Raises ValueError at once for a wrong shape, range or name, and `NonFiniteResultError` in place
    of the last state when the result is not finite (looked at once, since each look waits for the
    device).
    """
    if guide.ndim != 4 or not guide.is_floating_point():
        raise ValueError(
            f"guide is {guide.dtype} with shape {tuple(guide.shape)}, "
            "but must be floating point (B, C, H, W)."
        )
    if not bool(guide.isfinite().all()):
        raise ValueError("guide has infinite or undefined values, but must be finite.")
    if mask is not None and release is not None:
        raise ValueError("mask and release are both given, but must be one or the other.")
    if mask is not None:
        check_mask(mask, guide)
    if release is not None:
        check_release(release, guide.expand(_count(guide, sigmas), -1, -1, -1))
    if repeats < 1:
        raise ValueError(f"repeats is {repeats}, but must be 1 or more.")
    if sampler not in SAMPLERS:
        raise ValueError(f"sampler is {sampler!r}, but must be one of {', '.join(SAMPLERS)}.")
    levels(sigmas)
    if sigmas.ndim == 2 and sigmas.shape[1] not in (1, len(guide)) and len(guide) > 1:
        raise ValueError(
            f"sigmas has {sigmas.shape[1]} schedules, but must have one, or one for each of the "
            f"guide's {len(guide)} pictures."
        )
    return _edit(denoiser, guide, sigmas, noise, mask, release, repeats, sampler)


def _edit(
    denoiser: Denoiser,
    guide: Tensor,
    sigmas: Tensor,
    noise: Noise,
    mask: Tensor | None,
    release: Tensor | None,
    repeats: int,
    sampler: str,
) -> Iterator[State]:
    sigma0, *rest = levels(sigmas, guide)
    steps = len(rest)
    of_ode = sampler in ODE_SAMPLERS
    # With a mask the step and the kept region ask for the same index: remember one.
    remembered = functools.lru_cache(maxsize=1)(noise)
    result = guide
    for repeat in range(repeats):
        z = _shifted(remembered, repeat * steps)
        first = z(0)
        if not _fits(first, guide, _count(guide, sigmas)):
            raise ValueError(
                f"noise has shape {tuple(first.shape)}, "
                f"but must broadcast to the guide's {tuple(guide.shape)}."
            )
        x = result + sigma0 * first
        kept = _always(first) if of_ode else z
        constrain: Constrain | None = None
        if mask is not None:
            constrain = keep_guide(guide, mask, kept)
        elif release is not None:
            constrain = hold_until_release(result, release, sigmas, kept, of_ode=of_ode)
        for state in SAMPLERS[sampler](denoiser, x, sigmas, z, constrain):
            result = state.x
            done = repeat * steps + state.step
            if done == repeats * steps and not bool(result.isfinite().all()):
                raise NonFiniteResultError(
                    "the model's result has infinite or undefined values; "
                    "its weights or this device's precision are at fault."
                )
            yield replace(state, step=done, of=repeats * steps)


def _shifted(noise: Noise, offset: int) -> Noise:
    return lambda step: noise(offset + step)


def _count(guide: Tensor, sigmas: Tensor) -> int:
    """How many pictures there are, as far as guide and schedules tell."""
    return max(len(guide), 1 if sigmas.ndim == 1 else sigmas.shape[1])


def _fits(noise: Tensor, guide: Tensor, count: int) -> bool:
    """Whether every picture has its noise: one for all, one each, or many for the one guide."""
    shares = 1 in (len(noise), count) or len(noise) == count
    return noise.shape[1:] == guide.shape[1:] and shares


def _always(noise: Tensor) -> Noise:
    return lambda _step: noise
