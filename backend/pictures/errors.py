"""The one error of picture files."""

from __future__ import annotations

from protocol.errors import SDEditError


class PictureFileError(SDEditError):
    """A picture file cannot be read, is of a kind that cannot be edited, or cannot be written."""

    code = "picture-file"
