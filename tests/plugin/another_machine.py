"""A backend on another machine: a home of its own, a real `serve --listen`, a real second key."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from protocol.keys import allow, load_server_keys, revoke
from protocol.pairing import new_public_key, trust
from tests.plugin.desk import wait_for
from tests.plugin.fronts import Front

ANY_PORT = "tcp://127.0.0.1:*"
SOMEONE = "." * 40
"""A key that lets nobody in, without which the backend would not listen for others."""


class AnotherMachine:
    """Called "studio" by the machine that is paired with it, which it calls "laptop"."""

    def __init__(self, home: Path) -> None:
        self.front = Front(home)
        allow(self.front.keys, "tablet", SOMEONE)
        self.address = ANY_PORT
        """Where it listens, once it has; the same ever after."""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Run it, and wait until it listens."""
        ready = self.front.home / "ready.json"
        arguments = ["--until-stdin-closes", "--ready-file", str(ready)]
        arguments += options or ["--listen", self.address]
        self.front.home.joinpath("logs").mkdir(exist_ok=True)
        with (self.front.home / "logs" / "backend.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.front.python), "-m", "backend", "serve", *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "SDEDIT_HOME": str(self.front.home)},
            )
        wait_for(ready.exists)
        self.address = str(json.loads(ready.read_text(encoding="utf-8"))["address"])

    def pair_with(self, laptop: Front, address: str = "") -> None:
        """What the two copied lines do; ``address``: by which way the laptop comes here."""
        allow(self.front.keys, "laptop", new_public_key(laptop.keys))
        server = load_server_keys(self.front.keys).public
        trust(laptop.keys, "studio", address or self.address, server)

    def forbid(self) -> str:
        """Let the laptop in no more; its public key."""
        public = load_server_keys(self.front.keys).authorised["laptop"]
        revoke(self.front.keys, "laptop")
        return public

    def allow_again(self, public: str) -> None:
        allow(self.front.keys, "laptop", public)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def crash(self) -> None:
        """End it as a power cut does."""
        self._signal(signal.SIGKILL)
        self.end()
        (self.front.home / "ready.json").unlink()

    def end(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(20)
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
