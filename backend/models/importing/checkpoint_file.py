"""Reads a checkpoint file, and never runs anything that came with it.

Pickles are read by torch's own weights-only unpickler, which makes tensors, numbers, texts, lists
and maps and nothing else; whatever would call a function is refused before it is called.
"""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from backend.models.importing.conversion import Weights, few
from backend.models.importing.errors import ImportRefused
from backend.models.torch_damage import SENSELESS

GET_AGAIN = "Get the file again: its download may have been cut short."
CODE = (
    "Nothing of it was run. Get the weights as safetensors, or as a checkpoint that holds "
    "nothing but tensors."
)
KINDS = "Known are checkpoints of torch (.pt, .pth, .ckpt, .bin) and .safetensors."
HEAD_BYTES = 9


def read_weights(path: Path) -> Weights:
    """The file's weights by name, averaged ones (EMA) where it has them.

    Raises ImportRefused for a file that is damaged, of another kind, or would run code.
    """
    content = read_checkpoint(path)
    weights = _unwrapped(content, path)
    if not weights or not all(isinstance(name, str) for name in weights):
        raise ImportRefused(f"{path.name} holds no weights by name.", KINDS)
    other = [name for name, value in weights.items() if not isinstance(value, Tensor)]
    if other:
        raise ImportRefused(
            f"{path.name} holds other things among its weights: {few(other)}.",
            "It is not a checkpoint of a kind known here.",
        )
    if all(name.startswith("module.") for name in weights):  # as DataParallel names them
        weights = {name.removeprefix("module."): value for name, value in weights.items()}
    return weights


def read_checkpoint(path: Path) -> Any:
    """Whatever the file holds: tensors, numbers and texts in lists and maps."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise ImportRefused(f"{path.name} is empty.", GET_AGAIN)
    if head[8:9] == b"{":
        return _read_safetensors(path)
    is_zip = head.startswith(b"PK")
    if is_zip:
        _check_archive(path)
    elif head[:1] != b"\x80":
        raise ImportRefused(f"{path.name} is not a checkpoint file.", KINDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of pickles that it then refuses
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except pickle.UnpicklingError as error:
        raise ImportRefused(
            f"{path.name} holds more than tensors: to open it would run code from it.", CODE
        ) from error
    except SENSELESS as error:
        raise ImportRefused(f"{path.name} is damaged.", GET_AGAIN) from error


def _read_safetensors(path: Path) -> Weights:
    try:
        weights: Weights = load_file(path)
    except SafetensorError as error:
        raise ImportRefused(f"{path.name} is damaged.", GET_AGAIN) from error
    return weights


def _check_archive(path: Path) -> None:
    """Raise ImportRefused unless it is a whole archive that torch.save wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.rpartition("/")[2] for name in archive.namelist()]
    except zipfile.BadZipFile as error:
        raise ImportRefused(f"{path.name} is damaged.", GET_AGAIN) from error
    if "constants.pkl" in names:
        raise ImportRefused(
            f"{path.name} is a TorchScript program: to open it would run code from it.", CODE
        )
    if "data.pkl" not in names:
        raise ImportRefused(f"{path.name} is an archive, but not a checkpoint.", KINDS)


def _unwrapped(content: Any, path: Path) -> dict[str, Any]:
    """The weights in what the known programs save around them."""
    if isinstance(content, (list, tuple)):  # ermongroup/ddim: model, optimiser, epoch, step, EMA
        held = [item for item in content if isinstance(item, dict)]
        if len(content) in (4, 5) and len(held) == len(content) - 2:
            return held[-1] if len(content) == 5 else held[0]
    elif isinstance(content, dict):
        ema = content.get("ema")
        if isinstance(ema, dict) and "shadow_params" in ema and "model" in content:
            return _averaged(content["model"], ema["shadow_params"], path)
        inner = content.get("state_dict")  # Lightning
        return inner if isinstance(inner, dict) else content
    raise ImportRefused(f"{path.name} holds no weights by name.", KINDS)


def _averaged(model: Any, shadow: Any, path: Path) -> dict[str, Any]:
    """score_sde's averaged weights: a bare list in the parameters' order.

    Fixed tensors are not averaged: its table of noise levels, its Fourier frequencies.
    """
    if not isinstance(model, dict) or not isinstance(shadow, (list, tuple)):
        raise ImportRefused(f"The averaged weights of {path.name} are not to be found.", KINDS)
    names = [name for name in model if not re.search(r"(^|\.)(sigmas|all_modules\.0\.W)$", name)]
    fits = len(names) == len(shadow) and all(
        isinstance(value, Tensor) and value.shape == model[name].shape
        for name, value in zip(names, shadow)
    )
    if not fits:
        raise ImportRefused(
            f"The {len(shadow)} averaged weights of {path.name} are not those of its "
            f"{len(names)} parameters.",
            "The checkpoint is damaged, or a variant that this version cannot import.",
        )
    return {**model, **dict(zip(names, shadow))}
