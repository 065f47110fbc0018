"""A state in which the panel shows all that it can, for looking at it."""

from __future__ import annotations

import time

from sdedit import wording
from sdedit.area import plan_edit
from sdedit.gallery import Candidate, GalleryView
from sdedit.model_facts import ModelFacts
from sdedit.panel_state import PanelState
from sdedit.past_results import PastResult
from sdedit.protocol.bounds import Bounds
from sdedit.protocol.images import Image, PixelFormat
from sdedit.settings import Settings
from sdedit.studio import DocumentFacts
from sdedit.ways import Choices, Way

CANVAS = Bounds(0, 0, 400, 300)
FACTS = DocumentFacts(1, CANVAS, "RGBA", "U8", "a", "Paint", False, True, None)
T0S = (0.25, 0.35, 0.45, 0.55, 0.65)


def full_state() -> PanelState:
    """A strip beside a model that takes words, a recipe and a history."""
    picture = Image(Bounds(0, 0, 40, 30), PixelFormat(), bytes((40, 120, 200, 255)) * 1200)
    plan = plan_edit(FACTS)
    candidates = tuple(
        Candidate(picture, picture, t0, 7, plan, 4.0 + 60 * (t0 - 0.25), t0) for t0 in T0S
    )
    history = tuple(
        PastResult(str(n), 0, time.time(), 0.45, 7, "landscape", picture) for n in range(4)
    )
    return PanelState(
        guide=wording.guide(FACTS, Choices()),
        area=wording.area(FACTS, Choices()),
        settings=Settings(model="sd", is_seed_random=False),
        status="",
        shape=(400, 300),
        way=Way.LOCAL,
        possible_ways=tuple(Way),
        gallery=GalleryView(candidates, chosen=1, kept=frozenset([0])),
        t0_marks=T0S,
        models=(
            ModelFacts("landscape", "Landscapes", "GPL-3.0", 256, "VE", nbytes=38_000_000),
            ModelFacts("sd", "By words", "OpenRAIL", 512, "VP", takes_prompt=True),
        ),
        history=history,
        has_more_history=True,
        recipe="landscape · t0 0.45 · seed 7 · 20 steps",
    )
