from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.cluster.token import environment, make_token
from protocol import VERSION
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


OTHER_RAY = "import ray; ray.__version__ = '2.9.9'"
OTHER_PYTHON = """
import sys
from collections import namedtuple
version = namedtuple("version_info", "major minor micro releaselevel serial")
sys.version_info = version(*sys.version_info[:2], 99, "final", 0)
"""


@pytest.mark.parametrize(
    ("site", "named"), [(OTHER_RAY, "Ray: 2.9.9"), (OTHER_PYTHON, ".99)")], ids=["Ray", "Python"]
)
def test_another_ray_or_python_than_the_heads_is_named_with_the_remedy(
    cluster: Any,
    start_front: StartFront,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    site: str,
    named: str,
) -> None:
    """This machine's Python is made to think so as it starts; Ray itself compares and refuses."""
    (tmp_path / "sitecustomize.py").write_text(site)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name, value in environment(cluster.token).items():
        monkeypatch.setenv(name, value)  # which the bridge has before it imports Ray
    said = told(start_front())
    assert said.startswith("This machine and the cluster's head have different versions (Ray: ")
    assert named in said
    assert said.endswith(
        "Install the same SDEdit, with the same Python, on all machines of the cluster."
    )


def test_a_machine_with_another_sdedit_is_named(start_front: StartFront) -> None:
    said = told(start_front(worker=["--version", "9.9"]))
    assert f" has SDEdit 9.9 and this machine {VERSION}. Install the same version" in said


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
