from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.cluster.token import make_token
from protocol.messages import Failed, Result
from tests.backend.front.running_front import RunningFront, edit_request, eventually

StartFront = Callable[..., RunningFront]


def told(front: RunningFront) -> str:
    """What the front says once it knows what is wrong."""
    voice = front.connect()
    eventually(lambda: voice.ask_status().state == "broken", within_s=60)
    return voice.ask_status().sentence


def test_no_cluster_at_the_address_is_one_sentence_that_jobs_are_refused_with(
    cluster: Any, start_front: StartFront
) -> None:
    front = start_front(cluster={"address": "127.0.0.1:1", "token": str(cluster.token)})
    assert told(front) == (
        "There is no cluster at 127.0.0.1:1 (Connection refused). Run 'sdedit node --head' on one "
        "machine and 'sdedit node --join' on the others."
    )
    voice = front.connect()
    voice.say(edit_request())
    (answer,) = voice.finals(1)
    assert isinstance(answer, Failed)
    assert answer.code == "no-cluster"


def test_an_address_that_is_none_is_refused(cluster: Any, start_front: StartFront) -> None:
    front = start_front(cluster={"address": "studio", "token": str(cluster.token)})
    assert told(front) == "'studio' is no address of a cluster. Give it as HOST:PORT."


def test_another_token_is_refused_with_the_remedy(
    cluster: Any, start_front: StartFront, tmp_path: Path
) -> None:
    other = make_token(tmp_path / "other")
    front = start_front(cluster={"address": cluster.address, "token": str(other)})
    assert "does not let this machine in. Copy the file ray-token" in told(front)


def test_a_cluster_without_any_gpu_says_how_to_declare_one(tmp_path: Path) -> None:
    from tests.backend.cluster.running_cluster import RunningCluster

    headless = RunningCluster(tmp_path)
    front = headless.front(tmp_path / "front")
    try:
        assert told(front) == (
            "No machine of the cluster declares a GPU. Start one with 'sdedit node --gpus N', or "
            "for its processor with --cpu-slots N."
        )
    finally:
        front.close()
        headless.close()


def test_a_job_goes_where_its_model_is_and_one_that_is_nowhere_is_refused(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--models", "landscape landscape,rare"])
    voice = front.connect()
    eventually(lambda: "2 workers" in voice.ask_status().sentence, within_s=60)
    pids = set()
    for _ in range(3):
        voice.say(edit_request(model="rare"))
        (answer,) = voice.finals(1)
        assert isinstance(answer, Result)
        pids.add(answer.recipe["pid"])
    assert len(pids) == 1
    voice.say(edit_request(model="nowhere"))
    (answer,) = voice.finals(1)
    assert isinstance(answer, Failed)
    assert answer.code == "unknown-model"
    assert answer.hint == "Choose one of: landscape, rare."
