from __future__ import annotations

import numpy as np
import pytest
import torch

from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.pictures.pixels import UnsupportedPixels
from backend.worker.job import PREVIEW_PX, EditStep, NoPicture, make_preview, run_edit
from protocol.bounds import Bounds
from protocol.errors import InvalidValue
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import EditRequest

SRGB = PixelFormat("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
WINDOW = Bounds(10, 20, 48, 40)


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_model("landscape", "cpu")


def strokes(bounds: Bounds) -> Image:
    """Broad level strokes: blue over green."""
    bgra = np.empty((bounds.height, bounds.width, 4), np.uint8)
    bgra[:] = (200, 150, 110, 255)
    bgra[bounds.height // 2 :] = (60, 120, 80, 255)
    return Image(bounds, SRGB, bgra.tobytes())


def request(bounds: Bounds = WINDOW, mask: np.ndarray | None = None, **changes) -> EditRequest:
    fields = {"guide": strokes(bounds), "canvas_width": 400, "canvas_height": 300, "steps": 3}
    if mask is not None:
        fields["mask"] = Image(bounds, MASK, mask.astype(np.uint8).tobytes())
    return EditRequest("a job", **(fields | changes))


def result_of(steps: list[EditStep]) -> np.ndarray:
    """The last step's picture, (H, W, 4) in Krita's order of channels."""
    image = steps[-1].result
    assert image is not None
    return np.frombuffer(image.data, np.uint8).reshape(image.bounds.height, image.bounds.width, 4)


@pytest.mark.parametrize(
    ("side", "repeats", "evaluations"),
    [(40, 1, [(40, 5)]), (40, 3, [(40, 15)]), (200, 2, [(104, 10), (200, 2)])],
    ids=["one scale", "with repeats", "two scales"],
)
def test_there_is_one_step_for_each_network_evaluation(
    model, monkeypatch, side, repeats, evaluations
):
    monkeypatch.setattr(model, "native_px", 128)
    heights = []
    hook = model.network.register_forward_hook(
        lambda _module, arguments, _output: heights.append(arguments[0].shape[-2])
    )
    seen = []
    try:
        for step in run_edit(request(Bounds(0, 0, side, side), steps=5, repeats=repeats), model):
            seen.append((step.step, step.of, len(heights)))
    finally:
        hook.remove()

    of = sum(count for _, count in evaluations)
    assert seen == [(k, of, k) for k in range(1, of + 1)]
    assert heights == [height for height, count in evaluations for _ in range(count)]


def test_the_result_comes_at_the_last_step_only_in_the_guides_place_and_format(model):
    steps = list(run_edit(request(), model))

    assert [step.result is not None for step in steps] == [False, False, True]
    assert steps[-1].fraction == 1.0
    assert steps[-1].result.bounds == WINDOW
    assert steps[-1].result.format == SRGB
    assert (result_of(steps)[..., 3] == 255).all()
    assert (result_of(steps)[..., :3] != np.frombuffer(strokes(WINDOW).data, np.uint8)[0]).any()


def test_an_edit_begins_only_when_its_first_step_is_asked_for(model):
    calls = []
    hook = model.network.register_forward_hook(lambda *_: calls.append(1))
    try:
        steps = run_edit(request(), model)
        assert calls == []
        next(steps)
        steps.close()
        assert calls == [1]
    finally:
        hook.remove()


def test_what_is_not_selected_is_clear_and_a_soft_edge_is_the_alpha(model):
    mask = np.zeros((WINDOW.height, WINDOW.width))
    mask[10:30, 10:40] = 255
    mask[10, 10:40] = 100

    layer = result_of(list(run_edit(request(mask=mask), model)))

    assert (layer[..., 3] == mask).all()
    assert (layer[mask == 0] == 0).all()
    assert len(np.unique(layer[mask > 0], axis=0)) > 100


def test_a_soft_edge_is_edited_as_fully_as_the_inside(model):
    """The selection blends once, as the layer's alpha, and not in the colour as well."""
    soft = np.full((WINDOW.height, WINDOW.width), 255)
    soft[:20] = 90

    half, whole = (
        result_of(list(run_edit(request(mask=mask), model))) for mask in (soft, soft > 0)
    )

    assert (half[..., :3] == whole[..., :3]).all()
    assert (half[..., 3] == soft).all()


def test_an_empty_selection_is_refused_before_any_evaluation(model):
    nothing = np.zeros((WINDOW.height, WINDOW.width))

    with pytest.raises(InvalidValue, match="The selection is empty inside the canvas"):
        next(run_edit(request(mask=nothing), model))


def test_the_same_request_gives_the_same_bytes_and_each_field_another_picture(model):
    same = [result_of(list(run_edit(request(), model))) for _ in range(2)]
    assert (same[0] == same[1]).all()

    for change in (
        {"seed": 1},
        {"t0": 0.46},
        {"steps": 4},
        {"sampler": "em"},
        {"repeats": 2},
        {"canvas_height": 200},
        {"bounds": Bounds(11, 20, 48, 40)},
    ):
        other = result_of(list(run_edit(request(**change), model)))
        assert (other != same[0]).any(), change


def test_a_preview_is_opaque_and_shows_what_is_kept_as_it_is(model):
    mask = np.zeros((WINDOW.height, WINDOW.width))
    mask[:, :20] = 255
    steps = list(run_edit(request(mask=mask), model))

    for step in steps:
        preview = step.preview()
        assert (preview.bounds, preview.format) == (Bounds(0, 0, 48, 40), PixelFormat())
        pixels = np.frombuffer(preview.data, np.uint8).reshape(40, 48, 4)
        guide = np.frombuffer(strokes(WINDOW).data, np.uint8).reshape(40, 48, 4)
        assert (pixels[:, 20:] == guide[:, 20:]).all()
        assert (pixels[:, :20, :3] != guide[:, :20, :3]).any()
        assert (pixels[..., 3] == 255).all()


@pytest.mark.parametrize(
    ("size", "shown"),
    [((1, 1), (1, 1)), ((384, 10), (384, 10)), ((1000, 500), (384, 192)), ((2, 3000), (1, 384))],
)
def test_a_preview_is_small(size, shown):
    image = make_preview(torch.zeros(1, 3, size[1], size[0]))

    assert (image.bounds.width, image.bounds.height) == shown
    assert max(shown) <= PREVIEW_PX


def test_a_preview_may_be_asked_for_after_later_steps(model):
    steps = list(run_edit(request(), model))

    assert steps[0].preview() != steps[1].preview()
    assert steps[0].preview() == steps[0].preview()


def test_a_model_that_makes_no_numbers_is_an_error_in_words():
    broken = load_model("landscape", "cpu")
    broken.network.last.bias.fill_(torch.nan)

    with pytest.raises(NoPicture, match="numbers that are not a picture") as caught:
        list(run_edit(request(), broken))

    assert caught.value.code == "not-finite"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sampler": "ddim"}, "sampler is 'ddim', but must be one of"),
        ({"bounds": Bounds(2**31 - 5, 0, 48, 40)}, "x is 2147483643 with 48 pixels after it"),
    ],
)
def test_a_request_that_no_model_can_serve_names_the_field(model, change, sentence):
    with pytest.raises(InvalidValue, match=sentence):
        next(run_edit(request(**change), model))


def test_another_depth_is_refused(model):
    guide = Image(WINDOW, PixelFormat("RGBA", "U16"), bytes(8 * WINDOW.width * WINDOW.height))

    with pytest.raises(UnsupportedPixels, match="This document is RGBA U16"):
        next(run_edit(request(guide=guide), model))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (33, 2)])
def test_a_guide_of_a_few_pixels_is_edited(model, size):
    bounds = Bounds(-5, 7, *size)

    steps = list(run_edit(request(bounds), model))

    assert steps[-1].result.bounds == bounds
