"""While the artist points where the panel tells the area, the canvas shows it."""

from __future__ import annotations

from sdedit.features.outline import Outline, PointAtArea
from sdedit.gallery import OnCanvas
from sdedit.protocol.bounds import Bounds

from tests.plugin.desk import Desk

CANVAS = Bounds(0, 0, 1000, 800)


def test_area_and_context_are_shown_and_follow_the_document(desk: Desk) -> None:
    desk.core.add(Outline(desk.core))
    document = desk.studio.document
    document.canvas, document.selection = CANVAS, Bounds(400, 300, 100, 50)
    desk.core.look()
    assert desk.state.on_canvas is None
    desk.core.do(PointAtArea(True))
    assert desk.state.on_canvas == OnCanvas(
        area=Bounds(400, 300, 100, 50), context=Bounds(297, 197, 306, 256)
    )
    document.selection = Bounds(0, 0, 0, 0)
    desk.core.tick()
    assert desk.state.on_canvas is None, "there is nothing to edit"
    document.selection = None
    desk.core.tick()
    assert desk.state.on_canvas == OnCanvas(area=CANVAS, context=CANVAS)
    desk.core.do(PointAtArea(False))
    assert desk.state.on_canvas is None


def test_once_an_edit_has_begun_the_pointer_must_come_anew(desk: Desk) -> None:
    desk.core.add(Outline(desk.core))
    desk.core.do(PointAtArea(True))
    desk.edit()
    assert desk.state.on_canvas is None
    desk.core.do(PointAtArea(True))
    assert desk.state.on_canvas is not None
