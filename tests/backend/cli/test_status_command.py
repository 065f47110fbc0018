from __future__ import annotations

import json
import signal
from pathlib import Path

from backend.cli.status_text import as_text
from protocol.keys import make_keys
from protocol.messages import StatusReport
from tests.backend.cli.sdedit_command import sdedit, start_sdedit
from tests.backend.front.running_front import eventually

REPORT = StatusReport(
    1,
    "busy",
    "Working on an edit. 1 more is waiting.",
    "ray",
    (
        {
            "name": "NVIDIA L40S",
            "place": "render7",
            "state": "busy",
            "sentence": "",
            "model": "landscape",
            "done": 41,
            "seconds": 3.2,
        },
        {
            "name": "GPU",
            "place": "render8",
            "state": "broken",
            "sentence": "render8 has SDEdit 0.2 and this machine 0.1.",
            "model": "",
            "done": 0,
            "seconds": 7300.0,
        },
    ),
    tuple(
        {
            "position": position,
            "client": 1 + position,
            "is_yours": position == 1,
            "priority": "normal",
            "summary": "t0 0.45, 20 steps",
            "model": "landscape",
            "width": 1024,
            "height": 768,
            "waited": 4.0,
            "seconds": 130.0,
        }
        for position in (0, 1)
    ),
    ({"name": "landscape"}, {"name": "cats"}),
    {
        "running": 1,
        "waiting": 3,
        "devices": 2,
        "done_minute": 6,
        "done_hour": 130,
        "done": 131,
        "failed": 2,
        "cancelled": 4,
        "uptime": 5000.0,
        "seconds_each": 8.25,
    },
)


def test_a_report_is_a_page_for_a_terminal() -> None:
    assert as_text(REPORT).split("\n") == [
        "Working on an edit. 1 more is waiting.",
        "1 running, 3 waiting; 6 done in the last minute, 130 in the last hour, 8.2 s each.",
        "131 done, 2 failed, 4 cancelled since it started 83 min ago.",
        "",
        "DEVICES",
        "  NVIDIA L40S on render7  busy for 3 s    41 done  landscape",
        "  GPU on render8          broken for 2 h  0 done              render8 has SDEdit 0.2 and "
        "this machine 0.1.",
        "",
        "JOBS",
        "  runs  client 1  normal  landscape, 1024×768  waited 4 s  2 min left",
        "  1.    yours     normal  landscape, 1024×768  waited 4 s  starts in 2 min",
        "  and 2 more",
        "",
        "MODELS",
        "  landscape, cats",
    ]


def test_the_status_of_a_backend_that_runs_here_is_shown(tmp_path: Path) -> None:
    make_keys(tmp_path / "home" / "keys")
    with start_sdedit(tmp_path, "serve", "--device", "cpu") as serving:
        try:
            eventually(lambda: len(list(tmp_path.glob("home/run/*.json"))) == 1, within_s=60)
            shown = sdedit(tmp_path, "status")
            assert shown.returncode == 0
            assert shown.stdout.startswith("Loading the model.\n0 running, 0 waiting;")
            report = json.loads(sdedit(tmp_path, "status", "--json").stdout)
            assert (report["engine"], report["totals"]["devices"]) == ("local", 1)
        finally:
            serving.terminate()
            serving.communicate(timeout=30)
    assert list(tmp_path.glob("home/run/*.json")) == []


def test_of_two_backends_that_run_here_both_are_shown(tmp_path: Path) -> None:
    make_keys(tmp_path / "home" / "keys")
    first = start_sdedit(tmp_path, "serve", "--device", "cpu")
    second = start_sdedit(tmp_path, "serve", "--device", "cpu")
    with first, second:
        try:
            eventually(lambda: len(list(tmp_path.glob("home/run/*.json"))) == 2, within_s=60)
            lines = sdedit(tmp_path, "status", "--json").stdout.splitlines()
            addresses = {json.loads(line)["address"] for line in lines}
            assert len(addresses) == 2
            shown = sdedit(tmp_path, "status").stdout
            assert {line for line in shown.splitlines() if line.startswith("tcp://")} == addresses
            second.send_signal(signal.SIGSTOP)  # It keeps nobody from seeing the other one.
            shown_with_one_frozen = sdedit(tmp_path, "status")
            assert shown_with_one_frozen.stdout.count("since it started") == 1
            assert "does not answer at" in shown_with_one_frozen.stderr
        finally:
            second.kill()
            first.terminate()
            first.communicate(timeout=60)
            second.communicate(timeout=60)


def test_without_a_backend_it_says_how_to_have_one(tmp_path: Path) -> None:
    (tmp_path / "home" / "run").mkdir(parents=True)
    # As one leaves it that was killed: no process has this id.
    stale = {"address": "tcp://127.0.0.1:9", "pid": 2**22 + 1}
    (tmp_path / "home" / "run" / "serve-1.json").write_text(json.dumps(stale))
    shown = sdedit(tmp_path, "status")
    assert shown.returncode == 1
    assert shown.stderr == (
        "No backend runs on this machine. Start one with 'sdedit serve', or name one elsewhere "
        "with --backend.\n"
    )
