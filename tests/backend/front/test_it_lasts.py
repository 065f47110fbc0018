from __future__ import annotations

import os
from pathlib import Path

from protocol.messages import Cancel, Cancelled, Failed, Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import Voice, edit_request

SIDE = 512
"""A megabyte a guide: a leak of one job in ten would show."""


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if "VmRSS" in line).split()[1]) / 1024


def run_jobs(voice: Voice, count: int) -> None:
    for number in range(count):
        request = edit_request(SIDE, SIDE, sampler="echo", steps=1)
        voice.say(request)
        if number % 4 == 3:
            voice.say(Cancel(request.job_id))
        final = voice.finals(1)[0]
        while isinstance(final, Failed) and final.code == "no-such-job":
            final = voice.finals(1)[0]  # a Cancel that crossed its job's Result on the way
        assert isinstance(final, (Result, Cancelled))


def test_five_hundred_jobs_leave_memory_and_open_files_as_they_were(
    start_front: StartFront,
) -> None:
    front = start_front(worker=["--step-s", "0"])
    voice = front.connect()
    run_jobs(voice, 100)
    pid = front.process.pid
    memory_before, files_before = memory_mb(pid), len(os.listdir(f"/proc/{pid}/fd"))
    run_jobs(voice, 500)
    assert memory_mb(pid) - memory_before < 25
    assert len(os.listdir(f"/proc/{pid}/fd")) <= files_before + 2


def test_clients_that_come_and_go_leave_no_open_files(start_front: StartFront) -> None:
    front = start_front()
    stays = front.connect()
    pid = front.process.pid
    for _ in range(3):
        front.connect().client.close()
    stays.ask_status()
    before = len(os.listdir(f"/proc/{pid}/fd"))
    for _ in range(50):
        front.connect().client.close()
    stays.ask_status()
    assert len(os.listdir(f"/proc/{pid}/fd")) <= before + 5
