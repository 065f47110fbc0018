"""Backends for the plugin to start: the real one, the real front with a worker that needs no
torch, and programs that go wrong. Which one a home has is written into its "python".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zmq
from sdedit.installation import Installation

from backend.paths import ROOT
from protocol.bounds import Bounds
from protocol.client import Client
from protocol.images import Image, PixelFormat
from protocol.keys import load_client_keys, make_keys
from protocol.messages import Accepted, EditRequest, Message

PATIENCE_S = 60.0

PROGRAMS = {
    "real": "-m backend serve",
    "worker without torch": "-m tests.plugin.front_without_torch",
    "another version": "-m tests.plugin.front_of_another_version",
    "dies at once": "-c \"import sys; sys.exit('There is no room for the model.')\"",
    "never listens": '-c "import sys; sys.stdin.read()"',
}


class Front:
    """The home of one backend."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.keys = home / "keys"
        self.python = home / "python"
        make_keys(self.keys)
        self.becomes("worker without torch")

    @property
    def installation(self) -> Installation:
        return Installation("0.1.0", self.python, self.home, self.keys)

    @property
    def log(self) -> str:
        return (self.home / "logs" / "backend.log").read_text(encoding="utf-8")

    @contextmanager
    def another_artist(self, address: str) -> Iterator[AnotherArtist]:
        """A second client of the backend that listens at ``address``."""
        artist = AnotherArtist(self.home, address)
        try:
            yield artist
        finally:
            artist.close()

    def becomes(self, program: str, **environment: str) -> None:
        """Choose what is started from now on. It gets what `-m backend serve` would get."""
        settings = {"PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "PASSIVE", **environment}
        lines = [f"export {name}='{value}'" for name, value in settings.items()]
        self.python.write_text(
            "\n".join(
                (
                    "#!/bin/sh",
                    'test "$1 $2 $3" = "-m backend serve" || exit 64',
                    "shift 3",
                    *lines,
                    f'exec "{sys.executable}" {PROGRAMS[program]} "$@"',
                )
            ),
            encoding="utf-8",
        )
        self.python.chmod(0o700)


class AnotherArtist:
    """A second client of the same front, whose jobs the scripted worker holds until told."""

    def __init__(self, home: Path, address: str) -> None:
        self._home = home
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._client = Client(address, load_client_keys(home / "keys"), self._context)
        self._client.wait_until_connected(PATIENCE_S)

    def hold_the_worker(self) -> None:
        """Have the worker do nothing until `let_the_worker_go`."""
        guide = Image(Bounds(0, 0, 1, 1), PixelFormat(), bytes(4))
        request = EditRequest("another", guide, 1, 1, sampler="gate", steps=1)
        self._client.send(request)
        while not any(map(_is_running, self._client.wait(PATIENCE_S))):
            pass

    def let_the_worker_go(self) -> None:
        (self._home / "open").touch()

    def close(self) -> None:
        self._client.close()
        self._context.term()


def _is_running(message: Message) -> bool:
    return isinstance(message, Accepted) and message.position == 0
