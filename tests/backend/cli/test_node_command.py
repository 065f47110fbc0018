from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.keys import make_keys
from tests.backend.cli.sdedit_command import environment, sdedit, start_sdedit
from tests.backend.cluster.process_sessions import children_of, in_session
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


@pytest.mark.skipif(sys.platform != "linux", reason="processes are told apart as on Linux")
@pytest.mark.timeout(240)
def test_the_commands_alone_make_a_cluster_and_a_node_that_is_killed_leaves_no_process(
    tmp_path: Path,
) -> None:
    pytest.importorskip("ray")
    make_keys(tmp_path / "home" / "keys")
    port = free_ports(108)
    own = ["--cpu-slots", "1", "--gpus", "0", "--ip", "127.0.0.1", "--port", str(port)]
    with start_sdedit(tmp_path, "node", "--head", *own, "--first-port", str(port + 1)) as node:
        ray: list[int] = []
        try:
            eventually(lambda: bool(children_of(node.pid)), within_s=60)
            ray = children_of(node.pid)
            at = ["--engine", "ray", "--cluster", f"127.0.0.1:{port}"]
            with start_sdedit(tmp_path, "serve", *at) as serving:
                try:
                    eventually(lambda: state(tmp_path) == "ready", within_s=120)
                finally:
                    serving.send_signal(signal.SIGINT)
                    serving.communicate(timeout=60)
            assert len(in_session(ray[0])) > 3
            os.kill(ray[0], signal.SIGSTOP)  # It wakes, even so.
            node.kill()
            node.wait()
            eventually(lambda: in_session(ray[0]) == [], within_s=60)
        finally:
            node.kill()
            for pid in in_session(ray[0]) if ray else ():
                os.kill(pid, signal.SIGKILL)


def free_ports(count: int) -> int:
    """The first of so many ports in a row, below those that the system gives out."""
    first = 20000 + os.getpid() % 50 * 200
    while not all(map(is_free, range(first, first + count))):
        first += count
    return first


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def state(folder: Path) -> str:
    shown = sdedit(folder, "status", "--json")
    return str(json.loads(shown.stdout)["state"]) if shown.returncode == 0 else ""
