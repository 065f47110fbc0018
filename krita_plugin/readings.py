"""How a candidate came out, in words and as a share: what the numbers mean to an artist."""

from __future__ import annotations

from .gallery import Candidate
from .i18n import _
from .panel_state import local_number

FARTHEST = 48.0
"""Steps of an 8-bit picture at which hardly anything of a painting is left."""
FAITHFULNESS = (
    (5.0, _("hardly touched")),
    (12.0, _("close to yours")),
    (24.0, _("freely yours")),
    (FARTHEST, _("far from yours")),
)
# The model is the judge: at 1 it is surprised no more than by photographs.
REALISM = (
    (0.25, _("looks painted")),
    (0.5, _("half real")),
    (0.75, _("looks real")),
    (1.0, _("real to this model")),
)


def faithful_share(candidate: Candidate) -> float | None:
    """1 for the painting itself, 0 where nothing of it is left."""
    if candidate.faithfulness is None:
        return None
    return 1.0 - min(candidate.faithfulness, FARTHEST) / FARTHEST


def real_share(candidate: Candidate) -> float | None:
    """0 to 1."""
    return None if candidate.realism is None else min(max(candidate.realism, 0.0), 1.0)


def in_words(candidate: Candidate, is_by_seed: bool = False) -> str:
    """The candidate in a line: "t0 0.45 · close to yours · looks real"."""
    seed, t0 = candidate.seed, local_number(candidate.t0)
    parts = [_("seed {seed}").format(seed=seed) if is_by_seed else f"t0 {t0}"]
    if candidate.repeat:
        parts = [_("after repeat {repeat}").format(repeat=candidate.repeat)]
    if candidate.faithfulness is not None:
        parts.append(_word(candidate.faithfulness, FAITHFULNESS))
    if candidate.realism is not None:
        parts.append(_word(candidate.realism, REALISM))
    return " · ".join(parts)


def in_numbers(candidate: Candidate) -> str:
    """All that is known of it, for the tip."""
    t0 = local_number(candidate.t0)
    lines = [_("t0 {t0}, seed {seed}").format(t0=t0, seed=candidate.seed)]
    if candidate.faithfulness is not None:
        distance = _("Distance from your painting: {distance:.1f} of 255")
        lines.append(distance.format(distance=candidate.faithfulness))
    if candidate.realism is not None:
        lines.append(_("Realism: {realism:.2f} of 1").format(realism=candidate.realism))
    return "\n".join(lines)


def _word(value: float, words: tuple[tuple[float, str], ...]) -> str:
    return next((word for limit, word in words if value <= limit), words[-1][1])
