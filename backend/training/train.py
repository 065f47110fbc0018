"""Trains a landscape-like model on a folder of pictures, by the clock.

The loss is that of Karras et al. 2022 (eq. 8) with their weights; what the schedule is made of:
AdamW, warm-up, linear decay to zero at the end of the time given, a moving average of weights.
A checkpoint is written atomically every two minutes, so a killed run loses no more than that.
"""

from __future__ import annotations

import copy
import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from backend.models.landscape_unet import LandscapeUNet
from backend.sdedit.denoisers import EdmDenoiser, edm_scalings
from backend.training.corpus import Batch, make_batch
from backend.writing import write_whole

HELD_OUT_SIGMAS = (0.1, 0.3, 0.588, 1.0, 2.0)


@dataclass(frozen=True)
class TrainingOptions:
    """Everything that shapes a training run; stored with the model so it can be repeated."""

    minutes: float = 10.0
    seed: int = 0
    widths: tuple[int, ...] = (64, 128, 256)
    blocks: int = 2
    middle: int = 4
    sigma_data: float = 0.5
    sigma_min: float = 0.01
    sigma_max: float = 20.0
    learning_rate: float = 1.2e-3
    warmup_steps: int = 150
    decay_from: float = 0.3
    ema: float = 0.999
    weight_decay: float = 1e-2
    larger_batches: int = 1


@dataclass
class TrainingState:
    """What a checkpoint holds besides weights: where the run is and what it measured."""

    step: int = 0
    seconds: float = 0.0
    loss: float = math.nan
    curve: list[dict[str, float]] = field(default_factory=list)


def make_network(options: TrainingOptions) -> LandscapeUNet:
    torch.manual_seed(options.seed)
    return LandscapeUNet(options.widths, options.blocks, options.middle)


def draw_sigmas(batch: Batch, options: TrainingOptions, generator: torch.Generator) -> Tensor:
    """Noise levels (B,): log-normal around what each scale is used at, 15 % log-uniform.

    Coarse scales (a whole picture of 64 px) are sampled from high noise and fine ones are only
    ever refined from low noise, so the mean of ln(sigma) falls from -0.5 to -1.3 between them.
    """
    count = batch.log2_scale.shape[0]
    mean = -1.3 + 0.8 * (batch.log2_scale / 2.5).clamp(0, 1)
    log_normal = mean + 1.25 * torch.randn(count, generator=generator)
    low, high = math.log(options.sigma_min), math.log(options.sigma_max)
    uniform = low + (high - low) * torch.rand(count, generator=generator)
    is_uniform = torch.rand(count, generator=generator) < 0.15
    sigmas: Tensor = torch.where(is_uniform, uniform, log_normal.clamp(low, high)).exp()
    return sigmas


def edm_loss(
    network: LandscapeUNet, batch: Batch, sigma: Tensor, noise: Tensor, sigma_data: float
) -> Tensor:
    """E |F - target|², which is the EDM-weighted denoising error (Karras et al., eq. 8)."""
    c_skip, c_out, c_in, c_noise = edm_scalings(sigma, sigma_data)
    x = batch.x0 + sigma.reshape(-1, 1, 1, 1) * noise
    target = (batch.x0 - c_skip * x) / c_out
    predicted: Tensor = network(c_in * x, c_noise.flatten(), batch.log2_scale, batch.y)
    return (predicted.float() - target).square().mean()


def learning_rate_at(step: int, fraction: float, options: TrainingOptions) -> float:
    """Linear warm-up in steps, then linear decay in time from ``decay_from`` to the end."""
    warm = min(1.0, (step + 1) / options.warmup_steps)
    decay = (1 - fraction) / (1 - options.decay_from)
    return options.learning_rate * warm * min(1.0, max(0.01, decay))


def held_out_crops(pictures: Sequence[Image.Image], seed: int = 0) -> list[Batch]:
    """The same 48 crops for every measurement, all from pictures never trained on."""
    generator = np.random.default_rng(seed)
    return [
        make_batch(pictures, side, count, generator, augment=False)
        for side, count in ((64, 32), (96, 16))
    ]


@torch.no_grad()
def held_out_psnr(
    network: LandscapeUNet, crops: list[Batch], sigma_data: float, device: torch.device
) -> dict[str, float]:
    """PSNR in dB of D(x; sigma) on data in [-1, 1] (peak 2), the same noise every time."""
    figures = {}
    for sigma in HELD_OUT_SIGMAS:
        errors = []
        for index, batch in enumerate(crops):
            generator = torch.Generator().manual_seed(1000 + index)
            noise = torch.randn(batch.x0.shape, generator=generator)
            moved = batch.to(device)

            def bound(x: Tensor, c_noise: Tensor, at: Batch = moved) -> Tensor:
                predicted: Tensor = network(x, c_noise, at.log2_scale, at.y)
                return predicted

            x = moved.x0 + sigma * noise.to(device)
            x0 = EdmDenoiser(bound, sigma_data)(x, torch.tensor(sigma))
            errors.append((x0.clamp(-1, 1) - moved.x0).square().mean(dim=(1, 2, 3)))
        mse = torch.cat(errors).mean().item()
        figures[f"{sigma:g}"] = round(10 * math.log10(4 / mse), 2)
    return figures


def bf16_is_faster(device: torch.device, step: Callable[[bool], object]) -> bool:
    """Whether bfloat16 trains faster than float32 on this device, found by trying both."""

    def seconds(bf16: bool) -> float:
        step(bf16)
        best = math.inf
        for _ in range(3):
            start = time.perf_counter()
            step(bf16)
            if device.type == "cuda":
                torch.cuda.synchronize()
            best = min(best, time.perf_counter() - start)
        return best

    return seconds(True) < 0.95 * seconds(False)


class Trainer:
    """One run: weights, their moving average, the optimiser and its place in time."""

    def __init__(
        self, options: TrainingOptions, device: torch.device, folder: Path, held_out: list[Batch]
    ) -> None:
        self.options, self.device, self.held_out = options, device, held_out
        self.checkpoint_path = folder / "checkpoint.pt"
        self.state = TrainingState()
        torch.set_flush_denormal(True)
        self.network = make_network(options).to(device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=options.learning_rate,
            betas=(0.9, 0.99),
            weight_decay=options.weight_decay,
        )
        self.generator = torch.Generator().manual_seed(options.seed)
        self.bf16 = False
        self.usual_norm: Tensor | None = None

    def start_from(self, network: LandscapeUNet) -> None:
        """Begin with another network's weights instead of random ones."""
        self.network.load_state_dict(network.state_dict())
        self.average.load_state_dict(network.state_dict())

    def resume(self) -> bool:
        """Continue from the checkpoint, if there is one."""
        if not self.checkpoint_path.exists():
            return False
        saved = torch.load(self.checkpoint_path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.state = TrainingState(**saved["state"])
        self.generator.manual_seed(self.options.seed + self.state.step)
        return True

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        saved = io.BytesIO()
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "state": asdict(self.state),
                "options": asdict(self.options),
            },
            saved,
        )
        self.checkpoint_path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.checkpoint_path, saved.getvalue())

    def gradients(self, batch: Batch, bf16: bool) -> Tensor:
        """Forward and backward pass; returns the loss, still on the device."""
        sigma = draw_sigmas(batch, self.options, self.generator).to(self.device)
        noise = torch.randn(batch.x0.shape, generator=self.generator).to(self.device)
        moved = batch.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            loss = edm_loss(self.network, moved, sigma, noise, self.options.sigma_data)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def step(self, batch: Batch) -> Tensor:
        """One optimiser step, its learning rate set beforehand; returns the loss."""
        loss = self.gradients(batch, self.bf16)
        self.clip_gradients()
        self.optimiser.step()
        self.update_average()
        self.state.step += 1
        return loss

    @torch.no_grad()
    def clip_gradients(self) -> None:
        """Clip to twice the usual norm: without normalisation layers, rare batches explode.

        A fixed limit does not help, since Adam divides by the usual size of a gradient.
        """
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        if self.usual_norm is None:
            self.usual_norm = norm.clone()
        limit = 2 * self.usual_norm
        # A tensor as limit keeps the loop free of device syncs; the signature knows only floats.
        torch.nn.utils.clip_grads_with_norm_(self.network.parameters(), limit, norm)  # type: ignore[arg-type]
        self.usual_norm.lerp_(torch.minimum(norm, limit), 0.02)

    @torch.no_grad()
    def update_average(self) -> None:
        # Young averages follow closely, so that a short run is not dominated by its start.
        decay = min(self.options.ema, (1 + self.state.step) / (10 + self.state.step))
        for mean, weight in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(weight, 1 - decay)

    def psnr(self) -> dict[str, float]:
        return held_out_psnr(self.average, self.held_out, self.options.sigma_data, self.device)

    def run(
        self, source: Iterator[Batch], report_every_s: float = 120.0
    ) -> Iterator[TrainingState]:
        """Train until the time is up; yields its state after each report and at the end."""
        total = 60 * self.options.minutes
        trial = next(source)
        self.bf16 = bf16_is_faster(self.device, lambda bf16: self.gradients(trial, bf16))
        next_report = self.state.seconds + min(report_every_s, total / 5)
        loss_sum, loss_count = torch.zeros((), device=self.device), 0
        last = time.monotonic()
        while self.state.seconds < total:
            rate = learning_rate_at(self.state.step, self.state.seconds / total, self.options)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            loss_sum += self.step(next(source))
            loss_count += 1
            now = time.monotonic()
            self.state.seconds += now - last
            last = now
            if self.state.seconds >= next_report or self.state.seconds >= total:
                next_report = self.state.seconds + report_every_s
                self.report(loss_sum.item() / loss_count)
                self.save()
                loss_sum.zero_()
                loss_count = 0
                yield self.state
                last = time.monotonic()  # measuring, saving and reporting are not training

    def report(self, loss: float) -> None:
        """Measure, and add a point to the curve."""
        self.state.loss = loss
        self.state.curve.append(
            {
                "step": self.state.step,
                "minutes": round(self.state.seconds / 60, 2),
                "loss": round(loss, 5),
                **{f"psnr_{sigma}": value for sigma, value in self.psnr().items()},
            }
        )
