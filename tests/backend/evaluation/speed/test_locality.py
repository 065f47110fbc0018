"""A selection costs the same in a small document and in a huge one."""

from __future__ import annotations

import argparse

import numpy as np
import PIL.Image
import pytest
import torch

from backend.cli.edit_request import add_settings, make_request
from backend.cli.edit_sources import Sources
from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.worker.job import run_edit
from protocol.messages import EditRequest

SELECTION_PX = 256


@pytest.fixture(scope="module")
def model() -> LandscapeModel:
    return load_landscape_model("landscape", "cpu")


def request_of(document_px: int) -> EditRequest:
    """The edit of a selection in the middle of a square document, as the command sends it."""
    parser = argparse.ArgumentParser()
    add_settings(parser)
    mask = np.zeros((document_px, document_px), np.uint8)
    begin = (document_px - SELECTION_PX) // 2
    mask[begin : begin + SELECTION_PX, begin : begin + SELECTION_PX] = 255
    guide = PIL.Image.new("RGB", (document_px, document_px), (90, 120, 160))
    return make_request(parser.parse_args(["--steps", "2"]), Sources(guide, mask))


def pixels_seen(model: LandscapeModel, request: EditRequest) -> list[tuple[int, int]]:
    """The size of the network's input at every evaluation of the edit."""
    seen = []

    def note(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        seen.append((inputs[0].shape[-1], inputs[0].shape[-2]))

    handle = model.network.register_forward_pre_hook(note)
    try:
        for _ in run_edit(request, model):
            pass
    finally:
        handle.remove()
    return seen


def test_a_selection_sends_and_evaluates_as_many_pixels_in_a_huge_document_as_in_a_small_one(model):
    small, huge = request_of(512), request_of(8192)

    for request in (small, huge):
        assert (request.guide.bounds.width, request.guide.bounds.height) == (512, 512)
        assert memoryview(request.guide.data).nbytes == 512 * 512 * 4
        assert memoryview(request.mask.data).nbytes == 512 * 512
    assert (huge.canvas_width, huge.canvas_height) == (8192, 8192)
    seen = pixels_seen(model, huge)
    assert seen == pixels_seen(model, small)
    # Two steps and a finer one; the last is the look at how real the result is.
    assert seen == [(256, 256), (256, 256), (512, 512), (256, 256)]


def test_at_the_edge_of_a_document_a_selection_never_costs_more_than_in_its_middle():
    parser = argparse.ArgumentParser()
    add_settings(parser)
    mask = np.zeros((8192, 8192), np.uint8)
    mask[:SELECTION_PX, -SELECTION_PX:] = 255
    guide = PIL.Image.new("RGB", (8192, 8192))

    window = make_request(parser.parse_args([]), Sources(guide, mask)).guide.bounds

    assert (window.width, window.height) == (384, 384)
