"""What happens to installations: they are cut off, damaged, mended, and taken back."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.kritarc import Made, switch_off, switched_on
from installer.layout import Layout
from installer.machine import LINUX
from installer.manifest import Manifest
from tests.installation import (
    INSTALL_LIMIT_S,
    Installation,
    install,
    run_installer,
    user_environment,
)
from tests.krita.home import KritaHome
from tests.krita.processes import kill_all

pytestmark = [pytest.mark.install, pytest.mark.timeout(INSTALL_LIMIT_S)]

ODD_KRITARC = b"# mine\r\nname=\xff\xfe\r\n\r\n[z]\nenable_sdedit=false\n[python]\r\nenable_x=true"


@pytest.fixture(scope="module")
def home() -> Iterator[KritaHome]:
    """A home of an own, in which things may be broken; it has another plugin and an odd kritarc."""
    home = KritaHome()
    other = home.krita_data / "pykrita" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("another plugin")
    home.kritarc.write_bytes(ODD_KRITARC)
    yield home
    home.remove()


@pytest.fixture(scope="module")
def before(home: KritaHome) -> dict[str, bytes | None]:
    """What is in that home before anything is installed."""
    return everything_in(home.path)


@pytest.fixture(scope="module")
def completed(home: KritaHome, before: dict[str, bytes | None], checkout: Path) -> Installation:  # noqa: ARG001
    """An installation that was killed, with its pip, in the middle of unpacking PyTorch, and
    completed by running install.py again."""
    prefix = home.data / "sdedit"
    with subprocess.Popen(
        ["python3", str(checkout / "install.py"), "--no-edit"],
        env=user_environment(home),
        stdout=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 300
        while not list(prefix.glob("venv/lib/python3*/site-packages/torch/lib")):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
        kill_all(home.path, process.pid)
    assert not (prefix / "venv/sdedit-environment.json").exists()
    return install(home, checkout, "--no-edit")


def everything_in(folder: Path) -> dict[str, bytes | None]:
    """All paths below, and each file's bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.name != "__pycache__" and "__pycache__" not in path.parts
    }


def test_the_doctor_of_a_machine_with_nothing_of_ours(
    home: KritaHome, before: dict[str, bytes | None], checkout: Path
) -> None:
    done = run_installer(checkout, user_environment(home), "--doctor")
    assert done.returncode == 1
    assert "SDEdit is not installed" in done.stdout
    assert "install.py" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert everything_in(home.path) == before


def test_an_installation_that_was_killed_is_completed_by_the_next(completed: Installation) -> None:
    done = subprocess.run(
        [str(completed.prefix / "venv/bin/python"), "-I", "-c", "import torch; torch.zeros(1)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kritarc = completed.home.kritarc.read_bytes()
    assert switched_on(kritarc)
    assert switch_off(kritarc, made_in(completed)) == ODD_KRITARC


def test_an_installation_damaged_in_every_part_is_diagnosed_and_mended(
    completed: Installation,
) -> None:
    """Each part is named, with the remedy."""
    kritarc = completed.home.kritarc
    on = kritarc.read_bytes()
    kritarc.write_bytes(on.replace(b"enable_sdedit=true", b"enable_sdedit=false"))
    (completed.prefix / "keys/client.json").chmod(0o644)
    shutil.rmtree(completed.package / "vendor")
    shutil.rmtree(completed.prefix / "app/protocol")
    completed.launcher.unlink()
    diagnosis = completed.run_installer("--doctor")
    assert diagnosis.returncode == 1
    for words in (
        "it is not switched on",
        "can be opened by other users (mode 644)",
        "it lacks pyzmq and msgpack for Krita",
        "is not this version's",
        "does not start this installation",
    ):
        assert words in diagnosis.stdout
    assert diagnosis.stdout.count("Run install.py again") >= 4
    assert "Traceback" not in diagnosis.stdout + diagnosis.stderr
    install(completed.home, completed.checkout, "--no-edit")
    mended = completed.run_installer("--doctor")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert kritarc.read_bytes() == on


def made_in(installation: Installation) -> Made:
    """What the installation noted of its change to kritarc."""
    manifest = Manifest(Layout(installation.prefix, LINUX), "0.1.0")
    return manifest.kritarcs[installation.home.kritarc]


def use(installation: Installation) -> None:
    """Have the backend write what it writes when it is used."""
    subprocess.run(
        [str(installation.launcher), "doctor"],
        env=installation.env,
        stdout=subprocess.DEVNULL,
        timeout=200,
        check=False,
    )


def test_uninstalling_is_refused_while_the_backend_runs(
    installation: Installation, tmp_path: Path
) -> None:
    ready = tmp_path / "ready.json"
    with subprocess.Popen(
        [str(installation.launcher), "serve", "--until-stdin-closes", "--ready-file", str(ready)],
        env=installation.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as backend:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert backend.poll() is None, "the backend did not start"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        pid = json.loads(ready.read_text())["pid"]
        refused = installation.run_installer("--uninstall")
    assert refused.returncode == 1
    assert f"backend is running (process {pid})" in refused.stderr
    assert installation.package.is_dir()
    assert installation.launcher.is_file()


def test_uninstalling_leaves_the_home_as_it_was(
    before: dict[str, bytes | None], completed: Installation
) -> None:
    """The last one of this module: it takes what the others share."""
    use(completed)
    (completed.prefix / "models" / "my-pets").mkdir(parents=True)

    refused = completed.run_installer("--uninstall")
    assert refused.returncode == 1
    assert "my-pets" in refused.stderr
    assert "--yes" in refused.stderr
    assert completed.package.is_dir()

    done = completed.run_installer("--uninstall", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert everything_in(completed.home.path) == before

    again = completed.run_installer("--uninstall")
    assert again.returncode == 0
    assert "Nothing of SDEdit is installed" in again.stdout
