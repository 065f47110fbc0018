"""float32 or bfloat16, whichever a device trains faster with."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

TRIALS = 4
"""Steps with each; the first of them prepares kernels and is not counted."""


class Precision:
    """Takes the first steps with one and the other in turns, and the rest with the faster.

    bfloat16 is faster on GPUs and on CPUs that have instructions for it, and several times slower
    on others. ``bf16`` is None until it is decided.
    """

    def __init__(self, device: torch.device) -> None:
        # On Apple's GPUs only some systems take bfloat16.
        self.bf16: bool | None = False if device.type == "mps" else None
        self._seconds: dict[bool, list[float]] = {False: [], True: []}

    def run(self, gradients: Callable[[bool], Tensor]) -> Tensor:
        """``gradients(bf16)``, and what it returns."""
        if self.bf16 is not None:
            return gradients(self.bf16)
        tried = self._seconds
        bf16 = len(tried[True]) < len(tried[False])
        began = time.perf_counter()
        loss = gradients(bf16)
        loss.item()  # waits for the device
        tried[bf16].append(time.perf_counter() - began)
        if len(tried[True]) == TRIALS:
            self.bf16 = min(tried[True][1:]) < 0.95 * min(tried[False][1:])
        return loss
