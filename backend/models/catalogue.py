"""The models there are: what comes with the package, and what the artist added. Torch-free.

A model is a folder with ``model.json`` (below), ``model.safetensors`` and ``CARD.md``:

    {"name": …, "title": …, "licence": …, "kind": "landscape-unet", "sha256": …,
     "native_px": 128, "sigma_data": 0.5, "sde": {"kind": "ve", "sigma_min": …, "sigma_max": …},
     "network": {"widths": […], "blocks": 2, "middle": 4}, "training": {…}}
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.paths import default_home
from protocol.errors import SDEditError
from protocol.limits import LIMITS
from protocol.sentences import is_sendable, shown

SHIPPED = Path(__file__).parent
WIDTH_MOST, BLOCKS_MOST = 1024, 32
"""Of a network: far beyond what edits in bearable time, and too little to fill a memory."""

KINDS = ("landscape-unet",)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a model may be called: it is also the name of its folder."""
TITLE_LONGEST = 200


class ModelError(SDEditError):
    """A model is not there, or its files are incomplete or damaged."""

    code = "model"


class UnknownModel(ModelError):
    """No model has the name asked for."""

    code = "unknown-model"


@dataclass(frozen=True)
class ModelInfo:
    """A model in the catalogue; ``config`` is its model.json."""

    name: str
    title: str
    licence: str
    folder: Path
    config: dict[str, Any] = field(repr=False, compare=False)

    @property
    def weights(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def sha256(self) -> str:
        """Of the weights, as written when the model was made."""
        return str(self.config["sha256"])

    @property
    def remedy(self) -> str:
        """What to do when its files are missing or damaged."""
        if self.folder.parent == SHIPPED:
            return "Run install.py again to put the shipped models back."
        return "Train or install that model again."

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
        name, kind, sde = config["name"], config["kind"], config["sde"]["kind"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ModelError(
            f"The model description {path} cannot be read.", "Train or install that model again."
        ) from error
    if kind not in KINDS or sde != "ve":
        raise ModelError(
            f"The model {shown(name)} is of a kind that this version cannot run.",
            "Install a newer version of SDEdit for Krita.",
        )
    problem = description_problem(config)
    if not problem and not re.fullmatch("[0-9a-f]{64}", str(config.get("sha256"))):
        problem = "sha256 is missing or damaged."
    if problem:
        raise ModelError(
            f"The model description {path} is damaged: {problem}",
            "Train or install that model again.",
        )
    return ModelInfo(name, config["title"], config["licence"], folder, config)


def description_problem(config: dict[str, Any]) -> str:
    """What is wrong with a model.json of this kind, in a sentence; "" when all is right.

    It may still lack "sha256": that comes with the weights.
    """
    name, sde, network = config.get("name"), config.get("sde"), config.get("network")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"name is {shown(name)}; use up to 64 letters, digits, dots, dashes and underscores."
    for key in ("title", "licence"):
        text = config.get(key)
        if not text or not is_sendable(text, TITLE_LONGEST):
            return f"{key} is {shown(text)}; it must be text of 1 to {TITLE_LONGEST} characters."
    if not _is_whole(config.get("native_px"), 1, LIMITS.side_px):
        return f"native_px must be a whole number from 1 to {LIMITS.side_px}."
    if not _is_positive(config.get("sigma_data")) or not 0.01 <= config["sigma_data"] <= 100:
        return "sigma_data must be a number from 0.01 to 100."
    if not (
        isinstance(sde, dict)
        and _is_positive(sde.get("sigma_min"))
        and _is_positive(sde.get("sigma_max"))
        and sde["sigma_min"] < sde["sigma_max"]
    ):
        return "sde must have sigma_min above 0 and sigma_max above that."
    if not (
        isinstance(network, dict)
        and isinstance(network.get("widths"), list)
        and 1 <= len(network["widths"]) <= 8
        and all(_is_whole(width, 1, WIDTH_MOST) for width in network["widths"])
        and all(_is_whole(network.get(key), 0, BLOCKS_MOST) for key in ("blocks", "middle"))
    ):
        return (
            f"network must have widths of 1 to {WIDTH_MOST}, and blocks and middle of at most "
            f"{BLOCKS_MOST}."
        )
    return ""


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_positive(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 < value < math.inf


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
    """The model of that name. Raises UnknownModel, which lists the names there are."""
    models = list_models()
    for info in models:
        if info.name == name:
            return info
    names = ", ".join(info.name for info in models) or "none"
    raise UnknownModel(f"There is no model called {shown(name)}.", f"The models here: {names}.")


def weights_problem(info: ModelInfo) -> str:
    """What is wrong with a model's weights file, in a sentence; "" when its SHA-256 is right."""
    digest = hashlib.sha256()
    try:
        with info.weights.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        return (
            f"The weights of {info.name!r} cannot be read from {info.weights} ({error.strerror})."
        )
    if digest.hexdigest() != info.sha256:
        return f"The weights of {info.name!r} in {info.weights} are damaged or were changed."
    return ""
