from __future__ import annotations

import sys
from pathlib import Path

import pytest

from backend.paths import ROOT, default_home
from protocol.errors import SDEditError


def test_the_root_holds_both_packages() -> None:
    assert (ROOT / "backend" / "paths.py").is_file()
    assert (ROOT / "protocol" / "messages.py").is_file()


def test_sdedit_home_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SDEDIT_HOME", str(tmp_path))
    home = default_home()
    assert home.folder == tmp_path
    assert (home.keys, home.models) == (tmp_path / "keys", tmp_path / "models")
    assert (home.logs, home.run) == (tmp_path / "logs", tmp_path / "run")


def test_a_relative_sdedit_home_does_not_depend_on_later_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDEDIT_HOME", "here")
    assert default_home().folder == tmp_path / "here"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG is for other systems")
def test_the_user_data_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SDEDIT_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_home().folder == tmp_path / "data" / "sdedit"
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_DATA_HOME", ignored)
        assert default_home().folder == tmp_path / ".local" / "share" / "sdedit"


@pytest.mark.skipif(sys.platform == "win32", reason="asks the password file")
def test_without_a_known_home_folder_it_is_said_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDEDIT_HOME", "~a-user-that-is-not-here/sdedit")
    with pytest.raises(SDEditError, match="where your home folder is") as caught:
        default_home()
    assert "SDEDIT_HOME" in caught.value.hint
