"""A session with a backend, for as long as a `with` block lasts, and edits made in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

import zmq

from protocol import VERSION
from protocol.client import Client
from protocol.errors import ConnectionLost, JobFailed
from protocol.limits import TIMEOUTS
from protocol.messages import (
    Cancel,
    Cancelled,
    EditAgain,
    EditRequest,
    Failed,
    Hello,
    JobRequest,
    Message,
    Ping,
    Proposal,
    ProposeT0,
    ReportRequest,
    Result,
    Status,
    StatusReport,
    Verified,
)

LOOK_EVERY_S = 0.02
"""Between two looks for what comes only by and by."""

OnMessage = Callable[[Message], None]
"""Is told of everything that comes while an edit runs: Accepted, Progress, Status."""
Kind = TypeVar("Kind", bound="Session")
Answer = TypeVar("Answer", Result, Proposal, Verified)


class Session:
    """What can be done with any backend; how to come to one is for those who inherit.

    Raises ConnectionLost when it stops answering.
    """

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._client: Client | None = None
        self._pings = 0
        self._ping_at = 0.0

    def __enter__(self: Kind) -> Kind:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def client(self) -> Client:
        """The connection; only inside the `with` block."""
        assert self._client is not None
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._context.term()

    def edit(self, request: EditRequest, on_message: OnMessage | None = None) -> Result:
        """Send an edit and wait for its picture.

        Raises JobFailed with the backend's own sentence. When interrupted (KeyboardInterrupt),
        it cancels the job and waits for that before it lets the interrupt pass.
        """
        return self._ask(request, Result, on_message)

    def propose_t0(self, request: ProposeT0, on_message: OnMessage | None = None) -> Proposal:
        """Ask for a t0 and wait for it, as for an edit."""
        return self._ask(request, Proposal, on_message)

    def edit_again(self, request: EditAgain, on_message: OnMessage | None = None) -> Verified:
        """Have an edit made again and compared, as for an edit."""
        return self._ask(request, Verified, on_message)

    def _ask(self, request: JobRequest, kind: type[Answer], on_message: OnMessage | None) -> Answer:
        self.client.send(request)
        try:
            while True:
                for message in self._wait():
                    if isinstance(message, kind):
                        return message
                    if isinstance(message, Failed):
                        raise JobFailed(message.sentence, message.hint, code=message.code)
                    if on_message is not None:
                        on_message(message)
        except KeyboardInterrupt:
            self._cancel(request.job_id)
            raise

    def wait_until_ready(self) -> Status:
        """Wait until a worker has loaded its model; what the backend then says of itself.

        Raises JobFailed when no worker ever will.
        """
        end = time.monotonic() + TIMEOUTS.load_s
        while time.monotonic() < end:
            for message in self._wait():
                if isinstance(message, Status) and message.state in ("ready", "busy"):
                    return message
                if isinstance(message, Status) and message.state == "broken":
                    raise JobFailed(message.sentence, code="broken")
        raise ConnectionLost("The backend did not load its model in time.")

    def report(self) -> StatusReport:
        """What the backend does now, in full."""
        self.client.send(ReportRequest(self._pings))
        while True:
            for message in self._wait():
                if isinstance(message, StatusReport):
                    return message

    # ------------------------------------------------------------ for those who inherit

    def _start(self) -> None:
        """Make ``_client``, connect it and greet."""
        raise NotImplementedError

    def _greet(self) -> None:
        self.client.send(Hello(f"sdedit command {VERSION}"))

    def _is_replaced(self) -> bool:
        """Whether there is another backend now, in the place of one that has ended."""
        return False

    def _wait(self) -> list[Message]:
        """The next messages; a ping each second keeps proving that both sides live."""
        # Patient: a machine with much else to do may well be silent for longer than
        # TIMEOUTS.silent_s, and whoever waits here has nothing else to do.
        end = time.monotonic() + TIMEOUTS.start_s
        while True:
            try:
                self._ping_when_due()
                return self.client.wait(TIMEOUTS.ping_s)
            except ConnectionLost as error:
                if self._is_replaced():
                    continue
                if self.client.refused:
                    raise
                if time.monotonic() > end:
                    raise ConnectionLost(
                        f"The backend has not answered for {TIMEOUTS.start_s:g} s.", error.hint
                    ) from error
                time.sleep(LOOK_EVERY_S)

    def _cancel(self, job_id: str) -> None:
        """Stop the job. The session ends right after, so nothing is lost by not waiting long."""
        end = time.monotonic() + TIMEOUTS.stop_s
        try:
            self.client.send(Cancel(job_id))
            while time.monotonic() < end:
                if any(isinstance(message, (Cancelled, Failed)) for message in self._wait()):
                    return
        except ConnectionLost:
            pass  # Then it has stopped indeed, or will as its client does not come back.

    def _ping_when_due(self) -> None:
        # Not for every wait: an answer ends the wait, and two processes would do nothing else.
        if time.monotonic() >= self._ping_at:
            self.client.send(Ping(self._pings + 1))
            self._pings += 1
            self._ping_at = time.monotonic() + TIMEOUTS.ping_s
