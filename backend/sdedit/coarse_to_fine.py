"""SDEdit from a whole composition down to the finest detail.

A network with a native scale composes a picture of that size well and a larger one badly. So the
guide is edited first where its shorter side is about the native size, at the artist's t0; then, at
every scale twice as fine, the result is refined from a lower noise level. A guide no larger than
the native size is edited once, at its own scale; or, where the network composes at its native
size alone, enlarged to about that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import torch
from torch import Tensor

from .denoisers import Denoiser
from .edit import sdedit
from .masks import check_mask
from .noise import EVEN, CanvasNoise, Noise, NoiseWeights, canvas_noise, noise_of_each
from .samplers import State
from .scales import DEFAULT_REFINEMENT, AnyTensor, Refinement, Scale, greatest, resized
from .schedules import per_step
from .t0_maps import check_release

AnyState = TypeVar("AnyState")

_NOISE_INDICES_PER_SCALE = 2**24
"""Noise indices of one scale start here, so that no two scales share a field."""


@dataclass(frozen=True, eq=False)
class ScaleState:
    """Where the edit stands: step of `of` evaluations, and `fraction` of the work in (0, 1].

    estimate: makes x0, so that what nobody looks at costs nothing.
    """

    step: int
    of: int
    fraction: float
    estimate: Callable[[], Tensor]

    @cached_property
    def x0(self) -> Tensor:
        """(B, C, h, w), the clean estimate at the current scale; at the last step the result."""
        return self.estimate()


def sdedit_coarse_to_fine(
    denoiser_at: Callable[[Scale], Denoiser],
    guide: Tensor,
    scales: Sequence[Scale],
    *,
    seeds: Sequence[int],
    x: int = 0,
    y: int = 0,
    mask: Tensor | None = None,
    release: Tensor | None = None,
    repeats: int = 1,
    sampler: str = "sde-dpmpp-2m",
    refinement: Refinement = DEFAULT_REFINEMENT,
    multiple: int = 1,
    weights: NoiseWeights = EVEN,
) -> Iterator[ScaleState]:
    """Edit ``guide`` (1, C, H, W) scale by scale; the last state's x0 is the result.

    seeds: one for each variant, or one for the several t0 of the scales' schedules; all pictures
        are made in one batch, (B, C, H, W), and each is what it would be alone.
    x, y: the guide's place on the canvas, to which the noise is anchored at every scale.
    mask: (H, W), 1 = may change; any pixel above 0 may change fully, so that a soft edge is
        blended once, by whoever composites the result. Where it is 0 the result is the guide.
    release: in place of a mask, as in `sdedit`: (H, W), or (B, 1, H, W) for several t0.
    repeats: the paper's K, at the coarsest scale.
    multiple: what the denoiser's x must measure a multiple of. The guide's edges are repeated up to
        it, and noised like the rest: noise that repeats itself becomes streaks in the picture.
    weights: of the noise, along grey and along the colours.

    Raises what `sdedit` raises, and when: ValueError at once, `NonFiniteResultError` later.
    """
    if guide.ndim != 4:
        raise ValueError(f"guide has shape {tuple(guide.shape)}, but must be (B, C, H, W).")
    if not seeds:
        raise ValueError("seeds is empty, but must have one for each variant.")
    if mask is not None and release is not None:
        raise ValueError("mask and release are both given, but must be one or the other.")
    if mask is not None:
        check_mask(mask, guide[0, 0])
    if release is not None:
        check_release(release, guide[:1].expand(scales[0].count, -1, -1, -1))
    height, width = guide.shape[-2:]
    for seed in seeds:
        for columns, rows in ((width, 1), (1, height)):
            # Refuses a wrong seed or place before any work.
            canvas_noise(seed, 0, x, y, columns, rows)
    guides = [resized(guide, scale.height, scale.width) for scale in scales]
    may_change = None if mask is None else (mask > 0).float()
    masks = [greatest(may_change, scale, guide.device) for scale in scales]
    releases = [greatest(release, scale, guide.device) for scale in scales]
    changeable = may_change if release is None else release

    def edit_at(index: int, start: Tensor) -> Iterator[State]:
        scale, padded = scales[index], _padded(start, multiple)
        return sdedit(
            denoiser_at(scale),
            padded,
            scale.sigmas,
            _noise_at(scale, seeds, x, y, padded, weights),
            mask=_padded(masks[index], multiple),
            release=_padded(releases[index], multiple),
            repeats=repeats if index == 0 else 1,
            sampler=sampler,
        )

    def unpadded(picture: Tensor, index: int) -> Tensor:
        return picture[..., : scales[index].height, : scales[index].width]

    def kept(picture: Tensor, index: int) -> Tensor:
        held = masks[index] if release is None else releases[index]
        return _kept(unpadded(picture, index), guides[index], held)

    coarsest = edit_at(0, guides[0])  # outside the generator: what cannot be edited is refused now

    def result(last: Tensor) -> Tensor:
        last = unpadded(last, -1)
        if last.shape[-2:] == (height, width):
            return last
        smaller = at_size_of(guide, last, guides[-1], scales[-1], refinement)
        return _kept(smaller, guide, None if changeable is None else changeable.to(guide.device))

    def finer(index: int, coarser: State) -> Iterator[State]:
        scale = scales[index]
        before = unpadded(coarser.x, index - 1)
        start = at_size_of(guides[index], before, guides[index - 1], scale, refinement)
        return edit_at(index, kept(start, index))

    def estimate(index: int, state: State, is_last: bool) -> Callable[[], Tensor]:
        return partial(result, state.x) if is_last else partial(kept, state.x0, index)

    return over_scales(scales, repeats, coarsest, finer, estimate)


@torch.no_grad()
def over_scales(
    scales: Sequence[Scale],
    repeats: int,
    coarsest: Iterator[AnyState],
    finer: Callable[[int, AnyState], Iterator[AnyState]],
    estimate: Callable[[int, AnyState, bool], Callable[[], Tensor]],
) -> Iterator[ScaleState]:
    """Run one scale's states after the other's, counting steps and work over all of them.

    repeats: of the coarsest scale. finer: gives a scale's states from the last state of the one
    before. estimate: makes x0 of a scale's state, told whether it is the last of all.
    """
    evaluations = [scale.steps for scale in scales]
    evaluations[0] *= repeats
    of = sum(evaluations)
    work = sum(n * scale.pixels for n, scale in zip(evaluations, scales))
    step = done = 0
    states = coarsest
    for index, scale in enumerate(scales):
        for state in states:
            step += 1
            done += scale.pixels
            yield ScaleState(step, of, done / work, estimate(index, state, step == of))
        if step < of:
            states = finer(index + 1, state)


def _noise_at(
    scale: Scale, seeds: Sequence[int], x: int, y: int, padded: Tensor, weights: NoiseWeights
) -> Noise:
    """The canvas's noise at a scale, where a pixel is 2^halvings canvas pixels wide."""
    left, top = math.floor(x / 2**scale.halvings), math.floor(y / 2**scale.halvings)
    channels, height, width = padded.shape[1:]
    size = width, height, channels
    fields = [CanvasNoise(seed, left, top, *size, padded.device, weights) for seed in seeds]
    # An enlarged picture is the only scale of its edit, and takes the first indices.
    first = max(0, scale.halvings) * _NOISE_INDICES_PER_SCALE
    noise = noise_of_each(fields)
    return lambda step: noise(first + step)


def _padded(x: AnyTensor, multiple: int) -> AnyTensor:
    """x (…, H, W) with its lower and right edge repeated, up to the next multiples."""
    if x is None:
        return x
    height, width = x.shape[-2:]
    rows, columns = (
        torch.arange(size + -size % multiple, device=x.device).clamp(max=size - 1)
        for size in (height, width)
    )
    if len(rows) == height and len(columns) == width:
        return x
    return x[..., rows[:, None], columns]


def at_size_of(
    guide: Tensor, before: Tensor, guide_before: Tensor, scale: Scale, refinement: Refinement
) -> Tensor:
    """A scale's result at the guide's size, plus the guide's own detail as far as noise spares it.

    guide_before: the guide at the result's scale; scale: whose first level is the noise meant.
    """
    variance = refinement.detail**2
    (share,) = per_step(variance / (variance + scale.sigmas[:1] ** 2), guide)
    size = guide.shape[-2], guide.shape[-1]
    detail = guide - resized(guide_before, *size)
    return resized(before, *size) + share * detail


def _kept(x: Tensor, guide: Tensor, changeable: Tensor | None) -> Tensor:
    """x where it may change, the guide elsewhere."""
    return x if changeable is None else torch.where(changeable > 0, x, guide)
