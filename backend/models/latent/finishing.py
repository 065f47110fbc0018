"""The last step of every import: the staged parts are checked, described, and named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.models.catalogue import ModelInfo, description_problem
from backend.models.importing.errors import ImportRefused
from backend.models.importing.settings import Setting, Settings
from backend.models.latent.families import Family
from backend.models.latent.parts import load_parts
from backend.models.latent.scheduler_settings import SchedulerSettings, scheduler_settings
from backend.models.latent.staging import finish

Say = Callable[[str], None]

FEW_STEPS = Setting("few_steps", "whether it was distilled to a few evaluations", True)
GUIDANCE = Setting("guidance_scale", "the guidance when nothing is said", 7.5)
NATIVE_PX = Setting("native_px", "the shorter side of pictures it composes well, in pixels", 1024)
FLUX_NATIVE_PX = 1024
"""Its configuration does not tell."""


def finish_import(
    family: Family,
    stage: Path,
    scheduler: dict[str, Any],
    described: dict[str, Any],
    settings: Settings,
    say: Say,
) -> ModelInfo:
    """Load the staged parts once, describe them, and make the folder a model.

    scheduler: its configuration. described: name, title, licence, source. Raises
    ImportRefused or ModelError.
    """
    say("Reading the parts, to see that they are whole …")
    parts = load_parts(family, stage)
    network, vae = parts[family.network.folder].config, parts["vae"].config
    _check_is_for_pictures(family, network, vae)
    factor = 2 ** (len(vae.block_out_channels) - 1)
    native_px = FLUX_NATIVE_PX if family.name == "flux" else network.sample_size * factor
    native_px = _told(NATIVE_PX, settings, native_px)
    read = scheduler_settings(scheduler, (native_px // factor // 2) ** 2)
    few_steps, guidance = _manner(family, network, read, settings)
    files = sorted(path for path in stage.rglob("*.safetensors"))
    say("Taking the weights' SHA-256 …")
    description = {
        **described,
        "kind": "latent",
        "family": family.name,
        "native_px": native_px,
        "weights": [path.relative_to(stage).as_posix() for path in files],
        "sde": read.sde,
        "prediction": read.prediction,
        "few_steps": few_steps,
        "guidance_scale": guidance,
        "sha256": sha256_of_all(files),
    }
    problem = description_problem(description)
    if problem:
        raise ImportRefused(f"The model cannot be imported: {problem}")
    say(
        f"It is taken as a model of the family {family.name}, {native_px} pixels, with a guidance "
        f"of {guidance:g}" + (", distilled to a few steps." if few_steps else ".")
    )
    target = stage.parent / described["name"]
    if target.exists():
        raise ImportRefused(f"{target} exists already.", "Choose another name, or remove it.")
    return finish(stage, target, description, _card(description))


def sha256_of_all(files: list[Path]) -> str:
    """One SHA-256 over the files, one after the other. Raises OSError."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _check_is_for_pictures(family: Family, network: Any, vae: Any) -> None:
    """Raise ImportRefused for a network that wants more than a noisy picture and a text."""
    channels = vae.latent_channels * (4 if family.name == "flux" else 1)
    if network.in_channels != channels:
        raise ImportRefused(
            f"The network takes {network.in_channels} channels where the VAE makes {channels}: "
            "it is one for inpainting, depth or instructions.",
            "Get the plain model; SDEdit needs no other for any of its edits.",
        )


def _manner(
    family: Family, network: Any, read: SchedulerSettings, settings: Settings
) -> tuple[bool, float]:
    """Whether it is distilled to a few steps, and its guidance when nothing is said."""
    is_told_guidance = getattr(network, "time_cond_proj_dim", None) is not None
    few_steps = read.is_distilled or is_told_guidance
    if family.name == "flux":
        few_steps = not network.guidance_embeds
    guidance = family.guidance_scale
    if few_steps:
        guidance = 8.5 if is_told_guidance else 0.0
    few_steps = _told(FEW_STEPS, settings, few_steps)
    return few_steps, float(_told(GUIDANCE, settings, guidance))


def _told(setting: Setting, settings: Settings, inferred: Any) -> Any:
    """What --config says, else what was inferred."""
    return inferred if settings.get(setting.name) is None else settings.need(setting)[setting.name]


def _card(description: dict[str, Any]) -> str:
    source = description["source"]
    return (
        f"# {description['title']}\n\n"
        f"Imported from {source['file']} ({source['format']}).\n\n"
        f"Licence of the weights: {description['licence']}.\n"
    )
