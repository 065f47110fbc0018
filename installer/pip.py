"""pip of the backend's environment, and what its failures mean in plain words."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from .commands import CommandError, ask, run_aloud
from .errors import InstallError
from .progress import Progress

# The first pip that can say what it would install (--report).
_OLDEST_PIP = (22, 3)
_DISK_FULL = re.compile(r"No space left on device|Errno 28|There is not enough space", re.I)
_NO_NETWORK = re.compile(
    r"NewConnectionError|Max retries exceeded|NameResolutionError|Name or service not known"
    r"|Temporary failure in name resolution|ConnectTimeout|ReadTimeout|Network is unreachable"
    r"|ProxyError|SSLError|getaddrinfo failed",
)


class Pip:
    """Runs pip in one environment. Its downloads stay in a folder until ``tidy_up``."""

    def __init__(self, python: Path, downloads: Path, log: Path, progress: Progress) -> None:
        self._python = python
        self._downloads = downloads
        self._log = log
        self._progress = progress

    def install(self, *arguments: str, doing: str) -> None:
        """Install packages; InstallError says why not."""
        # Byte code is left to the first import: compiling all of PyTorch takes longer than
        # unpacking it.
        self.run("install", "--no-compile", *arguments, doing=doing)

    def download(self, *arguments: str, to: Path, doing: str) -> None:
        """Fetch wheels into a folder; InstallError says why not."""
        self.run(
            "download", "--no-deps", "--only-binary=:all:", "-d", str(to), *arguments, doing=doing
        )

    def would_install(self, requirement: str, *arguments: str, doing: str) -> dict[str, Any]:
        """pip's report on the one package that it would install, none of its dependencies."""
        self._downloads.mkdir(parents=True, exist_ok=True)
        report = self._downloads / "report.json"
        options = ("--dry-run", "--no-deps", "--ignore-installed", "--report", str(report))
        self.run("install", *options, *arguments, requirement, doing=doing)
        installed: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["install"]
        report.unlink()
        return installed[0]

    def renew_if_too_old(self) -> None:
        """Have pip renew itself where it is older than this program needs it."""
        answer = ask([os.fspath(self._python), "-I", "-m", "pip", "--version"]) or ""
        found = re.match(r"pip (\d+)\.(\d+)", answer)
        if found is None or (int(found.group(1)), int(found.group(2))) < _OLDEST_PIP:
            self.install("--upgrade", "pip", doing="renewing pip")

    def run(self, command: str, *arguments: str, doing: str) -> None:
        """Run one pip command; InstallError says in a sentence why it failed."""
        temporary = self._downloads / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        # pip unpacks where TMPDIR points: /tmp is often a small disk in memory.
        # PIP_USER: some have it on for all their installs, and an environment refuses it.
        env = {**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "PIP_USER": "0"}
        options = ["--cache-dir", str(self._downloads / "cache"), "--progress-bar", "off"]
        options += ["--no-input", "--disable-pip-version-check"]
        argv = [os.fspath(self._python), "-I", "-m", "pip", command, *options, *arguments]
        try:
            run_aloud(argv, self._progress, doing, self._log, env)
        except CommandError as error:
            raise explain_pip_failure(error.output, doing, self._log) from error

    def tidy_up(self) -> None:
        """Delete what was downloaded."""
        shutil.rmtree(str(self._downloads), ignore_errors=True)


class NothingFound(InstallError):
    """pip reached its indexes, and what was asked for is not there."""


def explain_pip_failure(output: str, doing: str, log: Path) -> InstallError:
    """What pip's output says about its failure, in one sentence and a remedy."""
    if _DISK_FULL.search(output):
        return InstallError(
            f"The disk became full while {doing}.",
            "Free some space (or choose another disk with --prefix), then run this again.",
        )
    # pip says "no matching distribution" of a host that it could not reach as well.
    if _NO_NETWORK.search(output):
        host = re.search(r"host='([^']+)'", output)
        source = f" from {host.group(1)}" if host else ""
        return InstallError(
            f"There was no way to download{source} while {doing}.",
            "Check the connection (or pip's proxy settings), then run this again.",
        )
    if re.search(r"No matching distribution|ResolutionImpossible", output):
        return NothingFound(
            f"pip found no fitting version while {doing}.",
            f"The file {log} holds all that pip said.",
        )
    errors = re.findall(r"^ERROR: (.+)$", output, re.MULTILINE)
    said = errors[-1].rstrip(".") if errors else "it said nothing that helps"
    return InstallError(
        f"pip failed while {doing}: {said}.", f"The file {log} holds all that pip said."
    )
