"""Looking at the history of one's edits. `messages` says which is answered by which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .fields import boolean, images, integer, number, record, records, text
from .images import Image
from .limits import LIMITS
from .message import Message
from .requests import VARIANTS_MAX


@dataclass(frozen=True)
class ListHistory(Message):
    """What is kept of my edits of a document, newest first; answered by `History`."""

    document: str = text(200, shortest=1)
    before: str = text(LIMITS.job_id, default="")
    """The entry to go on after, the last one of the page before."""


@dataclass(frozen=True)
class FetchPictures(Message):
    """The pictures of an entry, to be used again; answered by `FetchedPictures`."""

    entry: str = text(LIMITS.job_id, shortest=1)


@dataclass(frozen=True)
class ForgetHistory(Message):
    """Keep an entry, or with "" all of a document, no longer; answered by `Forgotten`."""

    document: str = text(200, shortest=1)
    entry: str = text(LIMITS.job_id, default="")


@dataclass(frozen=True)
class History(Message):
    """The answer to `ListHistory`: one page of it, newest first.

    Each entry is a map with entry (its name: the job's id), time (seconds since 1970), pictures and
    thumbnails (how many), seconds, t0 or t0s, seed, model, label, prompt (its beginning), width and
    height.
    """

    document: str = text(200, shortest=1)
    entries: tuple[dict[str, Any], ...] = records()
    thumbnails: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    """Of all pictures of the first entry, then of the second, …; see `Result`."""
    has_more: bool = boolean(default=False)


@dataclass(frozen=True)
class FetchedPictures(Message):
    """The answer to `FetchPictures`, as in the job's `Result`; no pictures when it is not there."""

    entry: str = text(LIMITS.job_id, shortest=1)
    pictures: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    seconds: float = number(0.0, 1e9, default=0.0)
    recipe: dict[str, Any] = record()


@dataclass(frozen=True)
class Forgotten(Message):
    """The answer to `ForgetHistory`: how many entries that were."""

    document: str = text(200, shortest=1)
    entry: str = text(LIMITS.job_id, default="")
    entries: int = integer(0, 2**31, default=0)
