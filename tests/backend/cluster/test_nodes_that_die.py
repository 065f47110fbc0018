from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from protocol.messages import Failed, Progress, Result
from tests.backend.cluster.running_cluster import GPU
from tests.backend.front.running_front import (
    RunningFront,
    Voice,
    edit_request,
    eventually,
    is_alive,
)

StartFront = Callable[..., RunningFront]
SLOW = {"worker": ["--step-s", "0.1"]}


def ready(front: RunningFront, workers: int) -> Voice:
    """A client, once so many workers are ready."""
    voice = front.connect()
    eventually(lambda: f"{workers} worker" in voice.ask_status().sentence, within_s=60)
    return voice


def run_all(voice: Voice, requests: list[Any], meanwhile: Callable[[], object]) -> list[Result]:
    """The results of all, each once; ``meanwhile`` is done as soon as one has made a step."""
    for request in requests:
        voice.say(request)
    voice.expect(Progress)
    meanwhile()
    answers = voice.finals(len(requests))
    assert sorted(answer.job_id for answer in answers) == sorted(r.job_id for r in requests)  # type: ignore[attr-defined]
    results = [answer for answer in answers if isinstance(answer, Result)]
    assert len(results) == len(requests), answers
    return results


def test_a_frozen_worker_is_noticed_even_before_its_first_step(start_front: StartFront) -> None:
    """It is given minutes to load a model, but not to say that its process runs. Of two workers
    one freezes before its first step and one after it."""
    voice = ready(start_front(times={"pulse_s": 3.0}), 2)
    began = time.monotonic()
    for stage in ("taken", "first step"):
        voice.say(edit_request(sampler=f"stop@{stage}"))
    assert all(isinstance(answer, Result) for answer in voice.finals(2))
    assert time.monotonic() - began < 25  # Without it: 30 s after a step, 300 s before one.


def test_a_worker_that_says_why_it_cannot_work_is_quoted(start_front: StartFront) -> None:
    front = start_front(worker=["--loading", "fails"])
    voice = front.connect()
    status = voice.wait_for_state("broken")
    assert status.sentence.endswith("There is no paint. Buy some.")
    voice.say(edit_request())
    (answer,) = voice.finals(1)
    assert isinstance(answer, Failed)
    assert answer.code == "no-paint"


@pytest.fixture(scope="module")
def slow_front(cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    """One front that lives through all that the tests below do to the nodes and to its bridge; as
    long as it is there, other fronts get no workers."""
    front = cluster.front(tmp_path_factory.mktemp("slow") / "front", **SLOW)
    yield front
    front.close()
    assert "Traceback" not in front.output, front.output


def test_the_jobs_of_a_node_that_dies_are_done_by_another_before_ray_has_noticed(
    cluster: Any, slow_front: RunningFront
) -> None:
    voice = ready(slow_front, 2)
    began = time.monotonic()
    run_all(
        voice,
        [edit_request(steps=10) for _ in range(2)],
        lambda: cluster.kill(cluster.nodes.pop(0)),
    )
    assert time.monotonic() - began < 12  # Ray declares a node dead after that time.
    cluster.nodes.append(cluster.add(**GPU))
    eventually(lambda: "2 workers" in voice.ask_status().sentence, within_s=60)


def test_a_node_that_joins_gets_work(cluster: Any, slow_front: RunningFront) -> None:
    voice = ready(slow_front, 2)
    extra = cluster.add(**GPU)
    eventually(lambda: "3 workers" in voice.ask_status().sentence, within_s=60)
    results = run_all(voice, [edit_request(steps=10) for _ in range(3)], lambda: None)
    assert len({result.recipe["pid"] for result in results}) == 3
    cluster.kill(extra)
    eventually(lambda: "2 workers" in voice.ask_status().sentence, within_s=60)


def test_a_bridge_that_is_killed_costs_time_alone(slow_front: RunningFront) -> None:
    voice = ready(slow_front, 2)
    bridges = (int(path.name.split("-")[1]) for path in slow_front.folder.glob("bridge-*"))
    (bridge,) = filter(is_alive, bridges)
    requests = [edit_request(steps=10) for _ in range(3)]
    results = run_all(voice, requests, lambda: os.kill(bridge, signal.SIGKILL))
    answered = {result.job_id: bytes(result.pictures[0].data) for result in results}
    for request in requests:
        inverted = bytes(255 - value for value in request.guide.data)
        assert answered[request.job_id] == inverted


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_job_outlives_the_head_and_the_next_one_waits_for_a_new_head(tmp_path: Any) -> None:
    from tests.backend.cluster.running_cluster import RunningCluster

    first = RunningCluster(tmp_path, gcs_server_port=7399)
    first.add(**GPU)
    front = first.front(tmp_path / "front", **SLOW)
    try:
        voice = ready(front, 1)
        run_all(voice, [edit_request(steps=30)], first.kill_head)
        eventually(lambda: voice.ask_status().state == "loading", within_s=60)
        waiting = edit_request()
        voice.say(waiting)
        first.close()
        second = RunningCluster(tmp_path, gcs_server_port=7399)
        try:
            second.add(**GPU)
            began = time.monotonic()
            eventually(lambda: voice.ask_status().state in ("ready", "busy"), within_s=90)
            print(f"\nready {time.monotonic() - began:.1f} s after the new head and node")
            assert isinstance(voice.expect(Result, waiting.job_id), Result)
        finally:
            front.close()
            second.close()
    finally:
        front.close()
        first.close()
