"""The architecture in a single file of Stable Diffusion, read off its weights' names and shapes.

Such a file keeps the names of CompVis' latent-diffusion: ``model.diffusion_model.`` the U-Net,
``first_stage_model.`` the VAE, and the text encoders under ``cond_stage_model.`` (1, 2) or
``conditioner.embedders.`` (XL).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backend.models.importing.conversion import Weights, count, shape_of
from backend.models.importing.errors import ImportRefused

UNET, VAE = "model.diffusion_model.", "first_stage_model."
HEAD_WIDTH = 64


@dataclass(frozen=True)
class Encoder:
    """A text encoder in the file. is_open_clip: named as OpenCLIP does, else as transformers.

    layers_dropped: those at its end that the model was trained without.
    """

    folder: str
    prefix: str
    is_open_clip: bool = False
    layers_dropped: int = 0


@dataclass(frozen=True)
class Generation:
    """Stable Diffusion 1, 2 or XL. heads: of every attention in the U-Net; 0: one for each 64."""

    title: str
    family: str
    heads: int
    native_px: int
    scaling_factor: float
    encoders: tuple[Encoder, ...]


SD1 = Generation(
    "Stable Diffusion 1",
    "sd",
    8,
    512,
    0.18215,
    (Encoder("text_encoder", "cond_stage_model.transformer."),),
)
SD2 = Generation(
    "Stable Diffusion 2",
    "sd",
    0,
    512,
    0.18215,
    (Encoder("text_encoder", "cond_stage_model.model.", True, 1),),
)
SDXL = Generation(
    "Stable Diffusion XL",
    "sdxl",
    0,
    1024,
    0.13025,
    (
        Encoder("text_encoder", "conditioner.embedders.0.transformer."),
        Encoder("text_encoder_2", "conditioner.embedders.1.model.", True),
    ),
)


def generation_of(weights: Iterable[str]) -> Generation:
    """Which of the three it is, by its text encoders. Raises ImportRefused for another."""
    names = list(weights)
    for generation in (SDXL, SD1, SD2):
        if all(any(n.startswith(e.prefix) for n in names) for e in generation.encoders):
            return generation
    if any(
        name.startswith(("double_blocks.", "joint_blocks.")) or "joint_blocks" in name
        for name in names
    ):
        raise ImportRefused(
            "Single files of FLUX and Stable Diffusion 3 cannot be imported.",
            "Import the diffusers folder of the same model.",
        )
    if any(name.startswith("conditioner.embedders.0.model.") for name in names):
        raise ImportRefused(
            "This is SDXL's refiner, which cannot be run alone.", "Get SDXL's base model."
        )
    raise ImportRefused(
        "The file has no text encoder of Stable Diffusion 1, 2 or XL.",
        "It may hold the U-Net alone; get the whole checkpoint.",
    )


def unet_config(weights: Weights, generation: Generation) -> dict[str, Any]:
    """The arguments of UNet2DConditionModel."""
    unet = {n.removeprefix(UNET): v for n, v in weights.items() if n.startswith(UNET)}
    blocks = count(unet, r"input_blocks\.(\d+)\.")
    downs = [i for i in range(blocks) if f"input_blocks.{i}.0.op.weight" in unet]
    if not downs:
        raise ImportRefused("The U-Net in the file is incomplete.", "Get the file again.")
    layers = downs[0] - 1
    firsts = range(1, blocks, layers + 1)  # a level's first block
    widths = [shape_of(unet, f"input_blocks.{i}.0.out_layers.3.weight")[0] for i in firsts]
    depths = [count(unet, rf"input_blocks\.{i}\.1\.transformer_blocks\.(\d+)\.") for i in firsts]
    attentive = next((i for i, depth in zip(firsts, depths) if depth), None)
    if attentive is None:
        raise ImportRefused("The U-Net in the file reads no text.", "Get another checkpoint.")
    text = f"input_blocks.{attentive}.1.transformer_blocks.0.attn2.to_k.weight"
    config = {
        "_class_name": "UNet2DConditionModel",
        "sample_size": generation.native_px // 8,
        "in_channels": shape_of(unet, "input_blocks.0.0.weight")[1],
        "out_channels": shape_of(unet, "out.2.weight")[0],
        "block_out_channels": widths,
        "layers_per_block": layers,
        "down_block_types": ["CrossAttnDownBlock2D" if d else "DownBlock2D" for d in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if d else "UpBlock2D" for d in depths[::-1]],
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "cross_attention_dim": shape_of(unet, text)[1],
        "use_linear_projection": len(shape_of(unet, f"input_blocks.{attentive}.1.proj_in.weight"))
        == 2,
        # diffusers' name for the number of heads.
        "attention_head_dim": generation.heads or [width // HEAD_WIDTH for width in widths],
    }
    if generation.family == "sdxl":
        pooled = shape_of(weights, generation.encoders[1].prefix + "text_projection")[1]
        told = shape_of(unet, "label_emb.0.0.weight")[1]
        config |= {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": (told - pooled) // 6,
            "projection_class_embeddings_input_dim": told,
        }
    return config


def vae_config(weights: Weights, generation: Generation) -> dict[str, Any]:
    """The arguments of AutoencoderKL."""
    vae = {n.removeprefix(VAE): v for n, v in weights.items() if n.startswith(VAE)}
    levels = count(vae, r"encoder\.down\.(\d+)\.")
    widths = [shape_of(vae, f"encoder.down.{i}.block.0.conv1.weight")[0] for i in range(levels)]
    return {
        "_class_name": "AutoencoderKL",
        "block_out_channels": widths,
        "layers_per_block": count(vae, r"encoder\.down\.0\.block\.(\d+)\."),
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "latent_channels": shape_of(vae, "quant_conv.weight")[0] // 2,
        "scaling_factor": generation.scaling_factor,
        "sample_size": generation.native_px,
    }


def clip_config(weights: Weights, encoder: Encoder, folder_names: Weights) -> dict[str, Any]:
    """The arguments of CLIPTextConfig, for the encoder's weights as transformers names them.

    OpenCLIP's encoders have the exact GELU, OpenAI's the quick one.
    """
    words, width = shape_of(folder_names, "text_model.embeddings.token_embedding.weight")
    projected = encoder.prefix + "text_projection"
    return {
        "architectures": ["CLIPTextModel"],
        "model_type": "clip_text_model",
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": shape_of(folder_names, "text_model.encoder.layers.0.mlp.fc1.weight")[
            0
        ],
        "num_hidden_layers": count(folder_names, r"text_model\.encoder\.layers\.(\d+)\."),
        "num_attention_heads": max(1, width // HEAD_WIDTH),
        "max_position_embeddings": shape_of(
            folder_names, "text_model.embeddings.position_embedding.weight"
        )[0],
        "hidden_act": "gelu" if encoder.is_open_clip else "quick_gelu",
        "projection_dim": shape_of(weights, projected)[1] if projected in weights else width,
        # The vocabulary ends in <|startoftext|> and <|endoftext|>.
        "bos_token_id": words - 2,
        "eos_token_id": words - 1,
        "pad_token_id": words - 1,
    }


def clip_weights(weights: Weights, encoder: Encoder, is_projected: bool) -> Weights:
    """The encoder's weights as transformers names them."""
    inner = {
        name.removeprefix(encoder.prefix): value
        for name, value in weights.items()
        if name.startswith(encoder.prefix)
    }
    if not encoder.is_open_clip:
        return {name: value for name, value in inner.items() if not name.endswith("position_ids")}
    layers = count(inner, r"transformer\.resblocks\.(\d+)\.") - encoder.layers_dropped
    named = {
        "text_model.embeddings.token_embedding.weight": inner.get("token_embedding.weight"),
        "text_model.embeddings.position_embedding.weight": inner.get("positional_embedding"),
        "text_model.final_layer_norm.weight": inner.get("ln_final.weight"),
        "text_model.final_layer_norm.bias": inner.get("ln_final.bias"),
    }
    if is_projected:
        projection = inner.get("text_projection")
        named["text_projection.weight"] = None if projection is None else projection.T
    for i in range(layers):
        theirs, ours = f"transformer.resblocks.{i}.", f"text_model.encoder.layers.{i}."
        for kind in ("weight", "bias"):
            for new, old in (
                ("layer_norm1", "ln_1"),
                ("layer_norm2", "ln_2"),
                ("mlp.fc1", "mlp.c_fc"),
                ("mlp.fc2", "mlp.c_proj"),
                ("self_attn.out_proj", "attn.out_proj"),
            ):
                named[f"{ours}{new}.{kind}"] = inner.get(f"{theirs}{old}.{kind}")
            joined = inner.get(f"{theirs}attn.in_proj_{kind}")
            parts = [None] * 3 if joined is None else joined.chunk(3)
            for letter, part in zip("qkv", parts):
                named[f"{ours}self_attn.{letter}_proj.{kind}"] = part
    missing = [name for name, value in named.items() if value is None]
    if missing:
        raise ImportRefused(
            f"The file's text encoder is incomplete: {missing[0]} is missing.",
            "Get the file again.",
        )
    return {name: value for name, value in named.items() if value is not None}
