"""The local backend as a child process: started, noticed when it dies, ended with Krita.

Its stdin is a pipe that only this process holds open. When Krita ends, however it ends, the
pipe closes and the backend ends by itself (`serve --until-stdin-closes`).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import BinaryIO, Sequence

from ..i18n import _
from ..installation import Installation
from ..protocol.errors import SDEditError
from .child_process import start_backend

LOG_BYTES_MOST = 1_000_000
LAST_WORDS_LONGEST = 300
SIGN_WITHIN_S = 0.03
"""In which a backend shows that it has seen its stdin close; it takes a millisecond or two."""
LOOK_EVERY_S = 0.001
END_WHEN_KILLED_S = 0.05
STALE_S = 7 * 24 * 3600.0
"""After which a file in run/ is what a killed Krita has left there. Should that be wrong, the
backend is killed when its Krita ends, where it would else have ended by itself."""


class BackendNotStarted(SDEditError):
    """The backend's process could not be started."""

    code = "not-started"


class BackendProcess:
    """One backend process, from its start to its end. No call waits for a tenth of a second."""

    def __init__(self, installation: Installation, arguments: Sequence[str] = ()) -> None:
        """Start it, with further ``arguments`` for `serve`.

        Raises BackendNotStarted with the reason.
        """
        self._log = installation.logs / "backend.log"
        self._ready = installation.home / "run" / f"krita-{os.getpid()}-{time.monotonic_ns()}.json"
        command = ["serve", "--until-stdin-closes", "--ready-file", str(self._ready), *arguments]
        try:
            _make_run_folder(self._ready.parent)
            with _open_log(self._log) as log:
                self._log_start = log.tell()
                self._process = start_backend(
                    installation, *command, stdin=subprocess.PIPE, log=log
                )
        except FileNotFoundError as error:
            raise BackendNotStarted(
                _("SDEdit's Python is missing: {file}.").format(file=error.filename),
                _("Run install.py again."),
            ) from error
        except OSError as error:
            raise BackendNotStarted(
                _("SDEdit's backend cannot be started ({error}: {file}).").format(
                    error=error.strerror, file=error.filename
                ),
                _("Run 'sdedit doctor' in a terminal to see why."),
            ) from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_status(self) -> int | None:
        """None while it runs; what it ended with otherwise."""
        return self._process.poll()

    def address(self) -> str | None:
        """Where it listens, None until it has said so."""
        try:
            text = self._ready.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return str(json.loads(text)["address"])

    def last_words(self) -> str:
        """The last line of its log since its start: the reason, when it ended by itself."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_start)
                lines = log.read(LOG_BYTES_MOST).decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1][:LAST_WORDS_LONGEST] if spoken else ""

    def stop(self) -> None:
        """Have it end, which it does by itself once it has seen its stdin close.

        Nothing waits for that. One that gives no sign of having seen it is killed: it may be
        frozen, or not yet far enough in its start to have anything to lose.
        """
        has_listened = self._ready.exists()
        self._close_stdin()
        if not (has_listened and self._gives_a_sign()):
            self.kill()

    def kill(self) -> None:
        """End it by force: for one that no longer answers. Its workers end when they see that."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_WHEN_KILLED_S)
        self._close_stdin()
        with contextlib.suppress(OSError):
            self._ready.unlink()

    def _gives_a_sign(self) -> bool:
        """Whether it withdraws its ready file in time, which is the first thing that it does."""
        end = time.monotonic() + SIGN_WITHIN_S
        while self._ready.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(LOOK_EVERY_S)
        return True

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


def _make_run_folder(folder: Path) -> None:
    """Make the folder of ready files; whatever killed processes have left there goes."""
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - STALE_S
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()


def _open_log(path: Path) -> BinaryIO:
    """The log, for appending; a long one is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES_MOST:
        os.replace(str(path), str(path.with_name(path.name + ".1")))
    return path.open("ab")
