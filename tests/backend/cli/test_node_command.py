from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.keys import make_keys
from tests.backend.cli.sdedit_command import environment, sdedit, start_sdedit
from tests.backend.front.running_front import eventually


def test_a_member_without_the_heads_token_is_told_where_to_get_it(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    shown = sdedit(tmp_path, "node", "--join", "127.0.0.1:1")
    assert shown.returncode == 1
    assert shown.stderr.endswith(
        "ray-token is missing. 'sdedit node --head' makes it; on other machines put a copy of the "
        "head's there.\n"
    )


def test_serving_on_a_cluster_needs_the_token_too(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    make_keys(tmp_path / "home" / "keys")
    shown = sdedit(tmp_path, "serve", "--engine", "ray")
    assert shown.returncode == 1
    assert "ray-token is missing." in shown.stderr


HIDE_RAY = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "ray" else find(name, *more)
from backend.cli.command import main
sys.exit(main(sys.argv[1:]))
"""


def test_without_ray_both_say_what_to_install(tmp_path: Path) -> None:
    for arguments in (["node", "--head"], ["serve", "--engine", "ray"]):
        shown = subprocess.run(
            [sys.executable, "-c", HIDE_RAY, *arguments],
            cwd=tmp_path,
            env=environment(tmp_path / "home"),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert shown.returncode == 1
        assert shown.stderr == "Ray is not installed. Run: python3 install.py --extras ray\n"


@pytest.mark.long
def test_a_node_and_a_front_become_ready_by_the_commands_alone(tmp_path: Path) -> None:
    """On the ports that are the default, so not beside another cluster."""
    make_keys(tmp_path / "home" / "keys")
    arguments = ["node", "--head", "--cpu-slots", "1", "--gpus", "0", "--ip", "127.0.0.1"]
    with start_sdedit(tmp_path, *arguments) as node:
        try:
            with start_sdedit(tmp_path, "serve", "--engine", "ray") as serving:
                try:
                    eventually(lambda: "ready" in state(tmp_path), within_s=90)
                finally:
                    serving.send_signal(signal.SIGINT)
                    serving.communicate(timeout=30)
        finally:
            node.send_signal(signal.SIGINT)
            node.communicate(timeout=60)


def state(folder: Path) -> str:
    shown = sdedit(folder, "status", "--json")
    return str(json.loads(shown.stdout)["state"]) if shown.returncode == 0 else ""
