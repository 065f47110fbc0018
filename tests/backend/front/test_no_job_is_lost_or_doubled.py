"""Three clients, and all that can go wrong at once: each job still ends in exactly one result."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backend.paths import ROOT
from protocol.keys import ClientKeys
from tests.backend.front.cut_proxy import CutProxy
from tests.backend.front.persistent_client import guide_pixels
from tests.backend.front.running_front import RunningFront

CLIENTS = 3
SEEDS = 20


@dataclass
class Trouble:
    """What is done to the three clients and their front, and how often."""

    kill_worker_s: float
    cut_s: float
    settings: dict[str, Any]
    front: dict[str, Any]
    kills: int = 0
    cuts: int = 0
    client_kills: int = 0
    front_kills: int = 0
    randomly: random.Random = field(default_factory=lambda: random.Random(6))


class Party:
    """A front, three client processes with keys of their own, and a relay for each."""

    def __init__(self, folder: Path, trouble: Trouble, jobs: int) -> None:
        self.folder, self.trouble = folder, trouble
        self.front = RunningFront(folder, **trouble.front)
        self.proxies = [CutProxy(self.front.address) for _ in range(CLIENTS)]
        self.keys = [self.front.authorise(f"client {i}") for i in range(CLIENTS)]
        self.jobs: list[dict[str, int]] = [{} for _ in range(CLIENTS)]
        for n in range(jobs):
            self.jobs[n % CLIENTS][f"job-{n}"] = n % SEEDS
        self.processes = [self.start(i) for i in range(CLIENTS)]

    def start(self, i: int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.backend.front.persistent_client"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
        )
        options = {
            "address": self.proxies[i].address,
            "keys": _as_map(self.keys[i]),
            "record": str(self.folder / f"record-{i}"),
            "jobs": self.jobs[i],
            "settings": self.trouble.settings,
        }
        assert process.stdin is not None
        process.stdin.write(json.dumps(options).encode() + b"\n")
        process.stdin.close()
        return process

    def answers(self) -> list[tuple[str, str]]:
        """All (job, kind, hash, code) recorded so far."""
        records = (self.folder / f"record-{i}" for i in range(CLIENTS))
        texts = (record.read_text() for record in records if record.exists())
        return [(line.split(" ", 1)[0], line) for text in texts for line in text.splitlines()]

    def kill_a_client(self) -> None:
        """kill -9 one in the middle and start it again: it asks under the same ids."""
        self.processes[0].kill()
        self.processes[0].wait()
        self.processes[0] = self.start(0)
        self.trouble.client_kills += 1

    def kill_the_front(self) -> None:
        self.front.process.kill()
        self.front.process.wait()
        self.front.close()
        (self.folder / "ready.json").unlink()
        self.front = RunningFront(self.folder, **self.trouble.front)
        for proxy in self.proxies:
            proxy.target = self.front.address
        self.trouble.front_kills += 1

    def kill_a_worker(self) -> None:
        pid = self.front.process.pid
        for worker in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(worker), signal.SIGKILL)
            self.trouble.kills += 1

    def cut_a_connection(self) -> None:
        proxy = self.trouble.randomly.choice(self.proxies)
        proxy.cut()
        self.trouble.cuts += 1

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for proxy in self.proxies:
            proxy.close()
        self.front.close()


def run(party: Party, jobs: int, within_s: float) -> float:
    """Make trouble until all clients have ended; the seconds it took."""
    trouble = party.trouble
    began = kill_at = cut_at = time.monotonic()
    answered_at_kill = 0
    while any(process.poll() is None for process in party.processes):
        now = time.monotonic()
        assert now - began < within_s, f"{len(party.answers())} of {jobs} after {within_s} s"
        answered = len(party.answers())
        # A job that two workers die on is refused, rightly: so something must be done between.
        if now - kill_at > trouble.kill_worker_s and answered > answered_at_kill + 1:
            party.kill_a_worker()
            kill_at, answered_at_kill = now, answered
        if now - cut_at > trouble.cut_s:
            party.cut_a_connection()
            cut_at = now
        if answered > jobs / 3 and not trouble.client_kills:
            party.kill_a_client()
        if answered > jobs * 2 / 3 and not trouble.front_kills:
            party.kill_the_front()
            kill_at, answered_at_kill = now, answered
        time.sleep(0.02)
    return time.monotonic() - began


def assert_each_job_has_one_result(party: Party, jobs: int) -> None:
    answers = party.answers()
    assert sorted(job_id for job_id, _ in answers) == sorted(f"job-{n}" for n in range(jobs))
    assert [line for _, line in answers if " Result " not in line] == []
    assert all(process.returncode == 0 for process in party.processes)
    trouble = party.trouble
    assert trouble.kills
    assert trouble.cuts
    assert trouble.client_kills
    assert trouble.front_kills


def hashes_by_seed(party: Party) -> dict[int, set[str]]:
    hashes: dict[int, set[str]] = {seed: set() for seed in range(SEEDS)}
    for job_id, line in party.answers():
        hashes[int(job_id.split("-")[1]) % SEEDS].add(line.split(" ")[2])
    return hashes


@pytest.fixture
def parties() -> Iterator[list[Party]]:
    made: list[Party] = []
    yield made
    for party in made:
        party.close()


def report(party: Party, jobs: int, seconds: float) -> None:
    trouble = party.trouble
    print(
        f"\n{jobs} jobs in {seconds:.0f} s: {trouble.kills} workers killed, {trouble.cuts} "
        f"connections cut, {trouble.client_kills} client and {trouble.front_kills} front killed"
    )


def scripted(kill_worker_s: float, cut_s: float) -> Trouble:
    settings = {"sampler": "plain", "steps": 3}
    return Trouble(kill_worker_s, cut_s, settings, {"worker": ["--step-s", "0.02"]})


@pytest.mark.parametrize(
    ("jobs", "trouble"),
    [
        pytest.param(60, scripted(1.5, 0.7), id="60"),
        pytest.param(
            1000, scripted(10.0, 3.0), id="1000", marks=[pytest.mark.long, pytest.mark.timeout(900)]
        ),
    ],
)
def test_each_job_ends_in_one_result_whatever_is_killed_or_cut(
    tmp_path: Path, parties: list[Party], jobs: int, trouble: Trouble
) -> None:
    party = Party(tmp_path, trouble, jobs)
    parties.append(party)
    seconds = run(party, jobs, within_s=100 if jobs < 100 else 800)
    report(party, jobs, seconds)
    assert_each_job_has_one_result(party, jobs)
    inverted = bytes.maketrans(bytes(range(256)), bytes(range(255, -1, -1)))
    for seed, hashes in hashes_by_seed(party).items():
        assert hashes == {hashlib.sha256(guide_pixels(seed).translate(inverted)).hexdigest()}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_real_worker_gives_the_same_pixels_for_the_same_seed_through_all_that(
    tmp_path: Path, parties: list[Party]
) -> None:
    jobs = 200
    trouble = Trouble(10.0, 3.0, {"steps": 2}, {"module": "backend.worker"})
    party = Party(tmp_path, trouble, jobs)
    parties.append(party)
    seconds = run(party, jobs, within_s=800)
    report(party, jobs, seconds)
    assert_each_job_has_one_result(party, jobs)
    assert all(len(hashes) == 1 for hashes in hashes_by_seed(party).values())


def _as_map(keys: ClientKeys) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(keys).items()}
