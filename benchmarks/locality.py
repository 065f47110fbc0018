"""What a selection of 256 × 256 px costs in documents of several sizes.

    python -m benchmarks.locality [ROUNDS]

The worker's whole edit, pixels in and out included; the documents take turns. Prints SPEED.md's
table.
"""

from __future__ import annotations

import statistics
import sys
import time

import torch

from backend.models.landscape import LandscapeModel
from backend.models.loading import load_landscape_model
from backend.worker.job import run_edit
from protocol.bounds import Bounds, context_window
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import EditRequest

SELECTION_PX, STEPS = 256, 4
DOCUMENTS_PX = (512, 2048, 8192)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    model = load_landscape_model("landscape", "cpu")
    requests = {px: request_of(px) for px in DOCUMENTS_PX}
    seconds: dict[int, list[float]] = {px: [] for px in DOCUMENTS_PX}
    pixels = {px: pixels_evaluated(model, request) for px, request in requests.items()}
    for _ in range(rounds):
        for px, request in requests.items():
            began = time.perf_counter()
            edit(model, request)
            seconds[px].append(time.perf_counter() - began)
    print("| document | bytes sent | pixels evaluated | time, against the smallest |")
    print("| --- | ---: | ---: | ---: |")
    for px, request in requests.items():
        assert request.mask is not None
        sent = sum(memoryview(image.data).nbytes for image in (request.guide, request.mask))
        ratios = [a / b for a, b in zip(seconds[px], seconds[DOCUMENTS_PX[0]], strict=True)]
        ratio = f"{statistics.median(ratios):.3f} ({min(ratios):.3f}–{max(ratios):.3f})"
        print(f"| {px} × {px} px | {sent:,} | {pixels[px]:,} | {ratio} |")


def request_of(document_px: int) -> EditRequest:
    """The edit of a selection in the middle, over the window that Krita's plugin would send."""
    begin = (document_px - SELECTION_PX) // 2
    area = Bounds(begin, begin, SELECTION_PX, SELECTION_PX)
    window = context_window(area, Bounds(0, 0, document_px, document_px))
    mask = bytearray(window.width * window.height)
    for y in range(area.y - window.y, area.bottom - window.y):
        first = y * window.width + area.x - window.x
        mask[first : first + area.width] = b"\xff" * area.width
    guide = b"\x80\x90\xa0\xff" * (window.width * window.height)
    return EditRequest(
        "locality",
        Image(window, PixelFormat(), guide),
        document_px,
        document_px,
        mask=Image(window, MASK, bytes(mask)),
        steps=STEPS,
    )


def pixels_evaluated(model: LandscapeModel, request: EditRequest) -> int:
    """By the network, over all its evaluations."""
    seen = []

    def note(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        seen.append(inputs[0].shape[-1] * inputs[0].shape[-2])

    handle = model.network.register_forward_pre_hook(note)
    edit(model, request)
    handle.remove()
    return sum(seen)


def edit(model: LandscapeModel, request: EditRequest) -> None:
    for _ in run_edit(request, model):
        pass


if __name__ == "__main__":
    main()
