"""A client that sends a message without end is cut off, and nobody else notices."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from backend.paths import ROOT
from protocol.framing import encode
from protocol.limits import LIMITS
from protocol.messages import Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.door import PATIENCE_S, Door
from tests.backend.front.running_front import RunningFront, edit_request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of floods")

MOST_MB = 40
FLOOD_MB = 5 * MOST_MB
COST = 4
"""What ZeroMQ needs for each byte of frames as small as a few bytes; of large ones it is 1."""
FRAME_BYTES = {"tiny": 200, "small": 5_000, "large": 900_000, "huge": 30_000_000}


@contextmanager
def flooder(front: RunningFront, frame_bytes: int, megabytes: int) -> Iterator[None]:
    keys = str(front.folder / "keys")
    arguments = [front.address, keys, str(frame_bytes), str(megabytes)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.backend.front.flooder", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield
        finally:
            process.kill()


def memory_mb(pid: int, name: str) -> float:
    """VmRSS, resident now, or VmHWM, the most it ever was."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1000


def flood(
    front: RunningFront, frame_bytes: int, megabytes: int, within_s: float = PATIENCE_S
) -> tuple[float, float]:
    """Flood until the flooder is cut off: the slowest answer to another client, in seconds, and
    by how many megabytes the front grew."""
    other = front.connect()
    pid = front.process.pid
    before = memory_mb(pid, "VmHWM")
    slowest = 0.0
    end = time.monotonic() + within_s
    with flooder(front, frame_bytes, megabytes):
        while "Cut off a client at 127.0.0.1" not in front.output:
            assert time.monotonic() < end, "the flooder was not cut off"
            began = time.monotonic()
            other.ask_status()
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.01)
        other.say(edit_request(sampler="echo"))
        assert isinstance(other.finals(1)[0], Result)
    return slowest, memory_mb(pid, "VmHWM") - before


@pytest.mark.parametrize("frame_bytes", FRAME_BYTES.values(), ids=FRAME_BYTES.keys())
def test_a_flood_is_cut_off_while_another_client_is_served(
    start_front: StartFront, frame_bytes: int
) -> None:
    front = start_front(limits={"unfinished_bytes": MOST_MB * 1_000_000})
    slowest_s, grown_mb = flood(front, frame_bytes, FLOOD_MB)
    assert slowest_s < 2
    assert grown_mb < COST * MOST_MB


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("frame_bytes", FRAME_BYTES.values(), ids=FRAME_BYTES.keys())
def test_a_flood_against_the_real_limits(start_front: StartFront, frame_bytes: int) -> None:
    """Run by hand, with -m long -s; the figures go to benchmarks/RELIABILITY.md."""
    front = start_front()
    megabytes = LIMITS.unfinished_bytes * 3 // 2_000_000
    slowest_s, grown_mb = flood(front, frame_bytes, megabytes, within_s=500)
    print(f"\nframes of {frame_bytes}: slowest answer {1000 * slowest_s:.0f} ms,", end=" ")
    print(f"the front grew by {grown_mb:.0f} MB")
    assert front.connect().ask_status()


def test_messages_that_end_may_have_more_bytes_in_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request = edit_request(400, 400)
    limits = replace(LIMITS, unfinished_bytes=2 * request.guide.nbytes)
    with Door(tmp_path / "keys", limits) as door:
        dealer = door.dealer(door.keys())
        for _ in range(10):
            dealer.send_multipart(encode(request))
            assert len(door.let_in(PATIENCE_S, at_most=1)) == 1
        assert "Cut off" not in caplog.text


def test_a_worker_may_take_more_memory_than_the_front(start_front: StartFront) -> None:
    front = start_front()
    front.connect().wait_for_state("ready")
    (worker,) = front.worker_pids()
    assert address_space(front.process.pid) != "unlimited"
    assert address_space(worker) == "unlimited"


def address_space(pid: int) -> str:
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    line = next(line for line in limits.splitlines() if line.startswith("Max address space"))
    return line.split()[3]
