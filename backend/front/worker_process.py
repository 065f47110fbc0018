"""One worker as the pool sees it: its process, its keys, what it does and since when."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import zmq

from backend.children import close_lifeline, end_child, start_child
from protocol.limits import TIMEOUTS
from protocol.messages import JobRequest, Progress, WorkerReady

from .memory import lift_bound


@dataclass(frozen=True)
class PoolTimes:
    """How long the pool waits for its workers, in seconds."""

    load_s: float = TIMEOUTS.load_s
    """From the start of the process to its model being ready; also from a job's begin to its first
    step, since the job may name a model that has to be loaded."""
    step_s: float = 30.0
    """Without a word from a worker that has a job, after which it counts as hung: the least that
    is waited (see `WorkerProcess.patience_s`). A busy machine may well hold it up for seconds."""
    step_factor: float = 20.0
    """The same, in times the job's slowest step so far: heat, swapping or another program on the
    device make a step several times slower, not twenty times."""
    cancel_s: float = 60.0
    """From a cancel until a worker that has not obeyed is ended."""
    stop_s: float = TIMEOUTS.stop_s
    restart_s: tuple[float, ...] = (0.0, 0.5, 2.0, 10.0)
    """Before the first, second, … restart in a row of a worker that finished no job between."""
    loading_deaths: int = 3
    """Deaths in a row while loading, after which a worker is not started again."""


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
    job: PoolJob | None = None
    ready: WorkerReady | None = None
    public_key: str = ""
    routing_id: bytes = b""
    sentence: str = ""
    hint: str = ""
    code: str = ""
    heard: float = 0.0
    """When it last said anything."""
    step: int = -1
    """Of its job, as last told: 0 once it has the job, -1 before."""
    slowest_step_s: float = 0.0
    """Of its job."""
    seconds_left: float = 0.0
    """Of its job, as it foretold with the last step."""
    cancelled_at: float | None = None
    restart_at: float = 0.0
    loading_deaths: int = 0
    idle_deaths: int = 0
    """Deaths in a row without a finished job between."""
    is_killed: bool = False
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
        self.state, self.heard, self.is_killed = "loading", time.monotonic(), False
        link = {"address": address, "server": server_public, "public": public, "secret": secret}
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # It died at once; its exit code will tell.
            self._process.stdin.write(json.dumps(link).encode() + b"\n")
            self._process.stdin.flush()

    def take(self, job: PoolJob) -> None:
        """The job is being sent to it."""
        self.job, self.state, self.heard = job, "busy", time.monotonic()
        self.step, self.slowest_step_s, self.seconds_left = -1, 0.0, 0.0

    def step_done(self, progress: Progress, took_s: float) -> None:
        """Learn its pace. Step 0 only says that it has the job."""
        if progress.step > 0:
            # A model may have been loaded in the first step: it counts until the second is known.
            slowest_s = self.slowest_step_s if self.step > 1 else 0.0
            self.slowest_step_s = max(slowest_s, took_s)
        self.step, self.seconds_left = progress.step, max(0.0, progress.seconds_left)

    def patience_s(self, times: PoolTimes) -> float:
        """How long it may be silent now before it counts as hung."""
        if self.state == "loading" or self.step == 0:
            return times.load_s
        # The seconds left foresee that steps at a finer scale take many times longer.
        return max(times.step_s, times.step_factor * self.slowest_step_s, 2 * self.seconds_left)

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
