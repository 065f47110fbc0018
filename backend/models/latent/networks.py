"""diffusers' networks as the one ``network(x, timestep) -> prediction`` that our denoisers take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from backend.models.latent.text import Text
from backend.sdedit.denoisers import Network

TextNetwork = Callable[[Tensor, Tensor, Tensor, "Tensor | None"], Tensor]
"""``network(x, timestep, tokens, pooled) -> prediction``, each with the batch's size first."""


def with_text(network: TextNetwork, text: Text) -> Network:
    """The network told this text."""

    def told(x: Tensor, timestep: Tensor) -> Tensor:
        return network(x, timestep, *_for_batch([text], x.shape[0]))

    return told


def with_guidance(network: TextNetwork, text: Text, against: Text, scale: float) -> Network:
    """Classifier-free guidance (Ho and Salimans 2022): against + scale · (text - against).

    scale: 1 is the network told ``text``, and above that it is followed more strongly. Both run in
    one batch.
    """

    def guided(x: Tensor, timestep: Tensor) -> Tensor:
        tokens, pooled = _for_batch([against, text], x.shape[0])
        both = network(torch.cat([x, x]), torch.cat([timestep, timestep]), tokens, pooled)
        away, towards = both.chunk(2)
        return away + scale * (towards - away)

    return guided


def unet_network(unet: Any, factor: int, embedded_guidance: float | None = None) -> TextNetwork:
    """A UNet2DConditionModel: Stable Diffusion 1, 2, XL, and what was distilled of them.

    factor: pixels to a cell, since XL is told sizes in pixels. embedded_guidance: for a network
    that was distilled with its guidance and is told it (LCM).
    """
    is_xl = unet.config.addition_embed_type == "text_time"

    def network(x: Tensor, timestep: Tensor, tokens: Tensor, pooled: Tensor | None) -> Tensor:
        batch, _, rows, columns = x.shape
        told = {}
        if is_xl:
            # The size a picture had, where it was cut, and the size asked for (Podell et al. 2023).
            size = [rows * factor, columns * factor]
            sizes = torch.tensor([*size, 0, 0, *size], dtype=unet.dtype, device=x.device)
            told["time_ids"] = sizes.expand(batch, -1)
            told["text_embeds"] = _like(pooled, unet)
        guidance = None
        if embedded_guidance is not None:
            width = unet.config.time_cond_proj_dim
            guidance = guidance_embedding(embedded_guidance, width).to(x.device, unet.dtype)
            guidance = guidance.expand(batch, -1)
        predicted: Tensor = unet(
            x.to(unet.dtype),
            timestep,
            encoder_hidden_states=tokens.to(unet.dtype),
            timestep_cond=guidance,
            added_cond_kwargs=told or None,
            return_dict=False,
        )[0]
        return predicted.float()

    return network


def sd3_network(transformer: Any) -> TextNetwork:
    """An SD3Transformer2DModel."""

    def network(x: Tensor, timestep: Tensor, tokens: Tensor, pooled: Tensor | None) -> Tensor:
        predicted: Tensor = transformer(
            hidden_states=x.to(transformer.dtype),
            timestep=timestep,
            encoder_hidden_states=tokens.to(transformer.dtype),
            pooled_projections=_like(pooled, transformer),
            return_dict=False,
        )[0]
        return predicted.float()

    return network


def flux_network(transformer: Any, embedded_guidance: float | None = None) -> TextNetwork:
    """A FluxTransformer2DModel, which sees 2 × 2 cells as one token."""

    def network(x: Tensor, timestep: Tensor, tokens: Tensor, pooled: Tensor | None) -> Tensor:
        batch, _, rows, columns = x.shape
        places = torch.zeros(rows // 2, columns // 2, 3, device=x.device)
        places[..., 1] = torch.arange(rows // 2, device=x.device)[:, None]
        places[..., 2] = torch.arange(columns // 2, device=x.device)
        guidance = None if embedded_guidance is None else x.new_full((batch,), embedded_guidance)
        predicted: Tensor = transformer(
            hidden_states=_packed(x).to(transformer.dtype),
            # It counts in parts of one, and multiplies by 1000 itself.
            timestep=(timestep / 1000).to(transformer.dtype),
            guidance=None if guidance is None else guidance.to(transformer.dtype),
            pooled_projections=_like(pooled, transformer),
            encoder_hidden_states=tokens.to(transformer.dtype),
            txt_ids=torch.zeros(tokens.shape[1], 3, device=x.device),
            img_ids=places.reshape(-1, 3),
            return_dict=False,
        )[0]
        return _unpacked(predicted.float(), rows, columns)

    return network


def guidance_embedding(scale: float, width: int) -> Tensor:
    """(1, width) sines and cosines of 1000 (scale - 1) (Meng et al. 2023; Luo et al. 2023, LCM)."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half) * (-math.log(10000) / (half - 1)))
    angles = 1000 * (scale - 1) * frequencies
    return torch.cat([angles.sin(), angles.cos(), torch.zeros(width % 2)])[None]


def _for_batch(texts: list[Text], batch: int) -> tuple[Tensor, Tensor | None]:
    """Each text for a whole batch, one after the other."""
    tokens = torch.cat([text.tokens.expand(batch, -1, -1) for text in texts])
    pooled = [text.pooled.expand(batch, -1) for text in texts if text.pooled is not None]
    return tokens, torch.cat(pooled) if pooled else None


def _like(pooled: Tensor | None, network: Any) -> Tensor:
    if pooled is None:
        raise ValueError("the text has no pooled form, but this network needs one.")
    return pooled.to(network.dtype)


def _packed(x: Tensor) -> Tensor:
    """(B, C, 2h, 2w) as (B, h w, 4 C): the four cells of a token after one another, C outermost."""
    batch, channels, rows, columns = x.shape
    x = x.reshape(batch, channels, rows // 2, 2, columns // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return x.reshape(batch, rows // 2 * (columns // 2), channels * 4)


def _unpacked(tokens: Tensor, rows: int, columns: int) -> Tensor:
    """What `_packed` was given."""
    x = tokens.reshape(len(tokens), rows // 2, columns // 2, -1, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return x.reshape(len(tokens), -1, rows, columns)
