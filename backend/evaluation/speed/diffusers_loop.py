"""diffusers' own image-to-image loop, around a network of pixels.

What its Img2Img pipelines do between encoding and decoding, without text or guidance:
``set_timesteps``, the share `strength` of the timesteps, ``add_noise``, then for each timestep
``scale_model_input``, the network and ``step``. The schedulers are diffusers', as they come.
"""

from __future__ import annotations

import itertools
from typing import Any

import diffusers
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from backend.evaluation.speed.loops import T0
from backend.evaluation.speed.timing import Contender
from backend.evaluation.speed.vp_view import TIMESTEPS, VPView


def diffusers_loops(vp: VPView, guide: Tensor, evaluations: int, measured: int) -> list[Contender]:
    """With the scheduler of our default's method, and with DDIM at eta 1: both solve the SDE."""
    told = {
        "num_train_timesteps": TIMESTEPS,
        "trained_betas": list(vp.schedule.betas),
        "prediction_type": "epsilon" if vp.predicts_epsilon else "sample",
    }
    loops: dict[str, tuple[Any, dict[str, Any]]] = {
        "DPMSolverMultistep, sde-dpmsolver++": (
            DPMSolverMultistepScheduler(algorithm_type="sde-dpmsolver++", **told),  # type: ignore[no-untyped-call]
            {},
        ),
        "DDIM, eta 1": (DDIMScheduler(clip_sample=False, **told), {"eta": 1.0}),  # type: ignore[no-untyped-call]
    }

    def contender(name: str, scheduler: Any, options: dict[str, Any]) -> Contender:
        return Contender(
            f"diffusers {diffusers.__version__}, {name}",
            evaluations,
            measured,
            lambda: img2img(vp, guide, scheduler, T0, measured, **options),
        )

    return [contender(name, *loop) for name, loop in loops.items()]


@torch.no_grad()
def img2img(
    vp: VPView, guide: Tensor, scheduler: Any, strength: float, evaluations: int, **options: Any
) -> Tensor:
    """Its result; `options` go to the scheduler's ``step``."""
    steps = inference_steps(strength, evaluations)
    scheduler.set_timesteps(steps, device=guide.device)
    begin = steps - evaluations
    timesteps = scheduler.timesteps[begin * scheduler.order :]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin * scheduler.order)
    x: Tensor = scheduler.add_noise(guide, torch.randn_like(guide), timesteps[:1])
    for timestep in timesteps:
        seen = scheduler.scale_model_input(x, timestep)
        output = vp.predict(seen, timestep.expand(len(x)))
        x = scheduler.step(output, timestep, x, **options, return_dict=False)[0]
    return x


def inference_steps(strength: float, evaluations: int) -> int:
    """``num_inference_steps`` of which diffusers' truncation leaves so many evaluations."""
    return next(
        steps
        for steps in itertools.count(evaluations)
        if min(int(steps * strength), steps) == evaluations
    )
