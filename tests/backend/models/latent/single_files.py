"""Tiny single files of Stable Diffusion, under the names that CompVis' latent-diffusion gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import diffusers
import torch
import transformers
from torch import Tensor

WORDS = 59
"""Of the tiny tokenizer in `tiny_pipelines`."""

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
OPEN_CLIP = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}


@dataclass(frozen=True)
class Original:
    """The networks, and what a single file of them holds. layers: of each level of the U-Net."""

    unet: Any
    vae: Any
    encoders: tuple[Any, ...]
    weights: dict[str, Tensor]


def original_of(generation: str) -> Original:
    """A tiny Stable Diffusion "1", "2" or "xl" with random weights."""
    torch.manual_seed(7)
    is_xl = generation == "xl"
    widths = (32, 64) if generation == "1" else (64, 128)
    first = _clip()
    encoders = (first, _clip(is_projected=True)) if is_xl else (first,)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=128 if is_xl else 64,
        attention_head_dim=8 if generation == "1" else tuple(width // 64 for width in widths),
        use_linear_projection=generation != "1",
        transformer_layers_per_block=(1, 2) if is_xl else 1,
        **(
            {
                "addition_embed_type": "text_time",
                "addition_time_embed_dim": 4,
                "projection_class_embeddings_input_dim": 6 * 4 + 32,
            }
            if is_xl
            else {}
        ),
    ).eval()
    vae = diffusers.AutoencoderKL(
        block_out_channels=(32, 32),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        scaling_factor=0.13025 if is_xl else 0.18215,
    ).eval()
    weights = {f"model.diffusion_model.{n}": v for n, v in _ldm_unet(unet).items()}
    weights |= {f"first_stage_model.{n}": v for n, v in _ldm_vae(vae).items()}
    if generation == "1":
        weights |= _hugging_face("cond_stage_model.transformer.", first)
    elif generation == "2":
        # OpenCLIP's last layer is in the file, but was never used.
        weights |= _open_clip("cond_stage_model.model.", first, unused_layers=1)
    else:
        weights |= _hugging_face("conditioner.embedders.0.transformer.", first)
        weights |= _open_clip("conditioner.embedders.1.model.", encoders[1])
    weights["betas"] = torch.zeros(3)  # and other things nobody needs
    return Original(unet, vae, encoders, weights)


def _clip(is_projected: bool = False) -> Any:
    made = transformers.CLIPTextModelWithProjection if is_projected else transformers.CLIPTextModel
    config = transformers.CLIPTextConfig(
        vocab_size=WORDS,
        hidden_size=64,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=1,
        projection_dim=32,
        hidden_act="quick_gelu",
        eos_token_id=WORDS - 1,
        bos_token_id=WORDS - 2,
        pad_token_id=WORDS - 1,
    )
    return made(config).eval()


def _ldm_unet(unet: Any) -> dict[str, Tensor]:
    layers = unet.config.layers_per_block
    levels = len(unet.config.block_out_channels)

    def renamed(name: str) -> str:
        for ours, theirs in (
            ("conv_in", "input_blocks.0.0"),
            ("time_embedding.linear_1", "time_embed.0"),
            ("time_embedding.linear_2", "time_embed.2"),
            ("add_embedding.linear_1", "label_emb.0.0"),
            ("add_embedding.linear_2", "label_emb.0.2"),
            ("conv_norm_out", "out.0"),
            ("conv_out", "out.2"),
        ):
            if name.startswith(ours + "."):
                return name.replace(ours, theirs, 1)
        if match := re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name):
            kind, i, rest = match.groups()
            place = 1 if kind == "attentions" else 2 * int(i)
            return f"middle_block.{place}.{_inner(kind, rest)}"
        if match := re.match(r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", name):
            way, level, kind, i, rest = match.groups()
            if way == "down":
                first = 1 + int(level) * (layers + 1)
                if kind == "downsamplers":
                    return f"input_blocks.{first + layers}.0.{rest.replace('conv', 'op')}"
                place = f"input_blocks.{first + int(i)}"
            else:
                first = int(level) * (layers + 1)
                if kind == "upsamplers":
                    attends = unet.config.up_block_types[int(level)].startswith("Cross")
                    return f"output_blocks.{first + layers}.{2 if attends else 1}.{rest}"
                place = f"output_blocks.{first + int(i)}"
            return f"{place}.{1 if kind == 'attentions' else 0}.{_inner(kind, rest)}"
        raise AssertionError(name)

    assert levels == 2
    return {renamed(name): value for name, value in unet.state_dict().items()}


def _inner(kind: str, rest: str) -> str:
    if kind == "attentions":
        return rest
    module, _, last = rest.partition(".")
    return f"{RESNET[module]}.{last}"


def _ldm_vae(vae: Any) -> dict[str, Tensor]:
    levels = len(vae.config.block_out_channels)
    attention = {
        "group_norm": "norm",
        "to_q": "q",
        "to_k": "k",
        "to_v": "v",
        "to_out.0": "proj_out",
    }
    weights = {}
    for name, value in vae.state_dict().items():
        name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
        name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
        name = re.sub(
            r"up_blocks\.(\d)\.(resnets\.|upsamplers\.0\.)",
            lambda m: f"up.{levels - 1 - int(m[1])}.{'block.' if m[2][0] == 'r' else 'upsample.'}",
            name,
        )
        name = re.sub(r"mid_block\.resnets\.(\d)\.", lambda m: f"mid.block_{int(m[1]) + 1}.", name)
        if match := re.match(r"(.*)mid_block\.attentions\.0\.(.*)\.(weight|bias)", name):
            name = f"{match[1]}mid.attn_1.{attention[match[2]]}.{match[3]}"
            if value.ndim == 2:  # attention was a 1 × 1 convolution
                value = value[:, :, None, None]
        weights[name] = value
    return weights


def _hugging_face(prefix: str, encoder: Any) -> dict[str, Tensor]:
    """As older transformers named them, with the table of positions that they kept."""
    positions = {f"{prefix}text_model.embeddings.position_ids": torch.arange(77)[None]}
    return {prefix + name: value for name, value in _old_names(encoder).items()} | positions


def _open_clip(prefix: str, encoder: Any, unused_layers: int = 0) -> dict[str, Tensor]:
    old = _old_names(encoder)
    weights = {
        "token_embedding.weight": old["text_model.embeddings.token_embedding.weight"],
        "positional_embedding": old["text_model.embeddings.position_embedding.weight"],
        "ln_final.weight": old["text_model.final_layer_norm.weight"],
        "ln_final.bias": old["text_model.final_layer_norm.bias"],
        "logit_scale": torch.zeros(()),
    }
    projection = old.get("text_projection.weight", torch.randn(32, 64))
    weights["text_projection"] = projection.T.contiguous()
    layers = encoder.config.num_hidden_layers
    for i in range(layers + unused_layers):
        ours = f"text_model.encoder.layers.{min(i, layers - 1)}."
        theirs = f"transformer.resblocks.{i}."
        for kind in ("weight", "bias"):
            joined = [old[f"{ours}self_attn.{letter}_proj.{kind}"] for letter in "qkv"]
            weights[f"{theirs}attn.in_proj_{kind}"] = torch.cat(joined)
            for new, module in OPEN_CLIP.items():
                weights[f"{theirs}{module}.{kind}"] = old[f"{ours}{new}.{kind}"].clone()
    return {prefix + name: value for name, value in weights.items()}


def _old_names(encoder: Any) -> dict[str, Tensor]:
    """Some versions of transformers leave the "text_model." out."""
    return {
        name
        if name.startswith(("text_model.", "text_projection."))
        else f"text_model.{name}": value
        for name, value in encoder.state_dict().items()
        if not name.endswith("position_ids")
    }
