"""Picture files: read as they are, written whole, in the guide's own mode with its profile.

    mode    L, LA, RGB, RGBA (8 or 16 bits a channel) and P (a palette of at most 256 colours)
    files   PNG, JPEG, WebP, TIFF, BMP, GIF

Other kinds of picture are refused in one sentence rather than read with a loss.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from backend.file_access import check_not_protected, check_readable, check_writable
from backend.pictures.deep import DeepPicture, Picture, in_8_bits
from backend.pictures.deep_files import DAMAGED as DEEP_DAMAGED
from backend.pictures.deep_files import TIFF_WORDS, encode_deep, is_deep, read_deep
from backend.pictures.errors import PictureFileError as PictureFileError
from backend.pictures.file_kinds import EDITED_MODES, FileKind, kind_for, mode_in
from backend.writing import write_whole
from protocol.limits import LIMITS
from protocol.png_text import KEYWORD

READ_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
"""Only these are tried: some of Pillow's other readers run programs (EPS: Ghostscript)."""

# Ours is the check below; Pillow's own would warn long before LIMITS are reached.
Image.MAX_IMAGE_PIXELS = None

DAMAGED: tuple[type[Exception], ...] = (OSError, EOFError, SyntaxError, ValueError, KeyError)
DAMAGED += (IndexError, TypeError, OverflowError, struct.error, zlib.error, *DEEP_DAMAGED)
"""What readers raise for bytes that are not a whole picture."""


def read_picture(path: Path) -> Picture:
    """The picture in its own mode and depth, upright (its EXIF orientation applied).

    Raises FileError where there is none, PictureFileError for what is no picture, or one that could
    only be edited with a loss.
    """
    picture = _read(path)
    problem = "" if isinstance(picture, DeepPicture) else _problem(picture)
    if problem:
        raise PictureFileError(
            f"{path} {problem}.", "Save it with 8 or 16 bits a channel as RGB or RGBA."
        )
    return picture


def read_grey(path: Path, size: tuple[int, int], what: str) -> np.ndarray:
    """(H, W) uint8 from a picture of any kind: 255 where it is white, 0 where black or clear.

    size: (width, height) that it must have; what: "mask" or "t0 map", for the sentences. Raises
    FileError, PictureFileError.
    """
    picture = in_8_bits(_read(path))
    if picture.size != size:
        raise PictureFileError(
            f"The {what} {path} measures {_by(picture.size)} pixels, the guide {_by(size)}.",
            f"Make the {what} the same size as the guide.",
        )
    if picture.mode.startswith(("I", "F")):
        raise PictureFileError(
            f"The {what} {path} has neither 8 nor 16 bits a channel.",
            "Save it with 8 bits a channel.",
        )
    if picture.mode in ("LA", "PA", "RGBA", "P"):
        rgba = picture.convert("RGBA")
        black = Image.new("RGBA", size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, rgba)
    return np.array(picture.convert("L"))


def check_target(path: Path, picture: Picture) -> None:
    """Find out, before any work is done, whether ``picture`` could be written there.

    Raises FileError, PictureFileError.
    """
    mode_in(path, kind_for(path), picture)
    check_writable(path)


def write_picture(path: Path, picture: Picture, recipe: str = "") -> None:
    """Write a picture with its profile, EXIF and resolution; the file is whole or as it was.

    recipe: a text for `provenance.png_recipe` to find; only PNG files take it. Raises
    FileError, PictureFileError.
    """
    kind = kind_for(path)
    mode = mode_in(path, kind, picture)
    check_not_protected(path)
    try:
        if isinstance(picture, DeepPicture):
            encoded = encode_deep(picture, kind.format, recipe)
        else:
            encoded = _encoded(picture, kind, mode, recipe)
        # A link is followed: what it points to is replaced, not the link.
        write_whole(Path(os.path.realpath(path)), encoded)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureFileError(
            f"{path} cannot be written ({reason}).", "Choose another place or another suffix."
        ) from error


def _encoded(picture: Image.Image, kind: FileKind, mode: str, recipe: str) -> bytes:
    info = {name: picture.info[name] for name in kind.info if name in picture.info}
    if recipe and kind.format == "PNG":
        info["pnginfo"] = PngImagePlugin.PngInfo()
        info["pnginfo"].add_itxt(KEYWORD, recipe)
    encoded = io.BytesIO()
    converted = picture if picture.mode == mode else picture.convert(mode)
    converted.save(encoded, format=kind.format, **kind.options, **info)
    return encoded.getvalue()


def _read(path: Path) -> Picture:
    check_readable(path)
    try:
        with Image.open(path, formats=READ_FORMATS) as file:
            _check_size(path, file)
            # MPO is what phones make: a JPEG with a small second picture for its own purposes.
            if getattr(file, "is_animated", False) and file.format != "MPO":
                raise PictureFileError(
                    f"{path} has several frames or pages.", "Save one of them as a file of its own."
                )
            if is_deep(file):
                _note_tiff_exif(file)
                return read_deep(path, file)
            file.load()
            _note_tiff_exif(file)
            return ImageOps.exif_transpose(file) or file
    except UnidentifiedImageError as error:
        raise PictureFileError(
            f"{path} is not a picture that can be read.",
            "Save it as PNG, JPEG, WebP, TIFF, BMP or GIF.",
        ) from error
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or "it is damaged or incomplete"
        raise PictureFileError(
            f"{path} cannot be read ({reason}).", "Save it again, or choose another file."
        ) from error


def _note_tiff_exif(file: Image.Image) -> None:
    """Put a TIFF's words about itself where the other kinds of file have their EXIF."""
    if file.format != "TIFF":
        return
    tags = file.getexif()
    exif = Image.Exif()
    kept = (*TIFF_WORDS, ExifTags.Base.Orientation)
    exif.update({tag: tags[tag] for tag in kept if tag in tags})
    if exif:
        file.info["exif"] = exif.tobytes()


def _check_size(path: Path, file: Image.Image) -> None:
    width, height = file.size
    if max(width, height) > LIMITS.side_px or 4 * width * height > LIMITS.frame_bytes:
        raise PictureFileError(
            f"{path} measures {_by(file.size)} pixels, more than can be edited at once.",
            "Crop it or make it smaller.",
        )


def _problem(picture: Image.Image) -> str:
    """Why this picture cannot be edited without loss; "" when it can."""
    if picture.mode.startswith(("I", "F")):
        return "has neither 8 nor 16 bits a channel"
    if picture.mode == "1":
        return "has only black and white, nothing between"
    if picture.mode not in EDITED_MODES:
        return f"is a {picture.mode} picture"
    transparency = picture.info.get("transparency")
    if picture.mode in ("L", "RGB") and transparency is not None:
        return "has one colour that counts as transparent instead of an alpha channel"
    if picture.mode == "P" and isinstance(transparency, bytes) and set(transparency) - {0, 255}:
        return "has a palette with half-transparent colours"
    return ""


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
