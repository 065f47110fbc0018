"""What a cluster adds to a job's time, how it scales, and how fast it recovers: RAY.md.

    python -m benchmarks.ray_cluster

Everything runs on this machine. The network is one that sleeps, as a CPU sleeps while a GPU works,
so that the engine is measured and not the processor; nodes declare GPUs that are not there.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protocol.messages import Message, Progress, Result
from tests.backend.cluster.running_cluster import GPU, RunningCluster
from tests.backend.front.running_front import RunningFront, Voice, edit_request, eventually

SIDE_48_MB = 3464
WORKERS = (1, 2, 4)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = RunningCluster(folder)
        try:
            cluster.nodes = [cluster.add(**GPU)]
            overhead(cluster, folder)
            throughput(cluster, folder)
            recovery(cluster, folder)
        finally:
            cluster.close()


def overhead(cluster: RunningCluster, folder: Path) -> None:
    """A job of one step that takes no time, on one worker."""
    print(
        "| engine | small job, ms (median, 95 %) | 48 MB in and out, ms (median) |\n|---|---|---|"
    )
    for name in ("local", "ray"):
        front = start(name, cluster, folder / f"overhead-{name}", workers=1, step_s=0)
        voice = ready(front, 1)
        small = [1000 * timed(voice, steps=1) for _ in range(200)][20:]
        size = {"width": SIDE_48_MB, "height": SIDE_48_MB}
        large = [1000 * timed(voice, steps=1, sampler="echo", **size) for _ in range(9)][2:]
        middle, most = statistics.median(small), statistics.quantiles(small, n=20)[-1]
        print(f"| {name} | {middle:.1f}, {most:.1f} | {statistics.median(large):.0f} |", flush=True)
        front.close()


def throughput(cluster: RunningCluster, folder: Path) -> None:
    """Jobs of 10 steps of 50 ms, twelve at a time for each worker; and one of eight variants."""
    print("\n| workers | jobs/s | of the possible | 8 variants, s |\n|---|---|---|---|")
    for workers in WORKERS:
        while len(cluster.nodes) < workers:
            cluster.nodes.append(cluster.add(**GPU))
        front = start("ray", cluster, folder / f"throughput-{workers}", workers, step_s=0.05)
        voice = ready(front, workers)
        requests = [edit_request(steps=10) for _ in range(12 * workers)]
        began = time.monotonic()
        for request in requests[:16]:  # as many as one client may have
            voice.say(request)
        for nth in range(len(requests)):
            voice.finals(1)
            if 16 + nth < len(requests):
                voice.say(requests[16 + nth])
        rate = len(requests) / (time.monotonic() - began)
        variants = timed(voice, steps=10, variants=8)
        share = 100 * rate * 0.5 / workers
        print(f"| {workers} | {rate:.2f} | {share:.0f} % | {variants:.2f} |", flush=True)
        front.close()


def recovery(cluster: RunningCluster, folder: Path) -> None:
    """From the blow to the job's next step, on two of the nodes."""
    for node in cluster.nodes[2:]:
        cluster.kill(node)
    cluster.nodes = cluster.nodes[:2]
    front = start("ray", cluster, folder / "recovery", 2, step_s=0.05, times={"step_s": 5.0})
    voice = ready(front, 2)
    print("\n| blow | the job goes on after, s |\n|---|---|")

    def bridge() -> None:
        for path in front.folder.glob("bridge-*"):
            pid = int(path.name.split("-")[1])
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)

    def nodes() -> None:
        for node in cluster.nodes:
            cluster.kill(node)
        cluster.nodes = [cluster.add(**GPU)]

    def fate(name: str) -> Callable[[], None]:
        return lambda: (front.folder / f"met {name}").unlink(missing_ok=True)

    kill, stop = "kill@first step", "stop@last step"
    blows: list[tuple[str, int, str, Callable[[], object]]] = [
        ("its worker killed (-9), another one is free", 3, kill, fate(kill)),
        ("its worker frozen (SIGSTOP), the watchdog set to 5 s and not 30", 3, stop, fate(stop)),
        ("the bridge killed (-9)", 3, "plain", bridge),
        ("all nodes killed (-9), another one joins", 1, "plain", nodes),
        ("the head killed: the job itself is not held up", 1, "plain", cluster.kill_head),
    ]
    for name, times, sampler, strike in blows:
        gaps = []
        for _ in range(times):
            eventually(lambda: voice.ask_status().state == "ready", within_s=90)
            time.sleep(3)  # The other worker is there again, too.
            gaps.append(gap_after(voice, sampler, strike))
        print(f"| {name} | {statistics.median(gaps):.2f} |", flush=True)
    front.close()


def gap_after(voice: Voice, sampler: str, strike: Callable[[], object]) -> float:
    """The longest time without a step of a job in whose middle this happens."""
    request = edit_request(steps=60, sampler=sampler)
    if "@" in sampler:
        strike()  # It meets its fate by itself.
    voice.say(request)
    voice.expect(Progress, request.job_id)
    heard, longest = time.monotonic(), 0.0
    if "@" not in sampler:
        strike()
    while True:
        messages: list[Message] = voice.heard or voice.client.wait(90)
        voice.heard = []
        for message in messages:
            if getattr(message, "job_id", "") == request.job_id:
                longest, heard = max(longest, time.monotonic() - heard), time.monotonic()
            if isinstance(message, Result):
                return longest


def timed(voice: Voice, **settings: Any) -> float:
    request = edit_request(**settings)
    began = time.monotonic()
    voice.say(request)
    voice.expect(Result, request.job_id)
    return time.monotonic() - began


def start(
    engine: str, cluster: RunningCluster, folder: Path, workers: int, step_s: float, **more: Any
) -> RunningFront:
    options = {"worker": ["--step-s", str(step_s)], **more}
    if engine == "ray":
        return cluster.front(folder, **options)
    folder.mkdir()
    return RunningFront(folder, devices=["cpu"] * workers, **options)


def ready(front: RunningFront, workers: int) -> Voice:
    voice = front.connect()
    eventually(lambda: len(front.worker_pids()) >= workers, within_s=90)
    eventually(lambda: voice.ask_status().state == "ready", within_s=90)
    time.sleep(2)  # The cluster's count is told each second.
    return voice


if __name__ == "__main__":
    main()
