"""One cluster for all tests of a run: two nodes that declare a GPU each, and a head without."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.backend.front.running_front import RunningFront

HAS_RAY = importlib.util.find_spec("ray") is not None

if not HAS_RAY:
    assert os.environ.get("CI") != "true", "Ray must be installed where CI=true"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A `RunningCluster`. A test that kills one of its nodes adds another in its place."""
    if not HAS_RAY:
        pytest.skip("Ray is not installed (install.py --extras ray)")
    from tests.backend.cluster.running_cluster import GPU, RunningCluster

    running = RunningCluster(tmp_path_factory.mktemp("cluster"))
    try:
        running.nodes = [running.add(**GPU), running.add(**GPU)]
        yield running
    finally:
        running.close()


@pytest.fixture
def start_front(cluster: Any, tmp_path: Path) -> Iterator[Callable[..., RunningFront]]:
    """Starts fronts on the cluster; all are ended after the test."""
    started: list[RunningFront] = []

    def start(**options: Any) -> RunningFront:
        started.append(cluster.front(tmp_path / f"front-{len(started)}", **options))
        return started[-1]

    yield start
    for front in started:
        front.close()
        assert "Traceback" not in front.output, front.output
