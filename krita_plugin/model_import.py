"""A checkpoint on its way to being a model: `sdedit models import` as a child process.

Never through the backend's socket: what is imported is a file of this machine, or is fetched by it.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from pathlib import Path

from .i18n import _
from .installation import Installation
from .link.child_process import start_backend
from .protocol.errors import SDEditError

WORDS_LONGEST = 600
PERCENT = re.compile(r"(\d+) %")


class ImportNotStarted(SDEditError):
    """The program that imports models could not be started."""

    code = "not-started"


class ModelImport:
    """One import, from its start to its end. No call waits."""

    def __init__(self, installation: Installation, source: str) -> None:
        """Start it; ``source`` is a file, a folder or a name on the hub.

        Settings that weights do not tell are taken from a file of the same name in .json beside
        them. Raises ImportNotStarted.
        """
        self.source = source
        self._log = installation.logs / "models-import.log"
        command = ["models", "import", source]
        config = Path(source).with_suffix(".json")
        if Path(source).is_file() and config.is_file():
            command += ["--config", str(config)]
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                self._process = start_backend(
                    installation, *command, stdin=subprocess.DEVNULL, log=log
                )
        except OSError as error:
            raise ImportNotStarted(
                _("The import cannot be started ({error}: {file}).").format(
                    error=error.strerror, file=error.filename
                ),
                _("Run 'sdedit doctor' in a terminal to see why."),
            ) from error

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    @property
    def has_succeeded(self) -> bool:
        return self._process.poll() == 0

    @property
    def words(self) -> str:
        """What it says now, or how it ended."""
        lines = self._lines()
        if self.has_succeeded:
            # The last line proposes a command; the one before says which model is ready.
            lines = [line for line in lines if line.startswith("The model ")] or lines
        return lines[-1][:WORDS_LONGEST] if lines else _("Starting…")

    @property
    def percent(self) -> int | None:
        """How much of a download is there; None while that is not known."""
        found = PERCENT.findall(self.words)
        return int(found[-1]) if found else None

    def stop(self) -> None:
        """Give it up. What is downloaded already is kept for the next try."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.05)

    def _lines(self) -> list[str]:
        try:
            text = Path(self._log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return [line.strip() for line in text.splitlines() if line.strip()]
