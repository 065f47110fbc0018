"""Two client processes at once on a cluster in which workers, nodes and bridges are killed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from backend.paths import ROOT
from tests.backend.cluster.running_cluster import GPU, RunningCluster
from tests.backend.front.persistent_client import guide_pixels
from tests.backend.front.running_front import RunningFront

SEEDS = 20
TIMES = {"step_s": 3.0, "load_s": 20.0, "pulse_s": 5.0, "restart_s": [0.0, 0.1]}
SETTINGS = {"sampler": "plain", "steps": 3}
INVERTED = bytes(range(255, -1, -1))


class Trouble:
    """What happens to a front and its cluster, each kind in turn, once per ``every_s``.

    A job on which two workers are killed is refused, rightly; so some are done in between.
    """

    def __init__(self, cluster: RunningCluster, front: RunningFront, every_s: float) -> None:
        self.cluster, self.front, self.every_s = cluster, front, every_s
        self.counts: Counter[str] = Counter()
        self._kinds = [self.kill_worker, self.freeze_worker, self.kill_node, self.kill_bridge]
        self._next_at = time.monotonic() + every_s
        self._done_then = 0

    def turn(self, done: int) -> None:
        """Do the next one if it is due, ``done`` jobs having been answered."""
        now = time.monotonic()
        if now >= self._next_at and done >= self._done_then + 8:
            kind = self._kinds[sum(self.counts.values()) % len(self._kinds)]
            kind()
            self.counts[kind.__name__.replace("_", " ")] += 1
            self._next_at, self._done_then = now + self.every_s, done

    def kill_worker(self) -> None:
        os.kill(random.choice(self.front.worker_pids()), signal.SIGKILL)

    def freeze_worker(self) -> None:
        os.kill(random.choice(self.front.worker_pids()), signal.SIGSTOP)

    def kill_node(self) -> None:
        self.cluster.kill(self.cluster.nodes.pop(0))
        self.cluster.nodes.append(self.cluster.add(**GPU))

    def kill_bridge(self) -> None:
        pids = [int(path.name.split("-")[1]) for path in self.front.folder.glob("bridge-*")]
        for pid in pids:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)


def start_client(
    front: RunningFront, name: str, record: Path, jobs: dict[str, int]
) -> subprocess.Popen[bytes]:
    options = {
        "address": front.address,
        "keys": {key: str(value) for key, value in asdict(front.authorise(name)).items()},
        "record": str(record),
        "jobs": jobs,
        "settings": SETTINGS,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.backend.front.persistent_client"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(options).encode() + b"\n")
    process.stdin.close()
    return process


@pytest.mark.parametrize(
    ("jobs", "every_s", "within_s"),
    [
        pytest.param(40, 2.0, 110, id="40"),
        pytest.param(1500, 8.0, 800, id="1500", marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
def test_nothing_is_lost_or_doubled_or_mixed_up(
    cluster: RunningCluster,
    start_front: Callable[..., RunningFront],
    tmp_path: Path,
    jobs: int,
    every_s: float,
    within_s: float,
) -> None:
    front = start_front(worker=["--step-s", "0.05"], times=TIMES)
    front.connect().wait_for_state("ready")
    asked: list[dict[str, int]] = [{}, {}]
    for number in range(jobs):
        asked[number % 2][f"job-{number}"] = number % SEEDS
    records = [tmp_path / f"record-{i}" for i in range(2)]
    clients = [start_client(front, f"artist {i}", records[i], asked[i]) for i in range(2)]
    trouble, began = Trouble(cluster, front, every_s), time.monotonic()
    try:
        while any(client.poll() is None for client in clients):
            done = sum(map(len, map(lines, records)))
            assert time.monotonic() - began < within_s, f"{done} of {jobs}: {trouble.counts}"
            trouble.turn(done)
            time.sleep(0.02)
    finally:
        for client in clients:
            client.kill()
            client.wait()
    print(f"\n{jobs} jobs in {time.monotonic() - began:.0f} s: {dict(trouble.counts)}")
    for record, own in zip(records, asked, strict=True):
        answers = [line.split(" ") for line in lines(record)]
        assert sorted(answer[0] for answer in answers) == sorted(own)  # each once, and its own
        for job_id, kind, digest, *_ in answers:
            assert kind == "Result", (job_id, kind, digest)
            expected = guide_pixels(own[job_id]).translate(INVERTED)
            assert digest == hashlib.sha256(expected).hexdigest()
    assert len(trouble.counts) == 4 or jobs < 1000
    assert trouble.counts["kill worker"]


def lines(record: Path) -> list[Any]:
    return record.read_text().splitlines() if record.exists() else []
