from __future__ import annotations

import os
import signal
import subprocess
import sys

from backend.paths import ROOT
from protocol.messages import Accepted, Progress, Result
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import edit_request, eventually

SOON = {"client_return_s": 0.3}

SPEAKER = """
import sys, time
from pathlib import Path
from protocol.client import Client
from protocol.keys import load_client_keys
from tests.backend.front.running_front import edit_request
client = Client(sys.argv[1], load_client_keys(Path(sys.argv[2])))
client.wait_until_connected(20)
for _ in range(3):
    client.send(edit_request(steps=1000))
while True:
    client.wait(20)
    print("heard", flush=True)
"""


def test_the_jobs_of_a_client_that_closed_are_stopped(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"], timeouts=SOON)
    leaver, other = front.connect(), front.connect()
    for _ in range(3):
        leaver.say(edit_request(steps=1000))
    leaver.expect(Progress)
    request = edit_request()
    other.say(request)
    other.expect(Accepted)
    leaver.client.close()
    assert isinstance(other.finals(1)[0], Result)
    eventually(lambda: (s := other.ask_status()).running == s.waiting == 0)


def test_the_jobs_of_a_client_that_was_killed_are_stopped(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"], timeouts=SOON)
    other = front.connect()
    process = subprocess.Popen(
        [sys.executable, "-c", SPEAKER, front.address, str(front.folder / "keys")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        assert other.ask_status().running == 1
        os.kill(process.pid, signal.SIGKILL)
    took = eventually(lambda: (s := other.ask_status()).running == s.waiting == 0)
    assert took < 5


def test_the_jobs_of_a_client_that_froze_are_stopped(start_front: StartFront) -> None:
    front = start_front(worker=["--step-s", "0.05"], timeouts=SOON)
    other = front.connect()
    process = subprocess.Popen(
        [sys.executable, "-c", SPEAKER, front.address, str(front.folder / "keys")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        eventually(lambda: (s := other.ask_status()).running == s.waiting == 0)
        os.kill(process.pid, signal.SIGKILL)
