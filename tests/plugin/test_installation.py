"""What install.py wrote for the plugin, and the libraries it brought."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sdedit import vendored
from sdedit.installation import Installation, NotInstalled, read_installation

from tests.plugin.staged import PYKRITA

RECORD = {"version": "0.1.0", "python": "/p/venv/bin/python", "home": "/p", "keys": "/p/keys"}


def test_a_record_is_read(tmp_path: Path) -> None:
    file = tmp_path / "install.json"
    file.write_text(json.dumps(RECORD))
    installation = read_installation(file)
    assert installation == Installation(
        "0.1.0", Path("/p/venv/bin/python"), Path("/p"), Path("/p/keys")
    )
    assert installation.logs == Path("/p/logs")


def test_a_missing_record_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match=r"not installed\. Run install\.py again\."):
        read_installation(tmp_path / "install.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": "0.1.0"}', "\udcff"])
def test_a_damaged_record_says_what_to_do(tmp_path: Path, text: str) -> None:
    file = tmp_path / "install.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(NotInstalled, match=r"is damaged\. Run install\.py again\."):
        read_installation(file)


@pytest.mark.parametrize(
    ("version", "tag"),
    [((3, 8), "cp38"), ((3, 11), "cp311"), ((3, 12), "cp312"), ((3, 14), "cp312")],
)
def test_the_folder_fits_the_python(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], tag: str
) -> None:
    monkeypatch.setattr(vendored.sys, "version_info", (*version, 0, "final", 0))
    assert vendored.vendor_tag() == tag


IMPORT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
before = list(sys.path)
from sdedit.vendored import LibrariesMissing, import_libraries
try:
    import_libraries(Path(sys.argv[2]))
except LibrariesMissing as error:
    print(error)
assert sys.path == before
print(sys.modules["zmq"].__file__ if "zmq" in sys.modules else "no zmq")
"""


def import_from(vendor: Path) -> str:
    # -S: without site-packages, as in a Krita that has no zmq of its own.
    command = [sys.executable, "-S", "-E", "-c", IMPORT, str(PYKRITA), str(vendor)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_our_libraries_are_imported_and_the_path_is_left_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / vendored.vendor_tag()
    for name in vendored.NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()
    assert str(folder / "zmq") in import_from(tmp_path)


def test_libraries_that_do_not_fit_are_a_sentence(tmp_path: Path) -> None:
    said = import_from(tmp_path)
    assert "SDEdit's network library does not fit this Krita (Python 3." in said
    assert "Run install.py again" in said
    assert "no zmq" in said
