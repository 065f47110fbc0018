"""A cluster under test, and the fronts that use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from backend.cluster.token import environment, make_token
from backend.paths import ROOT
from tests.backend.front.running_front import RunningFront

GPU = {"num_gpus": 1}
"""A node that declares one, which this machine need not have."""


class RunningCluster:
    """Ray's processes: a head without workers, and the nodes that were added."""

    def __init__(self, folder: Path, **head: Any) -> None:
        self.token = make_token(folder / "keys")
        env = {**os.environ, **environment(self.token), "PYTHONPATH": str(ROOT)}
        env["SDEDIT_HOME"] = str(folder / "home")
        # Short: Ray's sockets lie there, and their paths may have 107 bytes.
        self._ray_folder = Path("/tmp") / f"sdedit-ray-{os.getpid()}-{id(self)}"
        env["RAY_TMPDIR"] = str(self._ray_folder)
        self._ray_folder.mkdir()
        self._output = (folder / "cluster.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.backend.cluster.cluster_process", json.dumps(head)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
        )
        self.address = self._answer()
        self.nodes: list[str] = []

    def add(self, **declared: Any) -> str:
        """A new node; its id."""
        return self._order("add", declared)

    def kill(self, node: str) -> None:
        """kill -9 of the node's raylet, with which its workers end."""
        self._order("kill", node)

    def kill_head(self) -> None:
        self._order("kill head")

    def front(self, folder: Path, **options: Any) -> RunningFront:
        """A front with the scripted actors; options as in `RunningFront`."""
        folder.mkdir(parents=True)
        cluster = {"address": self.address, "token": str(self.token)}
        return RunningFront(folder, **{"cluster": cluster, **options})

    def close(self) -> None:
        self._process.communicate(timeout=60)
        self._output.close()
        shutil.rmtree(self._ray_folder, ignore_errors=True)

    def _order(self, *order: Any) -> str:
        assert self._process.stdin is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, "the cluster's process has ended: see cluster.log"
        return line
