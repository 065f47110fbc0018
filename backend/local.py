"""A private backend of one's own, for as long as a `with` block lasts, and edits made with it.

    with LocalBackend() as backend:
        result = backend.edit(request)

It is the real `serve`, in a process of its own, with keys made for this run alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

import zmq

from backend.children import end_child, module_command, start_child
from backend.paths import default_home
from protocol import VERSION
from protocol.client import Client
from protocol.errors import ConnectionLost, JobFailed
from protocol.keys import load_client_keys, make_keys
from protocol.limits import TIMEOUTS
from protocol.messages import (
    Cancel,
    Cancelled,
    EditRequest,
    Failed,
    Hello,
    Message,
    Ping,
    Result,
    Status,
    Welcome,
)

LOOK_EVERY_S = 0.02
"""Between two looks for the ready file, or for a connection."""

OnMessage = Callable[[Message], None]
"""Is told of everything that comes while an edit runs: Accepted, Progress, Status."""


class LocalBackend:
    """Starts `serve` on entering and ends it, with its workers, on leaving.

    Raises ConnectionLost when it does not start or stops answering.
    """

    def __init__(self, device: str = "auto") -> None:
        self._device = device
        self._folder = tempfile.TemporaryDirectory(prefix="sdedit-")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None
        self._pings = 0
        self._ping_at = 0.0

    def __enter__(self) -> LocalBackend:
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

    @property
    def pid(self) -> int:
        """The serving process; only inside the `with` block."""
        assert self._process is not None
        return self._process.pid

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._process is not None:
            end_child(self._process, 2 * TIMEOUTS.stop_s)
        self._context.term()
        self._folder.cleanup()

    def edit(self, request: EditRequest, on_message: OnMessage | None = None) -> Result:
        """Send an edit and wait for its picture.

        Raises JobFailed with the backend's own sentence. When interrupted (KeyboardInterrupt),
        it cancels the job and waits for that before it lets the interrupt pass.
        """
        self.client.send(request)
        try:
            while True:
                for message in self._wait():
                    if isinstance(message, Result):
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

    # ------------------------------------------------------------ inside

    def _start(self) -> None:
        folder = Path(self._folder.name)
        make_keys(folder / "keys")
        ready_file = folder / "ready.json"
        arguments = ["serve", "--until-stdin-closes", "--device", self._device]
        arguments += ["--ready-file", str(ready_file), "--keys", str(folder / "keys")]
        with _output_file() as output:
            self._process = start_child(
                (*module_command("backend"), *arguments), stdout=output, stderr=output
            )
        address = self._wait_for_address(self._process, ready_file)
        self._client = Client(address, load_client_keys(folder / "keys"), self._context)
        self._wait_until_connected(self._client, self._process)
        self._client.send(Hello(f"sdedit command {VERSION}"))
        while not any(isinstance(message, Welcome) for message in self._wait()):
            pass

    def _wait_for_address(self, process: subprocess.Popen[bytes], ready_file: Path) -> str:
        end = time.monotonic() + TIMEOUTS.start_s
        while time.monotonic() < end:
            if ready_file.exists():
                return str(json.loads(ready_file.read_text(encoding="utf-8"))["address"])
            if process.poll() is not None:
                break
            time.sleep(LOOK_EVERY_S)
        raise self._ended()

    def _wait_until_connected(self, client: Client, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + TIMEOUTS.start_s
        while not client.is_connected:
            try:
                client.wait_until_connected(TIMEOUTS.ping_s)
            except ConnectionLost:
                if process.poll() is not None:
                    raise self._ended() from None
                if time.monotonic() > end or client.refused:
                    raise

    def _wait(self) -> list[Message]:
        """The next messages; a ping each second keeps proving that both sides live."""
        # Patient, because the process is ours: when it dies, that is seen here at once, and a
        # machine with much else to do may well be silent for longer than TIMEOUTS.silent_s.
        end = time.monotonic() + TIMEOUTS.start_s
        while True:
            try:
                self._ping_when_due()
                return self.client.wait(TIMEOUTS.ping_s)
            except ConnectionLost as error:
                if self._process is not None and self._process.poll() is not None:
                    raise self._ended() from None
                if self.client.refused:
                    raise
                if time.monotonic() > end:
                    raise ConnectionLost(
                        f"The backend has not answered for {TIMEOUTS.start_s:g} s.", error.hint
                    ) from error
                time.sleep(LOOK_EVERY_S)

    def _ping_when_due(self) -> None:
        # Not for every wait: an answer ends the wait, and two processes would do nothing else.
        if time.monotonic() >= self._ping_at:
            self.client.send(Ping(self._pings + 1))
            self._pings += 1
            self._ping_at = time.monotonic() + TIMEOUTS.ping_s

    def _cancel(self, job_id: str) -> None:
        """Stop the job; the backend ends right after, so nothing is lost by not waiting long."""
        end = time.monotonic() + TIMEOUTS.stop_s
        try:
            self.client.send(Cancel(job_id))
            while time.monotonic() < end:
                if any(isinstance(message, (Cancelled, Failed)) for message in self._wait()):
                    return
        except ConnectionLost:
            pass  # Then it has stopped indeed.

    def _ended(self) -> ConnectionLost:
        return ConnectionLost(
            "The backend ended unexpectedly.",
            f"What it said is in {default_home().logs / 'command.log'}; run 'sdedit doctor'.",
        )


def _output_file() -> IO[bytes]:
    """Where the backend's own output goes: a log beside its others, or nowhere."""
    logs = default_home().logs
    try:
        logs.mkdir(parents=True, exist_ok=True)
        return (logs / "command.log").open("wb")
    except OSError:
        return open(os.devnull, "wb")
