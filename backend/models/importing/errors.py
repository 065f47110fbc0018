"""Why a checkpoint was not imported."""

from __future__ import annotations

from backend.models.catalogue import ModelError


class ImportRefused(ModelError):
    """The source is no checkpoint that can be imported, or is damaged, or too little is known."""

    code = "import"
