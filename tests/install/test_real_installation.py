"""install.py as a person runs it: a fresh home, one command, and at its end a picture."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installer.commands import ask
from installer.kritarc import switched_on
from installer.vendored import tag_for, vendored_tags
from tests.installation import INSTALL_LIMIT_S, Installation

pytestmark = [pytest.mark.install, pytest.mark.timeout(INSTALL_LIMIT_S)]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float32)


def agreement_of_colours(picture: np.ndarray) -> float:
    """How far the fine detail of red, green and blue goes together: in photographs nearly 1, in
    noise, which is drawn for each colour by itself, nearly 0."""
    detail = np.diff(picture, axis=0).reshape(-1, 3)
    return float(np.corrcoef(detail.T).min())


def test_it_ends_with_a_picture_made_by_the_model_that_ships(installation: Installation) -> None:
    painting = pixels(installation.prefix / "app/backend/samples/painting.png")
    after = pixels(installation.prefix / "first-edit/after.png")
    assert after.shape == painting.shape
    assert np.abs(after - painting).mean() > 2, "nothing was changed"
    assert np.corrcoef(after.ravel(), painting.ravel())[0, 1] > 0.5, "it has left the painting"
    assert agreement_of_colours(after) > 0.7, "it looks like noise"


def test_before_and_after_are_saved_side_by_side(installation: Installation) -> None:
    painting = pixels(installation.prefix / "app/backend/samples/painting.png")
    both = pixels(installation.prefix / "first-edit/before-after.png")
    height, width, _ = painting.shape
    assert both.shape[0] >= height
    assert both.shape[1] >= 2 * width


def test_it_says_each_step_and_what_to_do_next(installation: Installation) -> None:
    said = installation.output
    for number in range(1, 8):
        assert f"[{number}/7] " in said
    assert "SDEdit is installed (" in said
    assert str(installation.prefix / "first-edit/before-after.png") in said
    assert "Settings > Dockers > SDEdit" in said


def test_it_leaves_nothing_but_what_it_names(installation: Installation) -> None:
    there = {path.name for path in installation.prefix.iterdir()}
    needed = {"app", "venv", "keys", "vendored", "logs", "first-edit", "install-manifest.json"}
    assert needed <= there <= needed | {"run", "models"}
    # No cache of pip's, no other hidden store in the home.
    homes = {path.name for path in installation.home.path.iterdir()}
    assert homes <= {".config", ".local", ".cache", "run"}
    assert not list(installation.home.cache.glob("pip*"))


def test_the_plugin_is_where_krita_looks_and_switched_on(installation: Installation) -> None:
    assert (installation.package / "__init__.py").is_file()
    assert installation.package.with_suffix(".desktop").is_file()
    assert switched_on(installation.home.kritarc.read_bytes())
    record = json.loads((installation.package / "install.json").read_text())
    assert Path(record["python"]).exists()
    assert (Path(record["keys"]) / "client.json").stat().st_mode & 0o777 == 0o600


def test_the_plugin_brings_pyzmq_and_msgpack_for_every_krita(installation: Installation) -> None:
    vendor = installation.package / "vendor"
    assert vendored_tags(vendor) == ["cp38", "cp310", "cp311", "cp312"]
    assert not [path for path in vendor.rglob("tests") if path.is_dir()]
    size = sum(path.stat().st_size for path in vendor.rglob("*") if path.is_file())
    assert size < 30_000_000


def test_every_python_that_is_here_imports_the_ones_for_it(installation: Installation) -> None:
    vendor = installation.package / "vendor"
    tried = 0
    for minor in range(8, 15):
        python = shutil.which(f"python3.{minor}")
        folder = vendor / tag_for((3, minor))
        if python is None or not folder.is_dir() or ask([python, "-c", ""]) is None:
            continue
        code = (
            f"import sys; sys.path.insert(0, {str(folder)!r}); import zmq, msgpack;"
            "zmq.curve_keypair(); assert msgpack.unpackb(msgpack.packb([1, b'x'])) == [1, b'x'];"
            "print(zmq.__file__, msgpack.Unpacker.__module__)"
        )
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, f"{python}: {done.stderr}"
        assert str(folder) in done.stdout
        assert "msgpack._cmsgpack" in done.stdout, f"{python}: the slow msgpack was loaded"
        tried += 1
    assert tried, "there is no Python here to try them with"


def test_the_backend_has_no_cuda_where_there_is_no_card(installation: Installation) -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine may have an NVIDIA card")
    python = str(installation.prefix / "venv/bin/python")
    code = (
        "import torch, importlib.metadata as m; print(torch.version.cuda);"
        "print([d.name for d in m.distributions() if d.name.startswith('nvidia')])"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["None", "[]"]


def test_running_it_again_is_harmless_and_quick(installation: Installation) -> None:
    kept = [installation.prefix / name for name in ("keys/server.json", "keys/client.json")]
    kept += [installation.home.kritarc, installation.prefix / "venv/sdedit-environment.json"]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in kept]
    began = time.monotonic()
    done = installation.run_installer("--no-edit")
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in kept] == before
    assert seconds < installation.seconds / 3


def test_the_command_works_wherever_one_is(installation: Installation, tmp_path: Path) -> None:
    # A folder with names like ours, as in a checkout, must not be taken for the installed code.
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "__init__.py").write_text("raise SystemExit('the wrong backend')")
    done = subprocess.run(
        [str(installation.launcher), "models"],
        cwd=tmp_path,
        env=installation.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "landscape" in done.stdout


def test_the_doctor_finds_it_well(installation: Installation) -> None:
    done = installation.run_installer("--doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WRONG" not in done.stdout
    for subject in ("Krita:", "Plugin:", "Python:", "Backend:", "Keys:", "model", "Devices"):
        assert subject in done.stdout
