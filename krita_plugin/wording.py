"""What the panel says of document, jobs and backend: short, plain, and with what to do next."""

from __future__ import annotations

from .area import NothingToEdit, plan_edit
from .easel import Easel
from .i18n import _, plural
from .jobs.job import Job, Stage
from .link.backend_link import BackendLink
from .link.sentences import translated
from .link.state import BackendState
from .notices import Notice, failure
from .panel_state import Mood, PanelState, duration_in_words
from .settings import ALONE, BELOW, VISIBLE, Settings
from .studio import DocumentFacts
from .ways import Choices, Way, is_local_by_strokes, way_of


def panel_state(
    facts: DocumentFacts | None,
    choices: Choices,
    settings: Settings,
    link: BackendLink,
    easel: Easel,
    job: Job | None,
    others: int,
) -> PanelState:
    """What the panel shows, to which features add theirs.

    ``job``: the one to speak of; ``others``: how many more are under way.
    """
    notice = status(facts, choices, link, job, others, easel.notice)
    return PanelState(
        guide=guide(facts, choices),
        area=area(facts, choices),
        settings=settings,
        status=notice.sentence,
        hint=notice.hint,
        mood=notice.mood,
        is_working=job is not None,
        is_button_enabled=job is None or job.stage is not Stage.CANCELLING,
        progress=0.0 if job is None else job.progress,
        preview=easel.preview,
        shape=shape(facts, choices),
    )


def guide(facts: DocumentFacts | None, choices: Choices) -> str:
    """What the model will be shown."""
    if facts is None:
        return "–"
    if not facts.layer or choices.guide == VISIBLE:
        return _("All visible layers")
    if choices.guide == ALONE:
        return _("“{name}” alone").format(name=facts.layer_name)
    if not facts.is_shown:
        return _("All below “{name}” (hidden)").format(name=facts.layer_name)
    if facts.is_group:
        return _("Group “{name}” and all below").format(name=facts.layer_name)
    return _("“{name}” and all below").format(name=facts.layer_name)


def area(facts: DocumentFacts | None, choices: Choices) -> str:
    """What may change, in pixels."""
    if facts is None:
        return "–"
    if facts.selection is not None and facts.selection.intersection(facts.canvas).is_empty:
        return _("Nothing is selected")
    try:
        plan = plan_edit(facts, choices)
    except NothingToEdit:
        return "–"
    size = f"{plan.area.width} × {plan.area.height} px"
    if plan.way is Way.BLEND:
        return _("The layer and its edge, {size}").format(size=size)
    if facts.selection is not None:
        return _("Selection, {size}").format(size=size)
    if plan.way is Way.LOCAL:
        return _("Your strokes, {size}").format(size=size)
    return _("Whole canvas, {size}").format(size=size)


def shape(facts: DocumentFacts | None, choices: Choices) -> tuple[int, int] | None:
    """Width and height of what the model will see; None when there is nothing to edit."""
    try:
        window = plan_edit(facts, choices).window
    except NothingToEdit:
        return None
    return window.width, window.height


def status(
    facts: DocumentFacts | None,
    choices: Choices,
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
    nothing = _nothing_to_edit(facts, choices)
    # A backend that has died since the last edit matters more than how well that one went.
    is_in_trouble = link.problem is not None or link.state is BackendState.SILENT
    is_outdated = nothing is not None or is_in_trouble
    if last is not None and (last.mood is Mood.PROBLEM or not is_outdated):
        return last
    if link.state in (BackendState.UNUSABLE, BackendState.BROKEN) and link.problem is not None:
        return failure(link.problem)
    if others:
        return _working(_("An edit of another document is under way."))
    if nothing is not None:
        return nothing
    backend = _of_backend(link)
    return (_of_way(facts, choices) if backend.mood is Mood.CALM else None) or backend


def _with_others(notice: Notice, others: int) -> Notice:
    if not others or notice.mood is Mood.PROBLEM:
        return notice
    more = plural("{count} more after it.", "{count} more after it.", others).format(count=others)
    return Notice(f"{notice.sentence} {more}", notice.hint, notice.mood)


def _nothing_to_edit(facts: DocumentFacts | None, choices: Choices) -> Notice | None:
    try:
        plan_edit(facts, choices)
    except NothingToEdit as error:
        return Notice(error.sentence, error.hint, Mood.CALM if facts is None else Mood.PROBLEM)
    return None


def _of_job(job: Job, link: BackendLink) -> Notice:
    if job.stage is Stage.CANCELLING:
        return _working(_("Cancelling…"))
    if job.stage is Stage.INSERTING:
        held_up = _("Done. The layer comes when you lift the brush.")
        return _working(held_up if job.is_held_up else _("Done. Adding the layer…"))
    if link.state is BackendState.SILENT:
        return Notice(link.words.silent, link.words.silent_at_work_hint, Mood.PROBLEM)
    if job.stage is Stage.READING:
        held_up = _("Waiting for Krita to finish painting…")
        return _working(held_up if job.is_held_up else _("Reading the painting…"))
    # Also in the midst of an edit: its worker may have died, and another one begins anew.
    if link.state.is_starting:
        return _working(_of_start(link, job.is_second_start))
    if job.stage is Stage.RUNNING and job.of:
        return _working(_of_progress(job))
    if job.stage is Stage.QUEUED and job.position > 0:
        return _working(_of_queue(job))
    return _working(_("Sent to the backend…"))


def _of_way(facts: DocumentFacts | None, choices: Choices) -> Notice | None:
    """What an artist would want to know of the edit to come, if it is not simply what it seems."""
    if facts is None:
        return None
    way = way_of(facts, choices)
    if way is Way.BLEND:
        hint = "" if facts.layer in choices.ways else _("If it is strokes, choose Local.")
        return Notice(_("The layer’s edge is blended in, at a low t0."), hint)
    if is_local_by_strokes(facts, way):
        return Notice(_("Only your strokes change, and a little around them."))
    if choices.guide == BELOW and facts.layer and not facts.is_shown:
        return Notice(_("The active layer is hidden: only what lies below it counts."))
    return None


def _working(sentence: str) -> Notice:
    return Notice(sentence, mood=Mood.WORKING)


def _of_queue(job: Job) -> str:
    count, time = job.position, duration_in_words(job.wait_s)
    if time:
        return _("Waiting: {count} before this one, {time}.").format(count=count, time=time)
    return _("Waiting: {count} before this one.").format(count=count)


def _of_progress(job: Job) -> str:
    """A share, not a count of steps: finer scales and tiles add steps that nobody asked for."""
    percent, time = 100 * job.step // job.of, duration_in_words(job.seconds_left)
    if time:
        return _("{percent} %, {time} left").format(percent=percent, time=time)
    return _("{percent} %").format(percent=percent)


def frame_of(number: int, count: int, time: str) -> str:
    """How far a range of frames is; ``time`` "" while that is not known."""
    if time:
        return _("Frame {number} of {count}, {time} left").format(
            number=number, count=count, time=time
        )
    return _("Frame {number} of {count}").format(number=number, count=count)


def _of_backend(link: BackendLink) -> Notice:
    if link.state.is_starting:
        return _working(_of_start(link))
    if link.state is BackendState.SILENT:
        return Notice(link.words.silent, link.words.silent_hint, Mood.PROBLEM)
    if link.state is BackendState.STOPPED:
        if link.problem is not None:
            return failure(link.problem)
        return Notice(link.words.at_rest)
    return Notice(translated(link.sentence) or _("Ready."))


def _of_start(link: BackendLink, is_second: bool = False) -> str:
    if link.state is BackendState.LOADING and link.sentence:
        return translated(link.sentence)
    if is_second:
        return _("The backend stopped unexpectedly. Starting it again…")
    return link.words.slow if link.is_slow else link.words.starting
