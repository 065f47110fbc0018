"""Pipelines of every family with a few thousand random weights, as folders on the disk."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

PIPELINES = {
    "sd": "StableDiffusionPipeline",
    "sdxl": "StableDiffusionXLPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "flux": "FluxPipeline",
}
MERGES = [("s", "k"), ("sk", "y</w>"), ("s", "e"), ("se", "a</w>")]
"""What the tiny CLIP tokenizer knows beyond letters: "sky" and "sea" are one token each."""

SD_NOISE = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "steps_offset": 1,
}


def save_pipeline(folder: Path, kind: str, **options: Any) -> Path:
    """A pipeline of this kind: "sd", "sd2" (v-prediction), "lcm", "turbo", "sdxl", "sd3", "flux".

    Its weights depend on the kind alone. options go into the scheduler's configuration.
    """
    torch.manual_seed(sum(map(ord, kind)))
    family = {"sd2": "sd", "lcm": "sd", "turbo": "sd"}.get(kind, kind)
    parts = _flow_parts(kind, options) if kind in ("sd3", "flux") else _unet_parts(kind, options)
    index: dict[str, Any] = {"_class_name": PIPELINES[family], "_diffusers_version": "0.30.0"}
    for name, part in parts.items():
        if isinstance(part, str):
            (_clip_tokenizer if part == "CLIPTokenizer" else _t5_tokenizer)(folder / name)
            index[name] = ["transformers", part]
            continue
        if isinstance(part, torch.nn.Module):
            _make_lively(part)
        part.save_pretrained(folder / name)
        index[name] = [type(part).__module__.split(".")[0], type(part).__name__]
    index["safety_checker"] = [None, None]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def tiny_vae(channels: int = 4, **options: Any) -> diffusers.AutoencoderKL:
    """Two pixels to a cell."""
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=channels,
        norm_num_groups=4,
        sample_size=32,
        **options,
    )


def _unet_parts(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    is_xl = kind == "sdxl"
    unet = diffusers.UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32 if is_xl else 16,
        attention_head_dim=4,
        norm_num_groups=4,
        time_cond_proj_dim=12 if kind == "lcm" else None,
        **(
            {
                "addition_embed_type": "text_time",
                "addition_time_embed_dim": 4,
                "projection_class_embeddings_input_dim": 6 * 4 + 16,
            }
            if is_xl
            else {}
        ),
    )
    if kind == "sd2":
        options = {"prediction_type": "v_prediction", **options}
    if kind == "turbo":
        options = {"timestep_spacing": "trailing", **options}
    scheduler = diffusers.LCMScheduler if kind == "lcm" else diffusers.EulerDiscreteScheduler
    parts = {
        "unet": unet,
        "vae": tiny_vae(),
        "text_encoder": _clip(),
        "tokenizer": "CLIPTokenizer",
        "scheduler": scheduler(**{**SD_NOISE, **options}),
    }
    if is_xl:
        parts |= {"text_encoder_2": _clip(is_projected=True), "tokenizer_2": "CLIPTokenizer"}
    return parts


def _flow_parts(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler
    vae = tiny_vae(
        scaling_factor=1.5, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False
    )
    if kind == "sd3":
        transformer = diffusers.SD3Transformer2DModel(
            sample_size=16,
            patch_size=2,
            in_channels=4,
            out_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=32,
            caption_projection_dim=16,
            pooled_projection_dim=32,
            pos_embed_max_size=24,
        )
        return {
            "transformer": transformer,
            "vae": vae,
            "text_encoder": _clip(is_projected=True),
            "text_encoder_2": _clip(is_projected=True),
            "text_encoder_3": _t5(),
            "tokenizer": "CLIPTokenizer",
            "tokenizer_2": "CLIPTokenizer",
            "tokenizer_3": "T5TokenizerFast",
            "scheduler": scheduler(**{"shift": 3.0, **options}),
        }
    transformer = diffusers.FluxTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=16,
        guidance_embeds=True,
        axes_dims_rope=(2, 2, 4),
    )
    return {
        "transformer": transformer,
        "vae": vae,
        "text_encoder": _clip(),
        "text_encoder_2": _t5(),
        "tokenizer": "CLIPTokenizer",
        "tokenizer_2": "T5TokenizerFast",
        "scheduler": scheduler(**{"shift": 3.0, "use_dynamic_shifting": True, **options}),
    }


def _clip(is_projected: bool = False) -> Any:
    count = 1 + 2 * len(string.ascii_lowercase) + len(MERGES)
    config = transformers.CLIPTextConfig(
        vocab_size=count + 2,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=3,
        num_attention_heads=2,
        projection_dim=16,
        bos_token_id=count,
        eos_token_id=count + 1,
        pad_token_id=count + 1,
    )
    if is_projected:
        return transformers.CLIPTextModelWithProjection(config)
    return transformers.CLIPTextModel(config)


def _t5() -> Any:
    config = transformers.T5Config(
        vocab_size=32, d_model=32, d_kv=8, d_ff=24, num_layers=2, num_heads=2
    )
    return transformers.T5EncoderModel(config)


def _clip_tokenizer(folder: Path) -> None:
    letters = list(string.ascii_lowercase)
    words = ["!", *letters, *(letter + "</w>" for letter in letters), *map("".join, MERGES)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    merges = ["#version: 0.2", *map(" ".join, MERGES)]
    (folder / "merges.txt").write_text("\n".join(merges) + "\n")
    described = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(described))


def _t5_tokenizer(folder: Path) -> None:
    words = ["<pad>", "</s>", "<unk>", "▁", *string.ascii_lowercase]
    vocab = [(word, -float(i)) for i, word in enumerate(words)]
    transformers.T5TokenizerFast(vocab=vocab, extra_ids=0).save_pretrained(folder)


def _make_lively(part: torch.nn.Module) -> None:
    """Weights that make every input count: some layers begin at 0."""
    for parameter in part.parameters():
        if parameter.ndim > 1 and not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.1)
