"""What the panel says of document, jobs and backend: short, plain, and with what to do next."""

from __future__ import annotations

from .area import NothingToEdit, plan_edit
from .backend_link import BackendLink, BackendState
from .job import Job, Stage
from .notices import Notice, failure
from .panel_state import Mood, duration_in_words
from .studio import DocumentFacts


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


def shape(facts: DocumentFacts | None) -> tuple[int, int] | None:
    """Width and height of what the model will see; None when there is nothing to edit."""
    try:
        window = plan_edit(facts).window
    except NothingToEdit:
        return None
    return window.width, window.height


def status(
    facts: DocumentFacts | None,
    link: BackendLink,
    job: Job | None,
    others: int,
    last: Notice | None,
) -> Notice:
    """What the status line says now: the job, else what the last one came to, else the rest.

    ``others``: how many more jobs are under way.
    """
    if job is not None:
        return _with_others(_of_job(job, link), others)
    nothing = _nothing_to_edit(facts)
    # A backend that has died since the last edit matters more than how well that one went.
    is_in_trouble = link.problem is not None or link.state is BackendState.SILENT
    is_outdated = nothing is not None or is_in_trouble
    if last is not None and (last.mood is Mood.PROBLEM or not is_outdated):
        return last
    if link.state in (BackendState.UNUSABLE, BackendState.BROKEN) and link.problem is not None:
        return failure(link.problem)
    if others:
        return _working("An edit of another document is under way.")
    return _of_backend(link) if nothing is None else nothing


def _with_others(notice: Notice, others: int) -> Notice:
    if not others or notice.mood is Mood.PROBLEM:
        return notice
    return Notice(f"{notice.sentence} {others} more after it.", notice.hint, notice.mood)


def _nothing_to_edit(facts: DocumentFacts | None) -> Notice | None:
    try:
        plan_edit(facts)
    except NothingToEdit as error:
        return Notice(error.sentence, error.hint, Mood.CALM if facts is None else Mood.PROBLEM)
    return None


def _of_job(job: Job, link: BackendLink) -> Notice:
    if job.stage is Stage.CANCELLING:
        return _working("Cancelling…")
    if job.stage is Stage.INSERTING:
        held_up = "Done. The layer comes when you lift the brush."
        return _working(held_up if job.is_held_up else "Done. Adding the layer…")
    if link.state is BackendState.SILENT:
        return Notice(
            "The backend is not answering.",
            "Wait for it, or cancel: the next edit starts a new one.",
            Mood.PROBLEM,
        )
    if job.stage is Stage.READING:
        held_up = "Waiting for Krita to finish painting…"
        return _working(held_up if job.is_held_up else "Reading the painting…")
    # Also in the midst of an edit: its worker may have died, and another one begins anew.
    if link.is_starting:
        return _working(_of_start(link, job.is_second_start))
    if job.stage is Stage.RUNNING and job.of:
        return _working(_of_progress(job))
    if job.stage is Stage.QUEUED and job.position > 0:
        time = duration_in_words(job.wait_s)
        return _working(f"Waiting: {job.position} before this one{time and f', {time}'}.")
    return _working("Sent to the backend…")


def _working(sentence: str) -> Notice:
    return Notice(sentence, mood=Mood.WORKING)


def _of_progress(job: Job) -> str:
    """A share, not a count of steps: finer scales and tiles add steps that nobody asked for."""
    time = duration_in_words(job.seconds_left)
    return f"{100 * job.step // job.of} %{time and f', {time} left'}"


def _of_backend(link: BackendLink) -> Notice:
    if link.is_starting:
        return _working(_of_start(link))
    if link.state is BackendState.SILENT:
        return Notice("The backend is not answering.", "Generate starts a new one.", Mood.PROBLEM)
    if link.state is BackendState.STOPPED:
        if link.problem is not None:
            return failure(link.problem)
        return Notice("The backend starts with your first edit.")
    return Notice(link.sentence or "Ready.")


def _of_start(link: BackendLink, is_second: bool = False) -> str:
    if link.state is BackendState.LOADING and link.sentence:
        return link.sentence
    if is_second:
        return "The backend stopped unexpectedly. Starting it again…"
    return "Starting the backend…"
