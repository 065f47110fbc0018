"""From a name in the catalogue to a model on a device."""

from __future__ import annotations

from backend.models.catalogue import ModelError, ModelInfo, find_model, weights_problem
from backend.models.landscape import LandscapeModel
from backend.models.model import Model

DIFFUSERS = ("diffusers", "transformers", "accelerate")
"""What the extra of this name installs; imported models need it."""


def load_model(name: str, device: str) -> Model:
    """Load a model's weights onto a device ("cpu", "cuda:0", "mps").

    Raises UnknownModel, or ModelError when the weights are missing or damaged, or the library they
    need is.
    """
    info = find_model(name)
    problem = weights_problem(info)
    if problem:
        raise ModelError(problem, info.remedy)
    return _load(info, device)


def load_landscape_model(name: str, device: str) -> LandscapeModel:
    """As `load_model`, for what only this kind of model can do: training. Raises ModelError too."""
    model = load_model(name, device)
    if not isinstance(model, LandscapeModel):
        raise ModelError(
            f"The model {name!r} cannot be trained further here.", "Choose a model trained here."
        )
    return model


def _load(info: ModelInfo, device: str) -> Model:
    kind = info.config["kind"]
    if kind == "landscape-unet":
        return LandscapeModel.load(info, device)
    try:
        if kind == "unet2d":
            from backend.models.unet2d_model import UNet2DPixelModel

            return UNet2DPixelModel.load(info, device)
        from backend.models.latent.model import LatentModel

        return LatentModel.load(info, device)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in DIFFUSERS:
            raise
        raise ModelError(
            f"The model {info.name!r} needs the library {error.name}, which is not installed.",
            "Run: python3 install.py --extras diffusers",
        ) from error
