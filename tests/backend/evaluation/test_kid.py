"""KID: its estimate in closed form, and what is said when its network is missing."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
import torch

from backend.evaluation.kid import WEIGHTS, Inception, InceptionMissing, kid

NETWORK = "torch_fidelity.feature_extractor_inceptionv3"


def package() -> ModuleType:
    """An installed torch_fidelity, with nothing in it."""
    module = ModuleType("torch_fidelity")
    module.__spec__ = ModuleSpec("torch_fidelity", None)
    return module


def test_two_points_are_as_far_apart_as_the_kernel_says():
    a, b = torch.tensor([[1.0, 2.0]]).double(), torch.tensor([[-1.0, 0.0]]).double()

    # Among equal points the kernel is (5/2 + 1)³ and (1/2 + 1)³, between them (-1/2 + 1)³.
    expected = 3.5**3 + 1.5**3 - 2 * 0.5**3
    assert kid(a.expand(4, -1), b.expand(3, -1)) == pytest.approx(expected)


def test_the_estimate_for_equal_laws_is_0_on_average():
    generator = torch.Generator().manual_seed(0)
    found = [
        kid(*torch.randn(2, 8, 16, generator=generator, dtype=torch.float64)) for _ in range(400)
    ]

    mean, deviation = torch.tensor(found).mean(), torch.tensor(found).std()
    assert abs(mean) < 3 * deviation / 20
    assert min(found) < 0 < max(found)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("torch_fidelity", "torch-fidelity is not installed"),
        (NETWORK, "torch-fidelity cannot be imported "),
    ],
)
def test_without_its_package_kid_says_so(monkeypatch, missing, reason):
    monkeypatch.setitem(sys.modules, "torch_fidelity", package())
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(InceptionMissing) as refused:
        Inception(torch.device("cpu"))

    assert str(refused.value).startswith(reason)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty cache of torch.hub, and a package whose network must not be made."""

    class MustNotBeMade:
        def __init__(self, *_: object) -> None:
            raise AssertionError("The weights were unpickled or downloaded.")

    module = ModuleType(NETWORK)
    module.FeatureExtractorInceptionV3 = MustNotBeMade
    monkeypatch.setitem(sys.modules, "torch_fidelity", package())
    monkeypatch.setitem(sys.modules, NETWORK, module)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


def test_missing_weights_are_not_downloaded(hub):
    with pytest.raises(InceptionMissing) as refused:
        Inception(torch.device("cpu"))

    assert str(refused.value) == f"Inception's weights are not in {hub}"


def test_other_bytes_than_the_published_weights_are_not_unpickled(hub):
    (hub / WEIGHTS).write_bytes(b"something else")

    with pytest.raises(InceptionMissing, match="are damaged"):
        Inception(torch.device("cpu"))
