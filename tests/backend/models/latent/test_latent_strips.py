"""Several t0 of latents at once: on a CPU each to the bit what it is alone."""

from __future__ import annotations

import pytest
import torch

from .test_latent_edit import guide_of, mask_of, result

T0S = (0.2, 0.5, 0.8)


@pytest.mark.parametrize("kind", ["sd", "sdxl", "sd3"])
@pytest.mark.parametrize("size", [(44, 36), (80, 72)], ids=["one scale", "two scales"])
def test_a_picture_of_a_strip_is_the_edit_at_its_t0(model_of, kind, size):
    model, guide, mask = model_of(kind), guide_of(*size), mask_of(*size)
    t0_map = torch.linspace(0, 1, mask.numel()).reshape(mask.shape)
    options = {"mask": mask, "t0_map": t0_map}

    strip = result(model, guide, t0=T0S, **options)

    assert len(strip) == len(T0S)
    for picture, t0 in zip(strip, T0S, strict=True):
        assert torch.equal(picture, result(model, guide, t0=t0, **options)[0])
        assert torch.equal(picture[..., mask == 0], guide[0][..., mask == 0])
    assert (strip[0] - strip[2]).abs().max() > 0.01
