"""What is kept comes back to the bit, whole or not at all, and only to whom it belongs."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.history import store as module
from backend.history.entry_file import EntryDamaged, read_entry, read_page
from backend.history.store import HistoryStore
from backend.paths import ROOT
from protocol.images import BYTES_PER_CHANNEL, PixelFormat
from protocol.messages import EditAgain, EditRequest, Result
from tests.backend.history.entries_made import DOCUMENT, OWNER, edit
from tests.hostile_bytes import changed

KILLS = 25


@pytest.fixture
def store(tmp_path: Path) -> HistoryStore:
    return HistoryStore(tmp_path / "history")


def kept(store: HistoryStore, side: int = 8, **changes: object) -> tuple[EditRequest, Result]:
    request, result = edit(side, **changes)
    store.keep(OWNER, request, result)
    return request, result


def parts(folder: Path) -> list[Path]:
    return list(folder.rglob(".*"))


@pytest.mark.parametrize("model", ["RGBA", "GRAYA", "CMYKA", "LABA"])
@pytest.mark.parametrize("depth", BYTES_PER_CHANNEL)
def test_an_edit_of_any_format_comes_back_to_the_bit(
    store: HistoryStore, model: str, depth: str
) -> None:
    request, result = kept(store, pictures=3, pixel_format=PixelFormat(model, depth, "a profile"))
    entry = store.read(OWNER, request.job_id)
    assert entry is not None
    assert entry.request == request
    assert entry.result == replace(result, thumbnails=())
    listed = store.page(OWNER, DOCUMENT)
    assert listed.thumbnails == result.thumbnails
    assert listed.entries[0]["thumbnails"] == 3


def test_an_entry_can_be_made_again(store: HistoryStore) -> None:
    request, result = kept(store)
    entry = store.read(OWNER, request.job_id)
    assert entry is not None
    again = entry.again("a new job")
    assert isinstance(again, EditAgain)
    assert (again.job_id, again.document) == ("a new job", "")
    assert again.recipe() == request.recipe()
    assert (again.guide, again.mask, again.t0_map) == (request.guide, request.mask, request.t0_map)
    assert again.pictures == result.pictures
    assert again.recipe_then == {"torch": "2.0"}


def test_a_page_has_as_many_thumbnails_as_fit_a_message(store: HistoryStore) -> None:
    names = [kept(store, pictures=3)[0].job_id for _ in range(4)][::-1]
    first = store.page(OWNER, DOCUMENT)
    assert [entry["entry"] for entry in first.entries] == names[:2]
    assert len(first.thumbnails) == 6
    assert first.has_more
    second = store.page(OWNER, DOCUMENT, names[1])
    assert [entry["entry"] for entry in second.entries] == names[2:]
    assert not second.has_more


def test_the_same_edit_kept_again_is_one_entry(store: HistoryStore) -> None:
    request, result = kept(store)
    store.keep(OWNER, request, replace(result, seconds=9.0))
    (entry,) = store.page(OWNER, DOCUMENT).entries
    assert entry["seconds"] == 9.0


def test_names_from_outside_never_become_paths(store: HistoryStore, tmp_path: Path) -> None:
    hostile = "../../escape"
    store.keep(hostile, *edit(document=hostile, job_id=hostile))
    assert store.read(hostile, hostile) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["history"]
    assert store.forget(hostile, hostile, hostile) == 1


def test_other_users_of_the_machine_may_not_look(store: HistoryStore, tmp_path: Path) -> None:
    kept(store)
    assert (tmp_path / "history").stat().st_mode & 0o077 == 0


def test_the_oldest_go_when_there_are_too_many(
    store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENTRIES_MOST", 3)
    names = [kept(store)[0].job_id for _ in range(5)]
    assert [entry["entry"] for entry in store.page(OWNER, DOCUMENT).entries] == names[:1:-1]


def test_a_smaller_budget_is_kept_to_from_the_next_start(
    store: HistoryStore, tmp_path: Path
) -> None:
    for _ in range(4):
        kept(store, side=64)
    one = store.all()[0].nbytes
    HistoryStore(tmp_path / "history", 2 * one + one // 2).tidy()
    assert len(store.all()) == 2


def test_a_foreign_file_is_neither_listed_nor_removed(store: HistoryStore) -> None:
    kept(store)
    folder = store.all()[0].path.parent
    (folder / "notes.txt").write_text("mine")
    (folder / ("0" * 16 + "-" + "0" * 32 + ".edit")).symlink_to("/etc/passwd")
    store.tidy()
    assert len(store.page(OWNER, DOCUMENT).entries) == 1
    assert store.forget(OWNER, DOCUMENT) == 1
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_disk_that_fills_up_leaves_nothing_half_written(
    store: HistoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(store)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        kept(store)
    assert len(store.all()) == 1
    assert parts(tmp_path) == []


def test_killed_at_any_moment_it_leaves_whole_entries_or_none(tmp_path: Path) -> None:
    chance, folder = random.Random(5), tmp_path / "history"
    swept = 0
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.backend.history.keeps_for_ever", str(folder)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.03))
            process.kill()
        swept += len(parts(folder))
        store = HistoryStore(folder, budget=400_000)
        store.tidy()
        assert parts(folder) == []
        for entry in store.all():
            read_entry(entry.path)
        assert sum(entry.nbytes for entry in store.all()) <= 400_000
    assert store.all()
    assert swept  # some of the kills came in the middle of a file


def test_a_part_that_a_living_process_writes_is_not_swept(
    store: HistoryStore, tmp_path: Path
) -> None:
    kept(store)
    folder = store.all()[0].path.parent
    (folder / f".{os.getppid()}-7.part").touch()
    store.tidy()
    assert len(parts(tmp_path)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_any_changed_file_gives_an_entry_or_one_error(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "hostile.edit"
    path.write_bytes(data.draw(changed(WHOLE, head=1500)))
    for read in (read_page, read_entry):
        with contextlib.suppress(EntryDamaged):
            read(path)


def test_a_file_that_promises_too_much_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "hostile.edit"
    start = WHOLE.index(b"\n") + 1 + 6
    path.write_bytes(WHOLE[:start] + b"\xff" * 16 + WHOLE[start + 16 :])
    with pytest.raises(EntryDamaged, match="more than a message may have"):
        read_page(path)


def _whole_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made = HistoryStore(Path(folder))
        made.keep(OWNER, *edit(pictures=2))
        return made.all()[0].path.read_bytes()


WHOLE = _whole_file()
