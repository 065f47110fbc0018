"""Runs the jobs that come over the link, one after the other, each to exactly one answer."""

from __future__ import annotations

import logging
import platform
from typing import Any

import torch

from backend.models.devices import device_in_words, is_device_lost, processor_in_words
from backend.models.loading import load_model
from backend.models.model import Model, Tiled
from backend.models.t0_proposals import T0Proposal
from backend.models.tile_tasks import SharesTiles
from backend.provenance.comparison import compare
from backend.provenance.digests import digest, format_in_words
from backend.worker.channel import Channel
from backend.worker.fitting import largest_fit
from backend.worker.job import run_edit
from backend.worker.loaded_models import LoadedModels
from backend.worker.memory import give_memory_back, is_out_of_memory
from backend.worker.pace import Pace
from backend.worker.proposals import run_proposal
from backend.worker.tile_help import TileCall, TileHelp
from protocol import VERSION
from protocol.errors import SDEditError
from protocol.images import Image
from protocol.messages import (
    Cancel,
    Cancelled,
    EditAgain,
    EditRequest,
    Failed,
    JobRequest,
    Message,
    Progress,
    Proposal,
    ProposeT0,
    Result,
)

log = logging.getLogger(__name__)


class Edits:
    """The worker's loop, on one device."""

    def __init__(self, link: Channel, device: str) -> None:
        self._link = link
        self._device = device
        self._models = LoadedModels(lambda name: load_model(name, device))
        self._tiles = TileHelp(self._models.get, device)

    def warm_up(self, request: EditRequest) -> None:
        """Load a model and run a first edit, so that the artist's first one finds all in place.

        Raises what `run_edit` raises.
        """
        for _ in run_edit(request, self._models.get(request.model)):
            pass

    def serve(self) -> None:
        """Run jobs until the process ends. The front sends one only when the last is answered."""
        while True:
            message = self._link.wait()
            if isinstance(message, TileCall):
                self._help(message)
            elif isinstance(message, JobRequest):
                self._tiles.forget()
                answer = self._run(message)
                self._link.send(answer)
                log.info("Job %s: %s.", message.job_id, type(answer).__name__)
                # The next job must not find this one's pictures in memory.
                del message, answer
                give_memory_back()
            # A Cancel that comes when nothing runs has crossed the answer on its way.

    def _help(self, call: TileCall) -> None:
        """Predict a tile of another worker's picture; one that cannot be done is given back."""
        try:
            call.answer(self._tiles.do(call.task))
        except Exception as error:
            call.answer(None)
            if is_device_lost(error):
                raise
            log.warning("A tile could not be predicted: %s", error)

    def _run(self, request: JobRequest) -> Message:
        """The answer to a job. A lost device ends the process: the error is raised."""
        job_id = request.job_id
        try:
            answer = self._answer(request)
            if isinstance(request, EditAgain) and isinstance(answer, Result):
                return compare(
                    request.job_id,
                    request.pictures,
                    answer.pictures,
                    request.recipe_then,
                    answer.recipe,
                )
            return answer
        except SDEditError as error:
            log.info("Job %s was refused: %s", job_id, error)
            return Failed.from_error(job_id, error)
        except Exception as error:  # the outermost edge of a job
            if is_device_lost(error):
                raise
            if not is_out_of_memory(error):
                log.exception("Job %s failed.", job_id)
                return Failed(
                    job_id,
                    "internal",
                    f"Something went wrong in the backend ({type(error).__name__}).",
                    "The worker's log says more; please report it.",
                )
        # Not in the except clause: there the error still holds all that it ran out with.
        return self._too_large(request)

    def _answer(self, request: JobRequest) -> Message:
        self._say_alive(request)
        pace = Pace()
        if self._is_cancelled(request.job_id):
            return Cancelled(request.job_id)
        model = self._models.get(request.model)
        if isinstance(model, SharesTiles):
            model.helpers = self._link.helpers
        if isinstance(request, ProposeT0):
            return self._propose_with(model, request, pace)
        assert isinstance(request, EditRequest)
        try:
            return self._edit_with(model, request, pace)
        except (MemoryError, RuntimeError) as error:
            smaller = self._in_smaller_tiles(model, request)
            if smaller is None or not is_out_of_memory(error):
                raise
            log.warning("Job %s ran out of memory: %s", request.job_id, error)
        give_memory_back()
        answer = self._edit_with(smaller, request, pace)
        if isinstance(answer, Result):
            answer.recipe["smaller_tiles"] = True  # It is not to the bit what one tile gives.
        return answer

    def _in_smaller_tiles(self, model: Model, request: EditRequest) -> Model | None:
        bounds = request.guide.bounds
        if not isinstance(model, Tiled):
            return None
        return model.in_smaller_tiles(max(bounds.width, bounds.height))

    def _edit_with(self, model: Model, request: EditRequest, pace: Pace) -> Message:
        pictures: tuple[Image, ...] = ()
        thumbnails: tuple[Image, ...] = ()
        shown: tuple[Image, ...] = ()
        readings: tuple[dict[str, float], ...] = ()
        for step in run_edit(request, model):
            seconds_left = pace.step_done(step.fraction)
            if self._is_cancelled(request.job_id):
                return Cancelled(request.job_id)
            pictures, thumbnails, shown = step.results, step.thumbnails, step.shown
            readings = step.readings
            wants_preview = request.previews and not pictures and pace.is_preview_due()
            preview = step.preview() if wants_preview else None
            self._link.send(Progress(request.job_id, step.step, step.of, seconds_left, preview))
        if not pictures:
            raise RuntimeError("the edit ended without a picture")
        recipe = self._recipe(request, model)
        return Result(request.job_id, pictures, pace.seconds(), recipe, readings, thumbnails, shown)

    def _propose_with(self, model: Model, request: ProposeT0, pace: Pace) -> Message:
        proposal: T0Proposal | None = None
        for step in run_proposal(request, model):
            seconds_left = pace.step_done(step.step / step.of)
            if self._is_cancelled(request.job_id):
                return Cancelled(request.job_id)
            proposal = step.proposal
            self._link.send(Progress(request.job_id, step.step, step.of, seconds_left))
        if proposal is None:
            raise RuntimeError("the looking ended without a proposal")
        return Proposal(request.job_id, proposal.t0, proposal.reason, proposal.sentence)

    def _too_large(self, request: JobRequest) -> Message:
        """Say that memory ran out, and what would have fitted."""
        log.warning("Job %s does not fit into memory.", request.job_id)
        self._models.keep_only(request.model)
        give_memory_back()
        is_cancelled = False

        def goes_on() -> bool:
            nonlocal is_cancelled
            self._say_alive(request)
            is_cancelled = self._is_cancelled(request.job_id)
            return not is_cancelled

        fit = None
        try:
            if isinstance(request, EditRequest):
                fit = largest_fit(request, self._models.get(request.model), goes_on)
        except (MemoryError, RuntimeError, SDEditError) as error:
            if is_device_lost(error):
                raise
            log.warning("No size was found that fits: %s", error)
        if is_cancelled:
            return Cancelled(request.job_id)
        return Failed(
            request.job_id,
            "out-of-memory",
            f"There was not enough memory on {device_in_words(self._device)} "
            f"for {_size(request)} pixels.",
            f"Select a smaller area ({fit[0]}×{fit[1]} pixels fit), or close other programs."
            if fit
            else "Close other programs, then try again.",
        )

    def _say_alive(self, request: JobRequest) -> None:
        self._link.send(Progress(request.job_id, 0, request.evaluations))

    def _is_cancelled(self, job_id: str) -> bool:
        """Whether the front has asked to stop this job."""
        while (message := self._link.receive()) is not None:
            if message == Cancel(job_id):
                return True
        return False

    def _recipe(self, request: EditRequest, model: Model) -> dict[str, Any]:
        """All that made the picture: the request, the model's digests, versions and device."""
        return {
            **request.recipe(),
            "model_sha256": model.info.sha256,
            "model_settings": model.info.settings_digest,
            "sdedit": VERSION,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": device_in_words(self._device),
            "processor": processor_in_words() if self._device == "cpu" else "",
            "guide_format": format_in_words(request.guide),
            "guide_digest": digest(request.guide),
            "mask_digest": digest(request.mask),
            "t0_map_digest": digest(request.t0_map),
            "footprint_digest": digest(request.footprint),
        }


def _size(request: JobRequest) -> str:
    return f"{request.guide.bounds.width}×{request.guide.bounds.height}"
