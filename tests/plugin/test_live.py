"""Live: strokes are refined when the brush is up, shown beside the document, and kept on demand."""

from __future__ import annotations

import pytest
from sdedit.features.live import Live, StrokeBegan, StrokeEnded, SwitchLive
from sdedit.features.strip import Keep, Strip
from sdedit.protocol.bounds import Bounds

from tests.plugin.desk import Desk
from tests.plugin.fronts import Front
from tests.plugin.memory_studio import MemoryDocument

STROKE = Bounds(200, 200, 40, 10)


@pytest.fixture
def live(desk: Desk) -> Desk:
    """Switched on, on a document that is larger than what one stroke touches."""
    strip = Strip(desk.core)
    desk.core.add(strip)
    desk.core.add(Live(desk.core, strip.handlers()[Keep]))
    desk.studio.document.canvas = Bounds(0, 0, 600, 500)
    desk.core.do(SwitchLive(True))
    return desk


def paint(desk: Desk, area: Bounds | None = STROKE) -> None:
    desk.core.do(StrokeBegan())
    desk.core.do(StrokeEnded(area))


def test_a_stroke_is_refined_and_shown_while_the_document_stays_as_it_is(live: Desk) -> None:
    paint(live)
    live.wait_for(lambda: live.state.on_canvas is not None)
    shown = live.state.on_canvas
    assert shown.part.contains(STROKE)
    assert shown.part.width < 200, "the stroke's surroundings, not the canvas"
    assert live.state.preview is not None
    assert not live.studio.document.added


def test_its_edge_fades_out_and_few_steps_are_taken(live: Desk, front: Front) -> None:
    live.core.change(live_steps=3, steps=50)
    paint(live)
    live.wait_for(lambda: live.state.on_canvas is not None)
    assert "3 steps" in front.log
    assert "50 steps" not in front.log


def test_nothing_is_asked_while_the_brush_is_down(live: Desk) -> None:
    live.core.do(StrokeBegan())
    live.studio.document.is_busy = True
    for _ in range(20):
        live.core.tick()
    assert live.studio.strokes_ended == 0
    assert not live.core.jobs.of_document(1)
    live.core.do(StrokeEnded(STROKE))  # Krita may still be at it
    for _ in range(20):
        live.core.tick()
    assert live.studio.strokes_ended == 0, "a stroke is never ended for it"
    live.studio.document.is_busy = False
    live.wait_for(lambda: live.state.on_canvas is not None)
    assert live.studio.strokes_ended == 0


def test_a_stroke_begun_meanwhile_makes_one_refinement_of_both(live: Desk) -> None:
    live.core.change(live_steps=100)
    paint(live)
    live.wait_for_status(" %")
    live.core.change(live_steps=3)
    other = Bounds(300, 300, 10, 10)
    live.core.do(StrokeBegan())
    assert live.state.on_canvas is None
    live.core.do(StrokeEnded(other))
    live.wait_for(lambda: live.state.on_canvas is not None)
    assert live.state.on_canvas.part.contains(STROKE)
    assert live.state.on_canvas.part.contains(other)


def test_apply_makes_what_is_shown_a_layer(live: Desk) -> None:
    paint(live)
    live.wait_for(lambda: live.state.on_canvas is not None)
    live.core.do(Keep())
    live.wait_for(lambda: len(live.studio.document.added) == 1)
    assert live.state.on_canvas is None
    (_, _, area) = live.studio.document.added[0]
    assert area.contains(STROKE)
    recipe = live.studio.recipe_of(1, "1")
    assert recipe["steps"] == live.core.settings.live_steps
    assert "entry" not in recipe, "the history does not hold it"


def test_switched_off_it_stops_at_once(live: Desk) -> None:
    live.core.change(live_steps=200)
    paint(live)
    live.wait_for_status(" %")
    live.core.do(SwitchLive())
    assert not live.state.is_live
    live.wait_for(lambda: not live.state.is_working)
    paint(live)
    assert not live.state.is_working
    assert live.state.on_canvas is None


def test_what_generate_is_asked_for_comes_first(live: Desk) -> None:
    live.core.change(steps=60)
    live.core.generate()
    paint(live)
    assert len(live.core.jobs.of_document(1)) == 1
    live.wait_for(lambda: live.state.on_canvas is not None)
    assert len(live.studio.document.added) == 1


def test_another_document_is_not_refined_for_this_ones_stroke(live: Desk) -> None:
    paint(live)
    live.studio.open[2] = MemoryDocument()
    live.studio.active = 2
    live.core.look()
    live.wait_for(lambda: len(live.core.jobs) == 0)
    assert live.state.on_canvas is None
    assert not live.studio.open[2].added


def test_on_the_canvas_it_is_shown_only_if_wished(live: Desk) -> None:
    live.core.change(is_live_on_canvas=False)
    paint(live)
    live.wait_for(lambda: live.state.preview is not None)
    assert live.state.on_canvas is None
