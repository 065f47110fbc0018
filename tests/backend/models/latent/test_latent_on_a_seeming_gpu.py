"""How latent models treat a device that is not the CPU, where there may be none."""

from __future__ import annotations

import pytest

from backend.models.condition import Condition
from backend.models.edit import Edit
from backend.models.latent.model import LatentModel
from backend.models.latent.parts import load_parts
from tests.backend.seeming_gpu import GPU, SeemingGpu

from .test_latent_edit import KINDS, guide_of, mask_of


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_there_is_the_same_and_waits_for_nothing_between_its_steps(kind, model_of):
    model = model_of(kind)
    parts = load_parts(model.family, model.info.folder)
    edit = Edit(t0=0.6, steps=4, seed=1, mask=mask_of(), condition=Condition(prompt="sky"))

    *_, expected = model.edit(guide_of(), edit)
    with SeemingGpu() as gpu:
        waits = []
        for last in LatentModel(model.info, parts, str(GPU)).edit(guide_of(), edit):  # noqa: B007
            waits.append(len(gpu.waits))
        assert last.x0.device == GPU
        result = last.x0.cpu()

    # T5 is in bfloat16, and its attention takes another way there.
    assert (result - expected.x0).abs().mean() < 1e-3
    # It looks at the latents it begins with, and at its end, whether all is finite.
    assert waits == [waits[0]] * (len(waits) - 1) + [waits[0] + 1]
