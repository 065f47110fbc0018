"""Every test of latent models needs the libraries of the extra "diffusers"."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from backend.models.catalogue import ModelInfo
from backend.models.latent.importing import import_pipeline
from backend.models.latent.model import LatentModel

from .tiny_pipelines import save_pipeline

NATIVE_PX = 32


@pytest.fixture(scope="session")
def pipeline_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny pipeline of a kind; one for all tests, which must not change it."""
    folder = tmp_path_factory.mktemp("pipelines")
    return lru_cache(maxsize=None)(lambda kind: save_pipeline(folder / kind, kind))


@pytest.fixture(scope="session")
def model_of(
    pipeline_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], LatentModel]:
    """A tiny model of a kind, imported and loaded; one for all tests."""
    models = tmp_path_factory.mktemp("models")

    @lru_cache(maxsize=None)
    def load(kind: str) -> LatentModel:
        return LatentModel.load(imported(pipeline_of(kind), models, kind), "cpu")

    return load


def imported(folder: Path, models: Path, name: str = "tiny", **config: object) -> ModelInfo:
    """Imported as a model of NATIVE_PX, which FLUX's configuration does not tell."""
    settings = models / f"{name}.json"
    models.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"native_px": NATIVE_PX, **config}))
    return import_pipeline(
        folder,
        name=name,
        title="Tiny",
        licence="none",
        config=settings,
        models_folder=models,
        say=lambda _sentence: None,
    )
