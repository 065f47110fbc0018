"""The engine on a Ray cluster, as seen from the front: one bridge process, restarted if it ends.

Ray ends the process that uses it when the cluster's head is gone for a minute, and some of its
calls wait for as long. So the front never imports it. The bridge (`backend.cluster`) does; it
speaks over the same kind of loopback socket as a local worker, and as long as the front lives.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import zmq

from protocol.framing import decode, encode
from protocol.images import Buffer
from protocol.messages import FINAL, Cancelled, Failed, JobRequest, Message, Progress

from .admission import Admission
from .engine import CRASHED_TWICE, EngineState
from .envelope import packed, unpacked
from .patience import PoolTimes
from .sent_pixels import SentPixels
from .worker_port import WorkerPort
from .worker_process import WorkerProcess

log = logging.getLogger(__name__)

MakeBridge = Callable[[], Sequence[str]]
"""The command that starts the bridge."""

SILENT_S = 20.0
"""Without a word from the bridge, which reports every second, after which it counts as hung."""
LEFT = 3
"""The bridge's exit code when it has told what is wrong with the cluster, and gives up for now."""
CONNECTING = EngineState("loading", "Connecting to the cluster.")


@dataclass(eq=False)
class OpenJob:
    """A request that has no final event yet; with ``pixels`` once the bridge has it."""

    request: JobRequest
    pixels: str = ""
    is_cancelled: bool = False
    crashes: int = 0
    """Of bridges, while they had it."""


class RayEngine:
    """Actors on the GPUs of a cluster (see `engine.Engine`)."""

    name = "ray"
    spreads = True

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        admission: Admission,
        make_command: MakeBridge,
        times: PoolTimes | None = None,
    ) -> None:
        self._make_command = make_command
        self._times = times or PoolTimes()
        self._bridge = WorkerProcess("ray")
        self._jobs: dict[str, OpenJob] = {}
        self._sent = SentPixels()
        self._state = CONNECTING
        self._devices: tuple[dict[str, Any], ...] = ()
        self._workers = 0
        self._was_ready = False
        self._events: list[Message] = []
        self._port = WorkerPort(context, admission, lambda key: key == self._bridge.public_key)

    def start(self) -> None:
        self._port.bind()
        self._supervise()

    def sockets(self) -> Sequence[zmq.Socket[bytes]]:
        return [self._port.socket]

    def events(self) -> list[Message]:
        for key, routing_id, frames in self._port.receive_frames():
            if key == self._bridge.public_key:
                self._bridge.routing_id, self._bridge.heard = routing_id, time.monotonic()
                self._hear(frames)
        self._supervise()
        self._send_jobs()
        events, self._events = self._events, []
        return events

    def has_room(self) -> bool:
        return self._state.name == "ready" and len(self._jobs) < self._workers

    def submit(self, request: JobRequest) -> None:
        self._jobs[request.job_id] = OpenJob(request)
        self._send_jobs()

    def cancel(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None:
            return
        job.is_cancelled = True
        if job.pixels:
            self._send(packed("cancel", {"job": job_id}))
        else:
            self._end(Cancelled(job_id))

    def state(self) -> EngineState:
        return self._state

    def devices(self) -> Sequence[dict[str, Any]]:
        return self._devices

    def close(self) -> None:
        self._bridge.close_lifeline()
        self._bridge.end(self._times.stop_s)
        self._port.close()

    # ------------------------------------------------------------ the bridge

    def _hear(self, frames: Sequence[Buffer]) -> None:
        word, values, rest = unpacked(frames)
        if word == "report":
            self._on_report(values)
            return
        message = decode(rest)
        job_id = getattr(message, "job_id", "")
        if job_id not in self._jobs:
            log.warning("The bridge spoke of a job that is not its own.")
        elif isinstance(message, FINAL):
            self._end(message)
        elif isinstance(message, Progress) and message.step > 0:
            self._events.append(message)

    def _on_report(self, report: dict[str, Any]) -> None:
        self._workers = report.pop("workers")
        self._devices = tuple(report.pop("devices"))
        models = tuple(report.pop("models")) or self._state.models
        name = report.pop("state")
        self._was_ready = self._was_ready or name == "ready"
        if name == "broken" and self._was_ready:
            name = "loading"  # What was there may come back: the jobs wait for it.
        state = EngineState(name, models=models, **report)
        if state.sentence != self._state.sentence:
            log.info("%s %s", state.sentence, state.hint)
        self._state = state

    def _supervise(self) -> None:
        bridge, now = self._bridge, time.monotonic()
        exit_code = bridge.exit_code()
        if exit_code is not None:
            self._on_bridge_ended(exit_code)
        elif bridge.is_running and now - bridge.heard > SILENT_S and not bridge.is_killed:
            log.error("The bridge %s said nothing for %.0f s.", bridge.pid, now - bridge.heard)
            bridge.kill()
        if bridge.state == "waiting" and now >= bridge.restart_at:
            self._start_bridge()

    def _start_bridge(self) -> None:
        try:
            self._bridge.start(self._make_command(), self._port.address, self._port.public_key)
        except OSError as error:
            log.error("The bridge to the cluster cannot be started: %s", error)
            self._restart_later()
        else:
            log.info("Started the bridge %s to the cluster.", self._bridge.pid)

    def _restart_later(self) -> None:
        self._bridge.idle_deaths += 1
        pause_s = self._times.restart_pause_s(self._bridge.idle_deaths)
        self._bridge.become("waiting")
        self._bridge.restart_at = time.monotonic() + pause_s

    def _on_bridge_ended(self, exit_code: int) -> None:
        log.error("The bridge %s ended (exit code %d).", self._bridge.pid, exit_code)
        self._bridge.forget_process()
        self._workers = 0
        self._sent.clear()
        has_crashed = exit_code != LEFT
        if has_crashed:
            sentence = "The connection to the cluster ended unexpectedly and is being made again."
            self._state = EngineState("loading", sentence, models=self._state.models)
        for job in [job for job in self._jobs.values() if job.pixels]:
            job_id, job.pixels = job.request.job_id, ""
            job.crashes += has_crashed
            if job.is_cancelled:
                self._end(Cancelled(job_id))
            elif job.crashes > 1:
                sentence = "The connection to the cluster ended twice while this was being made."
                self._end(Failed(job_id, CRASHED_TWICE, sentence, "Try a smaller area."))
        self._restart_later()

    # ------------------------------------------------------------ jobs

    def _send_jobs(self) -> None:
        """Hand the bridge what it does not have yet."""
        if self._state.name != "ready" or not self._bridge.routing_id:
            return
        self._bridge.idle_deaths = 0
        for job in self._jobs.values():
            if not job.pixels:
                header, *pixels = encode(job.request)
                job.pixels, is_new = self._sent.use(pixels)
                bounds = job.request.guide.bounds
                area = bounds.width * bounds.height
                values = {"job": job.request.job_id, "model": job.request.model, "area": area}
                frames = [header, *pixels] if is_new else [header]
                self._send(packed("run", {**values, "pixels": job.pixels}, frames))

    def _end(self, final: Message) -> None:
        self._events.append(final)
        job = self._jobs.pop(getattr(final, "job_id", ""))
        if job.pixels:
            for key in self._sent.done(job.pixels):
                self._send(packed("forget", {"pixels": key}))

    def _send(self, frames: Sequence[Buffer]) -> None:
        try:
            self._port.send_frames(self._bridge.routing_id, frames)
        except zmq.ZMQError as error:
            # Its connection has gone or is full: it is ended, and the next one gets all jobs anew.
            log.error("The bridge %s cannot be reached: %s", self._bridge.pid, error)
            self._bridge.kill()
