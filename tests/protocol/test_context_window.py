"""The window the model sees: around the area, within the canvas, no larger than it must be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.bounds import CONTEXT_LEAST_PX, WINDOW_LEAST_PX, Bounds, context_window

PLACE = st.integers(-3000, 3000)
SIDE = st.integers(1, 3000)
RECTANGLES = st.builds(Bounds, PLACE, PLACE, SIDE, SIDE)
CANVASES = st.builds(Bounds, st.just(0), st.just(0), SIDE, SIDE)


@given(RECTANGLES, CANVASES)
def test_the_window_has_all_of_the_area_that_is_on_the_canvas(area, canvas):
    visible = area.intersection(canvas)
    window = context_window(area, canvas)
    assert window.contains(visible)
    assert canvas.contains(window) or visible.is_empty
    assert window.is_empty == visible.is_empty


@given(RECTANGLES, CANVASES)
def test_the_window_shows_context_on_every_side_that_has_some(area, canvas):
    visible = area.intersection(canvas)
    if not visible.is_empty:
        reach = max(CONTEXT_LEAST_PX, max(visible.width, visible.height) // 2)
        window = context_window(area, canvas)
        assert window.contains(visible.grown(reach).intersection(canvas))


@given(RECTANGLES, CANVASES)
def test_the_window_is_never_smaller_than_the_model_needs_where_the_canvas_has_room(area, canvas):
    if not area.intersection(canvas).is_empty:
        window = context_window(area, canvas)
        assert window.width >= min(WINDOW_LEAST_PX, canvas.width)
        assert window.height >= min(WINDOW_LEAST_PX, canvas.height)


@given(RECTANGLES, CANVASES)
def test_the_window_follows_the_area_and_not_the_canvas(area, canvas):
    longer = max(area.width, area.height)
    most = max(2 * longer, longer + 2 * CONTEXT_LEAST_PX, longer + WINDOW_LEAST_PX)
    window = context_window(area, canvas)
    assert max(window.width, window.height) <= most


@given(RECTANGLES)
def test_in_a_large_canvas_the_window_is_the_same_however_large_it_is(area):
    large = Bounds(-10_000, -10_000, 20_000, 20_000)
    huge = Bounds(-10_000_000, -10_000_000, 20_000_000, 20_000_000)
    assert context_window(area, large) == context_window(area, huge)


@given(RECTANGLES, CANVASES, PLACE, PLACE)
def test_moving_area_and_canvas_moves_the_window(area, canvas, dx, dy):
    def moved(bounds):
        return Bounds(bounds.x + dx, bounds.y + dy, bounds.width, bounds.height)

    assert context_window(moved(area), moved(canvas)) == moved(context_window(area, canvas))


def test_a_small_area_in_the_middle_gets_a_window_of_the_least_size():
    canvas = Bounds(0, 0, 2000, 2000)
    assert context_window(Bounds(1000, 1000, 20, 10), canvas) == Bounds(877, 877, 266, 256)


def test_a_small_area_in_a_corner_gets_its_context_from_the_other_sides():
    canvas = Bounds(0, 0, 2000, 1000)
    corner = context_window(Bounds(1990, 990, 30, 30), canvas)
    assert corner == Bounds(1744, 744, 256, 256)
    assert context_window(Bounds(0, 0, 10, 10), canvas) == Bounds(0, 0, 256, 256)


def test_the_whole_canvas_as_area_is_its_own_window():
    canvas = Bounds(0, 0, 640, 480)
    assert context_window(canvas, canvas) == canvas
