"""Every Krita is found where its kind is installed, with its folders and its Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.kritas import find_kritas, folders_to_serve, native_folders
from installer.machine import MACOS, WINDOWS, this_machine
from tests.install.made_up import library, machine_in, program


def test_a_machine_without_krita_gets_the_native_folders(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    assert find_kritas(machine) == []
    (folders,) = folders_to_serve([], machine)
    assert folders.plugins == machine.home / ".local/share/krita/pykrita"
    assert folders.kritarc == machine.home / ".config/kritarc"


def test_a_native_krita_is_found_with_its_python(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    krita = program(tmp_path / "usr/bin/krita")
    library(tmp_path / "usr/lib/x86_64-linux-gnu/kritaplugins/kritapykrita.so", 11)
    (found,) = find_kritas(machine)
    assert (found.program, found.python) == (krita, (3, 11))
    assert found.folders == native_folders(machine)


def test_the_xdg_variables_move_both_folders(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, XDG_DATA_HOME="/d", XDG_CONFIG_HOME="/c")
    folders = native_folders(machine)
    assert (folders.data, folders.kritarc) == (Path("/d/krita"), Path("/c/kritarc"))


def test_a_relative_xdg_variable_counts_as_unset(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, XDG_DATA_HOME="data")
    assert native_folders(machine).data == machine.home / ".local/share/krita"


def test_kritarc_can_move_the_resources(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    kritarc = machine.home / ".config/kritarc"
    kritarc.parent.mkdir()
    kritarc.write_text("ResourceDirectory=/big/krita\n")
    assert native_folders(machine).plugins == Path("/big/krita/pykrita")


@pytest.mark.parametrize(
    "place",
    [
        "home/ana/krita-5.2.14-x86_64.appimage",
        "home/ana/Applications/Krita.AppImage",
        "home/ana/Downloads/krita-5.2.2-x86_64.appimage",
        "home/ana/Desktop/krita.appimage",
        "home/ana/bin/krita.AppImage",
        "home/ana/.local/bin/krita.appimage",
        "opt/krita/krita.appimage",
        "opt/krita-next.appimage",
    ],
)
def test_an_appimage_is_found_in(tmp_path: Path, place: str) -> None:
    machine = machine_in(tmp_path)
    image = program(tmp_path / place)
    (found,) = find_kritas(machine)
    assert (found.kind, found.program, found.python) == ("AppImage", image, None)
    assert found.folders == native_folders(machine)


def test_other_programs_are_not_taken_for_krita(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    program(machine.home / "Downloads/gmic_krita_qt.appimage")
    program(machine.home / "Downloads/krita-5.2.2.appimage.zsync")
    (machine.home / "Downloads/krita.appimage").mkdir()
    assert find_kritas(machine) == []


@pytest.mark.parametrize("store", ["home/ana/.local/share/flatpak", "var/lib/flatpak"])
def test_a_flatpak_has_folders_of_its_own(tmp_path: Path, store: str) -> None:
    machine = machine_in(tmp_path)
    files = tmp_path / store / "app/org.kde.krita/current/active/files"
    library(files / "lib/kritaplugins/kritapykrita.so", 12)
    (found,) = find_kritas(machine)
    own = machine.home / ".var/app/org.kde.krita"
    assert (found.kind, found.python) == ("Flatpak", (3, 12))
    assert found.folders.plugins == own / "data/krita/pykrita"
    assert found.folders.kritarc == own / "config/kritarc"


def test_a_flatpak_that_was_run_once_is_found_by_its_data(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    (machine.home / ".var/app/org.kde.krita").mkdir(parents=True)
    (found,) = find_kritas(machine)
    assert (found.kind, found.python) == ("Flatpak", None)


def test_kritas_that_share_their_folders_get_the_plugin_once(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    program(tmp_path / "usr/bin/krita")
    program(machine.home / "Downloads/krita-5.2.14.appimage")
    (machine.home / ".var/app/org.kde.krita").mkdir(parents=True)
    found = find_kritas(machine)
    assert [krita.kind for krita in found] == ["Krita", "AppImage", "Flatpak"]
    assert len(folders_to_serve(found, machine)) == 2


def test_krita_on_windows(tmp_path: Path) -> None:
    programs, roaming, local = (tmp_path / name for name in ("Program Files", "Roaming", "Local"))
    env = {"ProgramFiles": programs, "APPDATA": roaming, "LOCALAPPDATA": local}
    machine = machine_in(tmp_path, WINDOWS, **{name: str(path) for name, path in env.items()})
    krita = program(programs / "Krita (x64)/bin/krita.exe")
    for name in ("python3.dll", "python310.dll"):
        program(krita.parent / name)
    (found,) = find_kritas(machine)
    assert (found.program, found.python) == (krita, (3, 10))
    assert found.folders.plugins == roaming / "krita/pykrita"
    assert found.folders.kritarc == local / "kritarc"


def test_krita_on_a_mac(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, MACOS)
    library(tmp_path / "Applications/krita.app/Contents/Frameworks/libpython3.10.dylib", 10)
    (found,) = find_kritas(machine)
    support = machine.home / "Library/Application Support"
    assert (found.program.name, found.python) == ("krita.app", (3, 10))
    assert found.folders.plugins == support / "krita/pykrita"
    assert found.folders.kritarc == machine.home / "Library/Preferences/kritarc"


@pytest.mark.krita
def test_the_krita_of_this_machine_is_found_with_the_python_it_is_linked_with() -> None:
    if not Path("/usr/bin/krita").exists():
        pytest.skip("no Krita from the distribution here; tests/run installs it")
    found = [krita for krita in find_kritas(this_machine()) if krita.kind == "Krita"]
    assert found[0].python is not None
    assert Path(f"/usr/bin/python3.{found[0].python[1]}").exists()
