"""kritarc is the user's: the plugin's line comes and goes, and no other byte does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer import kritarc
from installer.kritarc import Made, switch_off, switch_on, switched_on, without_settings

LINES = st.one_of(
    st.sampled_from(
        [
            b"[python]",
            b" [python] ",
            b"[python][$i]",
            b"[python][nested]",
            b"[other]",
            b"enable_sdedit=true",
            b"enable_sdedit=false",
            b"  enable_sdedit = FALSE ",
            b"enable_sdedit",
            b"enable_sdedit_other=false",
            b"enable_another=true",
            b"# a comment",
            b"; not a comment in KDE's files",
            b"=",
            b"",
            b"   ",
            b"Name=\xff\xfe\x00",
            b"\r",
        ]
    ),
    st.binary(max_size=12),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A kritarc, however odd: any lines, either line end, with or without a final newline."""
    lines = draw(st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n"])), max_size=12))
    content = b"".join(line + end for line, end in lines)
    return content + draw(st.sampled_from([b"", b"last=1", b"[python]", b"enable_sdedit=false"]))


def without_our_line(content: bytes) -> bytes:
    """What anyone would do by hand: strike the plugin's line in [python], wherever it stands."""
    kept, group = [], b""
    for line in content.split(b"\n"):
        words = line.strip()
        if words.startswith(b"["):
            group = words.replace(b"[$i]", b"").strip()
        name, equals, _ = words.partition(b"=")
        if not (group == b"[python]" and equals and name.strip() == b"enable_sdedit"):
            kept.append(line)
    return b"\n".join(kept)


@given(files())
def test_after_switching_on_krita_loads_the_plugin(content: bytes) -> None:
    assert switched_on(switch_on(content)[0])


@given(files())
def test_switching_on_twice_is_switching_on_once(content: bytes) -> None:
    once, _ = switch_on(content)
    assert switch_on(once) == (once, Made())


@given(files())
def test_switching_on_keeps_every_other_line_in_its_place(content: bytes) -> None:
    after, made = switch_on(content)
    others = without_our_line(after).rstrip(b"\r\n")
    if made.group:
        assert others.endswith(b"[python]")
        others = others[: -len(b"[python]")]
    assert others.rstrip(b"\r\n") == without_our_line(content).rstrip(b"\r\n")


@given(files())
def test_switching_off_undoes_switching_on_to_the_byte(content: bytes) -> None:
    never_had_it = without_our_line(content)
    after, made = switch_on(never_had_it)
    assert switch_off(after, made) == never_had_it


@given(files(), st.booleans())
def test_after_switching_off_the_line_is_gone(content: bytes, group: bool) -> None:
    assert not switched_on(switch_off(content, Made(group=group)))


@given(files())
def test_switching_off_what_was_never_on_changes_nothing(content: bytes) -> None:
    never_had_it = without_our_line(content)
    assert switch_off(never_had_it, Made(group=True, newline="\n")) == never_had_it


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"[python]\nenable_sdedit=true\n"),
        (b"a=1\n", b"a=1\n\n[python]\nenable_sdedit=true\n"),
        (b"a=1", b"a=1\n\n[python]\nenable_sdedit=true"),
        (b"a=1\r\n", b"a=1\r\n\r\n[python]\r\nenable_sdedit=true\r\n"),
        (b"[python]", b"[python]\nenable_sdedit=true"),
        (b"[python]\nb=2\n[z]\nc=3\n", b"[python]\nenable_sdedit=true\nb=2\n[z]\nc=3\n"),
        (b"[python]\nenable_sdedit=false\n[z]\n", b"[python]\nenable_sdedit=true\n[z]\n"),
        (
            b"[z]\nenable_sdedit=true\n",
            b"[z]\nenable_sdedit=true\n\n[python]\nenable_sdedit=true\n",
        ),
        (b"[python]\nenable_sdedit=on\n", b"[python]\nenable_sdedit=on\n"),
    ],
)
def test_the_line_goes_where_krita_reads_it(before: bytes, after: bytes) -> None:
    assert switch_on(before)[0] == after


def test_the_last_of_two_entries_counts_as_in_krita() -> None:
    assert not switched_on(b"[python]\nenable_sdedit=true\n[z]\n[python]\nenable_sdedit=false\n")


def test_a_group_that_others_filled_since_stays() -> None:
    on, made = switch_on(b"a=1\n")
    filled = on + b"enable_another=true\n"
    assert switch_off(filled, made) == b"a=1\n\n[python]\nenable_another=true\n"


def test_the_group_is_removed_after_krita_has_rewritten_the_file() -> None:
    _, made = switch_on(b"a=1\n")
    rewritten = b"a=1\n\n[zebra]\nb=2\n\n[python]\nenable_sdedit=true\n\n[zoo]\nc=3\n"
    assert switch_off(rewritten, made) == b"a=1\n\n[zebra]\nb=2\n\n[zoo]\nc=3\n"


@pytest.mark.parametrize(
    ("content", "folder"),
    [
        (b"ResourceDirectory=/big disk/krita\n[a]\n", "/big disk/krita"),
        (b"x=1\nResourceDirectory = /r\r\n", "/r"),
        (b"ResourceDirectory=C:\\\\art\\\\krita\n", "C:\\art\\krita"),
        (b"ResourceDirectory=\n", None),
        (b"[a]\nResourceDirectory=/r\n", None),
        (b"", None),
    ],
)
def test_a_moved_resource_folder_is_seen(content: bytes, folder: str | None) -> None:
    assert kritarc.resource_folder(content) == folder


def test_writing_keeps_the_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "kritarc"
    path.write_bytes(b"a=1\n")
    path.chmod(0o640)
    kritarc.write(path, b"a=2\n")
    assert path.read_bytes() == b"a=2\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["kritarc"]


def test_writing_follows_a_link_to_a_file_kept_elsewhere(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "kritarc"
    real.parent.mkdir()
    real.write_bytes(b"a=1\n")
    link = tmp_path / "kritarc"
    link.symlink_to(real)
    kritarc.write(link, b"a=2\n")
    assert link.is_symlink()
    assert real.read_bytes() == b"a=2\n"


def test_the_plugins_settings_go_and_every_other_group_stays() -> None:
    content = b"a=1\n\n[python]\nenable_x=true\n\n[sdedit]\nt0=0.45\nsteps=20\n\n[theme]\nTheme=x\n"
    assert without_settings(content) == (b"a=1\n\n[python]\nenable_x=true\n\n[theme]\nTheme=x\n")


def test_settings_at_the_end_of_the_file_go_too() -> None:
    assert without_settings(b"[python]\nenable_x=true\n\n[sdedit]\nt0=1\n") == (
        b"[python]\nenable_x=true\n"
    )


@given(files())
def test_a_file_without_our_settings_stays_as_it_is(content: bytes) -> None:
    assert without_settings(content) == content
