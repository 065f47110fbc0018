"""What was downloaded of a large file is not downloaded again, whatever became of who did it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub")

from huggingface_hub import constants, file_download

import backend
from backend.models import resumed_download
from backend.models.hub import HubError, fetch
from backend.models.resumed_download import KEPT_DAYS, SUFFIX
from tests.backend.models.hub_server import NEEDED, PIPELINE, Hub

WEIGHTS = "unet/diffusion_pytorch_model.fp16.safetensors"
CONTENT = PIPELINE[WEIGHTS]
HASH = hashlib.sha256(CONTENT).hexdigest()
HELD = 100_000
"""Bytes of the weights after which the hub keeps a download waiting."""

DOWNLOADER = """
import sys
from huggingface_hub import constants
constants.DOWNLOAD_CHUNK_SIZE = 1000
from backend.models.hub import fetch
fetch("owner/model", print, endpoint=sys.argv[1])
"""


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    monkeypatch.setattr(resumed_download, "LOCK_WAIT_S", 0.05)


@pytest.fixture
def blobs(server) -> Path:  # noqa: ARG001  # whose cache it is in
    folder = Path(constants.HF_HUB_CACHE) / "models--owner--model" / "blobs"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def downloader(server, blobs):
    """A process that is downloading the weights, and has come as far as the hub lets it."""
    server.holds_after = HELD
    process = subprocess.Popen(
        [sys.executable, "-c", DOWNLOADER, server.url],
        cwd=Path(backend.__file__).parents[1],
        env=os.environ | {"HF_HUB_CACHE": constants.HF_HUB_CACHE},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: size_of(part_in(blobs)) > HELD - 20_000)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(is_so, timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def part_in(blobs: Path) -> Path:
    return blobs / (HASH + SUFFIX)


def fetched(server: Hub) -> bytes:
    said: list[str] = []
    return (fetch("owner/model", said.append, endpoint=server.url) / WEIGHTS).read_bytes()


def starts_asked(server: Hub) -> list[str | None]:
    """From where the weights were asked for, each time."""
    return [start for path, start in server.asked if path.endswith(WEIGHTS)]


def test_a_killed_download_is_taken_up_where_it_stopped(server, blobs, downloader):
    downloader.kill()
    downloader.wait()
    there = size_of(part_in(blobs))
    server.goes_on.set()

    assert fetched(server) == CONTENT
    assert starts_asked(server) == [None, f"bytes={there}-"]
    assert not list(blobs.glob("*" + SUFFIX))


def test_progress_counts_what_was_there_already(server, blobs):
    part_in(blobs).write_bytes(CONTENT[:HELD])
    told: list[int] = []

    fetch("owner/model", print, lambda done, _of: told.append(done), endpoint=server.url)

    assert told[-1] == sum(len(PIPELINE[name]) for name in NEEDED)
    assert starts_asked(server) == [f"bytes={HELD}-"]


def test_of_two_processes_one_downloads_and_the_other_waits(server, downloader):
    said: list[str] = []
    folders: list[Path] = []
    waiting = threading.Thread(
        target=lambda: folders.append(fetch("owner/model", said.append, endpoint=server.url))
    )
    waiting.start()
    wait_until(lambda: any("waiting for it" in sentence for sentence in said))
    server.goes_on.set()
    waiting.join(60)

    assert downloader.wait(60) == 0
    assert (folders[0] / WEIGHTS).read_bytes() == CONTENT
    assert starts_asked(server) == [None]


def test_who_waits_goes_on_where_the_other_was_killed(server, blobs, downloader):
    said: list[str] = []
    folders: list[Path] = []
    waiting = threading.Thread(
        target=lambda: folders.append(fetch("owner/model", said.append, endpoint=server.url))
    )
    waiting.start()
    wait_until(lambda: any("waiting for it" in sentence for sentence in said))
    there = size_of(part_in(blobs))
    downloader.kill()
    waiting.join(60)
    server.goes_on.set()

    assert (folders[0] / WEIGHTS).read_bytes() == CONTENT
    assert starts_asked(server) == [None, f"bytes={there}-"]


def test_a_file_that_has_changed_on_the_hub_begins_anew(server, blobs):
    part_in(blobs).write_bytes(CONTENT[:HELD])
    changed = CONTENT[::-1]
    server.files = server.sent = {**PIPELINE, WEIGHTS: changed}

    assert fetched(server) == changed
    assert starts_asked(server) == [None]


@pytest.mark.parametrize("part", [b"x" * HELD, b"x" * len(CONTENT)], ids=["begun", "as long"])
def test_a_damaged_part_is_refused_and_the_next_call_begins_anew(server, blobs, part):
    part_in(blobs).write_bytes(part)

    with pytest.raises(HubError, match="damaged"):
        fetched(server)

    assert fetched(server) == CONTENT
    assert starts_asked(server)[-1] is None


def test_a_part_longer_than_the_file_begins_anew(server, blobs):
    part_in(blobs).write_bytes(b"x" * (len(CONTENT) + 1))

    assert fetched(server) == CONTENT
    assert starts_asked(server) == [None]


def test_a_part_nobody_went_on_with_is_removed_by_a_later_download(server, blobs):
    old, young = blobs / ("0" * 64 + SUFFIX), blobs / ("1" * 64 + SUFFIX)
    for part, days in ((old, KEPT_DAYS + 1), (young, KEPT_DAYS - 1)):
        part.write_bytes(b"x")
        then = time.time() - days * 24 * 3600
        os.utime(part, (then, then))

    fetched(server)

    assert not old.exists()
    assert young.exists()


def test_where_there_are_no_links_the_content_is_kept_once(server, monkeypatch):
    monkeypatch.setattr(file_download, "are_symlinks_supported", lambda *_args: False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS", True)

    assert fetched(server) == CONTENT
    copies = Path(constants.HF_HUB_CACHE).rglob("*")
    assert sum(path.is_file() and path.stat().st_size == len(CONTENT) for path in copies) == 1


def test_a_hub_that_names_contents_otherwise_is_left_to_the_library(server, blobs, monkeypatch):
    monkeypatch.setattr(Hub, "etag", lambda _hub, name: f"other-{name.replace('/', '-')}")

    assert fetched(server) == CONTENT
    assert not list(blobs.glob(HASH + "*"))
