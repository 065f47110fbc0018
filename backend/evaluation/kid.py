"""Kernel Inception distance (Bińkowski et al. 2018), where its network is at hand.

The network is Inception as torch-fidelity has it, with the weights from the cache of torch.hub.
Nothing is ever downloaded here: 91 MB would come as a surprise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
"""As torch-fidelity names them; the name ends with the start of their SHA-256, as in torch.hub."""


class Inception:
    """Pictures as the 2048 numbers before Inception's last layer."""

    def __init__(self, device: torch.device) -> None:
        """Raises InceptionMissing, with the reason."""
        if find_spec("torch_fidelity") is None:
            raise InceptionMissing("torch-fidelity is not installed")
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import (  # type: ignore[import-not-found]
                FeatureExtractorInceptionV3,
            )
        except (ImportError, RuntimeError) as error:  # the latter: a torchvision of another torch
            raise InceptionMissing(f"torch-fidelity cannot be imported ({error})") from error
        weights = Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS
        if not weights.is_file():
            raise InceptionMissing(f"Inception's weights are not in {weights.parent}")
        # torch-fidelity unpickles the file: only the published one may be.
        begun = weights.stem.rpartition("-")[2]
        if not hashlib.sha256(weights.read_bytes()).hexdigest().startswith(begun):
            raise InceptionMissing(f"Inception's weights {weights} are damaged")
        self._network = FeatureExtractorInceptionV3("kid", ["2048"], str(weights)).to(device)
        self._device = device

    @torch.inference_mode()
    def features(self, pictures: Sequence[Tensor]) -> Tensor:
        """(N, 2048) float64 of pictures (3, H, W) uint8, each of its own size."""
        rows = [self._network(picture[None].to(self._device))[0] for picture in pictures]
        return torch.cat(rows).cpu().double()


class InceptionMissing(Exception):
    """Why there is no Inception here, as the end of a sentence."""


def kid(ours: Tensor, theirs: Tensor) -> float:
    """Squared maximum mean discrepancy of features (N, D) and (M, D), estimated without bias.

    The kernel is (x·y / D + 1)³. Needs two pictures in each set; may be below 0 by chance.
    """

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def mean_between_different(x: Tensor) -> Tensor:
        values = kernel(x, x)
        return (values.sum() - values.trace()) / (len(x) * (len(x) - 1))

    across = kernel(ours, theirs).mean()
    return float(mean_between_different(ours) + mean_between_different(theirs) - 2 * across)
