"""A private backend of one's own, for as long as a `with` block lasts, and edits made with it.

    with LocalBackend() as backend:
        result = backend.edit(request)

It is the real `serve`, in a process of its own, with keys made for this run alone. Should it die in
the middle of an edit, another one is started, once, and the edit is sent to it. Its folder goes
with it, even when this program is killed: the backend removes that at its end.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import IO

from backend.children import close_lifeline, end_child, module_command, start_child
from backend.log_files import own_log
from backend.paths import default_home
from backend.run_folder import RunFolder
from backend.session import LOOK_EVERY_S, Answer, OnMessage, Session
from protocol.client import Client
from protocol.errors import ConnectionLost
from protocol.keys import load_client_keys, make_keys
from protocol.limits import TIMEOUTS
from protocol.messages import JobRequest

READY_FILE = "ready.json"


class LocalBackend(Session):
    """Starts `serve` on entering and ends it, with its workers, on leaving.

    Raises ConnectionLost when it does not start or stops answering.
    """

    def __init__(self, device: str = "auto") -> None:
        super().__init__()
        self._device = device
        self._log = own_log(default_home().logs, "command")
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: RunFolder | None = None
        self._restarts_left = 0

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
        super().close()
        self._remove_folder()

    # ------------------------------------------------------------ inside

    def _ask(self, request: JobRequest, kind: type[Answer], on_message: OnMessage | None) -> Answer:
        """As any session does; a backend that dies is replaced once, and the job begins anew."""
        self._restarts_left = 1
        try:
            return super()._ask(request, kind, on_message)
        finally:
            self._restarts_left = 0

    def _start(self) -> None:
        self._folder = RunFolder()
        folder = self._folder.path
        make_keys(folder / "keys")
        self._process = self._serve(folder)
        address = self._wait_for_address(self._process, folder / READY_FILE)
        keys = load_client_keys(folder / "keys")
        if self._client is None:
            self._client = Client(address, keys, self._context)
        else:
            self._client.move_to(address, keys)
        self._wait_until_connected(self._client, self._process)
        self._greet()

    def _serve(self, folder: Path) -> subprocess.Popen[bytes]:
        arguments = ["serve", "--until-stdin-closes", "--device", self._device]
        arguments += ["--history-budget", "0"]
        arguments += ["--ready-file", str(folder / READY_FILE), "--keys", str(folder / "keys")]
        arguments += ["--remove-at-end", str(folder)]
        with _output_file(self._log) as output:
            return start_child(
                (*module_command("backend"), *arguments), stdout=output, stderr=output
            )

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

    def _is_replaced(self) -> bool:
        if self._process is None or self._process.poll() is None:
            return False
        if not self._restarts_left:
            raise self._ended() from None
        self._restarts_left -= 1
        close_lifeline(self._process)
        self._remove_folder()
        self._start()  # and the client sends it what is open
        return True

    def _cancel(self, job_id: str) -> None:
        self._restarts_left = 0
        super()._cancel(job_id)

    def _remove_folder(self) -> None:
        """The backend does so itself at its end, unless it was killed."""
        if self._folder is not None:
            self._folder.remove()

    def _ended(self) -> ConnectionLost:
        return ConnectionLost(
            "The backend ended unexpectedly.",
            f"What it said is in {self._log}; run 'sdedit doctor'.",
        )


def _output_file(log: Path) -> IO[bytes]:
    """Where the backend's own output goes: a log beside its others, or nowhere."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError:
        return open(os.devnull, "wb")
