from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.backend.front.running_front import RunningFront

StartFront = Callable[..., RunningFront]


@pytest.fixture
def start_front(tmp_path: Path) -> Iterator[StartFront]:
    """Starts front processes with the options given; all are ended after the test."""
    started: list[RunningFront] = []

    def start(**options: Any) -> RunningFront:
        folder = tmp_path / f"front-{len(started)}"
        folder.mkdir()
        started.append(RunningFront(folder, **options))
        return started[-1]

    yield start
    for front in started:
        front.close()
        assert "Traceback" not in front.output, front.output
