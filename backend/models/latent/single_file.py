"""A single file of Stable Diffusion 1, 2 or XL (.safetensors, .ckpt) becomes a model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import diffusers
from safetensors.torch import save_file

from backend.models.catalogue import ModelError, ModelInfo, list_models
from backend.models.importing.checkpoint_file import read_weights
from backend.models.importing.conversion import Weights
from backend.models.importing.errors import ImportRefused
from backend.models.importing.settings import Setting, Settings, read_json
from backend.models.latent.families import FAMILIES, Part
from backend.models.latent.finishing import NATIVE_PX, Say, finish_import
from backend.models.latent.ldm_shapes import (
    SD2,
    UNET,
    VAE,
    Encoder,
    Generation,
    clip_config,
    clip_weights,
    generation_of,
    unet_config,
    vae_config,
)
from backend.models.latent.staging import staging_folder
from backend.paths import default_home

PREDICTION = Setting(
    "prediction_type", 'what the network predicts: "epsilon" or "v_prediction"', "v_prediction"
)
TOKENIZER = Setting("tokenizer", "a folder with CLIP's vocab.json and merges.txt", "clip/tokenizer")
TOKENIZER_ON_THE_HUB = "openai/clip-vit-large-patch14"
TOKENIZER_FILES = ("vocab.json", "merges.txt")


def import_single_file(
    path: Path,
    *,
    name: str,
    title: str,
    licence: str,
    config: Path | None = None,
    models_folder: Path | None = None,
    say: Say = print,
) -> ModelInfo:
    """Convert the file, once, to a model's folder.

    config: a JSON file with what the weights do not tell. "prediction_type" must be told of Stable
    Diffusion 2, whose two kinds look alike. "tokenizer" names a folder with CLIP's vocabulary,
    which no such file holds; without it, that of a model imported before serves, else it is
    downloaded. "few_steps", "guidance_scale", "native_px" as for `import_pipeline`. Raises
    ImportRefused, or ModelError where the parts do not fit together, with nothing left behind.
    """
    settings = Settings.read(config)
    weights = read_weights(path)
    generation = generation_of(weights)
    prediction = _prediction(weights, generation, settings)
    vocabulary = _vocabulary(settings, say)
    if generation is SD2 and prediction == "v_prediction" and settings.get(NATIVE_PX.name) is None:
        settings = settings.backed_by({NATIVE_PX.name: 768})
    say(f"It is a file of {generation.title}, and predicts {prediction}.")
    with staging_folder(models_folder or default_home().models, name) as stage:
        say("Converting the U-Net and the VAE …")
        unet = unet_config(weights, generation)
        _stage_converted(diffusers.UNet2DConditionModel, weights, UNET, unet, stage / "unet")
        vae = vae_config(weights, generation)
        _stage_converted(diffusers.AutoencoderKL, weights, VAE, vae, stage / "vae")
        say("Converting the text encoder …")
        for part in FAMILIES[generation.family].parts:
            for encoder in generation.encoders:
                if part.folder == encoder.folder:
                    _stage_encoder(weights, encoder, part, stage / part.folder)
        for encoder in generation.encoders:
            folder = stage / encoder.folder.replace("text_encoder", "tokenizer")
            words = len(read_json(vocabulary / "vocab.json"))
            _check_vocabulary(words, stage / encoder.folder, vocabulary)
            _stage_tokenizer(vocabulary, folder, "!" if encoder.is_open_clip else "<|endoftext|>")
        scheduler = _scheduler(weights, prediction)
        described = {
            "name": name,
            "title": title,
            "licence": licence,
            "source": {"file": path.name, "format": f"{generation.title}, single file"},
            "empty_is_zeros": generation.family == "sdxl",
        }
        family = FAMILIES[generation.family]
        return finish_import(family, stage, scheduler, described, settings, say)


def _prediction(weights: Weights, generation: Generation, settings: Settings) -> str:
    """What the network predicts, as diffusers calls it. Raises ImportRefused, which asks."""
    if "v_pred" in weights:  # a mark that trainers of SDXL put in
        settings.check_agrees(PREDICTION.name, "v_prediction")
        return "v_prediction"
    if generation is SD2 or settings.get(PREDICTION.name) is not None:
        return str(settings.need(PREDICTION)[PREDICTION.name])
    return "epsilon"


def _scheduler(weights: Weights, prediction: str) -> dict[str, Any]:
    """The noise of all three generations."""
    return {
        "_class_name": "DDIMScheduler",
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "num_train_timesteps": 1000,
        "prediction_type": prediction,
        "rescale_betas_zero_snr": "ztsnr" in weights,  # another such mark
    }


def _stage_converted(
    made_of: Any, weights: Weights, prefix: str, config: dict[str, Any], folder: Path
) -> None:
    """A part that diffusers itself converts. Raises ImportRefused unless every weight was taken."""
    _write_json(folder / "config.json", config)
    inner = {name: value for name, value in weights.items() if name.startswith(prefix)}
    kind = made_of.__name__
    try:
        network = made_of.from_single_file(inner, config=str(folder), local_files_only=True)
    except (ValueError, LookupError, TypeError, RuntimeError, AttributeError, OSError) as error:
        raise ImportRefused(
            f"The file's {folder.name} is not one that diffusers' {kind} can hold ({error}).",
            "It is damaged, or a variant that this version cannot import.",
        ) from error
    left = [name for name, value in network.state_dict().items() if value.is_meta]
    taken = sum(value.numel() for value in network.state_dict().values())
    if left or taken != sum(value.numel() for value in inner.values()):
        raise ImportRefused(
            f"The weights of the file's {folder.name} do not fit its architecture"
            + (f": {left[0]} is missing." if left else ": some have no place in it."),
            "It is incomplete, or a variant that this version cannot import.",
        )
    network.save_pretrained(folder)


def _stage_encoder(weights: Weights, encoder: Encoder, part: Part, folder: Path) -> None:
    named = clip_weights(weights, encoder, "CLIPTextModelWithProjection" in part.classes)
    described = {**clip_config(weights, encoder, named), "architectures": list(part.classes)}
    _write_json(folder / "config.json", described)
    stored = {name: value.clone().contiguous() for name, value in named.items()}
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})


def _vocabulary(settings: Settings, say: Say) -> Path:
    """A folder with CLIP's vocabulary: told, or here already, or downloaded."""
    if settings.get(TOKENIZER.name) is not None:
        folder = Path(settings.need(TOKENIZER)[TOKENIZER.name]).expanduser()
        missing = [name for name in TOKENIZER_FILES if not (folder / name).is_file()]
        if missing:
            raise ImportRefused(
                f"There is no {missing[0]} in {folder}.",
                f"It must hold {' and '.join(TOKENIZER_FILES)} of CLIP's tokenizer.",
            )
        return folder
    for info in list_models():
        folder = info.folder / "tokenizer"
        if all((folder / name).is_file() for name in TOKENIZER_FILES):
            say(f"The tokenizer is taken from the model {info.name!r}.")
            return folder
    from backend.models.hub import fetch_files

    try:
        return fetch_files(TOKENIZER_ON_THE_HUB, TOKENIZER_FILES, say)
    except ModelError as error:
        raise ImportRefused(
            "A single file holds no tokenizer, and CLIP's could not be downloaded. "
            + error.sentence,
            f"Put {' and '.join(TOKENIZER_FILES)} of {TOKENIZER_ON_THE_HUB} into a folder, write "
            f'{{"tokenizer": "FOLDER"}} into a JSON file, and add --config FILE.json.',
        ) from error


def _check_vocabulary(words: int, encoder: Path, vocabulary: Path) -> None:
    known = read_json(encoder / "config.json")["vocab_size"]
    if words != known:
        raise ImportRefused(
            f"The tokenizer in {vocabulary} has {words} words, but the text encoder knows {known}.",
            "Name the folder of CLIP's own tokenizer.",
        )


def _stage_tokenizer(vocabulary: Path, folder: Path, padding: str) -> None:
    """CLIP's tokenizer, filled up as the encoder was trained: OpenCLIP's with "!", its number 0."""
    folder.mkdir()
    for name in TOKENIZER_FILES:
        shutil.copyfile(vocabulary / name, folder / name)
    described = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": padding,
    }
    _write_json(folder / "tokenizer_config.json", described)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
