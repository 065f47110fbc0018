"""What a job is for: the message that it sends, and what becomes of the answer.

Every job goes the same way (`job_line`); what it is for differs here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Mapping

from .. import notices
from ..area import Plan
from ..notices import Notice
from ..panel_state import shown_number
from ..protocol.bounds import Bounds
from ..protocol.images import Image
from ..protocol.messages import EditRequest, Message, Result
from ..protocol.recipes import alone
from ..settings import ABOVE
from ..short_steps import ShortSteps
from ..studio import Inserted, Pixels, Studio
from ..ways import Way

if TYPE_CHECKING:
    from .job import Job


@dataclass(frozen=True)
class Insertion:
    """A layer to be added: its name, and the part of ``picture`` inside ``area``."""

    name: str
    picture: Image
    area: Bounds
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """What made it, to be kept with the layer."""
    place: str = ABOVE


class Errand:
    """The base of all errands."""

    reads = True
    """Whether the guide is read before anything is sent."""

    of_document = True
    """Whether the guide is the active document as it is when the job begins."""

    is_patient = False
    """Whether it waits for a stroke to end by itself, however long that takes."""

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:
        """What is sent, under the job's id. Plan and pixels are there if the errand `reads`."""
        raise NotImplementedError

    def reading(self, job: Job) -> ShortSteps[Pixels]:
        """How the guide is read if it is not `of_document`."""
        raise NotImplementedError

    def answered(self, job: Job, answer: Message) -> Insertion | Notice:
        """The job's answer (not Failed, not Cancelled): a layer to add, or what to say of it."""
        raise NotImplementedError

    def inserting(self, job: Job, studio: Studio) -> ShortSteps[Inserted]:
        """How what was made comes into the document."""
        made, plan = job.insertion, job.plan
        assert made is not None
        above, frame = ("", None) if plan is None else (plan.layer, plan.wanted.frame)
        return studio.insert(
            job.document, above, made.name, made.picture, made.area, made.place, frame
        )

    def added(self, job: Job, outcome: Inserted, is_resized: bool, is_elsewhere: bool) -> Notice:
        """The layer is in the document: what to say.

        ``is_resized``: the canvas has another size now; ``is_elsewhere``: another document is
        active.
        """
        return notices.inserted(job.seconds, outcome, is_resized, is_elsewhere)


class MakeLayer(Errand):
    """One picture, which becomes a layer as soon as it is there."""

    def message(self, job: Job, plan: Plan | None, pixels: Pixels | None) -> Message:
        return edit_request(job, plan, pixels)

    def answered(self, job: Job, answer: Message) -> Insertion | Notice:
        assert isinstance(answer, Result)
        assert job.plan is not None
        recipe = layer_recipe(answer.recipe, job.id, 0, 1)
        name = layer_name({"t0": job.settings.t0, "seed": job.settings.seed})
        return Insertion(name, answer.pictures[0], job.plan.area, recipe, job.settings.place)


def layer_name(recipe: Mapping[str, Any]) -> str:
    """What a result's layer is called."""
    one = alone(recipe)
    return f"SDEdit t0 {shown_number(float(one.get('t0', 0)))} seed {one.get('seed', 0)}"


def layer_recipe(recipe: Mapping[str, Any], entry: str, nth: int, count: int) -> dict[str, Any]:
    """The recipe of the ``nth`` of an edit's pictures, and where the history keeps the edit."""
    which = {"picture": nth + 1} if count > 1 else {}
    return {**recipe, **which, "entry": entry}


def edit_request(job: Job, plan: Plan | None, pixels: Pixels | None) -> EditRequest:
    """The one message that holds all that affects the picture, by the job's settings."""
    assert plan is not None
    assert pixels is not None
    settings = job.settings
    return EditRequest(
        job_id=job.id,
        guide=pixels.guide,
        mask=pixels.mask,
        footprint=pixels.footprint,
        footprint_of="object" if plan.way is Way.BLEND else "strokes",
        edge_px=plan.edge_px or 1,
        t0_map=pixels.t0_map,
        profile=pixels.profile,
        canvas_width=plan.canvas.width,
        canvas_height=plan.canvas.height,
        model=settings.model,
        t0=settings.t0,
        steps=settings.steps,
        seed=settings.seed,
        repeats=settings.repeats,
        label=settings.label,
        prompt=settings.prompt,
        negative_prompt=settings.negative_prompt,
        guidance_scale=settings.guidance_scale,
        watermark=settings.is_marked,
        document=job.document_id,
    )
