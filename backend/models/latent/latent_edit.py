"""SDEdit in a VAE's latents, coarse to fine, on a picture: pixels go in and pixels come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import torch
import torch.nn.functional as F
from torch import Tensor

from backend.models.latent.cells import Cells
from backend.models.latent.codec import Codec
from backend.sdedit.coarse_to_fine import ScaleState, at_size_of, over_scales, sdedit_coarse_to_fine
from backend.sdedit.denoisers import Denoiser
from backend.sdedit.edit import NonFiniteResultError
from backend.sdedit.masks import check_mask
from backend.sdedit.scales import Refinement, Scale, greatest, resized
from backend.sdedit.schedules import Level, per_step
from backend.sdedit.t0_maps import check_release

REFINEMENT = Refinement(sigma_most=(0.9, 0.7, 0.5), detail=0.2)
"""In latents, of twice the deviation that pixels have. sigma 0.9 is where Stable Diffusion's
schedule is at t0 0.3, the strength at which its users redraw an enlarged picture."""

_SEAM_CELLS = 2
"""So far into what may change, a VAE's own error is made up for: fully at the border, then less."""


@dataclass(frozen=True, eq=False)
class LatentModelParts:
    """What an edit needs of a model. multiple: rows and columns of latents are multiples of it."""

    denoiser: Denoiser
    codec: Codec
    multiple: int


@dataclass(frozen=True, eq=False)
class LatentScale:
    """One scale of an edit.

    guide: (1, 3, h, w), the guide at this scale. release: (h, w), or (B, 1, h, w) for several t0:
    the noise level at which each pixel is let go, 0 where it never is; None where all may change.
    """

    parts: LatentModelParts
    scale: Scale
    cells: Cells
    guide: Tensor
    release: Tensor | None

    @classmethod
    def of(
        cls,
        parts: LatentModelParts,
        scale: Scale,
        guide: Tensor,
        release: Tensor | None,
        place: tuple[int, int],
    ) -> LatentScale:
        """guide, release and place (x, y) at the canvas's full size, for this scale."""
        x, y = (int(at // 2**scale.halvings) for at in place)
        factor = parts.codec.factor
        cells = Cells.over(x, y, scale.width, scale.height, factor, parts.multiple)
        release = greatest(release, scale, guide.device)
        return cls(parts, scale, cells, resized(guide, scale.height, scale.width), release)

    def run(self, start: Tensor, seeds: Sequence[int], repeats: int, sampler: str) -> LatentRun:
        """Edit from ``start`` (1 or B, 3, h, w)."""
        with torch.no_grad():
            latents = self.parts.codec.encode(self.cells.padded(start))
        # The noise is the canvas's, in cells; an enlarged picture has the first of its indices.
        halvings = max(0, self.scale.halvings)
        scale = replace(
            self.scale, halvings=halvings, height=self.cells.rows, width=self.cells.columns
        )
        states = sdedit_coarse_to_fine(
            lambda _scale: self.parts.denoiser,
            latents,
            [scale],
            seeds=seeds,
            x=self.cells.left * 2**halvings,
            y=self.cells.top * 2**halvings,
            release=None if self.release is None else self.cells.greatest(self.release),
            repeats=repeats,
            sampler=sampler,
        )
        return LatentRun(self, start, latents, states)

    def kept(self, picture: Tensor) -> Tensor:
        """The picture where it may change, the guide elsewhere."""
        return kept(picture, self.guide, self.release)

    def guide_share(self) -> Level:
        """How much of the VAE's own error on the start is made up for; broadcasts to pictures.

        As much as SDEdit keeps of a guide's detail (`Refinement`), by the noise each pixel had. So
        at t0 -> 0 the guide comes back, not what the VAE makes of it. And all of it beside what may
        not change: the kept pixels have no such error, and their neighbours must not differ from
        them by it. With a small VAE whose error was 15/255, the step across a selection's border
        was 8.7/255 without this, and 0.8/255 with it: the guide's own.
        """
        variance, sigmas = REFINEMENT.detail**2, self.scale.sigmas[:1]
        if self.release is None:
            return per_step(variance / (variance + sigmas**2), self.guide)[0]
        (sigma0,) = per_step(sigmas, self.guide)
        share = variance / (variance + self.release.clamp(max=sigma0) ** 2)
        reach = _SEAM_CELLS * self.cells.factor
        # 1 beside a straight border, which has `reach` kept pixels within reach, of 2 reach + 1.
        nearness = _blurred((self.release == 0).float(), reach) * (2 + 1 / reach)
        return share + (1 - share) * nearness.clamp(max=1)


@dataclass(frozen=True, eq=False)
class LatentRun:
    """A scale's edit under way. states: in latents; start: the picture they began with, and its
    latents."""

    at: LatentScale
    start: Tensor
    latents: Tensor
    states: Iterator[ScaleState]

    @torch.no_grad()
    def preview(self, state: ScaleState) -> Tensor:
        """(B, 3, h, w): the estimate, as coarse as the cells are."""
        small = self.at.parts.codec.preview(state.x0, self._colours)
        rows, columns = (n * self.at.cells.factor for n in small.shape[-2:])
        return self.at.kept(self.at.cells.cropped(resized(small, rows, columns)))

    @cached_property
    def _colours(self) -> Tensor:
        return self.at.parts.codec.colours(self.latents, self.at.cells.padded(self.start))

    @torch.no_grad()
    def result(self, state: ScaleState) -> Tensor:
        """(B, 3, h, w): the last state's picture.

        Raises NonFiniteResultError if the VAE makes no numbers of it.
        """
        codec, cropped = self.at.parts.codec, self.at.cells.cropped
        error_of_vae = self.start - cropped(codec.decode(self.latents))
        picture = cropped(codec.decode(state.x0))
        picture = self.at.kept(picture + self.at.guide_share() * error_of_vae)
        if not bool(picture.isfinite().all()):
            raise NonFiniteResultError(
                "the VAE's picture has infinite or undefined values; its weights are at fault."
            )
        return picture


def edit_in_latents(
    parts: LatentModelParts,
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
) -> Iterator[ScaleState]:
    """`sdedit_coarse_to_fine` on a picture (1, 3, H, W), with the same meaning of everything.

    A cell of latents may change where any of its pixels may. What the VAE makes of it is then cut
    to the mask: pixels that may not change are the guide's very bits. Every finer scale begins with
    the coarser one's picture, enlarged as a picture and encoded again, since latents do not stand
    being enlarged.

    Raises ValueError at once, `NonFiniteResultError` later.
    """
    if guide.ndim != 4 or guide.shape[:2] != (1, 3):
        raise ValueError(f"guide has shape {tuple(guide.shape)}, but must be (1, 3, H, W).")
    if mask is not None and release is not None:
        raise ValueError("mask and release are both given, but must be one or the other.")
    if mask is not None:
        check_mask(mask, guide[0, 0])
        release = torch.where(mask > 0, torch.inf, 0.0)
    elif release is not None:
        check_release(release, guide[:1].expand(scales[0].count, -1, -1, -1))
    stages = [LatentScale.of(parts, scale, guide, release, (x, y)) for scale in scales]
    # Outside the generator: what cannot be edited is refused now.
    coarsest = stages[0].run(stages[0].guide, seeds, repeats, sampler)

    def finished(run: LatentRun, last: ScaleState) -> Tensor:
        picture = run.result(last)
        if picture.shape[-2:] == guide.shape[-2:]:
            return picture
        smaller = at_size_of(guide, picture, run.at.guide, run.at.scale, REFINEMENT)
        return kept(smaller, guide, None if release is None else release.to(guide.device))

    runs = [coarsest]

    def finer(index: int, coarser: ScaleState) -> Iterator[ScaleState]:
        stage, run = stages[index], runs.pop()
        before = run.result(coarser)
        start = at_size_of(stage.guide, before, run.at.guide, stage.scale, REFINEMENT)
        runs.append(stage.run(stage.kept(start), seeds, 1, sampler))
        return runs[0].states

    def estimate(_index: int, state: ScaleState, is_last: bool) -> Callable[[], Tensor]:
        return partial(finished if is_last else _preview, runs[0], state)

    return over_scales(scales, repeats, coarsest.states, finer, estimate)


def kept(picture: Tensor, guide: Tensor, release: Tensor | None) -> Tensor:
    """The picture where it may change, the guide elsewhere: chosen, not computed."""
    return picture if release is None else torch.where(release > 0, picture, guide)


def _preview(run: LatentRun, state: ScaleState) -> Tensor:
    return run.preview(state)


def _blurred(values: Tensor, reach: int) -> Tensor:
    """(…, h, w): each the mean of those within ``reach`` pixels of it along both axes."""
    x = values.reshape(-1, 1, *values.shape[-2:])
    for kernel, padding in (((2 * reach + 1, 1), (reach, 0)), ((1, 2 * reach + 1), (0, reach))):
        x = F.avg_pool2d(x, kernel, 1, padding, count_include_pad=False)
    return x.reshape(values.shape)
