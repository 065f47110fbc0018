"""The real front and worker, and a client, through many small edits: nothing grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from protocol.messages import Result
from tests.backend.front.running_front import RunningFront, Voice, edit_request

SAMPLES = 20


@dataclass(frozen=True)
class Use:
    """What a process holds at a moment."""

    memory_mib: float
    descriptors: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Use:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        values = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
        return cls(
            int(values["VmRSS"][0]) / 1024,
            len(os.listdir(f"/proc/{pid}/fd")),
            int(values["Threads"][0]),
        )


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningFront]:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    running = RunningFront(tmp_path, module="backend.worker")
    yield running
    running.close()


def make_edits(voice: Voice, count: int, first: int) -> None:
    for seed in range(first, first + count):
        request = edit_request(64, 64, sampler="sde-dpmpp-2m", steps=2, seed=seed)
        voice.say(request)
        (answer,) = voice.finals(1)
        assert isinstance(answer, Result)
        assert answer.job_id == request.job_id


@pytest.mark.parametrize(
    ("jobs", "grows_mib"),
    [
        pytest.param(80, 16.0, id="80"),
        pytest.param(1000, 8.0, id="1000", marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
def test_memory_descriptors_and_threads_stay(
    front: RunningFront, jobs: int, grows_mib: float
) -> None:
    voice = front.connect()
    make_edits(voice, 20, 0)  # What is made once is made now.
    pid = front.process.pid
    worker = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
    processes = {"front": pid, "worker": worker, "client": os.getpid()}
    uses: dict[str, list[Use]] = {name: [Use.of(pid)] for name, pid in processes.items()}
    for nth in range(SAMPLES):
        make_edits(voice, jobs // SAMPLES, 20 + nth * jobs // SAMPLES)
        for name, pid in processes.items():
            uses[name].append(Use.of(pid))
    made = np.linspace(0, jobs, SAMPLES + 1)
    for name, seen in uses.items():
        memory = [use.memory_mib for use in seen]
        slope = float(np.polyfit(made, memory, 1)[0])
        print(
            f"\n{name}: {memory[0]:.1f} → {memory[-1]:.1f} MiB, slope {1000 * slope:+.2f} MiB per "
            f"1 000 edits; descriptors {seen[0].descriptors} → {seen[-1].descriptors}; "
            f"threads {seen[0].threads} → {seen[-1].threads}",
            end="",
        )
        assert jobs * slope < grows_mib, memory
        assert seen[-1].descriptors <= seen[0].descriptors
        assert seen[-1].threads <= seen[0].threads
