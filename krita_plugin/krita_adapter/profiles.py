"""The ICC profile of a document: Krita tells its name alone, but writes it into every file."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Any, Generator

from krita import InfoObject, Krita

from ..protocol.images import PixelFormat
from ..protocol.limits import LIMITS

IN_FILE = "annotations/icc"
"""Where a .kra file, which is a zip file, has the profile of its picture."""


class Profiles:
    """ICC profiles by colour model and name, each got out of Krita once.

    Its folders have files only for the profiles that Krita itself looked for there, and not for
    one that came with a photograph.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bytes] = {}

    def find(self, pixel_format: PixelFormat) -> Generator[None, None, bytes | None]:
        """The profile to send along with pixels of this format; None where that is not needed, and
        where Krita does not give it away."""
        if not pixel_format.needs_profile:
            return None
        key = pixel_format.model, pixel_format.profile
        if key not in self._known:
            found = yield from _written_by_krita(pixel_format)
            self._known[key] = found if len(found) <= LIMITS.profile_bytes else b""
        return self._known[key] or None


def _written_by_krita(pixel_format: PixelFormat) -> Generator[None, None, bytes]:
    """The profile out of a file of one pixel; empty when Krita writes none."""
    document = Krita.instance().createDocument(
        1, 1, "", pixel_format.model, pixel_format.depth, pixel_format.profile, 72.0
    )
    if document is None:
        return b""
    yield
    try:
        with tempfile.TemporaryDirectory(prefix="sdedit-") as folder:
            path = Path(folder) / "one-pixel.kra"
            return _profile_in(path) if _is_exported(document, path) else b""
    finally:
        document.close()


def _is_exported(document: Any, path: Path) -> bool:
    document.setBatchmode(True)  # no dialog, whatever comes
    is_written: bool = document.exportImage(str(path), InfoObject())
    document.setModified(False)  # else closing it asks whether to save it
    return is_written


def _profile_in(path: Path) -> bytes:
    with zipfile.ZipFile(str(path)) as file:
        name = next((each for each in file.namelist() if each.endswith(IN_FILE)), None)
        return b"" if name is None else file.read(name)
