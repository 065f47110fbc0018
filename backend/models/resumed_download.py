"""A large file of the hub, which another call takes up where a broken or killed one stopped.

In the hub's own cache a file's content lies under blobs/HASH; here it comes to be beside that, as
blobs/HASH.sdedit-part, and gets its name when it is whole. Since a part is named for the hash of
what it will be, no other file can go on in it: one that has changed on the hub begins anew.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import Timeout
from huggingface_hub.file_download import http_get

# Its own annotations leave these out.
from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]

SUFFIX = ".sdedit-part"
KEPT_DAYS = 14
"""A part that has not grown for so long is removed by the next download of anything."""

LOCK_WAIT_S = 1


def download_blob(
    blob: Path,
    url: str,
    size: int,
    lock: Path,
    say: Callable[[str], None],
    bar: type[Any],
) -> None:
    """Make `blob` of the `size` bytes at `url`, unless another process does; its hash is unchecked.

    lock: the file that keeps processes apart; the hub's own library uses the same. bar: a class of
    tqdm, told of every byte. What the network or the disk raises passes through, and the part stays
    for the next call.
    """
    blob.parent.mkdir(parents=True, exist_ok=True)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(WeakFileLock(lock, timeout=LOCK_WAIT_S))
        except Timeout:
            say("Another program is downloading the same file; waiting for it …")
            held.enter_context(WeakFileLock(lock))
        if blob.exists():
            return
        part = blob.with_name(blob.name + SUFFIX)
        with part.open("ab") as file:
            if file.tell() > size:
                file.truncate(0)
                file.seek(0)
            http_get(
                url,
                file,
                resume_size=file.tell(),
                headers=build_hf_headers(),
                expected_size=size,
                tqdm_class=bar,
            )
        part.replace(blob)


def sweep(cache: Path) -> None:
    """Remove the parts in the hub's cache that nobody has gone on with."""
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for part in cache.glob(f"models--*/blobs/*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if part.stat().st_mtime < oldest:
                part.unlink()
