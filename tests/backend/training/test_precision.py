from __future__ import annotations

import time

import pytest
import torch

from backend.training.precision import TRIALS, Precision


@pytest.mark.parametrize("faster", [True, False])
def test_the_first_steps_try_both_and_the_rest_take_the_faster(faster):
    precision = Precision(torch.device("cpu"))
    tried = []

    def gradients(bf16: bool) -> torch.Tensor:
        tried.append(bf16)
        time.sleep(0.001 if bf16 == faster else 0.03)
        return torch.tensor(float(len(tried)))

    losses = [precision.run(gradients).item() for _ in range(2 * TRIALS + 3)]

    assert losses == list(range(1, 2 * TRIALS + 4))
    assert tried[: 2 * TRIALS] == [False, True] * TRIALS
    assert tried[2 * TRIALS :] == [faster] * 3


def test_a_slow_first_step_does_not_decide():
    precision = Precision(torch.device("cpu"))
    tried = []

    def gradients(bf16: bool) -> torch.Tensor:
        tried.append(bf16)
        if tried.count(bf16) == 1:
            time.sleep(0.1 if bf16 else 0)  # kernels are made at first use
        else:
            time.sleep(0.001 if bf16 else 0.03)
        return torch.tensor(0.0)

    for _ in range(2 * TRIALS + 1):
        precision.run(gradients)

    assert tried[-1] is True


def test_apples_gpus_stay_with_float32():
    assert Precision(torch.device("mps")).bf16 is False
