"""Which way an edit goes, what it may change, and what is sent for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sdedit.area import NothingToEdit, plan_edit
from sdedit.features.way_choice import ChooseWay
from sdedit.panel_state import Mood
from sdedit.protocol.bounds import Bounds
from sdedit.settings import ALONE, VISIBLE, Settings
from sdedit.studio import DocumentFacts, LayerLook
from sdedit.ways import Choices, Way, edge_px, possible_ways, settings_for, way_of

from tests.plugin.desk import Desk

CANVAS = Bounds(0, 0, 1000, 800)
STROKES = LayerLook(has_clear=True, is_over_picture=True)
PASTED = replace(STROKES, is_textured=True)
FACTS = DocumentFacts(
    document=1,
    canvas=CANVAS,
    model="RGBA",
    depth="U8",
    layer="strokes",
    layer_name="Strokes",
    is_group=False,
    is_shown=True,
    selection=None,
    painted=Bounds(300, 200, 240, 120),
    look=STROKES,
)
SELECTED = replace(FACTS, selection=Bounds(0, 0, 50, 40))


@pytest.mark.parametrize(
    ("facts", "way"),
    [
        (FACTS, Way.LOCAL),
        (replace(FACTS, look=PASTED), Way.BLEND),
        (replace(FACTS, look=replace(PASTED, is_over_picture=False)), Way.REFINE),
        (replace(FACTS, look=replace(STROKES, has_clear=False), painted=CANVAS), Way.REFINE),
        (replace(FACTS, painted=Bounds(0, 0, 0, 0)), Way.REFINE),
        (replace(FACTS, is_shown=False), Way.REFINE),
        (SELECTED, Way.LOCAL),
        (replace(SELECTED, look=PASTED), Way.LOCAL),
    ],
    ids=[
        "strokes over a picture",
        "a piece of a picture over a picture",
        "anything over paper",
        "a layer that covers all",
        "an empty layer",
        "a hidden layer",
        "a selection",
        "a selection on a pasted layer",
    ],
)
def test_the_way_follows_from_layer_and_selection(facts: DocumentFacts, way: Way) -> None:
    assert way_of(facts, Choices()) is way


def test_a_chosen_way_counts_for_its_layer_as_long_as_it_is_possible() -> None:
    choices = Choices().with_way("strokes", Way.REFINE)
    assert way_of(FACTS, choices) is Way.REFINE
    assert way_of(replace(FACTS, layer="another"), choices) is Way.LOCAL
    assert way_of(SELECTED, choices) is Way.LOCAL, "a selection is always kept to"
    assert possible_ways(SELECTED, choices) == (Way.LOCAL, Way.BLEND)
    assert possible_ways(replace(FACTS, painted=Bounds(0, 0, 0, 0)), choices) == (Way.REFINE,)


def test_around_strokes_the_area_is_a_little_larger_and_the_layer_says_the_rest() -> None:
    plan = plan_edit(FACTS)
    assert plan.edge_px == edge_px(Way.LOCAL, FACTS.painted) == 20
    assert plan.area == Bounds(280, 180, 280, 160)
    assert plan.wanted.footprint == "strokes"
    assert plan.window.contains(plan.area)
    assert plan.window != CANVAS


@pytest.mark.parametrize("way", [Way.LOCAL, Way.BLEND])
def test_the_edge_follows_the_size_within_bounds(way: Way) -> None:
    sizes = [edge_px(way, Bounds(0, 0, side, 10)) for side in (10, 400, 10_000)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (12, 64)


def test_a_selection_restricts_what_is_blended() -> None:
    chosen = Choices().with_way("strokes", Way.BLEND)
    across = replace(FACTS, selection=Bounds(500, 0, 500, 800))
    plan = plan_edit(across, chosen)
    assert plan.area == Bounds(500, 170, 70, 180)
    assert (plan.wanted.footprint, plan.wanted.has_mask) == ("strokes", True)
    beside = replace(FACTS, selection=Bounds(900, 0, 50, 50))
    with pytest.raises(NothingToEdit, match="The selection lies outside the layer"):
        plan_edit(beside, chosen)


def test_the_guide_can_be_the_layer_alone_or_all_that_is_visible() -> None:
    # As they come from a widget: equal to the constants, and other objects.
    alone = plan_edit(FACTS, Choices("".join([*ALONE]))).wanted
    assert (alone.layer, alone.is_alone) == ("strokes", True)
    visible = plan_edit(FACTS, Choices("".join([*VISIBLE])))
    assert (visible.layer, visible.wanted.is_alone) == ("", False), "the result comes on top"
    with pytest.raises(NothingToEdit, match="The active layer is hidden"):
        plan_edit(replace(FACTS, is_shown=False), Choices(ALONE))


def test_blending_has_a_t0_of_its_own_that_comes_and_goes() -> None:
    painting = Settings(t0=0.5)
    blending = settings_for(painting, Way.BLEND)
    assert (blending.t0, blending.is_blending) == (0.25, True)
    assert settings_for(blending, Way.BLEND) is blending
    changed = replace(blending, t0=0.3)
    assert settings_for(changed, Way.LOCAL) == replace(painting, other_t0=0.3)
    assert settings_for(settings_for(changed, Way.REFINE), Way.BLEND) == changed
    assert Settings.from_text(changed.to_text()) == changed


def put_strokes(desk: Desk, look: LayerLook) -> None:
    document = desk.studio.document
    document.canvas, document.painted, document.look = CANVAS, Bounds(300, 200, 240, 120), look
    desk.core.look()


def test_strokes_are_sent_as_the_footprint_and_their_part_comes_back(desk: Desk) -> None:
    put_strokes(desk, STROKES)
    assert desk.state.area == "Your strokes, 280 × 160 px"
    assert desk.state.status == "Only your strokes change, and a little around them."
    desk.edit()
    ((_, picture, area),) = desk.studio.document.added
    assert area == Bounds(280, 180, 280, 160)
    wanted = desk.studio.wanted
    assert wanted is not None
    assert (wanted.footprint, wanted.window) == ("paint", picture.bounds)


def test_a_pasted_layer_moves_the_slider_and_says_so_until_another_way_is_chosen(
    desk: Desk,
) -> None:
    before = desk.state.settings
    put_strokes(desk, PASTED)
    assert (desk.state.way, desk.state.settings.t0) == (Way.BLEND, 0.25)
    assert desk.state.mood is Mood.CALM
    assert "blended in, at a low t0" in desk.state.status
    assert desk.state.hint == "If it is strokes, choose Local."
    desk.core.do(ChooseWay(Way.LOCAL))
    assert (desk.state.way, desk.state.settings.t0) == (Way.LOCAL, before.t0)
    desk.core.do(ChooseWay(Way.REFINE))
    assert desk.state.area == "Whole canvas, 1000 × 800 px"
    desk.studio.document.layer = "another"
    desk.core.look()
    assert desk.state.way is Way.BLEND, "each layer has its own"


def test_the_errand_tells_the_backend_what_the_footprint_is_of(desk: Desk) -> None:
    put_strokes(desk, PASTED)
    desk.core.press()
    (job,) = desk.core.jobs
    desk.wait_for(lambda: job.request is not None)
    request = job.request
    assert (request.footprint_of, request.edge_px, request.mask) == ("object", 30, None)
    assert bytes(request.footprint.data).count(255) == 240 * 120
