"""What a client has asked for and has not yet been answered, through all its connections."""

from __future__ import annotations

from collections import deque
from typing import Union

from .messages import FINAL, NO_SUCH_JOB, Cancel, Cancelled, Failed, JobRequest, Message, Verify

AnyJob = Union[JobRequest, Verify]

REMEMBERED = 256
"""Answered jobs whose late or doubled messages are still recognised: more than a client may have
open at a time, many times over."""


class OpenJobs:
    """A client's jobs from `asked` to their one final answer. Nothing here talks to anyone."""

    def __init__(self) -> None:
        self._open: dict[str, AnyJob] = {}
        self._cancelled: set[str] = set()
        self._answered: deque[str] = deque(maxlen=REMEMBERED)

    def asked(self, request: AnyJob) -> None:
        """This request has been sent."""
        self._open[request.job_id] = request
        if request.job_id in self._answered:  # the owner wants it made once more
            self._answered.remove(request.job_id)

    def cancel(self, job_id: str) -> bool:
        """Note that the job is not wanted any more; whether it is open."""
        if job_id in self._open:
            self._cancelled.add(job_id)
        return job_id in self._open

    def to_repeat(self) -> list[Message]:
        """What a new connection has to be told: each open job, or that it is cancelled."""
        return [
            Cancel(job_id) if job_id in self._cancelled else request
            for job_id, request in self._open.items()
        ]

    def heard(self, message: Message) -> Message | None:
        """The message for the client's owner; None when it is about a job already answered."""
        job_id: str = getattr(message, "job_id", "")
        if job_id in self._answered:
            return None
        if isinstance(message, FINAL) and job_id in self._open:
            del self._open[job_id]
            self._answered.append(job_id)
            if job_id in self._cancelled:
                self._cancelled.remove(job_id)
                if isinstance(message, Failed) and message.code == NO_SUCH_JOB:
                    return Cancelled(job_id)  # The backend was started anew, or has given it up.
        return message
