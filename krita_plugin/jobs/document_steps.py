"""What a job does with its document, step by step: read the guide, and add the result."""

from __future__ import annotations

from ..area import plan_edit, t0_map_gone
from ..i18n import _
from ..protocol.errors import SDEditError
from ..studio import Inserted, Studio
from .job import Job, Stage

STROKE_PATIENCE_S = 1.0
"""How long Generate waits for a stroke to end before it ends it, as Krita's own actions do."""


class AnotherDocument(SDEditError):
    """The artist turned to another document before the guide was read."""

    code = "another-document"


def read_on(job: Job, studio: Studio, waited_s: float) -> None:
    """Go on with reading; when all is read, the job has its request and waits to be sent.

    ``waited_s``: since the job was asked for. Raises NothingToEdit and AnotherDocument.
    """
    job.is_held_up = studio.is_busy(job.document)
    is_read = _read_document_on(job, studio, waited_s) if job.errand.of_document else _read_on(job)
    if not is_read:
        return
    assert job.reading is not None
    assert job.reading.outcome is not None
    assert job.plan is not None
    if job.plan.wanted.t0_map and job.reading.outcome.t0_map is None:
        raise t0_map_gone()
    job.request = job.errand.message(job, job.plan, job.reading.outcome)
    job.reading, job.is_held_up = None, False
    job.stage = Stage.STARTING


def _read_on(job: Job) -> bool:
    """Go on with what a stroke does not change, but not while the brush is down."""
    if job.is_held_up:
        return False
    if job.reading is None:
        job.reading = job.errand.reading(job)
    return job.reading.advance()


def _read_document_on(job: Job, studio: Studio, waited_s: float) -> bool:
    if job.is_held_up:
        job.put_down()  # a stroke began meanwhile: what was read is older than it
    if job.reading is None:
        # Facts anew: the artist may have gone on while a stroke was being finished.
        facts = studio.facts(layer=job.choices.layer)
        if facts is None or facts.document != job.document:
            raise AnotherDocument(
                _("Another document was chosen before the edit began."), _("Press Generate again.")
            )
        plan = job.plan = plan_edit(facts, job.choices)
        if job.is_held_up:
            if waited_s < STROKE_PATIENCE_S or job.errand.is_patient:
                return False
            studio.finish_strokes(job.document)
        job.reading = studio.read(plan.document, plan.wanted)
    if job.is_held_up:
        job.reading.finish()  # before the next stroke can begin
        return True
    return job.reading.advance()


def insert_on(job: Job, studio: Studio) -> Inserted | None:
    """Go on with making the new layer; what came of it when it is in the document."""
    job.is_held_up = studio.is_busy(job.document)
    if job.is_held_up:
        return None  # the brush is down: the layer comes when it is lifted
    if job.inserting is None:
        # Receiving a large picture, and letting go of its guide, has taken its time already.
        job.inserting = job.errand.inserting(job, studio)
        return None
    job.inserting.advance()
    outcome = job.inserting.outcome
    if outcome is not None and job.insertion is not None and job.insertion.recipe:
        guide = "" if job.plan is None else job.plan.layer
        studio.keep_recipe(job.document, outcome.layer, job.insertion.recipe, guide)
    return outcome
