"""The kinds of picture file that are written, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.pictures.deep import DeepPicture, Picture, has_transparency
from backend.pictures.errors import PictureFileError

EDITED_MODES = ("L", "LA", "RGB", "RGBA", "P")


@dataclass(frozen=True)
class FileKind:
    """How a kind of file is written, and which modes it keeps as they are."""

    format: str
    keeps: tuple[str, ...]
    converts: dict[str, str] = field(default_factory=dict)
    """Modes that it holds without loss in another form."""
    options: dict[str, Any] = field(default_factory=dict)
    info: tuple[str, ...] = ()
    """What of the picture's info travels along."""
    deep: tuple[str, ...] = ()
    """Modes that it keeps with 16 bits a channel."""


_JPEG = FileKind(
    "JPEG",
    ("L", "RGB"),
    {"P": "RGB"},
    {"quality": 95, "subsampling": 0},
    ("icc_profile", "exif", "dpi"),
)
_TIFF = FileKind(
    "TIFF",
    ("L", "LA", "RGB", "RGBA", "P"),
    options={"compression": "tiff_adobe_deflate"},
    info=("icc_profile", "exif", "dpi"),
    deep=("L", "RGB", "RGBA"),
)
FILE_KINDS = {
    ".png": FileKind(
        "PNG",
        EDITED_MODES,
        info=("icc_profile", "exif", "dpi", "transparency"),
        deep=("L", "LA", "RGB", "RGBA"),
    ),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": FileKind(
        "WEBP",
        ("RGB", "RGBA"),
        {"L": "RGB", "LA": "RGBA", "P": "RGB"},
        {"lossless": True, "exact": True},
        ("icc_profile", "exif"),
    ),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".bmp": FileKind("BMP", ("L", "RGB", "P"), info=("dpi",)),
    ".gif": FileKind("GIF", ("L", "P"), info=("transparency",)),
}
LOSSY_FORMATS = ("JPEG",)


def kind_for(path: Path) -> FileKind:
    """How a file of that name is written. Raises PictureFileError for an unknown suffix."""
    kind = FILE_KINDS.get(path.suffix.lower())
    if kind is None:
        named = f"{path.suffix!r} is not a kind of picture file" if path.suffix else "has no suffix"
        raise PictureFileError(
            f"{path}: {named} that can be written.", f"Use one of {', '.join(FILE_KINDS)}."
        )
    return kind


def mode_in(path: Path, kind: FileKind, picture: Picture) -> str:
    """The mode in which a file of this kind holds the picture. Raises PictureFileError."""
    if isinstance(picture, DeepPicture):
        if picture.mode in kind.deep:
            return picture.mode
        raise PictureFileError(
            f"A {path.suffix.lower()} file cannot hold 16 bits a channel as the guide has them.",
            "Use .png." if picture.mode == "LA" else "Use .png or .tif.",
        )
    if has_transparency(picture) and picture.mode == "P" and "transparency" not in kind.info:
        if "RGBA" in kind.keeps:
            return "RGBA"
    elif picture.mode in kind.keeps:
        return picture.mode
    elif picture.mode in kind.converts:
        return kind.converts[picture.mode]
    what = "transparency" if has_transparency(picture) else f"a picture of mode {picture.mode}"
    raise PictureFileError(
        f"A {path.suffix.lower()} file cannot hold {what} as the guide has it.", "Use .png."
    )
