"""What the front needs from whoever computes the pictures.

The local pool of worker processes is one such engine; a cluster of machines can be another. An
engine belongs to the front's thread, never waits, and speaks the protocol's own messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import zmq

from protocol.messages import Failed, JobRequest, Message

CRASHED_TWICE = "job-crashed-twice"
"""The code of `Failed` for a job that has ended two workers."""


def crashed_twice(job_id: str) -> Failed:
    """What an engine says of such a job."""
    return Failed(
        job_id,
        CRASHED_TWICE,
        "Two workers ended unexpectedly while they made this picture.",
        "Select a smaller area or choose another model; the log says more.",
    )


@dataclass(frozen=True)
class EngineState:
    """The engine in a word and in words for the artist."""

    name: str
    """"loading" (takes no jobs yet), "ready" or "broken" (will never take one)."""
    sentence: str
    hint: str = ""
    code: str = ""
    """With "broken": the error code under which jobs are refused."""
    device: str = ""
    models: tuple[dict[str, Any], ...] = ()


class Engine(Protocol):
    """Runs jobs, a few at a time; each submitted job ends in exactly one final event."""

    name: str
    """"local" or "ray"."""
    spreads: bool
    """Whether a job's pictures are better made one by one, as parts, wherever there is room. One
    device makes them faster in one batch."""

    def start(self) -> None:
        """Begin to load; returns at once."""

    def sockets(self) -> Sequence[zmq.Socket[bytes]]:
        """The sockets whose readability means that `events` has something to do."""

    def events(self) -> list[Message]:
        """What has happened since the last call: Progress, and each job's Result, Failed or
        Cancelled. Call it at least ten times a second: supervision happens here too."""

    def has_room(self) -> bool:
        """Whether `submit` takes a job now."""

    def submit(self, request: JobRequest) -> None:
        """Run this job; its id is that of no other job in the engine."""

    def cancel(self, job_id: str) -> None:
        """Stop this job within one network evaluation; its Cancelled comes as an event."""

    def state(self) -> EngineState: ...

    def devices(self) -> Sequence[dict[str, Any]]:
        """What computes, one by one: see `StatusReport.devices`."""

    def close(self) -> None:
        """End everything that was started, within a few seconds."""
