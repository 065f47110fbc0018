"""Real installations for tests: install.py from a fresh copy of the checkout, in a fresh home."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.krita.home import KritaHome

ROOT = Path(__file__).resolve().parent.parent
INSTALL_LIMIT_S = 900.0
# How this machine reaches the world, which a fresh home must know too.
_PASSED_ON = ("PIP_", "SSL_CERT_", "REQUESTS_CA_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Installation:
    """A home in which install.py was run, and what it said.

    Krita's resources are not warmed here; ``shutil.copytree(warm_data, home.krita_data,
    dirs_exist_ok=True)`` adds them.
    """

    home: KritaHome
    checkout: Path
    output: str
    seconds: float

    @property
    def env(self) -> dict[str, str]:
        """The environment of a user whose home this is."""
        return user_environment(self.home)

    @property
    def prefix(self) -> Path:
        """Where the backend is: venv, app, keys, models, logs."""
        return self.home.data / "sdedit"

    @property
    def launcher(self) -> Path:
        """The ``sdedit`` command."""
        return self.home.path / ".local" / "bin" / "sdedit"

    @property
    def package(self) -> Path:
        """The plugin, as Krita loads it."""
        return self.home.krita_data / "pykrita" / "sdedit"

    def run_installer(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run install.py once more in this home."""
        return run_installer(self.checkout, self.env, *options)


def install(home: KritaHome, checkout: Path, *options: str) -> Installation:
    """Run install.py from ``checkout`` in ``home``; it must succeed."""
    began = time.monotonic()
    done = run_installer(checkout, user_environment(home), *options)
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stdout + done.stderr
    return Installation(home, checkout, done.stdout, seconds)


def run_installer(
    checkout: Path, env: Mapping[str, str], *options: str
) -> subprocess.CompletedProcess[str]:
    """Run install.py with the system's Python and return how it ended."""
    return subprocess.run(
        ["python3", str(checkout / "install.py"), *options],
        env=dict(env),
        cwd=env["HOME"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_LIMIT_S,
        check=False,
    )


def user_environment(home: KritaHome) -> dict[str, str]:
    """The environment of a user with this home on this machine."""
    passed_on = {
        name: value for name, value in os.environ.items() if name.upper().startswith(_PASSED_ON)
    }
    return home.environment(**passed_on)


def fresh_checkout(destination: Path) -> Path:
    """A copy of all that git knows or would take in, as a fresh clone has it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        source, copy = ROOT / name, destination / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    return destination
