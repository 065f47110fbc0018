from __future__ import annotations

import numpy as np
import pytest
import torch

from backend.worker.memory import is_out_of_memory


def test_a_tensor_too_large_for_this_machine_counts_as_out_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


def test_an_array_too_large_for_this_machine_counts_as_out_of_memory() -> None:
    with pytest.raises(MemoryError) as caught:
        np.empty(2**50, np.uint8)
    assert is_out_of_memory(caught.value)


def test_other_runtime_errors_do_not() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(2) @ torch.zeros(3)
    assert not is_out_of_memory(caught.value)
