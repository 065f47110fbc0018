"""One finished edit as one file: three messages of the protocol, each frame compressed by itself.

    b"SDEDIT-HISTORY-1\\n"
    the number of frames in each of the three messages       3 × u16
    for each frame: its length, and its length in the file   2 × u64
    the frames                                               zstd, with checksums

The messages are a `History` page of this entry alone (so that a list reads a few kilobytes of each
file), the `EditRequest` and the `Result`. What protects the wire protects the file: its bytes give
an entry or one EntryDamaged, and no more memory is taken than messages may have.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO

import zstandard

from backend.writing import writing_whole
from protocol.errors import ProtocolError, SDEditError
from protocol.framing import decode, encode
from protocol.images import Buffer
from protocol.limits import LIMITS
from protocol.messages import EditAgain, EditRequest, History, Message, Result

MAGIC = b"SDEDIT-HISTORY-1\n"
COUNTS = struct.Struct("<3H")
LENGTHS = struct.Struct("<2Q")
LEVEL = 1
"""Of zstd. Of a photograph's raw pixels it makes about half at some 250 MB/s on one core; PNG
makes a third at 35 MB/s, zlib half at 50 MB/s."""
PIECE = 1 << 20


class EntryDamaged(SDEditError):
    """A file of the history is not what was written, or of another version."""

    code = "history"


@dataclass(frozen=True, eq=False)
class Entry:
    """All that is kept of one edit."""

    page: History
    request: EditRequest
    result: Result

    def again(self, job_id: str) -> EditAgain:
        """The job that makes it again and compares."""
        values = {item.name: getattr(self.request, item.name) for item in fields(self.request)}
        values |= {"job_id": job_id, "document": "", "previews": False}
        asked = self.request.recipe()
        recipe = {name: item for name, item in self.result.recipe.items() if name not in asked}
        return EditAgain(**values, pictures=self.result.pictures, recipe_then=recipe)


def write_entry(path: Path, page: History, request: EditRequest, result: Result) -> None:
    """Write all of it, compressed piece by piece; the file is whole or absent. Raises OSError."""
    messages = [encode(page), encode(request), encode(replace(result, thumbnails=(), shown=()))]
    frames = [frame for message in messages for frame in message]
    with writing_whole(path) as file:
        file.write(MAGIC)
        file.write(COUNTS.pack(*map(len, messages)))
        table = file.tell()
        file.write(bytes(LENGTHS.size * len(frames)))
        lengths = [(memoryview(frame).nbytes, _write_frame(file, frame)) for frame in frames]
        file.seek(table)
        for pair in lengths:
            file.write(LENGTHS.pack(*pair))


def read_page(path: Path) -> History:
    """The page of this entry alone. Raises EntryDamaged, and OSError where there is no file."""
    with path.open("rb") as file:
        (page,) = _read_messages(file, 1)
    if not isinstance(page, History) or len(page.entries) != 1:
        raise EntryDamaged("A file of the history holds no list of its entry.")
    return page


def read_entry(path: Path) -> Entry:
    """All of it. Raises EntryDamaged, and OSError where there is no file."""
    with path.open("rb") as file:
        page, request, result = _read_messages(file, 3)
    if not (
        isinstance(page, History)
        and isinstance(request, EditRequest)
        and isinstance(result, Result)
    ):
        raise EntryDamaged("A file of the history holds other messages than those of an edit.")
    return Entry(page, request, result)


def _write_frame(file: BinaryIO, frame: Buffer) -> int:
    """Write a frame compressed; how many bytes that made."""
    view = memoryview(frame).cast("B")
    start = file.tell()
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj(view.nbytes)
    for place in range(0, view.nbytes, PIECE):
        file.write(compressor.compress(view[place : place + PIECE]))
    file.write(compressor.flush())
    return file.tell() - start


def _read_messages(file: BinaryIO, count: int) -> list[Message]:
    """The first ``count`` messages of a file."""
    if file.read(len(MAGIC)) != MAGIC:
        raise EntryDamaged("A file of the history is of another kind or version.")
    try:
        counts = COUNTS.unpack(file.read(COUNTS.size))
        if max(counts) > LIMITS.frames:
            raise EntryDamaged("A file of the history has more frames than a message may have.")
        table = [LENGTHS.unpack(file.read(LENGTHS.size)) for _ in range(sum(counts))]
        total = LIMITS.header_bytes + LIMITS.job_bytes
        if any(sum(sizes) > len(counts) * total for sizes in zip(*table)):
            raise EntryDamaged("A file of the history holds more than a message may have.")
        if os.fstat(file.fileno()).st_size != file.tell() + sum(stored for _, stored in table):
            raise EntryDamaged("A file of the history is longer or shorter than it says.")
        messages: list[Message] = []
        for number in counts[:count]:
            lengths, table = table[:number], table[number:]
            messages.append(decode(_read_frames(file, lengths)))
        return messages
    except (struct.error, zstandard.ZstdError, ProtocolError) as error:
        raise EntryDamaged(f"A file of the history is damaged ({error}).") from error


def _read_frames(file: BinaryIO, lengths: Sequence[tuple[int, int]]) -> list[Buffer]:
    # Before any memory is taken: a file may say what it likes.
    for sizes in zip(*lengths):
        if sum(sizes) > LIMITS.header_bytes + LIMITS.job_bytes:
            raise EntryDamaged("A file of the history holds more than a message may have.")
    return [_read_frame(file, length, stored) for length, stored in lengths]


def _read_frame(file: BinaryIO, length: int, stored: int) -> Buffer:
    compressed, data = file.read(stored), bytearray(length)
    with zstandard.ZstdDecompressor().stream_reader(compressed) as reader:
        if len(compressed) != stored or reader.readinto(data) != length or reader.read(1):
            raise EntryDamaged("A file of the history has a frame of another length than it says.")
    return memoryview(data).toreadonly()
