"""The recipe in a PNG file, where `protocol.png_text` says.

Reading looks at the chunks' headers alone and at no pixel; a chunk that is compressed, too long or
damaged is refused before anything of it is unpacked.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from backend.file_access import check_readable
from protocol.errors import InvalidValue, SDEditError
from protocol.png_text import BEFORE_TEXT, SIGNATURE
from protocol.recipes import TEXT_MOST, recipe_from_text

CHUNKS_MOST = 100_000


class NoRecipe(SDEditError):
    """A file has no recipe in it, or one that cannot be used."""

    code = "no-recipe"


def read_recipe(path: Path) -> dict[str, Any]:
    """The recipe in a PNG file. Raises FileError where there is no file, NoRecipe."""
    check_readable(path)
    try:
        with path.open("rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                raise NoRecipe(f"{path} is no PNG file, so it carries no recipe.")
            text = _find_text(path, file)
    except OSError as error:
        raise NoRecipe(f"{path} cannot be read ({error.strerror}).") from error
    try:
        return recipe_from_text(text)
    except InvalidValue as error:
        raise NoRecipe(f"The recipe in {path} is damaged: {error.sentence}") from error


def _find_text(path: Path, file: BinaryIO) -> str:
    """The text of the first chunk that is ours."""
    for _ in range(CHUNKS_MOST):
        header = file.read(8)
        if len(header) < 8 or header[4:] == b"IEND":
            break
        (length,) = struct.unpack(">I", header[:4])
        if header[4:] != b"iTXt" or not 0 < length <= len(BEFORE_TEXT) + TEXT_MOST:
            file.seek(length + 4, 1)
            continue
        body, checksum = file.read(length), file.read(4)
        if body.startswith(BEFORE_TEXT):
            if checksum != struct.pack(">I", zlib.crc32(header[4:] + body)):
                raise NoRecipe(f"The recipe in {path} is damaged.")
            return body[len(BEFORE_TEXT) :].decode("utf-8", "replace")
    raise NoRecipe(
        f"{path} carries no recipe.",
        "Programs that save a picture anew often leave it out; 'sdedit edit' writes it into PNG "
        "files.",
    )
