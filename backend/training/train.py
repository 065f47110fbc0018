"""Trains a landscape-like network on batches of crops, by the clock.

The loss is that of Karras et al. 2022 (eq. 8) with their weights; what the schedule is made of:
AdamW, warm-up, linear decay to zero at the end of the time given, a moving average of weights.
A checkpoint is written with every measurement, so a killed run loses two minutes at most.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from backend.models.landscape_unet import LandscapeUNet
from backend.training.checkpoint import TrainingState, write_checkpoint
from backend.training.corpus import Batch
from backend.training.errors import TrainingError
from backend.training.measuring import held_out_psnr
from backend.training.objective import draw_sigmas, edm_loss
from backend.training.options import TrainingOptions, learning_rate_at
from backend.training.precision import Precision

PROGRESS_FIRST_S, PROGRESS_LATER_S = 2.0, 30.0
"""Seconds between two reports of progress, at the start and later on."""


def never() -> bool:
    return False


class Trainer:
    """One run: weights, their moving average, the optimiser and its place in time.

    about: plain values that the checkpoint keeps for whoever resumes it.
    """

    def __init__(
        self,
        options: TrainingOptions,
        device: torch.device,
        checkpoint: Path,
        held_out: list[Batch],
        about: dict[str, Any] | None = None,
    ) -> None:
        self.options, self.device, self.held_out = options, device, held_out
        self.checkpoint, self.about = checkpoint, about or {}
        self.state = TrainingState()
        # Without it, denormal numbers in young weights make a CPU's convolutions half as fast.
        torch.set_flush_denormal(True)
        torch.manual_seed(options.seed)
        self.network = LandscapeUNet(options.widths, options.blocks, options.middle).to(device)
        if device.type != "mps":  # as in LandscapeModel
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=options.learning_rate,
            betas=(0.9, 0.99),
            weight_decay=options.weight_decay,
            fused=True,  # a third of the time on a CPU, 7 % of a step
        )
        self.generator = torch.Generator()
        self.noise_generator = torch.Generator(device)  # a GPU's batch would keep the CPU busy
        self.seed(options.seed)
        self.precision = Precision(device)
        self.usual_norm: Tensor | None = None

    def start_from(self, network: LandscapeUNet) -> None:
        """Begin with another network's weights instead of random ones."""
        self.network.load_state_dict(network.state_dict())
        self.average.load_state_dict(network.state_dict())

    def resume(self, saved: dict[str, Any]) -> None:
        """Go on from what `read_checkpoint` gave. Raises TrainingError when it does not fit."""
        try:
            self.network.load_state_dict(saved["network"])
            self.average.load_state_dict(saved["average"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.state = TrainingState(**saved["state"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"The checkpoint {self.checkpoint} is of another kind of training.",
                "Train without --resume to begin anew.",
            ) from error
        norm = saved.get("usual_norm")
        self.usual_norm = None if norm is None else torch.tensor(norm, device=self.device)
        self.seed(self.options.seed + self.state.step)

    def seed(self, seed: int) -> None:
        self.generator.manual_seed(seed)
        self.noise_generator.manual_seed(seed + 1)

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        write_checkpoint(
            self.checkpoint,
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "state": asdict(self.state),
                "options": asdict(self.options),
                "usual_norm": None if self.usual_norm is None else self.usual_norm.item(),
                "about": self.about,
            },
        )

    def gradients(self, batch: Batch, bf16: bool) -> Tensor:
        """Forward and backward pass; returns the loss, still on the device."""
        sigma = draw_sigmas(batch, self.options, self.generator).to(self.device)
        noise = torch.randn(batch.x0.shape, generator=self.noise_generator, device=self.device)
        moved = batch.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            loss = edm_loss(self.network, moved, sigma, noise, self.options.sigma_data)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def step(self, batch: Batch) -> Tensor:
        """One optimiser step, its learning rate set beforehand; returns the loss."""
        loss = self.precision.run(lambda bf16: self.gradients(batch, bf16))
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
        # torch's own function makes the limit a float, and so waits for the device at each step.
        scale = (limit / (norm + 1e-6)).clamp(max=1)
        for gradient in gradients:
            gradient.mul_(scale)
        self.usual_norm.lerp_(torch.minimum(norm, limit), 0.02)

    @torch.no_grad()
    def update_average(self) -> None:
        # Young averages follow closely, so that a short run is not dominated by its start.
        decay = min(self.options.ema, (1 + self.state.step) / (10 + self.state.step))
        for mean, weight in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(weight, 1 - decay)

    def run(
        self,
        source: Iterator[Batch],
        is_stopped: Callable[[], bool] = never,
        measure_every_s: float | None = None,
    ) -> Iterator[TrainingState]:
        """Train until the time is up, at least one step unless it already is.

        Yields its state every few seconds, and after each measurement (`is_measured`), of which
        the last comes at the end. Once ``is_stopped``, saves after the step it is at and ends.
        Raises TrainingError when the weights are no numbers any more; the checkpoint before that
        stays.
        """
        total = 60 * self.options.minutes
        if self.state.seconds >= total:
            return
        if measure_every_s is None:  # so that measuring stays a small part of a short run
            measure_every_s = min(120.0, max(30.0, total / 5))
        began = time.monotonic() - self.state.seconds
        first = self.state.seconds
        losses, count = torch.zeros((), device=self.device), 0
        next_progress = first + PROGRESS_FIRST_S
        next_measurement = first + measure_every_s
        while True:
            rate = learning_rate_at(self.state.step, self.state.seconds / total, self.options)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            losses += self.step(next(source))
            count += 1
            self.state.seconds = time.monotonic() - began
            if is_stopped():
                self.state.loss = self.checked(losses.item() / count)
                self.save()
                return
            is_last = self.state.seconds >= total
            if is_last or self.state.seconds >= next_measurement:
                self.measure(losses.item() / count)
                self.save()
                losses.zero_()
                count = 0
                next_measurement = time.monotonic() - began + measure_every_s
            elif self.state.seconds >= next_progress:
                self.state.loss = self.checked(losses.item() / count)
            else:
                continue
            yield self.state
            if is_last:
                return
            now = time.monotonic() - began
            next_progress = now + min(PROGRESS_LATER_S, max(PROGRESS_FIRST_S, (now - first) / 4))

    def measure(self, loss: float) -> None:
        """Add a point to the curve. Raises TrainingError when it is not finite."""
        figures = held_out_psnr(self.average, self.held_out, self.options.sigma_data, self.device)
        for value in (loss, *figures.values()):
            self.checked(value)
        self.state.loss = loss
        self.state.curve.append(
            {
                "step": self.state.step,
                "minutes": round(self.state.seconds / 60, 2),
                "loss": round(loss, 5),
                **{f"psnr_{sigma}": value for sigma, value in figures.items()},
            }
        )

    def checked(self, value: float) -> float:
        """The value, if it is a finite number. Raises TrainingError."""
        if not math.isfinite(value):
            raise TrainingError(
                f"The training went wrong before step {self.state.step}: "
                "its weights are no numbers any more.",
                "Continue from the last checkpoint with --resume.",
            )
        return value
