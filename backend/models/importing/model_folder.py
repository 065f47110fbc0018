"""Writes an imported model's folder: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from backend.models.catalogue import ModelInfo, read_model_info
from backend.models.importing.conversion import Weights
from backend.models.importing.errors import ImportRefused
from backend.writing import write_whole

FILES = ("model.json", "CARD.md", "model.safetensors")
BLOCK_BYTES = 1 << 20


def write_model(
    folder: Path,
    description: dict[str, Any],
    weights: Weights,
    card: str,
    say: Callable[[str], None],
) -> ModelInfo:
    """Write weights, card, and model.json last: without it the folder is no model.

    description: model.json without the weights' sha256. Raises ImportRefused where a file cannot
    be written; then, and if interrupted, nothing is left.
    """
    size = sum(value.nbytes for value in weights.values())
    say(f"Writing {size / 1e6:,.0f} MB to {folder} …")
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "model.safetensors"
        save_file({name: _stored(value) for name, value in weights.items()}, path)
        _flush(path)
        described = {**description, "sha256": sha256_of(path)}
        write_whole(folder / "CARD.md", card.encode())
        write_whole(folder / "model.json", json.dumps(described, indent=1).encode())
    except BaseException as error:
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        if is_new and folder.exists():
            folder.rmdir()
        if isinstance(error, (OSError, SafetensorError)):
            reason = getattr(error, "strerror", None) or error
            raise ImportRefused(
                f"The model cannot be written to {folder} ({reason}).",
                f"It takes {size / 1e6:,.0f} MB. Make room, or name another data folder in "
                "SDEDIT_HOME.",
            ) from error
        raise
    return read_model_info(folder)


def sha256_of(path: Path) -> str:
    """A file's SHA-256. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _stored(value: torch.Tensor) -> torch.Tensor:
    """The tensor as it is stored: in memory of its own, and of float32 at most."""
    value = value.float() if value.dtype == torch.float64 else value
    is_whole = value.is_contiguous() and value.untyped_storage().nbytes() == value.nbytes
    return value if is_whole else value.clone(memory_format=torch.contiguous_format)


def _flush(path: Path) -> None:
    """To the disk, so that no model.json outlives its weights in a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
