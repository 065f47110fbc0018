from __future__ import annotations

from pathlib import Path

import pytest
import torch

from backend.models.devices import is_device_lost
from protocol.messages import Progress, Result
from tests.backend.front.running_front import RunningFront, edit_request


@pytest.mark.parametrize(
    "said",
    [
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: device-side assert triggered",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(…)`",
    ],
)
def test_what_torch_says_of_a_lost_gpu_is_understood(said: str) -> None:
    assert is_device_lost(RuntimeError(said))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("size mismatch"),
        ValueError("CUDA error"),
    ],
    ids=str,
)
def test_a_full_gpu_and_other_errors_are_no_lost_gpu(error: Exception) -> None:
    assert not is_device_lost(error)


def test_a_worker_that_loses_its_gpu_ends_and_another_one_does_its_job(tmp_path: Path) -> None:
    front = RunningFront(
        tmp_path, module="tests.backend.worker.losing_worker", worker=[str(tmp_path / "lost")]
    )
    try:
        voice = front.connect()
        request = edit_request(64, 64, sampler="sde-dpmpp-2m", seed=13)
        voice.say(request)
        steps = []
        while len(steps) <= request.steps:  # its first step twice
            steps.append(voice.expect(Progress, request.job_id).step)
        assert steps[:2] == [1, 1]
        assert isinstance(voice.finals(1)[0], Result)
        assert "The process ends." in front.output
        assert voice.ask_status().state == "ready"
    finally:
        front.close()
