"""This machine as a node of a cluster: Ray's own processes, started with what keeps them closed.

Ray listens on several ports of all interfaces. Who shows the token there can run code here; so a
cluster belongs in a network of its own (docs/studio.md).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.children import end_child, module_command, start_child
from backend.cluster.connection import check_ray, reach
from backend.cluster.problems import ClusterError
from backend.cluster.slots import CPU_SLOTS
from backend.cluster.token import check_token, environment, make_token
from backend.paths import ROOT

log = logging.getLogger(__name__)

HEAD_PORT = 6379
FIRST_PORT = 6380
OWN_PORTS = ("node-manager", "object-manager", "runtime-env-agent", "metrics-export")
AGENT_PORTS = ("dashboard-agent-listen", "dashboard-agent-grpc")
WORKER_PORTS = 100
STORE_BYTES = 2 * 1024**3
"""Shared memory for pictures on their way. What does not fit is put on the disk."""
SETTLED_S = 20.0
"""A node that ends before cannot be one; one that ends later has lost its head."""
AGAIN_S = 5.0
"""Between two attempts to come back."""
END_S = 20.0
"""For Ray to end all that it has started."""


@dataclass(frozen=True)
class NodePlan:
    """A node to be: the head, or with ``join`` a member of the cluster at HOST:PORT."""

    keys: Path
    home: Path
    join: str = ""
    ip: str = ""
    """The address by which the others reach this machine; "" lets Ray find it."""
    port: int = HEAD_PORT
    """Of the head."""
    first_port: int = FIRST_PORT
    gpus: int | None = None
    """None: as many as Ray finds."""
    cpu_slots: int = 0

    @property
    def last_port(self) -> int:
        return self.first_port + len(OWN_PORTS + AGENT_PORTS) + WORKER_PORTS

    def command(self) -> list[str]:
        """Ray's own command line, run so that it ends with us."""
        first = self.first_port + len(OWN_PORTS + AGENT_PORTS)
        ports = {
            f"{name}-port": self.first_port + n for n, name in enumerate(OWN_PORTS + AGENT_PORTS)
        }
        values = {
            **ports,
            "min-worker-port": first,
            "max-worker-port": self.last_port,
            "object-store-memory": STORE_BYTES,
            # Ray starts a process in advance for each processor that it is told of.
            "num-cpus": os.cpu_count() or 1 if self.cpu_slots else 0,
            "resources": json.dumps({CPU_SLOTS: self.cpu_slots} if self.cpu_slots else {}),
        }
        if self.join:
            values["address"] = self.join
        else:
            values |= {"port": self.port, "include-dashboard": "false"}
        if self.ip:
            values["node-ip-address"] = self.ip
        if self.gpus is not None:
            values["num-gpus"] = self.gpus
        flags = [] if self.join else ["--head"]
        options = [f"--{name}={value}" for name, value in values.items()]
        start = [*module_command("backend.cluster.ray_command"), "start", "--block"]
        return [*start, "--disable-usage-stats", *flags, *options]

    def environment(self, token: Path) -> dict[str, str]:
        """Of Ray's processes, and so of the workers that they start."""
        found = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(ROOT), *([found] if found else [])])
        own = {"PYTHONPATH": path, "SDEDIT_HOME": str(self.home)}
        # Else it would wait 30 s at its end for workers that have no end of their own.
        own["RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S"] = "0"
        return {**os.environ, **environment(token), **own}


def run_node(plan: NodePlan) -> None:
    """Be a node until SIGINT or SIGTERM; a member comes back by itself when its head was away.

    Raises KeyFileError about the token, ClusterError when it cannot be a node.
    """
    check_ray()
    if plan.join:
        token = check_token(plan.keys)
        reach(plan.join)
    else:
        token = make_token(plan.keys)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(_told(plan, token), flush=True)
    has_settled = False
    while not stop.is_set():
        began = time.monotonic()
        said = _run(plan.command(), plan.environment(token), stop)
        has_settled = has_settled or time.monotonic() - began > SETTLED_S
        if stop.is_set():
            return
        if not has_settled:
            raise ClusterError(
                f"Ray ends at once on this machine ({said}).",
                "See that its ports are free (--port, --first-port), and that all machines have "
                "the same SDEdit, Python and token.",
            )
        log.error("The node has ended (%s) and is started again.", said)
        stop.wait(AGAIN_S)


def _run(command: Sequence[str], environment: Mapping[str, str], stop: threading.Event) -> str:
    """Until it ends, or is to; the last that it said."""
    lines: list[str] = []
    with start_child(command, subprocess.PIPE, subprocess.STDOUT, environment) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
        reader.start()
        while process.poll() is None and not stop.wait(0.2):
            pass
        end_child(process, END_S)
        if os.name == "posix":
            # What is left when Ray's command itself was killed would keep the ports.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        reader.join(1.0)
    return lines[-1] if lines else f"exit code {process.returncode}"


def _read(output: Iterable[bytes], lines: list[str]) -> None:
    for line in output:
        said = line.decode(errors="replace").strip()
        if said:
            log.info("Ray: %s", said)
            lines.append(said)
            del lines[:-20]


def _told(plan: NodePlan, token: Path) -> str:
    ports = f"{plan.first_port}–{plan.last_port}"
    if not plan.join:
        where = f"{plan.ip or 'THIS-MACHINE'}:{plan.port}"
        return (
            f"The head of a cluster, on the ports {plan.port} and {ports} of all interfaces: let "
            f"only its other machines reach them.\n"
            f"They need a copy of {token} (mode 600), and join with: sdedit node --join {where}\n"
            f"Artists connect to 'sdedit serve --engine ray --listen tcp://*:5570', "
            f"nowhere else."
        )
    return (
        f"A member of the cluster at {plan.join}, on the ports {ports} of all interfaces: let only "
        f"its other machines reach them."
    )
