"""The families of pipelines that can be run, and what each is made of. Torch-free.

A model's folder holds its parts as diffusers lays out a pipeline: ``unet/``, ``vae/``, ….
"""

from __future__ import annotations

from dataclasses import dataclass

CLIP_TOKENIZER = ("CLIPTokenizer", "CLIPTokenizerFast")
T5_TOKENIZER = ("T5Tokenizer", "T5TokenizerFast")


@dataclass(frozen=True)
class Part:
    """A component: its folder and the classes it may be of. is_needed: False where a pipeline may
    leave it out."""

    folder: str
    classes: tuple[str, ...]
    is_needed: bool = True

    @property
    def has_weights(self) -> bool:
        return not self.folder.startswith("tokenizer")

    @property
    def is_of_diffusers(self) -> bool:
        """Whether diffusers has its class, and not transformers."""
        return not self.folder.startswith(("text_encoder", "tokenizer"))


@dataclass(frozen=True)
class Family:
    """pipelines: the classes that model_index.json may name. guidance_scale: what the family's
    own pipeline takes when nothing is said."""

    name: str
    pipelines: tuple[str, ...]
    guidance_scale: float
    parts: tuple[Part, ...]

    @property
    def network(self) -> Part:
        """The part that is the denoiser."""
        return self.parts[0]


_VAE = Part("vae", ("AutoencoderKL",))
_UNET = Part("unet", ("UNet2DConditionModel",))

FAMILIES = {
    family.name: family
    for family in (
        Family(
            "sd",
            (
                "StableDiffusionPipeline",
                "StableDiffusionImg2ImgPipeline",
                "LatentConsistencyModelPipeline",
                "LatentConsistencyModelImg2ImgPipeline",
            ),
            7.5,
            (
                _UNET,
                _VAE,
                Part("text_encoder", ("CLIPTextModel",)),
                Part("tokenizer", CLIP_TOKENIZER),
            ),
        ),
        Family(
            "sdxl",
            ("StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline"),
            5.0,
            (
                _UNET,
                _VAE,
                Part("text_encoder", ("CLIPTextModel",)),
                Part("text_encoder_2", ("CLIPTextModelWithProjection",)),
                Part("tokenizer", CLIP_TOKENIZER),
                Part("tokenizer_2", CLIP_TOKENIZER),
            ),
        ),
        Family(
            "sd3",
            ("StableDiffusion3Pipeline", "StableDiffusion3Img2ImgPipeline"),
            7.0,
            (
                Part("transformer", ("SD3Transformer2DModel",)),
                _VAE,
                Part("text_encoder", ("CLIPTextModelWithProjection",)),
                Part("text_encoder_2", ("CLIPTextModelWithProjection",)),
                Part("text_encoder_3", ("T5EncoderModel",), is_needed=False),
                Part("tokenizer", CLIP_TOKENIZER),
                Part("tokenizer_2", CLIP_TOKENIZER),
                Part("tokenizer_3", T5_TOKENIZER, is_needed=False),
            ),
        ),
        Family(
            "flux",
            ("FluxPipeline", "FluxImg2ImgPipeline"),
            3.5,
            (
                Part("transformer", ("FluxTransformer2DModel",)),
                _VAE,
                Part("text_encoder", ("CLIPTextModel",)),
                Part("text_encoder_2", ("T5EncoderModel",)),
                Part("tokenizer", CLIP_TOKENIZER),
                Part("tokenizer_2", T5_TOKENIZER),
            ),
        ),
    )
}
