"""`sdedit models import`: a checkpoint, a folder of diffusers or a hub name becomes a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.models.catalogue import NAME, ModelInfo, description_problem, list_models
from backend.models.importing import ddpm, diffusers_folder, guided_diffusion, ncsnpp
from backend.models.importing.checkpoint_file import read_weights
from backend.models.importing.conversion import Conversion, Weights, few
from backend.models.importing.errors import ImportRefused
from backend.models.importing.fitting import check_finite, check_fits
from backend.models.importing.model_folder import sha256_of, write_model
from backend.models.importing.settings import Settings
from backend.paths import default_home
from protocol.sentences import shown

Say = Callable[[str], None]

HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
LICENCE_UNKNOWN = "not stated"
LATENT_SIGNS = ("model.diffusion_model.", "double_blocks.", "joint_blocks.")
"""What names of weights begin with in single files of Stable Diffusion, FLUX and SD3."""
FORMATS: tuple[tuple[str, Callable[[Weights, Settings], Conversion]], ...] = (
    (ddpm.SIGN, ddpm.convert),
    (guided_diffusion.SIGN, guided_diffusion.convert),
    (ncsnpp.SIGN, ncsnpp.convert),
)
"""A sign that a weight's name begins with, and the converter of such checkpoints."""


def import_model(
    source: str,
    *,
    name: str = "",
    title: str = "",
    licence: str = "",
    config: Path | None = None,
    models_folder: Path | None = None,
    say: Say = print,
    progress: Callable[[int, int], None] | None = None,
) -> ModelInfo:
    """Convert a source and put it beside the artist's models; the model it has become.

    source: a checkpoint file, a folder of diffusers, or a hub name "owner/name". name: without
    one, the source's own. config: a JSON file of what the weights do not tell. say: is told what
    is being done. progress: is told the bytes downloaded and of how many, from any thread. Raises
    ImportRefused, with nothing left behind.
    """
    folder = models_folder or default_home().models
    settings = Settings.read(config)
    told = {"name": name or _name_of(source), "title": title or name or _name_of(source)}
    told["licence"] = licence or LICENCE_UNKNOWN
    _check_name(told["name"], folder)
    try:
        path = _path_of(source, say, progress)
        say(f"Reading {path} …")
        found = _read(path, settings)
    except OSError as error:
        raise ImportRefused(f"{source} cannot be read ({error.strerror or error}).") from error
    if found is None:
        return _import_latent(path, told, config, folder, say)
    conversion, weights_file = found
    if settings.assumed:
        assumed = ", ".join(f"{key} = {value}" for key, value in settings.assumed.items())
        say(f"--config leaves these out, so the program's own defaults are taken: {assumed}.")
    description = {**told, **_description(conversion), "source": _origin(source, weights_file)}
    description["source"]["format"] = conversion.format
    if settings.get("class_names"):
        description["class_names"] = settings.get("class_names")
    problem = description_problem(description)
    if problem:
        raise ImportRefused(
            f"{source} cannot be imported: {problem}",
            "Correct the settings if they are wrong; else it is a variant that this version "
            "cannot run.",
        )
    say("Checking the weights …")
    check_fits(conversion)
    check_finite(conversion.weights)
    target = folder / told["name"]
    return write_model(target, description, conversion.weights, _card(description), say)


def _path_of(source: str, say: Say, progress: Callable[[int, int], None] | None) -> Path:
    """Where the source lies, once it is fetched if it is a hub's. Raises ImportRefused, OSError."""
    path = Path(source)
    if path.exists():
        return path
    if not HUB_NAME.fullmatch(source):
        raise ImportRefused(
            f"There is no file or folder {source}.",
            'Name a checkpoint, a folder of diffusers, or a hub name such as "owner/name".',
        )
    from backend.models.hub import fetch

    return fetch(source, say, progress)


def _read(path: Path, settings: Settings) -> tuple[Conversion, Path] | None:
    """The source converted, and the file of its weights; None where it is a latent model.

    Raises ImportRefused, OSError.
    """
    if path.is_dir():
        place = diffusers_folder.network_folder(path)
        if place is None:
            _check_is_pipeline(path)
            return None
        return diffusers_folder.convert(path, place, settings), diffusers_folder.weights_file(place)
    weights = read_weights(path)
    if any(name.startswith(LATENT_SIGNS) for name in weights):
        return None
    return _convert(weights, path, settings), path


def _import_latent(
    path: Path, told: dict[str, str], config: Path | None, folder: Path, say: Say
) -> ModelInfo:
    from backend.models.latent.importing import import_pipeline, import_single_file

    import_latent = import_pipeline if path.is_dir() else import_single_file
    return import_latent(path, **told, config=config, models_folder=folder, say=say)


def _origin(source: str, weights_file: Path) -> dict[str, str]:
    """What model.json says of where the weights come from; not where on this machine."""
    path = Path(source)
    return {"file": path.name if path.exists() else source, "sha256": sha256_of(weights_file)}


def _name_of(source: str) -> str:
    """A model's name from a source's: its last part, without what a name may not have."""
    last = re.sub(r"\.(ckpt|pth?|bin|safetensors)$", "", Path(source).name)
    return re.sub(r"^[^A-Za-z0-9]+", "", re.sub(r"[^A-Za-z0-9._-]+", "-", last))[:64]


def _check_name(name: str, folder: Path) -> None:
    if not NAME.fullmatch(name):
        raise ImportRefused(
            f"{shown(name)} cannot be a model's name.",
            "Choose one with --name: up to 64 letters, digits, dots, dashes and underscores.",
        )
    is_taken = any(info.name == name for info in list_models())
    if is_taken or (folder / name / "model.json").exists():
        raise ImportRefused(
            f"There is a model called {name!r} already.",
            "Choose another name with --name, or remove that model's folder first.",
        )


def _check_is_pipeline(folder: Path) -> None:
    """Raise ImportRefused for a folder that is no pipeline of diffusers at all."""
    if not (folder / "model_index.json").is_file():
        raise ImportRefused(
            f"{folder} is not a folder of diffusers: it has no model_index.json, and no "
            "config.json of a UNet2DModel.",
            "Name the folder that holds one of them, or a checkpoint file.",
        )


def _convert(weights: Weights, path: Path, settings: Settings) -> Conversion:
    for sign, convert in FORMATS:
        if any(weight.startswith(sign) for weight in weights):
            return convert(weights, settings)
    if "conv_in.weight" in weights and any(name.startswith("down_blocks.") for name in weights):
        raise ImportRefused(
            f"{path.name} holds the weights of a diffusers folder without its config.json.",
            "Name that folder instead of the file.",
        )
    raise ImportRefused(
        f"{path.name} is a checkpoint of an unknown kind: it holds {few(weights)}.",
        "Known are DDPM, guided-diffusion, score_sde's NCSN++, and diffusers.",
    )


def _description(conversion: Conversion) -> dict[str, Any]:
    """model.json but for names, source and sha256."""
    described = {
        "kind": "unet2d",
        "native_px": conversion.network["sample_size"],
        "sde": conversion.sde,
        "prediction": conversion.prediction,
        "network": conversion.network,
        "adjustments": conversion.adjustments,
        "classes": conversion.network.get("num_class_embeds") or 0,
    }
    if conversion.class_names:
        described["class_names"] = conversion.class_names
    return described


def _card(description: dict[str, Any]) -> str:
    source = description["source"]
    return (
        f"# {description['title']}\n\n"
        f"Imported from {source['file']} ({source['format']}), whose weights have the SHA-256 "
        f"{source['sha256']}.\n\n"
        f"Licence of the weights: {description['licence']}.\n"
    )
