"""Checkpoints as the programs of the field save them, made on the spot from drawn weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tests.backend.sdedit.ddpm_unet import drawn

GOLDEN = Path(__file__).parent / "golden"


def drawn_weights(shapes: Mapping[str, Any]) -> dict[str, Tensor]:
    """Weights of these names and shapes, drawn in their order from seed 0."""
    generator = torch.Generator().manual_seed(0)
    return {name: drawn(name, shape, generator) for name, shape in shapes.items()}


def drawn_network(network: nn.Module) -> nn.Module:
    """The network with such weights."""
    shapes = {name: value.shape for name, value in network.named_parameters()}
    network.load_state_dict(drawn_weights(shapes))
    return network.requires_grad_(False).eval()


def golden_weights(name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights of a golden output, and the settings it was made with."""
    described = json.loads((GOLDEN / f"{name}.json").read_text())
    return drawn_weights(dict(described["parameters"])), described["settings"]


def write_config(path: Path, settings: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(settings))
    return path


def ddim_training(weights: Mapping[str, Tensor], *, prefix: str = "") -> list[Any]:
    """What ermongroup/ddim saves while it trains: the averaged weights are the last of five."""
    model = {prefix + name: 2 * value for name, value in weights.items()}
    averaged = {prefix + name: value for name, value in weights.items()}
    return [model, {"state": {}, "param_groups": []}, 3, 12000, averaged]


def score_sde_training(
    weights: Mapping[str, Tensor], *, sigma_min: float = 0.01, sigma_max: float = 348.0
) -> dict[str, Any]:
    """What score_sde saves: the averaged weights are a bare list, without what is fixed."""
    fixed = "all_modules.0.W"
    ends = torch.tensor([sigma_max, sigma_min], dtype=torch.float64).log().tolist()
    sigmas = torch.linspace(*ends, 2000, dtype=torch.float64).exp()
    model = {name: value if name == fixed else 2 * value for name, value in weights.items()}
    return {
        "optimizer": {},
        "model": {f"module.{name}": value for name, value in {"sigmas": sigmas, **model}.items()},
        "ema": {
            "decay": 0.999,
            "num_updates": 12000,
            "shadow_params": [value for name, value in weights.items() if name != fixed],
        },
        "step": 12000,
    }
