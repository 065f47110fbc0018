from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backend.paths import ROOT
from backend.writing import write_whole

OLD, NEW = b"old" * 1000, b"new" * 1_000_000

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from backend.writing import write_whole
while True:
    write_whole(Path(sys.argv[1]), b"new" * 1_000_000)
    print("written", flush=True)
"""


def test_a_file_is_made_and_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a"

    write_whole(path, OLD)
    write_whole(path, NEW)

    assert path.read_bytes() == NEW
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path):
    path = tmp_path / ("n" * 255)

    write_whole(path, OLD)

    assert path.read_bytes() == OLD


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()

    with pytest.raises(OSError):  # noqa: PT011 (which one depends on the system)
        write_whole(folder, NEW)
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(tmp_path / "missing" / "a", NEW)
    assert caught.value.filename == str(tmp_path / "missing" / "a")

    assert list(tmp_path.rglob("*")) == [folder]


def test_threads_that_write_the_same_file_leave_one_of_theirs(tmp_path):
    path = tmp_path / "a"
    contents = [bytes([i]) * 100_000 for i in range(8)]
    threads = [
        threading.Thread(target=lambda data=data: [write_whole(path, data) for _ in range(5)])
        for data in contents
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path):
    path = tmp_path / "a"
    for _ in range(5):
        path.write_bytes(OLD)
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        with writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"written\n"
            writer.send_signal(signal.SIGKILL)

        assert path.read_bytes() == NEW
