"""Why a request does not become a job, or a job does not begin."""

from __future__ import annotations

from protocol.messages import Failed, JobRequest

from .engine import CRASHED_TWICE, EngineState
from .jobs import Job, JobRefused, header_of
from .quarantine import Quarantine


def check_sent_again(key: str, request: JobRequest, owner: str, header: bytes) -> None:
    """Raise JobRefused unless this is the very job, of this owner, that there is of its id."""
    if owner != key:
        raise JobRefused("Another client has a job of this id.", "Send the job under a new id.")
    if header_of(request) != header:
        raise JobRefused("You have another job of this id.", "Send the job under a new id.")


def check_can_be_made(request: JobRequest, state: EngineState, quarantine: Quarantine) -> None:
    """Raise JobRefused where the engine could not make it, or has ended with it before."""
    if state.name == "broken":
        raise JobRefused(state.sentence, state.hint, code=state.code)
    known = [str(model.get("name", "")) for model in state.models]
    if known and request.model not in known:
        raise JobRefused(
            f"There is no model {request.model!r}.",
            f"Choose one of: {', '.join(known)}.",
            code="unknown-model",
        )
    if quarantine.holds(request):
        raise JobRefused(
            "This edit ended two workers a short time ago, so it is not tried again yet.",
            "Select a smaller area or choose another model; the log says more.",
            code=CRASHED_TWICE,
        )


def missed_deadline(job: Job, now: float) -> Failed | None:
    """What a job ends with that should have begun by now."""
    deadline_s = job.request.deadline_s
    if not 0 < deadline_s < now - job.added_at:
        return None
    return Failed(
        job.request.job_id,
        "deadline",
        f"The edit waited {deadline_s:g} s, its deadline, and did not begin.",
        "Ask again when less is waiting, or allow it more time.",
    )
