"""The front: takes clients' messages, queues their jobs fairly, hands them to the engine.

One thread and one loop that never waits for anything but its sockets, so a ping is answered in
milliseconds whatever the workers do. It never imports torch.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from pathlib import Path
from threading import Event

import zmq

from backend.history.store import HistoryStore
from protocol import VERSION
from protocol.errors import ProtocolError, SDEditError
from protocol.keys import load_server_keys
from protocol.limits import LIMITS, TIMEOUTS, Limits, Timeouts
from protocol.messages import (
    Acknowledge,
    Cancel,
    EditAgain,
    Failed,
    Hello,
    JobRequest,
    Ping,
    ReportRequest,
    Status,
    Welcome,
)
from protocol.sentences import sendable

from .admission import Admission, AuthorisedClients
from .client_port import DOMAIN, ClientPort, Peer, Received
from .engine import Engine
from .history_desk import QUESTIONS, HistoryDesk
from .job_desk import JobDesk
from .reports import report_of

log = logging.getLogger(__name__)

TICK_S = 0.1
"""The longest the loop sleeps: supervision and a request to stop wait no longer than this."""
BATCH = 32
"""Messages taken from clients before the engine has its turn again."""


class Front:
    """The server that clients speak to, in front of an engine."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        admission: Admission,
        engine: Engine,
        keys_folder: Path,
        limits: Limits = LIMITS,
        timeouts: Timeouts = TIMEOUTS,
        history: HistoryStore | None = None,
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
        self._is_broken = False
        self._admission = admission
        self._engine = engine
        self._port = ClientPort(context, keys, self._is_admitted, limits)
        self._history = HistoryDesk(history, self._port, self._make_again, limits)
        self._desk = JobDesk(
            engine, self._port.send, self._is_admitted, self._history.keep, limits, timeouts
        )
        admission.guard(DOMAIN, self._is_admitted)

    def bind(self, address: str) -> str:
        """Listen; the address with its real port. Raises SDEditError when impossible."""
        return self._port.bind(address)

    def run(self, stop: Event) -> None:
        """Serve until ``stop`` is set."""
        poller = zmq.Poller()
        for socket in (self._admission.socket, self._port.socket, *self._engine.sockets()):
            poller.register(socket, zmq.POLLIN)
        for woken in self._history.sockets():
            poller.register(woken, zmq.POLLIN)
        self._engine.start()
        while not stop.is_set():
            poller.poll(int(1000 * TICK_S))
            self.turn()

    def turn(self) -> None:
        """One turn of the loop: everything that can be done now."""
        self._admission.answer()
        for received in self._port.receive(BATCH):
            self._on_received(received)
        self._history.turn()
        for event in self._engine.events():
            self._desk.hear(event)
        lost = self._port.lost()
        for peer in lost:
            self._port.forget(peer)
        self._history.forget(lost)
        self._desk.look_after_owners(lost)
        self._desk.start_jobs()
        self._port.flush()
        self._say_if_broken()

    def _say_if_broken(self) -> None:
        """Whoever has started us learns here what clients are told with each answer."""
        state = self._engine.state()
        is_broken = state.name == "broken"
        if is_broken and not self._is_broken:
            with contextlib.suppress(OSError):  # a log on a full disk is no reason not to serve
                print(f"{state.sentence} {state.hint}".strip(), file=sys.stderr, flush=True)
        self._is_broken = is_broken

    def close(self) -> None:
        """Stop listening; the engine and the admission are their makers' to close."""
        self._history.close()
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
            elif isinstance(message, ReportRequest):
                status = self._status(message.number)
                self._port.send(peer, report_of(self._engine, self._desk, status, peer.key))
            elif isinstance(message, JobRequest):
                self._desk.ask(peer, message)
            elif isinstance(message, QUESTIONS):
                self._history.ask(peer, message)
            elif isinstance(message, Cancel):
                if not self._history.cancel(peer, message.job_id):
                    self._desk.cancel(peer, message.job_id)
            elif isinstance(message, Acknowledge):
                self._desk.acknowledge(peer, message.job_id)
            else:
                raise ProtocolError(f"A client does not send {type(message).__name__}.")
        except SDEditError as error:
            job_id = received.job_id or getattr(message, "job_id", "")
            log.info("Refused job %r: %s (%s)", job_id, error, error.code)
            self._port.send(peer, Failed.from_error(job_id, error))

    def _make_again(self, peer: Peer, again: EditAgain) -> None:
        self._desk.ask(peer, again)

    def _on_hello(self, peer: Peer, hello: Hello) -> None:
        log.info("%r connected.", hello.client)
        self._port.send(peer, Welcome(f"sdedit {VERSION}", self._engine.state().models))

    def _status(self, number: int) -> Status:
        state = self._engine.state()
        running, waiting = self._desk.running_count, self._desk.waiting_count
        name, sentence = state.name, state.sentence
        if name == "ready" and running:
            name = "busy"
            sentence = "Working on an edit." if running == 1 else f"Working on {running} edits."
            if waiting:
                sentence += f" {waiting} more {'is' if waiting == 1 else 'are'} waiting."
        elif name == "broken" and state.hint:
            sentence = f"{sentence} {state.hint}"
        return Status(number, name, sendable(sentence, LIMITS.text), state.device, running, waiting)
