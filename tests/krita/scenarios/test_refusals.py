"""What cannot be edited is said in one clear sentence, and nothing happens."""

from __future__ import annotations

import pytest

from tests.krita.sdedit_docker import SDEditDocker
from tests.krita.session import KritaSession


def test_without_a_document_it_says_so(krita: KritaSession, docker: SDEditDocker) -> None:
    docker.press()
    assert not docker.is_working
    assert docker.words == "No document is open. Open or create one to begin."
    krita.screenshot("no-document", of="sdedit_docker")


@pytest.mark.parametrize(
    ("model", "depth", "kind"),
    [
        ("XYZA", "F32", "32-bit float XYZ"),
        ("YCbCrA", "U8", "8-bit YCbCr"),
    ],
)
def test_a_document_of_another_kind_is_named_and_left_alone(
    krita: KritaSession, docker: SDEditDocker, model: str, depth: str, kind: str
) -> None:
    krita.documents.create("deep", 64, 48, model=model, depth=depth)
    layers, raw = krita.documents.layers(), krita.documents.projection_bytes((0, 0, 64, 48))
    docker.press()
    assert not docker.is_working
    assert docker.words == (
        f"This document is {kind}; SDEdit edits RGB, greyscale, CMYK and L*a*b* documents. "
        "Convert it with Image ▸ Convert Image Color Space…"
    )
    assert krita.documents.layers() == layers
    assert krita.documents.undo_history() == []
    assert krita.documents.projection_bytes((0, 0, 64, 48)) == raw


def test_an_empty_selection_is_said_and_nothing_happens(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create(width=64, height=48)
    krita.documents.select_nothing()
    layers = krita.documents.layers()
    docker.press()
    assert not docker.is_working
    assert docker.words == (
        "The selection is empty. Select an area, or deselect to edit the whole canvas."
    )
    assert krita.documents.layers() == layers
    assert krita.documents.undo_history() == []


def test_a_selection_wholly_off_the_canvas_is_said_and_nothing_happens(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    krita.documents.create(width=64, height=48)
    krita.documents.select((100, 100, 50, 50))
    docker.press()
    assert not docker.is_working
    assert docker.words == (
        "The selection lies outside the canvas. Move it onto the canvas, or deselect."
    )
    assert krita.documents.undo_history() == []


def test_a_selection_whose_values_are_all_zero_is_empty(
    krita: KritaSession, docker: SDEditDocker
) -> None:
    """Its rectangle has a size, its pixels say nothing."""
    krita.documents.create(width=64, height=48)
    krita.run("selections.set_pixels([10, 10, 20, 20], bytes(400))")
    docker.press()
    docker.await_words("The selection is empty")
    docker.await_end()
    assert krita.documents.undo_history() == []
