"""The one error of picture files, beside those of files of any kind."""

from __future__ import annotations

from backend.file_access import FileError


class PictureFileError(FileError):
    """A picture file cannot be read, is of a kind that cannot be edited, or cannot be written."""

    code = "picture-file"
