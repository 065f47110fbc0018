from __future__ import annotations

import pytest
import torch

from backend.models.devices import (
    DeviceMissing,
    available_devices,
    choose_device,
    device_in_words,
)


def test_the_cpu_is_always_there_and_comes_last() -> None:
    assert available_devices()[-1] == "cpu"
    assert choose_device("cpu") == ("cpu", [])


def test_auto_takes_the_best_and_names_the_other_gpus() -> None:
    chosen, others = choose_device("auto")
    assert chosen == available_devices()[0]
    assert len(others) == max(0, torch.cuda.device_count() - 1)


def test_every_device_has_a_name_in_words() -> None:
    for name in available_devices():
        assert len(device_in_words(name)) > 2
    assert device_in_words("cpu").startswith("CPU, ")


def test_a_missing_device_is_refused_with_those_there_are() -> None:
    with pytest.raises(DeviceMissing) as caught:
        choose_device("cuda:64")
    assert "cpu" in caught.value.hint
