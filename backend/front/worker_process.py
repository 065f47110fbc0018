"""One worker as the pool sees it: its process, its keys, what it does and since when."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import zmq

from backend.children import close_lifeline, end_child, start_child
from protocol.messages import JobRequest, WorkerReady

from .memory import lift_bound
from .patience import Patience, PoolTimes


@dataclass(eq=False)
class PoolJob:
    """A request and how many workers have died on it."""

    request: JobRequest
    deaths: int = 0


@dataclass(eq=False)
class WorkerProcess:
    """A worker for one device, through all its restarts.

    States: "loading" → "ready" ⇄ "busy"; after a death "waiting" for the restart; "broken" for
    good, with ``sentence``, ``hint`` and ``code``.
    """

    device: str
    state: str = "waiting"
    since: float = field(default_factory=time.monotonic)
    """When it came into that state."""
    job: PoolJob | None = None
    ready: WorkerReady | None = None
    public_key: str = ""
    routing_id: bytes = b""
    sentence: str = ""
    hint: str = ""
    code: str = ""
    heard: float = 0.0
    """When it last said anything."""
    patience: Patience = field(default_factory=Patience)
    """With its job."""
    cancelled_at: float | None = None
    restart_at: float = 0.0
    loading_deaths: int = 0
    idle_deaths: int = 0
    """Deaths in a row without a finished job between."""
    is_killed: bool = False
    model: str = ""
    """That of its last job."""
    done: int = 0
    """Jobs."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self, command: Sequence[str], address: str, server_public: str) -> None:
        """Start the process and hand it the way to us on its stdin, where nobody else can look.

        Raises OSError when the system cannot start it.
        """
        public, secret = (key.decode() for key in zmq.curve_keypair())
        self._process = start_child(command, stdout=subprocess.DEVNULL)
        lift_bound(self._process.pid)
        self.public_key, self.routing_id, self.ready = public, b"", None
        self.become("loading")
        self.heard, self.is_killed = time.monotonic(), False
        link = {"address": address, "server": server_public, "public": public, "secret": secret}
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # It died at once; its exit code will tell.
            self._process.stdin.write(json.dumps(link).encode() + b"\n")
            self._process.stdin.flush()

    def take(self, job: PoolJob) -> None:
        """The job is being sent to it."""
        self.become("busy")
        self.job, self.model, self.heard = job, job.request.model, time.monotonic()
        self.patience = Patience()

    def patience_s(self, times: PoolTimes) -> float:
        """How long it may be silent now before it counts as hung."""
        return times.load_s if self.state == "loading" else self.patience.seconds(times)

    def become(self, state: str) -> None:
        self.state, self.since = state, time.monotonic()

    def record(self) -> dict[str, Any]:
        """For `StatusReport.devices`."""
        return {
            "name": self.ready.device if self.ready else self.device,
            "place": "",
            "state": self.state,
            "sentence": self.sentence,
            "model": self.model,
            "done": self.done,
            "seconds": round(time.monotonic() - self.since, 1),
        }

    def exit_code(self) -> int | None:
        """The exit code of a process that has ended since we last looked, else None."""
        return self._process.poll() if self._process is not None else None

    def kill(self) -> None:
        if self._process is not None:
            self.is_killed = True
            self._process.kill()

    def close_lifeline(self) -> None:
        """Ask the process to end."""
        if self._process is not None:
            close_lifeline(self._process)

    def end(self, patience_s: float) -> None:
        """Wait for the end of the process; kill it when patience runs out."""
        if self._process is not None:
            end_child(self._process, patience_s)
            self.forget_process()

    def forget_process(self) -> None:
        """The process has ended: its key is no longer admitted, its job is the caller's."""
        self.close_lifeline()
        self._process = None
        self.public_key, self.routing_id, self.cancelled_at = "", b"", None
