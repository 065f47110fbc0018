from __future__ import annotations

import numpy as np
import pytest
import torch

from backend.models.condition import ConditionError
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_model
from backend.worker import job
from backend.worker.job import PREVIEW_PX, EditStep, NoPicture, make_preview, run_edit
from protocol.bounds import Bounds
from protocol.errors import InvalidValue
from protocol.images import MASK, Image, PixelFormat
from protocol.limits import Limits
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


def request(
    bounds: Bounds = WINDOW,
    mask: np.ndarray | None = None,
    t0_map: np.ndarray | None = None,
    **changes,
) -> EditRequest:
    fields = {"guide": strokes(bounds), "canvas_width": 400, "canvas_height": 300, "steps": 3}
    for name, grey in (("mask", mask), ("t0_map", t0_map)):
        if grey is not None:
            fields[name] = Image(bounds, MASK, grey.astype(np.uint8).tobytes())
    return EditRequest("a job", **(fields | changes))


def results_of(steps: list[EditStep]) -> list[np.ndarray]:
    """The last step's pictures, (H, W, 4) each in Krita's order of channels."""
    return [
        np.frombuffer(image.data, np.uint8).reshape(image.bounds.height, image.bounds.width, 4)
        for image in steps[-1].results
    ]


def result_of(steps: list[EditStep]) -> np.ndarray:
    (picture,) = results_of(steps)
    return picture


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
        for step in run_edit(
            request(Bounds(0, 0, side, side), steps=5, repeats=repeats, readings=False), model
        ):
            seen.append((step.step, step.of, len(heights)))
    finally:
        hook.remove()

    of = sum(count for _, count in evaluations)
    assert seen == [(k, of, k) for k in range(1, of + 1)]
    assert heights == [height for height, count in evaluations for _ in range(count)]


def test_the_result_comes_at_the_last_step_only_in_the_guides_place_and_format(model):
    steps = list(run_edit(request(), model))

    assert [len(step.results) for step in steps] == [0, 0, 1]
    assert steps[-1].fraction == 1.0
    assert steps[-1].results[0].bounds == WINDOW
    assert steps[-1].results[0].format == SRGB
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
        {"t0_map": np.full((40, 48), 180)},
        {"canvas_height": 200},
        {"bounds": Bounds(11, 20, 48, 40)},
    ):
        other = result_of(list(run_edit(request(**change), model)))
        assert (other != same[0]).any(), change


def test_each_variant_is_what_its_seed_alone_gives(model, monkeypatch):
    monkeypatch.setattr(model, "native_px", 20)  # two scales

    variants = results_of(list(run_edit(request(seed=2**64 - 1, variants=3), model)))
    alone = [result_of(list(run_edit(request(seed=seed), model))) for seed in (2**64 - 1, 0, 1)]

    assert len(variants) == 3
    for variant, single in zip(variants, alone):
        # torch may add up a batch's numbers in another order; the last bit of a byte may show it.
        assert np.abs(variant.astype(int) - single).max() <= 1
    assert (variants[0] != variants[1]).any()


def test_a_t0_map_changes_more_where_it_is_lighter_and_nothing_where_it_is_black(model):
    t0_map = np.zeros((WINDOW.height, WINDOW.width))
    t0_map[:, 16:32] = 140
    t0_map[:, 32:] = 255
    changes = []
    for seed in range(4):
        layer = result_of(list(run_edit(request(t0_map=t0_map, seed=seed, t0=0.6), model)))
        guide = np.frombuffer(strokes(WINDOW).data, np.uint8).reshape(layer.shape)
        changes.append(np.abs(layer[..., :3].astype(int) - guide[..., :3]).mean(axis=(0, 2)))
        assert (layer[:, :16] == 0).all()
        assert (layer[:, 16:, 3] == 255).all()
    some, all_of_it = (
        np.mean([change[a:b] for change in changes]) for a, b in ((16, 32), (32, 48))
    )

    assert 0 < some < 0.7 * all_of_it


def test_a_t0_map_counts_within_the_selection_only(model):
    mask = np.zeros((WINDOW.height, WINDOW.width))
    mask[:, :24] = 255
    mask[:, 24:30] = 90
    t0_map = np.full_like(mask, 255)
    t0_map[:20] = 0

    layer = result_of(list(run_edit(request(mask=mask, t0_map=t0_map), model)))

    assert (layer[..., 3] == np.where(t0_map > 0, mask, 0)).all()
    assert (layer[layer[..., 3] == 0] == 0).all()


@pytest.mark.parametrize("is_selected", [True, False])
def test_a_t0_map_that_is_black_is_refused_before_any_evaluation(model, is_selected):
    t0_map = np.zeros((WINDOW.height, WINDOW.width))
    mask = None
    if is_selected:
        mask = np.zeros_like(t0_map)
        mask[:20], t0_map[20:] = 255, 255

    with pytest.raises(InvalidValue, match="The t0 map is black wherever the picture may change"):
        next(run_edit(request(mask=mask, t0_map=t0_map), model))


def test_more_variants_than_a_message_holds_are_refused(model, monkeypatch):
    monkeypatch.setattr(job, "LIMITS", Limits(job_bytes=3 * 48 * 40 * 4 - 1))

    with pytest.raises(InvalidValue, match="3 pictures of this size have 23040 bytes"):
        next(run_edit(request(variants=3), model))


@pytest.mark.parametrize("told", [{"label": "dog"}, {"prompt": "a lake"}, {"negative_prompt": "x"}])
def test_a_model_that_knows_only_pictures_refuses_words(model, told):
    with pytest.raises(ConditionError, match=r"'landscape' (has no classes|takes no text)"):
        list(run_edit(request(**told), model))


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


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (33, 2)])
def test_a_guide_of_a_few_pixels_is_edited(model, size):
    bounds = Bounds(-5, 7, *size)

    steps = list(run_edit(request(bounds), model))

    assert steps[-1].results[0].bounds == bounds


def test_around_strokes_on_a_layer_of_their_own_only_they_and_their_edge_change(model):
    footprint = np.zeros((WINDOW.height, WINDOW.width), np.uint8)
    footprint[15:25, 20:30] = 255
    told = Image(WINDOW, MASK, footprint.tobytes())
    alpha = result_of(list(run_edit(request(footprint=told, edge_px=6), model)))[..., 3]
    assert (alpha[15:25, 20:30] == 255).all()
    assert alpha[20, 30 + 5] > 0
    assert alpha[20, 30 + 6] == 0


def test_an_object_changes_less_than_its_edge(model):
    footprint = np.zeros((128, 128), np.uint8)
    footprint[24:104, 24:104] = 255
    bounds = Bounds(0, 0, 128, 128)
    told = Image(bounds, MASK, footprint.tobytes())
    asked = request(bounds, footprint=told, footprint_of="object", edge_px=8, steps=8, t0=0.5)
    before = np.frombuffer(asked.guide.data, np.uint8).reshape(128, 128, 4)
    change = np.abs(result_of(list(run_edit(asked, model)))[..., :3] - before[..., :3].astype(int))
    heart, edge = change[44:84, 44:84].mean(), change[24:32, 24:104].mean()
    assert heart < 0.7 * edge
