"""One model's loops, all measured in the same run."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from backend.evaluation.speed.loops import (
    T0,
    answering_at_once,
    bare_forwards,
    calls_of,
    edit_loop,
    released_loop,
)
from backend.evaluation.speed.timing import Clock, Contender, OnTurn, Times, take_turns, wait_for
from backend.evaluation.speed.vp_view import vp_view
from backend.models.pixel_model import PixelModel
from backend.sdedit.scales import plan_scales
from protocol.errors import InvalidValue

HAS_DIFFUSERS = importlib.util.find_spec("diffusers") is not None


@dataclass(frozen=True)
class Measurement:
    """Seconds for one evaluation in each loop.

    bare: the network alone. ours: our edit. loop_alone: our edit with the network's answer at
    hand, so all that the loop itself does. calls: how often the network was called in one turn of
    each contender, by its name. compiled_s: what compiling took, 0 if it was not compiled.
    """

    title: str
    size: int
    bare: Times
    ours: Times
    loop_alone: Times
    released: Times
    diffusers: tuple[Times, ...]
    calls: dict[str, int]
    compiled_s: float


def measure(
    model: PixelModel,
    size: int,
    steps: int,
    rounds: int,
    *,
    measured: int,
    with_diffusers: bool,
    compile_network: bool = False,
    clock: Clock = time.perf_counter,
    on_turn: OnTurn = lambda _round, _contender: None,
) -> Measurement:
    """Measure a model on pictures of size × size pixels, made in `steps` evaluations.

    measured: of how many a turn consists.

    Raises InvalidValue for a size at which the loops would not do the same work.
    """
    check_size(model, size)
    network = network_of(model)
    guide = torch.rand((1, 3, size, size), generator=torch.Generator().manual_seed(0)) * 2 - 1
    guide = guide.to(model.device)
    ours = edit_loop(model, guide, steps, measured)
    call = calls_of(network, ours.run)[-1]
    vp = vp_view(model, network, size)
    contenders = [
        bare_forwards(network, call, steps, measured),
        ours,
        released_loop(vp, guide, measured),
    ]
    if with_diffusers:
        from backend.evaluation.speed.diffusers_loop import diffusers_loops

        contenders += diffusers_loops(vp, guide, steps, measured)
    # The first, slower run of each, which does not count, is there to count the calls.
    calls = {each.name: len(calls_of(network, each.run)) for each in contenders}

    def turns(of: Sequence[Contender]) -> list[Times]:
        return take_turns(of, rounds, model.device, clock=clock, on_turn=on_turn)

    with answering_at_once(network, call.answer):
        (loop_alone,) = turns([ours])
    compiled_s = 0.0
    if compile_network:
        began = clock()
        compile_for(network, model.device)
        for contender in contenders:
            contender.run()
        wait_for(model.device)
        compiled_s = clock() - began
    bare, ours_timed, released, *theirs = turns(contenders)
    return Measurement(
        title=model.info.title,
        size=size,
        bare=bare,
        ours=ours_timed,
        loop_alone=loop_alone,
        released=released,
        diffusers=tuple(theirs),
        calls=calls,
        compiled_s=compiled_s,
    )


def check_size(model: PixelModel, size: int) -> None:
    """Raise InvalidValue unless the network sees just this size, once an evaluation."""
    scales = plan_scales(
        size, size, model.native_px, model.schedule, T0, 1, is_enlarged=model.composes_at_native
    )
    tile = model.tile_px
    if len(scales) > 1 or scales[0].height != size or size > tile or size % model.multiple:
        raise InvalidValue(
            f"size is {size}; the model {model.info.name!r} edits that size in several scales or "
            f"tiles, or pads it, and other loops would not do the same work.",
            f"Choose its native size, {model.native_px}.",
        )


def network_of(model: PixelModel) -> nn.Module:
    """What all the loops go around."""
    network: nn.Module = model.network  # type: ignore[attr-defined]
    return network


def compile_for(network: nn.Module, device: torch.device) -> None:
    """Let torch compile it with its first call; on CUDA also record its kernels as one graph."""
    network.compile(mode="reduce-overhead" if device.type == "cuda" else "default", dynamic=False)
