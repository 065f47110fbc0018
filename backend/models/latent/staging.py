"""A model's folder as it is put together: whole in the end, or not there at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from backend.models.catalogue import ModelInfo, read_model_info
from backend.models.importing.checkpoint_file import read_weights
from backend.models.importing.errors import ImportRefused
from backend.models.latent.families import Part
from backend.models.latent.weight_files import weight_files
from backend.writing import write_whole

_TEXTS = (".json", ".txt", ".model")


@contextlib.contextmanager
def staging_folder(models_folder: Path, name: str) -> Iterator[Path]:
    """A folder of its own beside the models, gone when the block ends.

    Raises ImportRefused in place of the block's OSError: the disk is full, a file unreadable.
    """
    try:
        models_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=models_folder) as made:
            yield Path(made)
    except OSError as error:
        raise ImportRefused(
            f"The model cannot be written to {models_folder} ({error.strerror or error}).",
            "Make room, or name another data folder in SDEDIT_HOME.",
        ) from error


def stage_part(part: Part, source: Path, stage: Path) -> None:
    """Copy a part's texts, and its weights as plain safetensors.

    Pickles are read as `read_weights` reads them, which runs nothing, and converted; half-precision
    variants get the plain name. Raises ImportRefused.
    """
    target = stage / part.folder
    target.mkdir()
    names = [path.name for path in source.iterdir() if path.is_file()]
    for name in names:
        if name.endswith(_TEXTS) and ".index." not in name:
            shutil.copyfile(source / name, target / name)
    if not part.has_weights:
        return
    chosen = weight_files(names)
    if not chosen:
        raise ImportRefused(
            f"{source} has no weights, or only some of their files.", "Download the model again."
        )
    stem = "diffusion_pytorch_model" if part.is_of_diffusers else "model"
    of = len(chosen)
    for number, name in enumerate(chosen, start=1):
        shard = f"{stem}-{number:05}-of-{of:05}" if of > 1 else stem
        _stage_weights(source / name, target / f"{shard}.safetensors")
    if of > 1:
        _write_index(target, stem)


def finish(stage: Path, target: Path, description: dict[str, Any], card: str) -> ModelInfo:
    """Give the staged folder its name, and write model.json last: then it is a model.

    description: whole, with "sha256". Raises OSError.
    """
    for path in stage.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    write_whole(stage / "CARD.md", card.encode())
    os.rename(stage, target)
    try:
        write_whole(target / "model.json", json.dumps(description, indent=1).encode())
    except BaseException:
        shutil.rmtree(target)
        raise
    stage.mkdir()  # what made it takes it away again
    return read_model_info(target)


def _stage_weights(source: Path, target: Path) -> None:
    if source.suffix == ".safetensors":
        shutil.copyfile(source, target)
        return
    weights = {name: value.clone().contiguous() for name, value in read_weights(source).items()}
    save_file(weights, target, metadata={"format": "pt"})


def _write_index(folder: Path, stem: str) -> None:
    """The table of which shard holds which weight, from the shards themselves."""
    table: dict[str, str] = {}
    for path in sorted(folder.glob(f"{stem}-*.safetensors")):
        try:
            with safe_open(path, "pt") as file:
                table |= dict.fromkeys(file.keys(), path.name)
        except SafetensorError as error:
            raise ImportRefused(
                f"The weights in {folder.name} are damaged.", "Download the model again."
            ) from error
    index = {"metadata": {}, "weight_map": table}
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
