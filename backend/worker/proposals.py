"""A proposal of t0, from the request's raw pixels to the step that brings it."""

from __future__ import annotations

from collections.abc import Iterator

from backend.models.calibration import Place
from backend.models.model import Model
from backend.models.t0_proposals import ProposalStep, propose_t0
from backend.pictures.footprint import with_areas
from backend.pictures.pixels import grey_values, rgb_over_white
from backend.sdedit.edit import NonFiniteResultError
from backend.worker.job import NoPicture
from protocol.errors import InvalidValue
from protocol.messages import ProposeT0


def run_proposal(request: ProposeT0, model: Model) -> Iterator[ProposalStep]:
    """Look for a t0; one ProposalStep for each evaluation.

    Raises SDEditError for anything the request or the model can cause.
    """
    request = with_areas(request)
    guide = rgb_over_white(request.guide, request.profile)
    mask = None if request.mask is None else grey_values(request.mask)
    if mask is not None and not bool(mask.any()):
        raise InvalidValue("The selection is empty inside the canvas.", "Select what may change.")
    place = Place(request.guide.bounds, request.canvas_height, mask)
    try:
        yield from propose_t0(model, guide, place)
    except NonFiniteResultError as error:
        raise NoPicture(
            "The model made numbers that are not a picture.", "Choose t0 yourself."
        ) from error
