"""How much of what the device can do a step of training does, and what the rest goes to.

    python -m benchmarks.training_throughput [PICTURES] [--device auto] [--rounds 5]

Without PICTURES, crops are cut from pictures of noise, which takes as long. torch counts the FLOPs
of a step, forward and backward, a multiplication and its addition as two. The peak is the faster
of a product of large matrices and a large convolution, forward alone, on the same device, with the
same threads and in the same precision. All take turns, so that a machine whose speed drifts does
not favour one; on a CPU with one thread that thread's own time counts, not other work.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from backend.evaluation.speed.machine import machine_in_words, software_in_words
from backend.evaluation.speed.timing import Clock, Contender, take_turns
from backend.models.devices import choose_device
from backend.training.corpus import Batch, batches, find_pictures, load_pictures, make_batch
from backend.training.options import LARGER_BATCHES, TrainingOptions
from backend.training.precision import TRIALS
from backend.training.train import Trainer

BATCHES = 8
"""Of a turn: six of 64 px and two of 96 px, about as in training."""


class Step:
    """The parts of a training step, over the same few batches."""

    def __init__(self, trainer: Trainer, pictures: list[Image.Image]) -> None:
        self.trainer, self.pictures = trainer, pictures
        self.generator = np.random.default_rng(0)
        self.source = batches(pictures, seed=0, larger=trainer.options.larger_batches)
        self.shown: list[Batch] = [*itertools.islice(self.source, BATCHES)]
        for batch in itertools.islice(itertools.cycle(self.shown), 2 * TRIALS):
            trainer.step(batch)  # decides on the precision
        self.bf16 = bool(trainer.precision.bf16)

    def flops(self) -> float:
        """Of one step, the mean over the batches."""
        with FlopCounterMode(display=False) as counter:
            self.gradients()
        return counter.get_total_flops() / BATCHES

    def whole(self) -> None:
        for batch in itertools.islice(self.source, BATCHES):
            self.trainer.step(batch)

    def crops(self) -> None:
        """What other threads do meanwhile."""
        for batch in self.shown:
            count, _, side, _ = batch.x0.shape
            make_batch(self.pictures, side, count, self.generator)

    def gradients(self) -> None:
        for batch in self.shown:
            self.trainer.gradients(batch, self.bf16)

    def finish(self) -> None:
        """Clipping, optimiser and moving average."""
        for _ in range(BATCHES):
            self.trainer.clip_gradients()
            self.trainer.optimiser.step()
            self.trainer.update_average()


def product(device: torch.device, dtype: torch.dtype) -> tuple[Callable[[], Tensor], float]:
    """A product of matrices that fills the device, and its FLOPs."""
    side = 8192 if device.type == "cuda" else 2048
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return lambda: a @ b, 2.0 * side**3


def convolution(device: torch.device, dtype: torch.dtype) -> tuple[Callable[[], Tensor], float]:
    """A convolution that fills the device, and its FLOPs."""
    count, width, side = (256, 256, 64) if device.type == "cuda" else (16, 128, 64)
    x = torch.randn(count, width, side, side, device=device).to(dtype)
    kernel = torch.randn(width, width, 3, 3, device=device).to(dtype)
    x, kernel = (t.to(memory_format=torch.channels_last) for t in (x, kernel))
    return lambda: F.conv2d(x, kernel, padding=1), 2.0 * 9 * width**2 * count * side**2


def clock_of(device: torch.device) -> Clock:
    is_alone = device.type == "cpu" and torch.get_num_threads() == 1
    return time.thread_time if is_alone else time.perf_counter


def measure(step: Step, device: torch.device, rounds: int) -> None:
    """Print the figures."""
    dtype = torch.bfloat16 if step.bf16 else torch.float32
    peaks = {
        "a matrix product": product(device, dtype),
        "a convolution": convolution(device, dtype),
    }
    flops = {name: of for name, (_, of) in peaks.items()} | {"a training step": step.flops()}
    runs = {
        "a training step": (BATCHES, step.whole),
        "its forward and backward": (BATCHES, step.gradients),
        "its clipping, optimiser and average": (BATCHES, step.finish),
        "its crops, made in threads beside it": (BATCHES, step.crops),
        **{name: (1, run) for name, (run, _) in peaks.items()},
    }
    contenders = [Contender(name, 1, count, run) for name, (count, run) in runs.items()]
    for contender in contenders:
        contender.run()  # prepares kernels
    times = dict(zip(runs, take_turns(contenders, rounds, device, clock=clock_of(device))))
    rates = {name: of / times[name].median for name, of in flops.items()}
    peak = max(peaks, key=lambda name: rates[name])
    print(f"{machine_in_words(device)}. {software_in_words()}. {str(dtype)[6:]}.\n")
    print("| | ms | GFLOP | GFLOP/s | of the peak |\n|---|---:|---:|---:|---:|")
    for name, taken in times.items():
        cells = [name, f"{1000 * taken.median:.1f}"]
        if name in flops:
            share = rates[name] / rates[peak]
            cells += [f"{flops[name] / 1e9:.1f}", f"{rates[name] / 1e9:.0f}", f"{share:.0%}"]
        else:
            cells += ["", "", ""]
        print("| " + " | ".join(cells) + " |")


def made_pictures() -> list[Image.Image]:
    generator = np.random.default_rng(0)
    shape = 360, 720, 3
    return [Image.fromarray(generator.integers(0, 256, shape, dtype=np.uint8)) for _ in range(8)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="?")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    device = torch.device(choose_device(options.device)[0])
    folder = options.pictures
    pictures = load_pictures(find_pictures(folder)[:32]) if folder else made_pictures()
    with tempfile.TemporaryDirectory() as work:
        shaped = TrainingOptions(larger_batches=LARGER_BATCHES.get(device.type, 1))
        step = Step(Trainer(shaped, device, Path(work) / "checkpoint.pt", []), pictures)
        with contextlib.closing(step.source):
            measure(step, device, options.rounds)


if __name__ == "__main__":
    main()
