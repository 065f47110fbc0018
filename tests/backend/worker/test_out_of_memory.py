"""A worker whose memory really runs out: the kernel refuses it any more."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.local import LocalBackend
from protocol.errors import JobFailed
from protocol.messages import Result
from tests.backend.worker.test_real_edits import child_pids, pixels_of, request

needs_prlimit = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux' prlimit")


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalBackend]:
    """A backend whose worker holds no memory of earlier edits that it could use again."""
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    # Each thread reserves addresses of its own, for malloc too, when it first asks for some.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    with LocalBackend("cpu") as running:
        yield running


@contextmanager
def more_memory_at_most(worker: int, mebibytes: int) -> Iterator[None]:
    """A worker that may take only so much more than it has."""
    status = Path(f"/proc/{worker}/status").read_text()
    used_kib = next(int(line.split()[1]) for line in status.splitlines() if "VmSize" in line)
    unlimited = resource.prlimit(worker, resource.RLIMIT_AS)
    resource.prlimit(worker, resource.RLIMIT_AS, (1024 * (used_kib + 1024 * mebibytes), -1))
    try:
        yield
    finally:
        resource.prlimit(worker, resource.RLIMIT_AS, unlimited)


@needs_prlimit
def test_an_edit_that_fits_only_in_smaller_tiles_is_made_in_those(fresh: LocalBackend) -> None:
    whole = fresh.edit(request(64, 64, steps=1)).recipe
    (worker,) = child_pids(fresh.pid)
    with more_memory_at_most(worker, 110):
        tiled = fresh.edit(request(512, 512, steps=1))
    assert "smaller_tiles" not in whole
    assert tiled.recipe["smaller_tiles"] is True
    assert child_pids(fresh.pid) == [worker]
    difference = pixels_of(tiled).astype(int) - pixels_of(fresh.edit(request(512, 512, steps=1)))
    assert abs(difference).max() <= 2


@needs_prlimit
def test_an_edit_that_does_not_fit_into_memory_names_a_size_that_does(
    fresh: LocalBackend,
) -> None:
    fresh.edit(request())
    (worker,) = child_pids(fresh.pid)
    with more_memory_at_most(worker, 100):
        with pytest.raises(JobFailed) as caught:
            fresh.edit(request(1024, 1024))
        assert caught.value.code == "out-of-memory"
        assert "1024×1024 pixels" in caught.value.sentence
        fits = re.fullmatch(
            r"Select a smaller area \((\d+)×(\d+) pixels fit\), or close other programs\.",
            caught.value.hint,
        )
        assert fits is not None, caught.value.hint
        assert isinstance(fresh.edit(request(int(fits[1]), int(fits[2]))), Result)
    assert child_pids(fresh.pid) == [worker]
