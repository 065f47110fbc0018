"""The parts of a model's folder, loaded by the class that its description allows and no other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from safetensors import SafetensorError

from backend.models.catalogue import ModelError
from backend.models.latent.families import Family, Part


def load_parts(
    family: Family, folder: Path, precision: torch.dtype = torch.float32
) -> dict[str, Any]:
    """Every part of the family that the folder has, on the CPU.

    precision: of the denoiser; the VAE is in float32, the text encoders as their files are. Raises
    ModelError when a part is missing, or its weights do not fit its configuration: a missing key
    would be filled with noise, and one too many shows that it is another network.
    """
    parts = {}
    with _quiet():
        for part in family.parts:
            if (folder / part.folder).is_dir():
                wanted = precision if part is family.network else torch.float32
                parts[part.folder] = load_part(part, folder / part.folder, wanted)
            elif part.is_needed:
                raise ModelError(
                    f"The model in {folder} has no {part.folder}.", "Import the whole model again."
                )
    return parts


def load_part(part: Part, folder: Path, precision: torch.dtype) -> Any:
    """One part; precision: if it is diffusers'. Raises ModelError as `load_parts` does."""
    name = part.classes[0]
    library = diffusers if part.is_of_diffusers else transformers
    options: dict[str, Any] = {"local_files_only": True}
    if part.is_of_diffusers:
        options["torch_dtype"] = precision
    if part.has_weights:
        # Without these, whatever else lies there would be read: a pickle, for instance.
        options |= {"use_safetensors": True, "output_loading_info": True}
    try:
        loaded = getattr(library, name).from_pretrained(folder, **options)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The part {part.folder} of {folder.parent} cannot be read as a {name} "
            f"({_first_line(error)}).",
            "Import or download the model again.",
        ) from error
    if not part.has_weights:
        return loaded
    network, info = loaded
    _check_keys(part, info)
    return network


def _check_keys(part: Part, info: dict[str, Any]) -> None:
    """Raise ModelError unless every weight found its place and every place its weight."""
    for problem in ("missing", "unexpected", "mismatched"):
        keys = sorted(map(str, info.get(f"{problem}_keys") or ()))
        # A table 0, 1, 2, … that older files hold and newer versions make themselves.
        keys = [key for key in keys if not key.endswith("position_ids")]
        if keys:
            raise ModelError(
                f"The weights of {part.folder} do not fit its configuration: {len(keys)} "
                f"{problem}, the first {keys[0]}.",
                "Check that the weights and the configuration belong together.",
            )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars: the worker's stderr is its log."""
    libraries = diffusers.utils.logging, transformers.utils.logging
    bars = [library for library in libraries if library.is_progress_bar_enabled()]
    for library in bars:
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library in bars:
            library.enable_progress_bar()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
