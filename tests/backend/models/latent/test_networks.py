"""Texts and networks against diffusers' own pipelines, on the same weights."""

from __future__ import annotations

import diffusers
import pytest
import torch

from backend.models.condition import ConditionError
from backend.models.latent.networks import (
    flux_network,
    guidance_embedding,
    sd3_network,
    unet_network,
    with_guidance,
    with_text,
)
from backend.models.latent.text import Text


def pipeline(folder, kind: str):
    """diffusers' pipeline; T5 in bfloat16, as ours is."""
    made = {
        "sd": diffusers.StableDiffusionPipeline,
        "lcm": diffusers.StableDiffusionPipeline,
        "sdxl": diffusers.StableDiffusionXLPipeline,
        "sd3": diffusers.StableDiffusion3Pipeline,
        "flux": diffusers.FluxPipeline,
    }[kind]
    pipe = made.from_pretrained(folder)
    for name in ("text_encoder_2", "text_encoder_3"):
        encoder = getattr(pipe, name, None)
        if type(encoder).__name__ == "T5EncoderModel":
            encoder.to(torch.bfloat16)
    return pipe


def encoded_by_diffusers(pipe, kind: str, text: str) -> Text:
    if kind == "sd":
        return Text(pipe.encode_prompt(text, "cpu", 1, False)[0])
    if kind == "sdxl":
        tokens, _, pooled, _ = pipe.encode_prompt(text, do_classifier_free_guidance=False)
        return Text(tokens, pooled)
    if kind == "sd3":
        tokens, _, pooled, _ = pipe.encode_prompt(
            text, None, None, do_classifier_free_guidance=False
        )
        return Text(tokens, pooled)
    tokens, pooled, _ids = pipe.encode_prompt(text, None)
    return Text(tokens, pooled)


@torch.no_grad()  # with gradients, torch computes bfloat16 in another order
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3", "flux"])
def test_a_text_is_encoded_as_the_pipeline_encodes_it(model_of, pipeline_of, kind):
    expected = encoded_by_diffusers(pipeline(pipeline_of(kind), kind), kind, "a sky")

    text = model_of(kind).texts.encode("a sky")

    assert torch.allclose(text.tokens, expected.tokens.float(), atol=1e-5)
    if expected.pooled is not None:
        assert torch.allclose(text.pooled, expected.pooled, atol=1e-5)


def test_a_model_without_t5_reads_zeros_in_its_place(model_of, monkeypatch):
    texts = model_of("sd3").texts
    with_t5 = texts.encode("sea").tokens
    monkeypatch.delitem(texts._parts, "text_encoder_3")
    texts._remembered.clear()

    without = texts.encode("sea").tokens

    texts._remembered.clear()
    assert without.shape == with_t5.shape == (1, 77 + 256, 32)
    assert torch.equal(without[:, :77], with_t5[:, :77])
    assert not without[:, 77:].any()


@pytest.mark.parametrize(("kind", "reads"), [("sd", 77), ("sdxl", 77), ("sd3", 256), ("flux", 512)])
def test_a_text_of_more_tokens_than_the_model_reads_is_refused_with_both_counts(
    model_of, kind, reads
):
    with pytest.raises(ConditionError, match=rf"has \d+ tokens, but the model reads {reads}\."):
        model_of(kind).texts.encode("zzz " * reads)


def test_texts_met_lately_are_not_encoded_again(model_of, monkeypatch):
    texts = model_of("sd").texts
    first = texts.encode("a lake")
    monkeypatch.setattr(texts, "_encode", lambda _text: pytest.fail("encoded again"))

    assert texts.encode("a lake") is first


def test_the_unet_is_told_what_the_pipeline_tells_it(model_of):
    model = model_of("sdxl")
    texts = [model.texts.encode("sky"), model.texts.encode("sea")]
    x = torch.randn((1, 4, 16, 16), generator=torch.Generator().manual_seed(0))
    timestep = torch.tensor([321.0])

    ours = with_guidance(unet_network(model.network, 2), texts[0], texts[1], 4.0)(x, timestep)

    towards, away = (
        model.network(
            x,
            timestep,
            encoder_hidden_states=text.tokens,
            added_cond_kwargs={
                "text_embeds": text.pooled,
                "time_ids": torch.tensor([[32.0, 32, 0, 0, 32, 32]]),
            },
        ).sample
        for text in texts
    )
    assert torch.allclose(ours, away + 4 * (towards - away), atol=1e-4)


def test_sd3_is_told_what_the_pipeline_tells_it(model_of):
    model = model_of("sd3")
    text = model.texts.encode("sky")
    x = torch.randn((2, 4, 12, 16), generator=torch.Generator().manual_seed(0))
    timestep = torch.tensor([321.0, 321.0])

    ours = with_text(sd3_network(model.network), text)(x, timestep)

    expected = model.network(
        hidden_states=x,
        timestep=timestep,
        encoder_hidden_states=text.tokens.expand(2, -1, -1),
        pooled_projections=text.pooled.expand(2, -1),
    ).sample
    assert torch.allclose(ours, expected, atol=1e-5)


def test_flux_is_told_what_the_pipeline_tells_it(model_of):
    model = model_of("flux")
    text = model.texts.encode("sky")
    x = torch.randn((1, 4, 12, 16), generator=torch.Generator().manual_seed(0))
    pipe = diffusers.FluxPipeline

    ours = with_text(flux_network(model.network, 3.5), text)(x, torch.tensor([321.0]))

    packed = model.network(
        hidden_states=pipe._pack_latents(x, 1, 4, 12, 16),
        timestep=torch.tensor([0.321]),
        guidance=torch.tensor([3.5]),
        pooled_projections=text.pooled,
        encoder_hidden_states=text.tokens,
        txt_ids=torch.zeros(512, 3),
        img_ids=pipe._prepare_latent_image_ids(1, 6, 8, "cpu", torch.float32),
    ).sample
    expected = pipe._unpack_latents(packed, 12 * 8, 16 * 8, 8)
    assert torch.allclose(ours, expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_lcms_guidance_is_embedded_as_the_pipeline_embeds_it(pipeline_of):
    pipe = pipeline(pipeline_of("lcm"), "lcm")

    for width in (12, 13):
        expected = pipe.get_guidance_scale_embedding(torch.tensor([7.5]), width)
        assert torch.allclose(guidance_embedding(8.5, width), expected, atol=1e-3)
