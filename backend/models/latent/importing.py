"""A diffusers pipeline, or a single file of Stable Diffusion, becomes a model of kind "latent"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backend.models.catalogue import ModelInfo
from backend.models.importing.errors import ImportRefused
from backend.models.importing.settings import Settings, read_json
from backend.models.latent.families import FAMILIES, Family
from backend.models.latent.finishing import Say, finish_import
from backend.models.latent.single_file import import_single_file
from backend.models.latent.staging import stage_part, staging_folder
from backend.paths import default_home
from protocol.sentences import shown

__all__ = ["import_pipeline", "import_single_file"]


def import_pipeline(
    folder: Path,
    *,
    name: str,
    title: str,
    licence: str,
    config: Path | None = None,
    models_folder: Path | None = None,
    say: Say = print,
) -> ModelInfo:
    """Copy what edits need of a diffusers pipeline into a model's folder.

    config: a JSON file; few_steps, guidance_scale and native_px in it overrule what is inferred.
    No code of the pipeline's own is run: its classes are looked up among those known here. Raises
    ImportRefused, or ModelError where the parts do not fit together, with nothing left behind.
    """
    index = read_json(folder / "model_index.json")
    family = _family_of(index)
    with staging_folder(models_folder or default_home().models, name) as stage:
        for part in family.parts:
            named = index.get(part.folder)
            if not (isinstance(named, list) and len(named) == 2 and named[1]):
                if part.is_needed:
                    raise ImportRefused(
                        f"The pipeline has no {part.folder}, which {family.pipelines[0]} needs.",
                        "Get the whole pipeline.",
                    )
                continue
            if named[1] not in part.classes:
                raise ImportRefused(
                    f"The pipeline's {part.folder} is a {shown(named[1])}, "
                    f"but only {part.classes[0]} can be run.",
                    "It is a variant that this version cannot import.",
                )
            if not (folder / part.folder).is_dir():
                raise ImportRefused(
                    f"The pipeline's folder {part.folder} is missing in {folder}.",
                    "Download the model again.",
                )
            say(f"Copying {part.folder} …")
            stage_part(part, folder / part.folder, stage)
        described: dict[str, Any] = {"name": name, "title": title, "licence": licence}
        described["source"] = {"file": folder.name, "format": index["_class_name"]}
        described["empty_is_zeros"] = bool(
            index.get("force_zeros_for_empty_prompt", family.name == "sdxl")
        )
        scheduler = read_json(folder / "scheduler" / "scheduler_config.json")
        return finish_import(family, stage, scheduler, described, Settings.read(config), say)


def _family_of(index: dict[str, Any]) -> Family:
    pipeline = index.get("_class_name")
    for family in FAMILIES.values():
        if pipeline in family.pipelines:
            return family
    raise ImportRefused(
        f"Pipelines of the kind {shown(pipeline)} cannot be run.",
        "Known are Stable Diffusion 1, 2, XL and 3, their Turbo and LCM variants, and FLUX.",
    )
