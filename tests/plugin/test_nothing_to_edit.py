"""What cannot be edited is said in a sentence, as long as it is so, and Generate does no harm."""

from __future__ import annotations

import pytest
from sdedit.panel_state import Mood
from sdedit.protocol.bounds import Bounds

from tests.plugin.desk import Desk


def press_and_check(desk: Desk, sentence: str, hint: str) -> None:
    desk.core.press()
    assert not desk.state.is_working
    assert desk.state.status == sentence
    assert hint in desk.state.hint
    assert desk.link.process_id is None, "a backend was started for nothing"
    for document in desk.studio.open.values():
        assert not document.added


def test_without_a_document(desk: Desk) -> None:
    desk.studio.close(1)
    press_and_check(desk, "No document is open.", "Open or create one")
    assert desk.state.mood is Mood.CALM


@pytest.mark.parametrize(
    ("model", "depth", "words"),
    [
        ("XYZA", "F16", "16-bit float XYZ"),
        ("YCbCrA", "U16", "16-bit YCbCr"),
        ("A", "U8", "8-bit alpha-only"),
        ("RGBA", "F64", "F64 RGB"),
        ("New", "U64", "U64 New"),
    ],
)
def test_another_kind_of_document_is_named(desk: Desk, model: str, depth: str, words: str) -> None:
    desk.studio.document.model, desk.studio.document.depth = model, depth
    sentence = f"This document is {words}; SDEdit edits RGB, greyscale, CMYK and L*a*b* documents."
    press_and_check(desk, sentence, "Convert Image Color Space")
    assert desk.state.mood is Mood.PROBLEM


def test_an_empty_selection(desk: Desk) -> None:
    desk.studio.document.selection = Bounds(0, 0, 0, 0)
    press_and_check(desk, "The selection is empty.", "Select an area")
    assert desk.state.area == "Nothing is selected"


def test_a_selection_outside_the_canvas(desk: Desk) -> None:
    desk.studio.document.selection = Bounds(40, 0, 10, 10)
    press_and_check(desk, "The selection lies outside the canvas.", "Move it onto the canvas")


def test_the_sentence_goes_when_the_cause_has_gone(desk: Desk) -> None:
    desk.studio.document.selection = Bounds(0, 0, 0, 0)
    desk.core.press()
    desk.studio.document.selection = None
    desk.core.look()
    assert desk.state.status == "The backend starts with your first edit."


def test_a_canvas_too_large_for_the_wire_is_a_sentence(desk: Desk) -> None:
    desk.studio.document.canvas = Bounds(0, 0, 32_769, 1)
    desk.core.press()
    assert not desk.state.is_working
    assert "32769×1" in desk.state.status
