"""The front: takes clients' messages, queues their jobs fairly, hands them to the engine.

One thread and one loop that never waits for anything but its sockets, so a ping is answered in
milliseconds whatever the workers do. It never imports torch.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from threading import Event

import zmq

from protocol import VERSION
from protocol.errors import ProtocolError, SDEditError
from protocol.keys import load_server_keys
from protocol.limits import LIMITS, TIMEOUTS, Limits
from protocol.messages import (
    Accepted,
    Cancel,
    Cancelled,
    EditRequest,
    Failed,
    Hello,
    Message,
    Ping,
    Progress,
    Result,
    Status,
    Welcome,
)
from protocol.sentences import sendable

from .admission import Admission, AuthorisedClients
from .client_port import DOMAIN, ClientPort, Peer, Received
from .engine import Engine
from .jobs import Job, JobRefused, Jobs

log = logging.getLogger(__name__)

TICK_S = 0.1
"""The longest the loop sleeps: supervision and a request to stop wait no longer than this."""
BATCH = 32
"""Messages taken from clients before the engine has its turn again."""
PROBE_S = 2.0
"""How often the owners of waiting jobs are told their positions again, to see if they live."""


class Front:
    """The server that clients speak to, in front of an engine."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        admission: Admission,
        engine: Engine,
        keys_folder: Path,
        limits: Limits = LIMITS,
    ) -> None:
        """Raises KeyFileError when the keys are missing, damaged, or readable by others."""
        keys = load_server_keys(keys_folder)
        if not keys.authorised:
            raise SDEditError(
                "No client is authorised, so nobody could connect.",
                "Run install.py again: it makes new keys.",
                code="keys",
            )
        self._is_admitted = AuthorisedClients(keys_folder)
        self._admission = admission
        self._engine = engine
        self._port = ClientPort(context, keys, self._is_admitted)
        self._jobs = Jobs(limits)
        self._heard: dict[Peer, float] = {}
        self._probed = time.monotonic()
        admission.guard(DOMAIN, self._is_admitted)

    def bind(self, address: str) -> str:
        """Listen; the address with its real port. Raises SDEditError when impossible."""
        return self._port.bind(address)

    def run(self, stop: Event) -> None:
        """Serve until ``stop`` is set."""
        poller = zmq.Poller()
        for socket in (self._admission.socket, self._port.socket, *self._engine.sockets()):
            poller.register(socket, zmq.POLLIN)
        self._engine.start()
        while not stop.is_set():
            poller.poll(int(1000 * TICK_S))
            self.turn()

    def turn(self) -> None:
        """One turn of the loop: everything that can be done now."""
        self._admission.answer()
        for received in self._port.receive(BATCH):
            self._heard[received.peer] = time.monotonic()
            self._on_received(received)
        for event in self._engine.events():
            self._on_engine(event)
        self._drop_lost_peers()
        self._start_jobs()
        self._port.flush()

    def close(self) -> None:
        """Stop listening; the engine and the admission are their makers' to close."""
        self._port.close()

    # ------------------------------------------------------------ from clients

    def _on_received(self, received: Received) -> None:
        peer, message = received.peer, received.message
        try:
            if received.error is not None:
                raise received.error
            if isinstance(message, Hello):
                self._on_hello(peer, message)
            elif isinstance(message, Ping):
                self._port.send(peer, self._status(message.number))
            elif isinstance(message, EditRequest):
                self._on_edit(peer, message)
            elif isinstance(message, Cancel):
                self._on_cancel(peer, message.job_id)
            else:
                raise ProtocolError(f"A client does not send {type(message).__name__}.")
        except SDEditError as error:
            job_id = received.job_id or getattr(message, "job_id", "")
            log.info("Refused job %r: %s (%s)", job_id, error, error.code)
            self._port.send(peer, Failed.from_error(job_id, error))

    def _on_hello(self, peer: Peer, hello: Hello) -> None:
        log.info("%r connected.", hello.client)
        self._port.send(peer, Welcome(f"sdedit {VERSION}", self._engine.state().models))

    def _on_edit(self, peer: Peer, request: EditRequest) -> None:
        job = self._jobs.get(request.job_id)
        if job is not None:
            if job.peer != peer:
                raise JobRefused(
                    "Another client has a job of this id.", "Send the job under a new id."
                )
            if job.told_position >= 0:  # Else its position is told at the end of this turn.
                self._port.send(peer, Accepted(request.job_id, job.told_position))
            return
        state = self._engine.state()
        if state.name == "broken":
            raise JobRefused(state.sentence, state.hint, code=state.code)
        known = [str(model.get("name", "")) for model in state.models]
        if known and request.model not in known:
            raise JobRefused(
                f"There is no model {request.model!r}.",
                f"Choose one of: {', '.join(known)}.",
                code="unknown-model",
            )
        self._jobs.add(peer, request)
        log.info(
            "Job %r: %d×%d, %s, t0 %g, %d steps.",
            request.job_id,
            request.guide.bounds.width,
            request.guide.bounds.height,
            request.model,
            request.t0,
            request.steps,
        )

    def _on_cancel(self, peer: Peer, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None or job.peer != peer:
            # One answer for both: whether another client has such a job is not told.
            raise JobRefused("You have no job of this id.", code="no-such-job")
        self._cancel(job)

    def _cancel(self, job: Job) -> None:
        """Stop a job: at once while it waits, else with the engine's next event about it."""
        if job.is_running:
            job.is_cancelled = True
            self._engine.cancel(job.request.job_id)
        else:
            self._finish(job, Cancelled(job.request.job_id))

    def _status(self, number: int) -> Status:
        state = self._engine.state()
        running, waiting = self._jobs.running_count, self._jobs.waiting_count
        name, sentence = state.name, state.sentence
        if name == "ready" and running:
            name = "busy"
            sentence = "Working on an edit." if running == 1 else f"Working on {running} edits."
            if waiting:
                sentence += f" {waiting} more {'is' if waiting == 1 else 'are'} waiting."
        elif name == "broken" and state.hint:
            sentence = f"{sentence} {state.hint}"
        return Status(number, name, sendable(sentence, LIMITS.text), state.device, running, waiting)

    # ------------------------------------------------------------ from the engine

    def _on_engine(self, event: Message) -> None:
        job = self._jobs.get(getattr(event, "job_id", ""))
        if job is None or not job.is_running:
            log.warning("The engine spoke of a job that does not run (%s).", type(event).__name__)
        elif isinstance(event, Progress):
            if not job.is_cancelled:
                self._port.send(job.peer, event)
        elif job.is_cancelled:
            # The cancel may have crossed the result on its way: the client's word holds.
            self._finish(job, Cancelled(job.request.job_id))
        elif isinstance(event, (Result, Failed, Cancelled)):
            self._finish(job, event)
        else:
            log.error("The engine sent an unexpected %s.", type(event).__name__)

    # ------------------------------------------------------------ the queue

    def _start_jobs(self) -> None:
        state = self._engine.state()
        if state.name == "broken":
            for job in self._jobs.waiting():
                refusal = Failed(job.request.job_id, state.code, state.sentence, state.hint)
                self._finish(job, refusal)
        while self._engine.has_room():
            job_to_run = self._jobs.start_next()
            if job_to_run is None:
                break
            job_to_run.told_position = 0
            self._engine.submit(job_to_run.request)
            self._port.send(job_to_run.peer, Accepted(job_to_run.request.job_id, 0))
        for job, position in self._jobs.moved():
            self._port.send(job.peer, Accepted(job.request.job_id, position))

    def _finish(self, job: Job, answer: Message) -> None:
        self._jobs.remove(job)
        log.info("Job %r: %s.", job.request.job_id, type(answer).__name__)
        self._port.send(job.peer, answer)

    # ------------------------------------------------------------ clients that go

    def _drop_lost_peers(self) -> None:
        now = time.monotonic()
        if now - self._probed >= PROBE_S:
            self._probed = now
            for job in self._jobs.waiting():
                if job.told_position > 0:
                    self._port.send(job.peer, Accepted(job.request.job_id, job.told_position))
        lost = self._port.lost()
        for peer, heard in list(self._heard.items()):
            if (
                now - heard > TIMEOUTS.client_silent_s
                or not self._is_admitted(peer.key)
                or peer in lost
            ):
                lost.add(peer)
                del self._heard[peer]
        for peer in lost:
            self._port.forget(peer)
            for job in self._jobs.of(peer):
                log.info("Job %r: its client has gone.", job.request.job_id)
                self._cancel(job)
