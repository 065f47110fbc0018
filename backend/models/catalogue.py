"""The models there are: what comes with the package, and what the artist added. Torch-free.

A model is a folder with ``model.json`` (below), ``model.safetensors`` and ``CARD.md``:

    {"name": …, "title": …, "kind": "landscape-unet", "licence": …, "sha256": …,
     "native_px": 128, "sigma_data": 0.5, "sde": {"kind": "ve", "sigma_min": …, "sigma_max": …},
     "network": {"widths": […], "blocks": 2, "middle": 4}, "training": {…}}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.paths import default_home
from protocol.errors import SDEditError

if TYPE_CHECKING:
    from backend.models.landscape import LandscapeModel

SHIPPED = Path(__file__).parent
KINDS = ("landscape-unet",)


class ModelError(SDEditError):
    """A model is not there, or its files are incomplete or damaged."""

    code = "model"


@dataclass(frozen=True)
class ModelInfo:
    """A model in the catalogue; ``config`` is its model.json."""

    name: str
    title: str
    licence: str
    folder: Path
    config: dict[str, Any]

    @property
    def weights(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def sha256(self) -> str:
        """Of the weights, as written when the model was made."""
        return str(self.config["sha256"])

    def record(self) -> dict[str, str | int | float | bool]:
        """What a client is told of the model."""
        return {
            "name": self.name,
            "title": self.title,
            "licence": self.licence,
            "native_px": int(self.config["native_px"]),
            "sde": str(self.config["sde"]["kind"]).upper(),
            "sha256": self.sha256,
        }


def model_folders() -> list[Path]:
    """Where models are looked for: the artist's own first, so they may replace a shipped one."""
    return [default_home().models, SHIPPED]


def read_model_info(folder: Path) -> ModelInfo:
    """The model in ``folder``. Raises ModelError when model.json is damaged or of another kind."""
    path = folder / "model.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        info = ModelInfo(
            str(config["name"]), str(config["title"]), str(config["licence"]), folder, config
        )
        needed = config["native_px"], config["sde"]["kind"], config["sha256"], config["network"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The model description {path} is damaged.", "Train or install that model again."
        ) from error
    if config["kind"] not in KINDS or needed[1] != "ve":
        raise ModelError(
            f"The model {info.name!r} is of a kind that this version cannot run.",
            "Install a newer version of SDEdit for Krita.",
        )
    return info


def list_models(folders: Sequence[Path] | None = None) -> list[ModelInfo]:
    """Every usable model, one of each name; a damaged description is left out."""
    found: dict[str, ModelInfo] = {}
    for folder in model_folders() if folders is None else folders:
        for path in sorted(folder.glob("*/model.json")):
            try:
                info = read_model_info(path.parent)
            except ModelError:
                continue  # `sdedit doctor` names it
            found.setdefault(info.name, info)
    return sorted(found.values(), key=lambda info: info.name)


def find_model(name: str) -> ModelInfo:
    """The model of that name. Raises ModelError that lists the names there are."""
    models = list_models()
    for info in models:
        if info.name == name:
            return info
    names = ", ".join(info.name for info in models) or "none"
    raise ModelError(f"There is no model called {name!r}.", f"The models here: {names}.")


def weights_problem(info: ModelInfo) -> str:
    """What is wrong with a model's weights file, in a sentence; "" when its SHA-256 is right."""
    try:
        with info.weights.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        return (
            f"The weights of {info.name!r} cannot be read from {info.weights} ({error.strerror})."
        )
    if digest.hexdigest() != info.sha256:
        return f"The weights of {info.name!r} in {info.weights} are damaged or were changed."
    return ""


def load_model(name: str, device: str) -> LandscapeModel:
    """Load a model's weights onto a device ("cpu", "cuda:0", "mps"). Imports torch.

    Raises ModelError when the model is unknown or its weights are missing or damaged.
    """
    info = find_model(name)
    problem = weights_problem(info)
    if problem:
        raise ModelError(problem, "Run install.py again to put the shipped models back.")
    from backend.models.landscape import LandscapeModel

    return LandscapeModel.load(info, device)
