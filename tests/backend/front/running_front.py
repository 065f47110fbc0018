"""A front process under test, and clients that speak to it over the real protocol."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import zmq

from backend.paths import ROOT
from protocol.bounds import Bounds
from protocol.client import Client
from protocol.errors import ConnectionLost
from protocol.images import Image, PixelFormat
from protocol.keys import ClientKeys, load_client_keys, make_keys
from protocol.messages import (
    FINAL,
    EditRequest,
    Hello,
    Message,
    Ping,
    Progress,
    Status,
    Welcome,
)

PATIENCE_S = 60.0
"""Bound of every wait here; far beyond what anything takes, since the machine may be busy."""

Wanted = TypeVar("Wanted", bound=Message)


def eventually(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
    """Wait until ``holds()``; the seconds it took. Fails after ``within_s``."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within_s, f"not within {within_s} s"
        time.sleep(0.005)
    return time.monotonic() - began


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def edit_request(width: int = 4, height: int = 3, **changes: Any) -> EditRequest:
    """A small valid request under a new id."""
    guide = Image(Bounds(0, 0, width, height), PixelFormat(), os.urandom(4 * width * height))
    values: dict[str, Any] = {"sampler": "plain", "steps": 3, "job_id": uuid.uuid4().hex}
    values |= {"guide": guide, **changes}
    return EditRequest(canvas_width=width, canvas_height=height, **values)


class Voice:
    """A client in a test: says something, then waits for what it expects to hear."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[Message] = []
        """Everything received and not yet taken by `expect`."""

    def say(self, message: Message) -> None:
        self.client.send(message)

    def expect(self, kind: type[Wanted], job_id: str | None = None) -> Wanted:
        """The next message of this kind (and job); those before it are dropped."""
        end = time.monotonic() + PATIENCE_S
        while True:
            while self.heard:
                message = self.heard.pop(0)
                if isinstance(message, kind) and job_id in (None, getattr(message, "job_id", None)):
                    return message
            assert time.monotonic() < end, f"no {kind.__name__} within {PATIENCE_S} s"
            self.heard += self.client.wait(PATIENCE_S)

    def finals(self, count: int) -> list[Message]:
        """The next final answers, in the order in which they came."""
        return [self.final_and_last_step()[1] for _ in range(count)]

    def final_and_last_step(self) -> tuple[int, Message]:
        """The next final answer, and the last step told of before it (0: none)."""
        end = time.monotonic() + PATIENCE_S
        step = 0
        while True:
            while self.heard:
                message = self.heard.pop(0)
                if isinstance(message, FINAL):
                    return step, message
                if isinstance(message, Progress):
                    step = message.step
            assert time.monotonic() < end, "no final answer"
            self.heard += self.client.wait(PATIENCE_S)

    def silence(self, seconds: float) -> list[Message]:
        """What is heard in this time, expected to be nothing."""
        try:
            return self.heard + self.client.wait(seconds)
        except ConnectionLost:
            return self.heard

    def ask_status(self) -> Status:
        """What the front says of itself now."""
        self.say(Ping(1))
        return self.expect(Status)

    def wait_for_state(self, name: str) -> Status:
        """Ask until the front is in this state."""
        end = time.monotonic() + PATIENCE_S
        while (status := self.ask_status()).state != name:
            assert time.monotonic() < end, f"still {status.state}, not {name}"
            time.sleep(0.01)
        return status


class RunningFront:
    """The process, and everything that has to be closed after a test."""

    def __init__(self, folder: Path, **options: Any) -> None:
        """options: module, worker (arguments), devices, others, history_budget, limits, timeouts,
        times: see front_process."""
        self.folder = folder
        make_keys(folder / "keys")
        defaults: dict[str, Any] = {"worker": [], "devices": ["auto"], "others": "", "module": ""}
        defaults |= {"cluster": {}}
        defaults |= {
            "history_budget": 0,
            "limits": {},
            "timeouts": {},
            "times": {},
            "folder": str(folder),
        }
        command = [sys.executable, "-m", "tests.backend.front.front_process"]
        with (folder / "output.log").open("wb") as output:
            self.process = subprocess.Popen(
                [*command, json.dumps(defaults | options)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )
        self._contexts: list[zmq.Context[zmq.Socket[bytes]]] = []
        self._open: list[Client | zmq.Socket[bytes]] = []
        ready = folder / "ready.json"
        eventually(ready.exists)
        self.address = str(json.loads(ready.read_text())["address"])

    @property
    def output(self) -> str:
        files = [self.folder / name for name in ("front.log", "output.log")]
        return "".join(
            file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()
        )

    def open_gate(self) -> None:
        """Let the job that waits at the gate go on."""
        (self.folder / "open").touch()

    def worker_pids(self) -> list[int]:
        """All workers ever started that still live."""
        pids = [int(path.name.split("-")[1]) for path in self.folder.glob("worker-*")]
        return [pid for pid in pids if is_alive(pid)]

    def connect(self, keys: ClientKeys | None = None) -> Voice:
        """A client that has said Hello and been welcomed."""
        voice = Voice(self.open_client(keys))
        voice.client.wait_until_connected(PATIENCE_S)
        voice.say(Hello("test"))
        voice.expect(Welcome)
        return voice

    def open_client(self, keys: ClientKeys | None = None, address: str = "") -> Client:
        """A client that may not even be let in; ``address`` may be that of a relay."""
        client = Client(address or self.address, keys or self.keys(), self._new_context())
        self._open.append(client)
        return client

    def keys(self) -> ClientKeys:
        return load_client_keys(self.folder / "keys")

    def authorise(self, name: str) -> ClientKeys:
        """The keys of one more client."""
        public, secret = (key.decode() for key in zmq.curve_keypair())
        self.write_authorised({**self.authorised(), name: public})
        return ClientKeys(public, secret, self.keys().server_public)

    def authorised(self) -> dict[str, str]:
        return dict(json.loads((self.folder / "keys" / "authorised.json").read_text()))

    def write_authorised(self, keys: dict[str, str]) -> None:
        path = self.folder / "keys" / "authorised.json"
        part = path.with_suffix(".part")
        part.touch(0o600)
        part.write_text(json.dumps(keys))
        os.replace(part, path)

    def raw_socket(self, keys: ClientKeys | None, routing_id: bytes = b"") -> zmq.Socket[bytes]:
        """A bare DEALER; with ``keys`` None it offers no key at all."""
        socket = self._new_context().socket(zmq.DEALER)
        socket.linger = 0
        if routing_id:
            socket.routing_id = routing_id
        if keys is not None:
            socket.curve_publickey = keys.public.encode()
            socket.curve_secretkey = keys.secret.encode()
            socket.curve_serverkey = keys.server_public.encode()
        socket.connect(self.address)
        self._open.append(socket)
        return socket

    def _new_context(self) -> zmq.Context[zmq.Socket[bytes]]:
        """One for each client, as if it were a program of its own: it has its own I/O thread."""
        self._contexts.append(zmq.Context())
        return self._contexts[-1]

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close(self) -> None:
        for opened in self._open:
            opened.close()
        for context in self._contexts:
            context.term()
        if self.process.poll() is None:
            self.close_stdin()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        elif self.process.stdin is not None:
            self.process.stdin.close()
        for pid in self.worker_pids():
            os.kill(pid, signal.SIGKILL)
