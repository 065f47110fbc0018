"""The history on disk: what each client's edits of each document have given, newest first.

    history/OWNER/DOCUMENT/TIME-ENTRY.edit

OWNER, DOCUMENT and ENTRY are digests of the client's key, the document's name and the job's id, so
that no name from outside becomes a path; TIME is in nanoseconds, in 16 hexadecimal digits. Nothing
is remembered between two calls: several backends and the command line may use one folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from backend.writing import sweep
from protocol.messages import VARIANTS_MAX, EditRequest, History, Result

from .entry_file import Entry, EntryDamaged, read_entry, read_page, write_entry

log = logging.getLogger(__name__)

BUDGET = 2 * 1024**3
"""Bytes on disk, unless another number is asked for: hundreds of edits of a million pixels."""
ENTRIES_MOST = 4096
"""However small they are: more would take long to look through."""
PROMPT_SHOWN = 200
"""Characters of a prompt that a list gives: a page has to fit into one header."""
NAME = re.compile("[0-9a-f]{16}-[0-9a-f]{32}[.]edit")

Content = TypeVar("Content")


@dataclass(frozen=True)
class Kept:
    """An entry's file."""

    path: Path
    nbytes: int

    @property
    def digest(self) -> str:
        """Of its name."""
        return self.path.stem.partition("-")[2]

    def page(self) -> History | None:
        """The page that lists it alone; None when it has just been removed. Raises EntryDamaged."""
        return _if_there(read_page, self.path)

    def read(self) -> Entry | None:
        """All of it; None when it has just been removed. Raises EntryDamaged."""
        return _if_there(read_entry, self.path)


def _if_there(read: Callable[[Path], Content], path: Path) -> Content | None:
    try:
        return read(path)
    except FileNotFoundError:
        return None
    except (OSError, EntryDamaged) as error:
        reason = getattr(error, "strerror", None) or "it is damaged, or of another version"
        raise EntryDamaged(
            f"The history's file {path} cannot be read ({reason}).",
            "Remove that file; no other entry needs it.",
        ) from error


def _if_whole(read: Callable[[], Content | None]) -> Content | None:
    """What is read; None, and a line in the log, where it is damaged."""
    try:
        return read()
    except EntryDamaged as error:
        log.warning("%s", error)
        return None


class HistoryStore:
    """Keeps, lists, reads and forgets. All of it may wait for the disk."""

    def __init__(self, folder: Path, budget: int = BUDGET) -> None:
        self._folder = folder
        self._budget = budget

    def tidy(self) -> None:
        """Remove what killed processes have left half written, and what does not fit the budget."""
        for document in self._documents():
            sweep(document)
        self._make_room()
        for folder in [*self._documents(), *self._folder.glob("*/")]:
            with contextlib.suppress(OSError):  # which it raises where there is anything in it
                folder.rmdir()

    def keep(self, owner: str, request: EditRequest, result: Result) -> None:
        """Keep a finished edit, and give up the oldest for it; one of the same id is replaced.

        Raises OSError, with nothing kept and nothing half written left.
        """
        folder = self._folder / _digest(owner) / _digest(request.document)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # nobody else may look
        folder.mkdir(parents=True, exist_ok=True)
        former = self._find(owner, request.job_id)
        now = time.time_ns()
        path = folder / f"{now:016x}-{_digest(request.job_id)}.edit"
        write_entry(path, _page(request, result, now / 1e9), request, result)
        if former is not None:
            self.remove([former])
        if path.stat().st_size > self._budget:
            log.warning("Edit %r alone is larger than the history's budget.", request.job_id)
            path.unlink()
        self._make_room()

    def page(self, owner: str, document: str, before: str = "") -> History:
        """The newest entries, or those after the entry ``before``: as many as fit one message."""
        kept = self._entries(owner, document)
        if before:
            names = [entry.digest for entry in kept]
            kept = kept[names.index(_digest(before)) + 1 :] if _digest(before) in names else []
        pages: list[History] = []
        pictures = 0
        for entry in kept:
            page = _if_whole(entry.page)
            if page is None:
                continue
            pictures += max(1, len(page.thumbnails))
            if pictures > VARIANTS_MAX:
                break
            pages.append(page)
        return History(
            document,
            tuple(entry for page in pages for entry in page.entries),
            tuple(picture for page in pages for picture in page.thumbnails),
            has_more=pictures > VARIANTS_MAX,
        )

    def read(self, owner: str, name: str) -> Entry | None:
        """An entry of this client; None when it has none of this name, or it is damaged."""
        kept = self._find(owner, name)
        return None if kept is None else _if_whole(kept.read)

    def forget(self, owner: str, document: str, name: str = "") -> int:
        """Remove an entry of a document, or all of them; how many that were."""
        kept = self._entries(owner, document)
        return self.remove(entry for entry in kept if not name or entry.digest == _digest(name))

    def all(self) -> list[Kept]:
        """The entries of all clients, newest first: for the machine's owner."""
        return _newest_first(entry for folder in self._documents() for entry in _in(folder))

    def remove(self, kept: Iterable[Kept]) -> int:
        """Remove these entries; how many that were."""
        count = 0
        for entry in kept:
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                entry.path.unlink()
                count += 1
        return count

    def _documents(self) -> Iterator[Path]:
        return self._folder.glob("*/*/")

    def _entries(self, owner: str, document: str) -> list[Kept]:
        return _newest_first(_in(self._folder / _digest(owner) / _digest(document)))

    def _find(self, owner: str, name: str) -> Kept | None:
        digest = _digest(name)
        folders = (self._folder / _digest(owner)).glob("*/")
        found = (kept for folder in folders for kept in _in(folder) if kept.digest == digest)
        return next(found, None)

    def _make_room(self) -> None:
        """Remove the oldest until all fit."""
        total = 0
        for count, entry in enumerate(self.all(), start=1):
            total += entry.nbytes
            if total > self._budget or count > ENTRIES_MOST:
                self.remove([entry])


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _in(folder: Path) -> Iterator[Kept]:
    """The entries in a document's folder, in any order."""
    try:
        with os.scandir(folder) as files:
            for file in files:
                if NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):
                        yield Kept(Path(file.path), file.stat().st_size)
    except (FileNotFoundError, NotADirectoryError):
        pass


def _newest_first(kept: Iterable[Kept]) -> list[Kept]:
    return sorted(kept, key=lambda entry: entry.path.name, reverse=True)


def _page(request: EditRequest, result: Result, now: float) -> History:
    """The page that lists this edit alone."""
    t0 = {"t0s": " ".join(f"{t0:g}" for t0 in request.t0s)} if request.t0s else {"t0": request.t0}
    entry: dict[str, Any] = {
        "entry": request.job_id,
        "time": now,
        "pictures": len(result.pictures),
        "thumbnails": len(result.thumbnails),
        "seconds": result.seconds,
        **t0,
        "seed": request.seed,
        "model": request.model,
        "label": request.label,
        "prompt": request.prompt[:PROMPT_SHOWN],
        "width": request.guide.bounds.width,
        "height": request.guide.bounds.height,
    }
    return History(request.document, (entry,), result.thumbnails)
