"""All that the panel says, in one place: short, plain, and with what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from .area import NothingToEdit, plan_edit
from .backend_link import BackendLink, BackendState
from .job import Job, Stage
from .panel_state import Mood
from .protocol.errors import SDEditError
from .studio import DocumentFacts, Insertion


@dataclass(frozen=True)
class Notice:
    """A sentence, what to do, and how it is meant."""

    sentence: str
    hint: str = ""
    mood: Mood = Mood.CALM


CANCELLED = Notice("Cancelled. The document is as it was.")
DOCUMENT_CLOSED = Notice("The document was closed, so its edit was given up.", mood=Mood.PROBLEM)
ANOTHER_DOCUMENT = Notice(
    "Another document was chosen before the edit began.", "Press Generate again.", Mood.PROBLEM
)


def failure(error: SDEditError) -> Notice:
    """An error in its own words."""
    return Notice(error.sentence, error.hint, Mood.PROBLEM)


def inserted(job: Job, outcome: Insertion, is_resized: bool, is_elsewhere: bool) -> Notice:
    """What became of a finished picture; ``is_elsewhere``: not in the active document."""
    place = "a new layer of the document it was begun in" if is_elsewhere else "a new layer"
    sentence = f"Done in {max(1, round(job.seconds))} s, as {place}."
    if outcome is Insertion.ON_TOP:
        return Notice(sentence, "Its guide layer is gone, so it lies on top.", Mood.PROBLEM)
    if is_resized:
        return Notice(
            sentence, "The canvas was resized meanwhile; check where it lies.", Mood.PROBLEM
        )
    return Notice(sentence)


def guide(facts: DocumentFacts | None) -> str:
    """What the model will be shown."""
    if facts is None:
        return "–"
    if not facts.layer:
        return "All visible layers"
    if not facts.is_shown:
        return f"All below “{facts.layer_name}” (hidden)"
    kind = "Group " if facts.is_group else ""
    return f"{kind}“{facts.layer_name}” and all below"


def area(facts: DocumentFacts | None) -> str:
    """What may change, in pixels."""
    if facts is None:
        return "–"
    if facts.selection is None:
        return f"Whole canvas, {facts.canvas.width} × {facts.canvas.height} px"
    chosen = facts.selection.intersection(facts.canvas)
    if chosen.is_empty:
        return "Nothing is selected"
    return f"Selection, {chosen.width} × {chosen.height} px"


def status(
    facts: DocumentFacts | None, link: BackendLink, job: Job | None, last: Notice | None
) -> Notice:
    """What the status line says now: the edit, else what the last one came to, else the rest."""
    if job is not None:
        return _of_job(job, link)
    nothing = _nothing_to_edit(facts)
    # A backend that has died since the last edit matters more than how well that one went.
    is_in_trouble = link.problem is not None or link.state is BackendState.SILENT
    is_outdated = nothing is not None or is_in_trouble
    if last is not None and (last.mood is Mood.PROBLEM or not is_outdated):
        return last
    if link.state in (BackendState.UNUSABLE, BackendState.BROKEN) and link.problem is not None:
        return failure(link.problem)
    return _of_backend(link) if nothing is None else nothing


def _nothing_to_edit(facts: DocumentFacts | None) -> Notice | None:
    try:
        plan_edit(facts)
    except NothingToEdit as error:
        return Notice(error.sentence, error.hint, Mood.CALM if facts is None else Mood.PROBLEM)
    return None


def _of_job(job: Job, link: BackendLink) -> Notice:
    working = Mood.WORKING
    if job.stage is Stage.CANCELLING:
        return Notice("Cancelling…", mood=working)
    if job.stage is Stage.INSERTING:
        return Notice("Done. The layer comes when you lift the brush.", mood=working)
    if link.state is BackendState.SILENT:
        return Notice(
            "The backend is not answering.",
            "Wait for it, or cancel: the next edit starts a new one.",
            Mood.PROBLEM,
        )
    if job.stage is Stage.READING:
        return Notice("Waiting for Krita to finish painting…", mood=working)
    # Also in the midst of an edit: its worker may have died, and another one begins anew.
    if link.is_starting:
        return Notice(_of_start(link), mood=working)
    if job.stage is Stage.RUNNING and job.of:
        return Notice(f"Step {job.step} of {job.of}", mood=working)
    if job.stage is Stage.QUEUED and job.position > 0:
        edits = "edit" if job.position == 1 else "edits"
        return Notice(f"Waiting: {job.position} {edits} before yours.", mood=working)
    return Notice("Sent to the backend…", mood=working)


def _of_backend(link: BackendLink) -> Notice:
    if link.is_starting:
        return Notice(_of_start(link), mood=Mood.WORKING)
    if link.state is BackendState.SILENT:
        return Notice("The backend is not answering.", "Generate starts a new one.", Mood.PROBLEM)
    if link.state is BackendState.STOPPED:
        if link.problem is not None:
            return failure(link.problem)
        return Notice("The backend starts with your first edit.")
    return Notice(link.sentence or "Ready.")


def _of_start(link: BackendLink) -> str:
    if link.state is BackendState.LOADING and link.sentence:
        return link.sentence
    return "Starting the backend…"
