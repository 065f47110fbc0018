"""From a name in the catalogue to a model on a device."""

from __future__ import annotations

from backend.models.catalogue import ModelError, find_model, weights_problem
from backend.models.landscape import LandscapeModel


def load_model(name: str, device: str) -> LandscapeModel:
    """Load a model's weights onto a device ("cpu", "cuda:0", "mps").

    Raises UnknownModel, or ModelError when the weights are missing or damaged.
    """
    info = find_model(name)
    problem = weights_problem(info)
    if problem:
        raise ModelError(problem, info.remedy)
    return LandscapeModel.load(info, device)
