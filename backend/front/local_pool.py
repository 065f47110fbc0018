"""The engine on one machine: one worker process per device, supervised and restarted.

Front and workers speak over a loopback ROUTER/DEALER pair with CURVE keys made afresh for each
worker and handed to it on its stdin. A worker ends as soon as that stdin closes, so the front's
death, however it comes, is theirs too.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from protocol.errors import ProtocolError
from protocol.limits import LIMITS
from protocol.messages import (
    FINAL,
    Cancel,
    Cancelled,
    Failed,
    JobRequest,
    Message,
    Progress,
    WorkerReady,
)
from protocol.sentences import sendable

from .admission import Admission
from .engine import EngineState, crashed_twice
from .known_models import Records
from .patience import PoolTimes
from .worker_port import WorkerPort
from .worker_process import PoolJob, WorkerProcess

log = logging.getLogger(__name__)

MakeCommand = Callable[[str, int], Sequence[str]]
"""The command that starts the worker with this device and number."""


class LocalPool:
    """Worker processes on this machine (see `engine.Engine`)."""

    name = "local"
    spreads = False

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        admission: Admission,
        devices: Sequence[str],
        make_command: MakeCommand,
        list_models: Callable[[], Records] = tuple,
        times: PoolTimes | None = None,
    ) -> None:
        """With the one device "auto", the first worker takes the best and tells of the others.

        ``list_models`` says what clients are told of models; what a worker says, while it gives
        nothing.
        """
        self._make_command = make_command
        self._list_models = list_models
        self._models_told: Records = ()
        self._times = times or PoolTimes()
        self._workers = [WorkerProcess(device) for device in devices]
        self._finds_devices = list(devices) == ["auto"]
        self._pending: deque[PoolJob] = deque()
        """Jobs without a worker: for a moment after `submit`, for longer when theirs has died."""
        self._events: list[Message] = []
        self._port = WorkerPort(context, admission, self._is_admitted)

    def start(self) -> None:
        self._port.bind()
        self._supervise()

    def sockets(self) -> Sequence[zmq.Socket[bytes]]:
        return [self._port.socket]

    def events(self) -> list[Message]:
        self._receive()
        self._supervise()
        self._assign()
        events, self._events = self._events, []
        return events

    def has_room(self) -> bool:
        return not self._pending and any(worker.state == "ready" for worker in self._workers)

    def submit(self, request: JobRequest) -> None:
        self._pending.append(PoolJob(request))
        self._assign()

    def cancel(self, job_id: str) -> None:
        for job in self._pending:
            if job.request.job_id == job_id:
                self._pending.remove(job)
                self._events.append(Cancelled(job_id))
                return
        for worker in self._workers:
            if worker.job is not None and worker.job.request.job_id == job_id:
                worker.cancelled_at = time.monotonic()
                self._send(worker, Cancel(job_id))

    def state(self) -> EngineState:
        useful = [worker for worker in self._workers if worker.state in ("ready", "busy")]
        if useful:
            devices = ", ".join(w.ready.device for w in useful if w.ready is not None)
            sentence = f"Ready on {devices}."
            return EngineState(
                "ready",
                sendable(sentence, LIMITS.text),
                device=sendable(devices, 200),
                models=self._models,
            )
        broken = [worker for worker in self._workers if worker.state == "broken"]
        if len(broken) == len(self._workers):
            first = broken[0]
            return EngineState(
                "broken", first.sentence, first.hint, first.code, models=self._models
            )
        if any(worker.loading_deaths or worker.idle_deaths for worker in self._workers):
            sentence = "The worker ended unexpectedly and is being started again."
        else:
            sentence = "Loading the model."
        return EngineState("loading", sentence, models=self._models)

    def devices(self) -> Sequence[dict[str, Any]]:
        return [worker.record() for worker in self._workers]

    @property
    def _models(self) -> Records:
        return self._list_models() or self._models_told

    def close(self) -> None:
        for worker in self._workers:
            worker.close_lifeline()
        for worker in self._workers:
            worker.end(self._times.stop_s)
        self._port.close()

    # ------------------------------------------------------------ from workers

    def _is_admitted(self, key: str) -> bool:
        return any(key == worker.public_key for worker in self._workers)

    def _receive(self) -> None:
        for key, routing_id, said in self._port.receive():
            worker = next((w for w in self._workers if w.public_key == key), None)
            if worker is None:
                continue  # The last words of one that has been replaced.
            worker.routing_id = routing_id
            now = time.monotonic()
            silent_s, worker.heard = now - worker.heard, now
            if isinstance(said, ProtocolError):
                log.error("Worker %s sent what is no message: %s", worker.pid, said)
                worker.kill()
            else:
                self._on_message(worker, said, silent_s)

    def _on_message(self, worker: WorkerProcess, message: Message, silent_s: float) -> None:
        """What a worker said, after ``silent_s`` without a word."""
        if isinstance(message, WorkerReady):
            self._on_ready(worker, message)
        elif isinstance(message, Failed) and not message.job_id:
            log.error("Worker %s cannot work: %s %s", worker.pid, message.sentence, message.hint)
            self._break(worker, message.sentence, message.hint, message.code)
            worker.close_lifeline()
        elif isinstance(message, (Progress, *FINAL)):
            if worker.job is None or worker.job.request.job_id != message.job_id:
                log.warning("Worker %s spoke of a job that is not its own.", worker.pid)
                return
            if isinstance(message, Progress):
                worker.patience.step_done(message, silent_s)
                if message.step > 0:
                    self._events.append(message)
            else:
                self._events.append(message)
                worker.job, worker.cancelled_at, worker.idle_deaths = None, None, 0
                worker.done += 1
                worker.become("ready")
        else:
            log.error("Worker %s sent an unexpected %s.", worker.pid, type(message).__name__)

    def _on_ready(self, worker: WorkerProcess, ready: WorkerReady) -> None:
        log.info("Worker %s is ready on %s.", worker.pid, ready.device)
        worker.become("ready")
        worker.ready, worker.loading_deaths = ready, 0
        self._models_told = ready.models
        if self._finds_devices:
            self._finds_devices = False
            self._workers += [WorkerProcess(device) for device in ready.other_devices.split()]

    # ------------------------------------------------------------ jobs

    def _assign(self) -> None:
        """Give jobs to ready workers."""
        for worker in self._workers:
            if not self._pending:
                return
            if worker.state == "ready":
                job = self._pending.popleft()
                worker.take(job)
                self._send(worker, job.request)
        if self.state().name == "broken":
            for job in self._pending:
                self._fail(job, self.state())
            self._pending.clear()

    def _send(self, worker: WorkerProcess, message: Message) -> None:
        try:
            self._port.send(worker.routing_id, message)
        except zmq.ZMQError as error:
            # Its connection has gone or is full, which the worker's side never lets happen
            # while it lives: end it, and supervision gives the job to another.
            log.error("Worker %s cannot be reached: %s", worker.pid, error)
            worker.kill()

    def _fail(self, job: PoolJob, state: EngineState) -> None:
        self._events.append(Failed(job.request.job_id, state.code, state.sentence, state.hint))

    # ------------------------------------------------------------ supervision

    def _supervise(self) -> None:
        now = time.monotonic()
        for number, worker in enumerate(self._workers):
            exit_code = worker.exit_code()
            if exit_code is not None:
                self._on_death(worker, exit_code)
            elif worker.is_running:
                self._watch(worker, now)
            if worker.state == "waiting" and now >= worker.restart_at:
                self._start(worker, number)

    def _start(self, worker: WorkerProcess, number: int) -> None:
        command = self._make_command(worker.device, number)
        try:
            worker.start(command, self._port.address, self._port.public_key)
        except OSError as error:
            self._break(
                worker,
                f"The worker cannot be started ({error.strerror}).",
                "Run 'sdedit doctor' to see what is missing.",
                "worker-start",
            )
        else:
            log.info("Started worker %s for device %s.", worker.pid, worker.device)

    def _watch(self, worker: WorkerProcess, now: float) -> None:
        """End a worker that no longer does anything; its death is noticed in the next turn."""
        if worker.is_killed:
            return
        quiet_s = now - worker.heard
        if worker.state in ("loading", "busy") and quiet_s > worker.patience_s(self._times):
            log.error("Worker %s (%s) said nothing for %.0f s.", worker.pid, worker.state, quiet_s)
        elif worker.cancelled_at is not None and now - worker.cancelled_at > self._times.cancel_s:
            log.error("Worker %s did not obey a cancel.", worker.pid)
        else:
            return
        worker.kill()

    def _on_death(self, worker: WorkerProcess, exit_code: int) -> None:
        log.error("Worker %s ended (exit code %d, %s).", worker.pid, exit_code, worker.state)
        was_cancelled = worker.cancelled_at is not None
        job, worker.job = worker.job, None
        was_loading, is_broken = worker.state == "loading", worker.state == "broken"
        worker.forget_process()
        if job is not None:
            self._on_job_lost(job, was_cancelled)
        if is_broken:
            return
        worker.loading_deaths += was_loading
        worker.idle_deaths += 1
        if worker.loading_deaths >= self._times.loading_deaths:
            self._break(
                worker,
                f"The worker ended {worker.loading_deaths} times while it was loading "
                f"(last exit code {exit_code}).",
                "Run 'sdedit doctor' to see what is missing.",
                "worker-start",
            )
            return
        worker.become("waiting")
        worker.restart_at = time.monotonic() + self._times.restart_pause_s(worker.idle_deaths)

    def _on_job_lost(self, job: PoolJob, was_cancelled: bool) -> None:
        job_id = job.request.job_id
        job.deaths += 1
        if was_cancelled:
            self._events.append(Cancelled(job_id))
        elif job.deaths < 2:
            log.warning("Job %s starts again.", job_id)
            self._pending.appendleft(job)
        else:
            self._events.append(crashed_twice(job_id))

    def _break(self, worker: WorkerProcess, sentence: str, hint: str, code: str) -> None:
        worker.become("broken")
        worker.sentence, worker.hint, worker.code = sentence, hint, code
