"""What is not the installer's is never removed, whatever the record says of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.backend_files import starts, write_launcher
from installer.errors import InstallError
from installer.kritarc import Made
from installer.layout import Layout
from installer.machine import LINUX, Machine
from installer.manifest import Manifest
from installer.uninstall import uninstall
from tests.install.made_up import machine_in, program


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path)


@pytest.fixture
def layout(machine: Machine) -> Layout:
    return Layout(machine.default_prefix, LINUX)


def begin(layout: Layout) -> Manifest:
    manifest = Manifest(layout, "0.1.0")
    manifest.make_folder(layout.prefix)
    return manifest


def fill(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "file").write_text("made by SDEdit")


def take_back(layout: Layout, machine: Machine, *, yes: bool = False, keep: bool = False) -> None:
    uninstall(layout, machine, "0.1.0", yes, keep)


def test_everything_that_was_made_goes_and_the_folders_made_for_it(
    layout: Layout, machine: Machine
) -> None:
    manifest = begin(layout)
    for path in (layout.venv, machine.krita_data / "pykrita" / "made"):
        manifest.will_make(path)
        fill(path)
    take_back(layout, machine)
    assert list(machine.home.iterdir()) == []


def test_a_folder_that_was_there_before_stays(layout: Layout, machine: Machine) -> None:
    plugins = machine.krita_data / "pykrita"
    plugins.mkdir(parents=True)
    manifest = begin(layout)
    manifest.will_make(plugins / "made")
    fill(plugins / "made")
    take_back(layout, machine)
    assert plugins.is_dir()
    assert list(plugins.iterdir()) == []


def test_a_folder_that_others_use_by_now_stays(layout: Layout, machine: Machine) -> None:
    manifest = begin(layout)
    manifest.will_make(machine.krita_data / "pykrita" / "made")
    fill(machine.krita_data / "pykrita" / "made")
    other = machine.krita_data / "pykrita" / "other.desktop"
    other.write_text("another plugin")
    take_back(layout, machine)
    assert other.read_text() == "another plugin"
    assert not layout.prefix.exists()


def test_what_the_user_put_into_the_prefix_stays_and_is_named(
    layout: Layout, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(layout)
    (layout.prefix / "notes.txt").write_text("mine")
    take_back(layout, machine)
    assert (layout.prefix / "notes.txt").read_text() == "mine"
    assert "notes.txt" in capsys.readouterr().out


def test_a_path_that_is_there_already_is_refused(layout: Layout) -> None:
    manifest = begin(layout)
    fill(layout.app)
    with pytest.raises(InstallError, match="does not belong to this installation"):
        manifest.will_make(layout.app)
    assert not manifest.holds(layout.app)


def test_logs_that_were_there_before_are_used_and_stay(layout: Layout, machine: Machine) -> None:
    manifest = begin(layout)
    fill(layout.prefix / "logs")
    manifest.will_use(layout.prefix / "logs")
    take_back(layout, machine)
    assert (layout.prefix / "logs" / "file").exists()


def test_the_users_models_go_only_with_a_yes(layout: Layout, machine: Machine) -> None:
    begin(layout).will_use(layout.models)
    fill(layout.models / "my-pets")
    with pytest.raises(InstallError, match=r"my-pets\..*--yes.*--keep-models"):
        take_back(layout, machine)
    assert (layout.models / "my-pets").is_dir()
    take_back(layout, machine, yes=True)
    assert list(machine.home.iterdir()) == []


def test_the_users_models_can_stay(layout: Layout, machine: Machine) -> None:
    manifest = begin(layout)
    manifest.will_use(layout.models)
    manifest.will_make(layout.venv)
    fill(layout.venv)
    fill(layout.models / "my-pets")
    take_back(layout, machine, keep=True)
    assert [path.name for path in layout.prefix.iterdir()] == ["models"]


def test_models_that_stayed_can_be_removed_later(layout: Layout, machine: Machine) -> None:
    begin(layout).will_use(layout.models)
    fill(layout.models / "my-pets")
    take_back(layout, machine, keep=True)
    take_back(layout, machine)
    assert (layout.models / "my-pets").is_dir()
    take_back(layout, machine, yes=True)
    assert not layout.prefix.exists()


def test_a_kritarc_that_was_made_goes_and_one_that_was_there_is_as_before(
    layout: Layout, machine: Machine
) -> None:
    manifest = begin(layout)
    plugins = machine.krita_data / "pykrita"
    manifest.will_make(plugins / "sdedit.desktop")
    (plugins / "sdedit.desktop").write_text("")
    made, theirs = machine.home / "made-kritarc", machine.home / "kritarc"
    made.write_text("[python]\nenable_sdedit=true\n")
    theirs.write_text("a=1\n\n[python]\nenable_sdedit=true")
    manifest.will_switch_on(made, Made(file=True, group=True))
    manifest.will_switch_on(theirs, Made(group=True, newline="\n"))
    take_back(layout, machine)
    assert not made.exists()
    assert theirs.read_text() == "a=1"


def test_what_a_later_installation_elsewhere_took_over_stays(
    layout: Layout, machine: Machine
) -> None:
    manifest = begin(layout)
    package = machine.krita_data / "pykrita" / "sdedit"
    desktop = package.with_suffix(".desktop")
    launcher = machine.home / "bin" / "sdedit"
    for path in (package, desktop, launcher):
        manifest.will_make(path)
    kritarc = machine.home / "kritarc"
    kritarc.write_text("[python]\nenable_sdedit=true\n")
    manifest.will_switch_on(kritarc, Made(file=True, group=True))
    later = Layout(machine.home / "later", LINUX)
    package.mkdir()
    (package / "install.json").write_text(json.dumps({"home": str(later.prefix)}))
    desktop.write_text("")
    write_launcher(launcher, later)
    take_back(layout, machine)
    assert package.is_dir()
    assert desktop.exists()
    assert launcher.exists()
    assert kritarc.exists()
    assert not layout.prefix.exists()


def test_taking_back_twice_is_harmless(
    layout: Layout, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(layout)
    take_back(layout, machine)
    take_back(layout, machine)
    assert "Nothing of SDEdit is installed" in capsys.readouterr().out


def test_a_command_of_the_same_name_is_not_overwritten(layout: Layout, machine: Machine) -> None:
    from installer.backend_files import is_launcher

    theirs = program(machine.home / ".local/bin/sdedit", "#!/bin/sh\necho mine\n")
    with pytest.raises(InstallError, match="does not belong to this installation"):
        begin(layout).will_make(theirs, is_launcher)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "null",
        "[]",
        "{}",
        '{"paths": 3, "folders": [], "kritarcs": {}}',
        '{"paths": [], "folders": [1], "kritarcs": {}}',
        '{"paths": [], "folders": [], "kritarcs": {"/x": {"lines": 1}}}',
    ],
)
def test_a_damaged_record_is_told_of_and_nothing_is_removed(
    layout: Layout, machine: Machine, text: str
) -> None:
    begin(layout)
    fill(layout.venv)
    layout.manifest.write_text(text)
    with pytest.raises(InstallError, match="damaged"):
        take_back(layout, machine)
    assert layout.venv.is_dir()


def test_a_home_spelled_through_a_link_is_the_same_home(tmp_path: Path, layout: Layout) -> None:
    begin(layout).will_make(layout.venv)
    fill(layout.venv)
    (tmp_path / "link").symlink_to(layout.prefix)
    Manifest(Layout(tmp_path / "link", LINUX), "0.1.0").will_make(tmp_path / "link" / "venv")


def test_the_command_of_a_home_with_a_quote_in_its_name_is_known_and_goes(tmp_path: Path) -> None:
    machine = machine_in(tmp_path / "O'Brien")
    layout = Layout(machine.default_prefix, LINUX)
    launcher = machine.default_bin(layout.prefix) / "sdedit"
    begin(layout).will_make(launcher)
    write_launcher(launcher, layout)
    assert starts(launcher, layout)
    take_back(layout, machine)
    assert list(machine.home.iterdir()) == []
