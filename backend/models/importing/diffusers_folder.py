"""Folders of diffusers whose network is a UNet2DModel of pixels, such as google/ddpm-….

A folder is either a pipeline (unet/, scheduler/) or has both configurations at its root.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from backend.models.importing.checkpoint_file import read_weights
from backend.models.importing.conversion import Conversion, Weights
from backend.models.importing.errors import ImportRefused
from backend.models.importing.settings import Setting, Settings, read_json
from backend.models.unet2d_description import NETWORK
from protocol.sentences import shown

FORMAT = "diffusers UNet2DModel"
WEIGHTS = (
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.bin",
)
"""The first that is there is taken."""

BETAS = {"linear": "linear", "scaled_linear": "scaled_linear", "squaredcos_cap_v2": "cosine"}
PREDICTIONS = {"epsilon": "epsilon", "sample": "x0", "v_prediction": "v"}
"""diffusers' names, and model.json's."""
OLD_ATTENTION = {
    "query": "to_q",
    "key": "to_k",
    "value": "to_v",
    "proj_attn": "to_out.0",
}
"""What diffusers called an attention's parts before 0.15."""

IMAGE_SIZE = Setting("sample_size", "the side of the pictures it was trained on, in pixels", 256)
DDPM = (
    Setting("beta_schedule", f"how β rises, one of {', '.join(BETAS)}", "linear", "linear"),
    Setting("beta_start", "the first β", 1e-4, 1e-4),
    Setting("beta_end", "the last β", 0.02, 0.02),
    Setting("num_train_timesteps", "the number of timesteps", 1000, 1000),
    Setting("prediction_type", f"one of {', '.join(PREDICTIONS)}", "epsilon", "epsilon"),
)
"""With the defaults of diffusers' schedulers."""
VE = (
    Setting("sigma_min", "its least noise level", 0.01),
    Setting("sigma_max", "its highest noise level", 348.0),
    Setting("data_range", '"unit" for [0, 1], "symmetric" for [-1, 1]', "unit"),
)
SCHEDULERS = ("DDPM", "DDIM", "PNDM", "DPMSolver", "UniPC", "DEIS", "Euler", "LMS", "ScoreSdeVe")


def network_folder(folder: Path) -> Path | None:
    """Where in a folder a UNet2DModel of pixels lies; None where there is none."""
    index = folder / "model_index.json"
    if index.is_file():
        parts = read_json(index)
        unet = parts.get("unet")
        is_of_pixels = "vqvae" not in parts and "vae" not in parts
        if not (is_of_pixels and isinstance(unet, list) and "UNet2DModel" in unet):
            return None
    for place in (folder / "unet", folder):
        config = place / "config.json"
        if config.is_file() and read_json(config).get("_class_name") == "UNet2DModel":
            return place
    return None


def convert(folder: Path, place: Path, settings: Settings) -> Conversion:
    """place: the `network_folder`. Raises ImportRefused."""
    config = read_json(place / "config.json")
    network = {name: value for name, value in config.items() if not name.startswith("_")}
    strange = [name for name in network if name not in NETWORK]
    if strange:
        raise ImportRefused(
            f"The network's configuration has {shown(strange[0])}, which is not known here.",
            "Install a newer version of SDEdit for Krita.",
        )
    network["sample_size"] = _side(network.get("sample_size"), settings)
    sde, prediction = _diffusion(_scheduler(folder), network, settings)
    weights = _with_new_names(read_weights(weights_file(place)))
    return Conversion(FORMAT, weights, network, sde, prediction)


def _side(sample_size: Any, settings: Settings) -> int:
    """The shorter side of the training pictures."""
    if isinstance(sample_size, list) and all(isinstance(side, int) for side in sample_size):
        sample_size = min(sample_size, default=None)
    known = {} if sample_size is None else {"sample_size": sample_size}
    side: int = settings.backed_by(known).need(IMAGE_SIZE)["sample_size"]
    return side


def _scheduler(folder: Path) -> dict[str, Any]:
    """The scheduler's configuration; empty where the folder has none."""
    for place in (folder / "scheduler", folder):
        path = place / "scheduler_config.json"
        if path.is_file():
            return read_json(path)
    return {}


def _diffusion(
    scheduler: dict[str, Any], network: dict[str, Any], settings: Settings
) -> tuple[dict[str, Any], str]:
    """model.json's sde and prediction. Raises ImportRefused for a scheduler of another kind."""
    kind = str(scheduler.get("_class_name", ""))
    if kind and not kind.startswith(SCHEDULERS):
        raise ImportRefused(
            f"Its scheduler, {shown(kind)}, is not of a kind known here.",
            f"Known are those whose names begin with {', '.join(SCHEDULERS)}.",
        )
    if network.get("time_embedding_type") == "fourier":
        known = {"data_range": "unit"} if network.get("center_input_sample") else {}
        return {"kind": "ve", **settings.backed_by({**scheduler, **known}).need(*VE)}, "score"
    # A scheduler's configuration may leave out what is the default.
    known = {**{setting.name: setting.default for setting in DDPM}, **scheduler}
    told = settings.backed_by(known if scheduler else {}).need(*DDPM)
    for name, known in (("beta_schedule", BETAS), ("prediction_type", PREDICTIONS)):
        if told[name] not in known:
            raise ImportRefused(
                f"Its {name} is {shown(told[name])}, which is not known here.",
                f"Known are {', '.join(known)}.",
            )
    for name in ("trained_betas", "rescale_betas_zero_snr"):
        if scheduler.get(name):
            raise ImportRefused(
                f"Its scheduler sets {name}.", "SDEdit needs a schedule with a formula."
            )
    sde = {
        "kind": "ddpm",
        "betas": BETAS[told["beta_schedule"]],
        "timesteps": told["num_train_timesteps"],
    }
    if sde["betas"] != "cosine":
        sde |= {"beta_start": told["beta_start"], "beta_end": told["beta_end"]}
    return sde, PREDICTIONS[told["prediction_type"]]


def weights_file(place: Path) -> Path:
    """Raises ImportRefused where there is none."""
    for name in WEIGHTS:
        if (place / name).is_file():
            return place / name
    raise ImportRefused(f"There are no weights in {place}.", f"Put them there, as {WEIGHTS[0]}.")


def _with_new_names(weights: Weights) -> Weights:
    """The weights by today's names."""
    named: Weights = {}
    for name, value in weights.items():
        *module, last, kind = name.split(".")
        if module[-2:-1] == ["attentions"] and last in OLD_ATTENTION:
            name = ".".join([*module, OLD_ATTENTION[last], kind])
        named[name] = value
    # Fourier frequencies were once saved under two names.
    twin = named.get("time_proj.W")
    if twin is not None and torch.equal(twin, named.get("time_proj.weight", twin)):
        named["time_proj.weight"] = named.pop("time_proj.W")
    return named
