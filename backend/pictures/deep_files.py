"""PNG and TIFF files of 16 bits a channel: Pillow reads what they say of themselves, libpng and
libtiff their pixels."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin, TiffTags

from backend.pictures.deep import MODES, DeepPicture
from backend.pictures.errors import PictureFileError
from protocol.limits import LIMITS
from protocol.png_text import HEADER_BYTES, SIGNATURE, chunk, text_chunk

DAMAGED = (imagecodecs.PngError, imagecodecs.TiffError)
INFO = ("icc_profile", "exif", "dpi")
HEADER_END = len(SIGNATURE) + HEADER_BYTES
"""Where the first chunk, IHDR, ends: the others follow it."""
INCH_M = 0.0254
STRIP_BYTES = 1 << 18
TAGS = TiffImagePlugin
ADOBE_DEFLATE, DIFFERENCES, UNASSOCIATED_ALPHA, INCH = 8, 2, 2, 2
MIN_IS_BLACK, RGB = 1, 2
UNSIGNED = 1

Tag = ExifTags.Base


def is_deep(file: Image.Image) -> bool:
    """Whether an opened file has unsigned integers of 16 bits, of which Pillow would keep 8."""
    if file.mode not in ("I", "I;16", "I;16B", *MODES):
        return False
    if isinstance(file, TiffImagePlugin.TiffImageFile):
        tags = file.tag_v2
        formats = tags.get(TAGS.SAMPLEFORMAT, (UNSIGNED,))
        return set(tags.get(TAGS.BITSPERSAMPLE, ())) == {16} and set(formats) == {UNSIGNED}
    tiles = getattr(file, "tile", [])
    return any("16" in str(tile[3]) for tile in tiles)  # the raw mode, in a PNG file


def read_deep(path: Path, file: Image.Image) -> DeepPicture:
    """The picture of an opened file, upright. Raises PictureFileError, and one of DAMAGED."""
    if 8 * file.width * file.height > LIMITS.frame_bytes:
        raise PictureFileError(
            f"{path} has too many pixels of 16 bits a channel to be edited at once.",
            "Crop it, make it smaller, or save it with 8 bits a channel.",
        )
    problem = _problem(file)
    if problem:
        raise PictureFileError(f"{path} {problem}.", "Save it as RGB or RGBA.")
    if file.format == "PNG":
        stored = file.height, file.width
        pixels = imagecodecs.png_decode(path.read_bytes())
    else:
        stored = tuple(_tiff_tags(file)[tag] for tag in (TAGS.IMAGELENGTH, TAGS.IMAGEWIDTH))
        pixels = imagecodecs.tiff_decode(path.read_bytes(), index=0)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    elif pixels.shape[1:] == stored:  # a plane for each channel
        pixels = np.moveaxis(pixels, 0, 2)
    if pixels.dtype != np.uint16 or pixels.shape[:2] != stored or pixels.shape[2] > 4:
        raise PictureFileError(f"{path} is laid out in an unusual way.", "Save it again.")
    info = {name: file.info[name] for name in INFO if name in file.info}
    orientation = 1
    if "exif" in info:
        exif = Image.Exif()
        exif.load(info["exif"])
        orientation = exif.pop(Tag.Orientation, 1)
        info["exif"] = exif.tobytes()
    return DeepPicture(_upright(pixels, orientation), info)


def encode_deep(picture: DeepPicture, kind: str, text: str) -> bytes:
    """A file of this kind, "PNG" or "TIFF". text: for `provenance.png_recipe`, in a PNG file."""
    return _png(picture, text) if kind == "PNG" else _tiff(picture)


def _problem(file: Image.Image) -> str:
    """Why such a file cannot be edited without loss; "" when it can."""
    if "transparency" in file.info:
        return "has one colour that counts as transparent instead of an alpha channel"
    if file.format != "TIFF":
        return ""
    tags = _tiff_tags(file)
    if tags.get(TAGS.PHOTOMETRIC_INTERPRETATION) not in (MIN_IS_BLACK, RGB):
        return "counts its values from white, or has other colours than grey and RGB"
    if file.mode == "RGBA" and tags.get(TAGS.EXTRASAMPLES) != (UNASSOCIATED_ALPHA,):
        return "has colours that are multiplied by their opacity"
    return ""


def _tiff_tags(file: Image.Image) -> Mapping[int, Any]:
    assert isinstance(file, TiffImagePlugin.TiffImageFile)
    return file.tag_v2


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """pixels as EXIF's orientation, 1 to 8, says that they are seen."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _png(picture: DeepPicture, text: str) -> bytes:
    pixels = picture.pixels[..., 0] if picture.mode == "L" else picture.pixels
    encoded = imagecodecs.png_encode(pixels)
    chunks = b""
    if "icc_profile" in picture.info:
        chunks += chunk(b"iCCP", b"icc\0\0" + zlib.compress(picture.info["icc_profile"]))
    if "dpi" in picture.info:
        across, down = (round(float(per_inch) / INCH_M) for per_inch in picture.info["dpi"])
        chunks += chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if "exif" in picture.info:
        chunks += chunk(b"eXIf", picture.info["exif"].removeprefix(b"Exif\0\0"))
    if text:
        chunks += text_chunk(text)
    return bytes(encoded[:HEADER_END]) + chunks + bytes(encoded[HEADER_END:])


def _tiff(picture: DeepPicture) -> bytes:
    """Little-endian, its strips compressed after each value's difference from its left one."""
    height, width, channels = picture.pixels.shape
    rows = max(1, STRIP_BYTES // (2 * width * channels))
    differences = picture.pixels.copy()
    differences[:, 1:] -= picture.pixels[:, :-1]
    strips = [
        zlib.compress(differences[top : top + rows].astype("<u2").tobytes())
        for top in range(0, height, rows)
    ]
    tags: dict[int, Any] = {
        TAGS.IMAGEWIDTH: width,
        TAGS.IMAGELENGTH: height,
        TAGS.BITSPERSAMPLE: (16,) * channels,
        TAGS.SAMPLESPERPIXEL: channels,
        TAGS.PHOTOMETRIC_INTERPRETATION: MIN_IS_BLACK if picture.is_grey else RGB,
        TAGS.COMPRESSION: ADOBE_DEFLATE,
        TAGS.PREDICTOR: DIFFERENCES,
        TAGS.ROWSPERSTRIP: rows,
        TAGS.STRIPBYTECOUNTS: tuple(map(len, strips)),
    }
    if channels == 4:
        tags[TAGS.EXTRASAMPLES] = (UNASSOCIATED_ALPHA,)
    if "dpi" in picture.info:
        tags[TAGS.X_RESOLUTION], tags[TAGS.Y_RESOLUTION] = picture.info["dpi"]
        tags[TAGS.RESOLUTION_UNIT] = INCH
    if "exif" in picture.info:
        exif = Image.Exif()
        exif.load(picture.info["exif"])
        tags |= {tag: exif[tag] for tag in TIFF_WORDS if tag in exif}
    if "icc_profile" in picture.info:
        tags[TAGS.ICCPROFILE] = picture.info["icc_profile"]
    # Counted from the directory's end: saving adds where that is.
    tags[TAGS.STRIPOFFSETS] = tuple(accumulate(map(len, strips[:-1]), initial=0))
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    directory.tagtype[TAGS.ICCPROFILE] = TiffTags.UNDEFINED
    directory.tagtype[TAGS.STRIPOFFSETS] = TiffTags.LONG
    directory.tagtype[TAGS.STRIPBYTECOUNTS] = TiffTags.LONG
    for tag, value in tags.items():
        directory[tag] = value
    file = io.BytesIO()
    directory.save(file)
    return file.getvalue() + b"".join(strips)


TIFF_WORDS = (
    *(Tag.ImageDescription, Tag.Make, Tag.Model),
    *(Tag.Software, Tag.DateTime, Tag.Artist, Tag.Copyright),
)
"""What a TIFF says of itself in words; its further tags say how that file was laid out."""
