"""The loops around one network that are compared."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from backend.evaluation.speed.timing import Contender
from backend.evaluation.speed.vp_view import VPView, condition_for
from backend.models.edit import Edit
from backend.models.pixel_model import PixelModel
from backend.sdedit.released import sdedit_released

T0 = 0.45
RELEASED_TIMESTEPS, RELEASED_REPEATS = (400, 500), 3
"""The released program's default ``--t``, its README's, and its default ``--sample_step``."""


@dataclass(frozen=True)
class Call:
    """A network's input, as a loop gave it, and its answer."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]
    answer: Any


def edit_loop(model: PixelModel, guide: Tensor, evaluations: int, measured: int) -> Contender:
    """An edit as the worker makes it, but for the pixels' way in and out."""

    def run() -> None:
        asked = Edit(t0=T0, steps=measured, seed=1, condition=condition_for(model))
        deque(model.edit(guide, asked), maxlen=0)

    return Contender("SDEdit for Krita", evaluations, measured, run)


def bare_forwards(network: nn.Module, call: Call, evaluations: int, measured: int) -> Contender:
    """The network alone, on the input that the edit gave it."""

    @torch.no_grad()
    def run() -> None:
        for _ in range(measured):
            network(*call.arguments, **call.options)

    return Contender("the network alone", evaluations, measured, run)


def released_loop(vp: VPView, guide: Tensor, measured: int) -> Contender:
    """The first evaluations of a run of ermongroup/SDEdit's program."""

    def run() -> None:
        states = sdedit_released(
            vp.epsilon,
            guide,
            vp.schedule,
            lambda _index: torch.randn_like(guide),
            timesteps=RELEASED_TIMESTEPS[0],
            repeats=RELEASED_REPEATS,
        )
        deque(itertools.islice(states, measured), maxlen=0)

    evaluations = RELEASED_TIMESTEPS[0] * RELEASED_REPEATS
    name = f"the released SDEdit, T = {RELEASED_TIMESTEPS[0]}, K = {RELEASED_REPEATS}"
    return Contender(name, evaluations, measured, run)


def calls_of(network: nn.Module, run: Callable[[], object]) -> list[Call]:
    """The network's calls in a run; their tensors are those of the run, not copies."""
    calls: list[Call] = []

    def note(_module: nn.Module, arguments: Any, options: Any, answer: Any) -> None:
        calls.append(Call(arguments, options, answer))

    handle = network.register_forward_hook(note, with_kwargs=True)
    try:
        run()
    finally:
        handle.remove()
    return calls


@contextmanager
def answering_at_once(network: nn.Module, answer: Any) -> Iterator[None]:
    """For as long as it lasts, the network computes nothing and gives always this answer."""
    network.forward = lambda *_arguments, **_options: answer
    try:
        yield
    finally:
        del network.forward
