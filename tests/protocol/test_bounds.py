"""The algebra of rectangles, against the sets of pixels they stand for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.bounds import Bounds

NEAR = st.integers(-6, 6)
SIDE = st.integers(0, 7)
RECTANGLES = st.builds(Bounds, NEAR, NEAR, SIDE, SIDE)


def pixels(bounds):
    return {(x, y) for x in range(bounds.x, bounds.right) for y in range(bounds.y, bounds.bottom)}


@given(RECTANGLES, RECTANGLES)
def test_an_intersection_has_the_pixels_that_both_have(one, other):
    both = one.intersection(other)
    assert pixels(both) == pixels(one) & pixels(other)
    assert pixels(other.intersection(one)) == pixels(both)
    assert both.intersection(one) == both


@given(RECTANGLES, RECTANGLES)
def test_a_union_is_the_smallest_rectangle_that_has_the_pixels_of_both(one, other):
    union = one.union(other)
    both = pixels(one) | pixels(other)
    assert both <= pixels(union)
    if both:
        xs, ys = zip(*both)
        assert (union.x, union.right) == (min(xs), max(xs) + 1)
        assert (union.y, union.bottom) == (min(ys), max(ys) + 1)


@given(RECTANGLES, RECTANGLES)
def test_an_empty_intersection_is_zero_by_zero(one, other):
    both = one.intersection(other)
    if not pixels(one) & pixels(other):
        assert (both.width, both.height) == (0, 0)
        assert both.is_empty


@given(RECTANGLES)
def test_a_rectangle_is_empty_when_it_has_no_pixels(bounds):
    assert bounds.is_empty == (not pixels(bounds))


@given(RECTANGLES, RECTANGLES)
def test_a_rectangle_contains_another_when_it_has_all_its_pixels(one, other):
    if not other.is_empty:
        assert one.contains(other) == (pixels(other) <= pixels(one))
    if one.contains(other):
        assert pixels(other) <= pixels(one)


@given(RECTANGLES, st.integers(0, 5))
def test_a_grown_rectangle_has_every_pixel_within_reach(bounds, reach):
    grown = bounds.grown(reach)
    assert grown.contains(bounds)
    assert grown.grown(-reach) == bounds
    if not bounds.is_empty:
        steps = range(-reach, reach + 1)
        assert pixels(grown) == {
            (x + dx, y + dy) for x, y in pixels(bounds) for dx in steps for dy in steps
        }
