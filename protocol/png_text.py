"""A text in a PNG file: an iTXt chunk (PNG specification, 11.3.4.5) with the keyword sdedit."""

from __future__ import annotations

import shutil
import struct
import zlib
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 25
"""The chunk IHDR, which is the first in every file."""
KEYWORD = "sdedit"
BEFORE_TEXT = KEYWORD.encode() + b"\0" + b"\0\0" + b"\0" + b"\0"
"""Of the chunk: the keyword; not compressed; no language; no translated keyword."""


def copy_with_text(source: BinaryIO, target: BinaryIO, text: str) -> None:
    """Copy a PNG file, with the text behind its header. Raises ValueError for any other file."""
    beginning = source.read(len(SIGNATURE) + HEADER_BYTES)
    if not beginning.startswith(SIGNATURE) or beginning[12:16] != b"IHDR":
        raise ValueError("not a PNG file")
    target.write(beginning + text_chunk(text))
    shutil.copyfileobj(source, target)


def text_chunk(text: str) -> bytes:
    """The chunk, to stand anywhere between the header and the end."""
    return chunk(b"iTXt", BEFORE_TEXT + text.encode("utf-8"))


def chunk(name: bytes, body: bytes) -> bytes:
    """Any chunk of a PNG file: its length, what is in it, and a checksum."""
    checked = name + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))
