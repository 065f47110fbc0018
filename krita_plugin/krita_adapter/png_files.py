"""The picture as it is seen, as a PNG file with a text in it; Krita itself writes the pixels."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from krita import InfoObject

from ..i18n import _
from ..protocol.errors import SDEditError
from ..protocol.png_text import copy_with_text

WRITTEN = {
    "alpha": True,
    "compression": 3,
    "forceSRGB": False,
    "indexed": False,
    "interlaced": False,
    "saveSRGBProfile": True,
    "storeAuthor": False,
    "storeMetaData": False,
}
"""What Krita asks in its own dialog: nothing may be lost, and the profile comes along."""


class NotSaved(SDEditError):
    """A picture could not be written into a file."""

    code = "not-saved"


def save_png(document: Any, path: Path, text: str) -> None:
    """Write all that is visible; the file is whole or as it was. Raises NotSaved.

    16 bits stay 16, floats become 16. Document, its name and its history stay as they are.
    """
    try:
        # Beside the file, so that it takes its place in one go; a link is followed.
        target = Path(os.path.realpath(path))
        with tempfile.TemporaryDirectory(prefix=".sdedit-", dir=target.parent) as folder:
            plain, whole = Path(folder) / "plain.png", Path(folder) / "whole.png"
            if not _export(document, plain):
                raise NotSaved(
                    _("Krita could not write {name}.").format(name=path.name),
                    _("Choose another place."),
                )
            with plain.open("rb") as source, whole.open("wb") as copy:
                copy_with_text(source, copy, text)
            whole.replace(target)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotSaved(
            _("{name} cannot be saved ({reason}).").format(name=path.name, reason=reason),
            _("Choose another place."),
        ) from error


def _export(document: Any, path: Path) -> bool:
    options = InfoObject()
    for name, value in WRITTEN.items():
        options.setProperty(name, value)
    was_quiet = document.batchmode()
    document.setBatchmode(True)  # no dialog
    try:
        return bool(document.exportImage(str(path), options))
    finally:
        document.setBatchmode(was_quiet)
