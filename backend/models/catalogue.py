"""The models there are: what comes with the package, and what the artist added. Torch-free.

A model is a folder with ``model.json`` (below), ``model.safetensors`` and ``CARD.md``:

    {"name": …, "title": …, "licence": …, "kind": …, "sha256": …, "native_px": 256,
     "sde": {"kind": …, …}, "network": {…}, …}

What else it holds depends on its kind: see the ``…_description`` modules beside this one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.models import landscape_description, latent_description, unet2d_description
from backend.models.calibration_description import calibration_problem
from backend.models.plain_values import is_whole
from backend.models.unet2d_description import CLASSES_MOST
from backend.paths import default_home
from protocol.errors import SDEditError
from protocol.limits import LIMITS
from protocol.sentences import is_sendable, shown

SHIPPED = Path(__file__).parent
KINDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "landscape-unet": landscape_description.problem,
    "unet2d": unet2d_description.problem,
    "latent": latent_description.problem,
}
"""What is wrong with a description, for each kind of model; "" when all is right."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a model may be called: it is also the name of its folder."""
TITLE_LONGEST = 200
INFORMATION = ("name", "title", "licence", "sha256", "training", "calibration", "source")
"""What of a model.json does not shape a picture, or has a place of its own in the recipe."""


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
    def weight_files(self) -> list[Path]:
        """All files of weights, in the order of their SHA-256; most models have the one."""
        named = self.config.get("weights")
        return [self.weights] if named is None else [self.folder / path for path in named]

    @property
    def nbytes(self) -> int:
        """The size of its weights; what is missing counts as nothing."""
        return sum(path.stat().st_size for path in self.weight_files if path.is_file())

    @property
    def sha256(self) -> str:
        """Of the weights, as written when the model was made."""
        return str(self.config["sha256"])

    @property
    def settings_digest(self) -> str:
        """Of what model.json says, but for the weights and what leaves the pictures as they are.

        16 hexadecimal digits.
        """
        said = {name: value for name, value in self.config.items() if name not in INFORMATION}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]

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
            "classes": int(self.config.get("classes", 0)),
            "takes_prompt": self.config["kind"] == "latent",
            "proposes_t0": "calibration" in self.config,
            "sha256": self.sha256,
            "nbytes": self.nbytes,
        }


def model_folders() -> list[Path]:
    """Where models are looked for: the artist's own first, so they may replace a shipped one."""
    return [default_home().models, SHIPPED]


def read_model_info(folder: Path) -> ModelInfo:
    """The model in ``folder``. Raises ModelError when model.json is damaged or of another kind."""
    path = folder / "model.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        name, kind, _sde = config["name"], config["kind"], config["sde"]["kind"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ModelError(
            f"The model description {path} cannot be read.", "Train or install that model again."
        ) from error
    if not isinstance(kind, str) or kind not in KINDS:
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
    """What is wrong with a model.json of a known kind, in a sentence; "" when all is right.

    It may still lack "sha256": that comes with the weights.
    """
    name = config.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"name is {shown(name)}; use up to 64 letters, digits, dots, dashes and underscores."
    for key in ("title", "licence"):
        text = config.get(key)
        if not text or not is_sendable(text, TITLE_LONGEST):
            return f"{key} is {shown(text)}; it must be text of 1 to {TITLE_LONGEST} characters."
    if not is_whole(config.get("native_px"), 1, LIMITS.side_px):
        return f"native_px must be a whole number from 1 to {LIMITS.side_px}."
    if not is_whole(config.get("classes", 0), 0, CLASSES_MOST):
        return f"classes must be a whole number of at most {CLASSES_MOST}."
    return KINDS[config["kind"]](config) or calibration_problem(config)


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
    """What is wrong with a model's weights, in a sentence; "" when their SHA-256 is right."""
    digest = hashlib.sha256()
    for path in info.weight_files:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            return f"The weights of {info.name!r} cannot be read from {path} ({error.strerror})."
    if digest.hexdigest() != info.sha256:
        place = info.weights if len(info.weight_files) == 1 else info.folder
        return f"The weights of {info.name!r} in {place} are damaged or were changed."
    return ""
