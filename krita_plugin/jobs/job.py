"""One job on its way, from the artist's wish to the backend's answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import Enum

from ..area import Plan
from ..protocol.messages import Message
from ..settings import Settings
from ..short_steps import ShortSteps
from ..studio import Inserted, Pixels
from ..ways import Choices
from .errand import Errand, Insertion


def new_job_id() -> str:
    """An id that no other job has."""
    return uuid.uuid4().hex


class Stage(Enum):
    """Where a job stands. It moves downwards only; CANCELLING can follow any but INSERTING."""

    READING = "its pixels are being read, or wait until Krita has finished what it is painting"
    STARTING = "has its pixels; waits for a backend to send them to"
    QUEUED = "sent; waits for its turn"
    RUNNING = "the backend works on it"
    CANCELLING = "the artist has cancelled it; the backend has not yet confirmed"
    INSERTING = "done; its layer is being made, or waits until the brush is lifted"


@dataclass(eq=False)
class Job:
    """What is known of one job that is under way."""

    errand: Errand
    settings: Settings
    """The settings when it was asked for; ``seed`` is the seed that is used."""
    document: int
    choices: Choices = field(default_factory=Choices)
    id: str = field(default_factory=new_job_id)
    began_at: float = 0.0
    document_id: str = ""
    """The document's own name, under which the history keeps the result; "" for not at all."""
    stage: Stage = Stage.READING
    plan: Plan | None = None
    request: Message | None = None
    reading: ShortSteps[Pixels] | None = None
    insertion: Insertion | None = None
    inserting: ShortSteps[Inserted] | None = None
    is_held_up: bool = False
    """Whether reading or inserting waits for Krita to finish a stroke."""
    sent_to: int = 0
    """The backend (`BackendLink.starts`) that has the request; 0 while none has."""
    is_second_start: bool = False
    """Whether a backend has already died under it, and it was sent to a new one."""
    position: int = 0
    wait_s: float = -1.0
    step: int = 0
    of: int = 0
    seconds_left: float = -1.0
    cancelled_at: float = 0.0
    seconds: float = 0.0
    """How long the backend worked on it."""

    @property
    def progress(self) -> float | None:
        """0 to 1, None while it is not known."""
        if self.stage is Stage.INSERTING:
            return 1.0
        if self.stage is Stage.RUNNING and self.of:
            return self.step / self.of
        return None

    @property
    def is_at_backend(self) -> bool:
        return self.stage in (Stage.QUEUED, Stage.RUNNING)

    @property
    def is_in_steps(self) -> bool:
        """Whether there is work to go on with as soon as the artist's own events are dealt with."""
        is_at_it = self.reading is not None or self.inserting is not None
        return is_at_it and not self.is_held_up

    def begin_anew(self) -> None:
        """Its backend has died: it waits for another one to be sent to."""
        self.is_second_start = True
        if self.request is not None:
            self.stage = Stage.STARTING
        self.step, self.of, self.seconds_left = 0, 0, -1.0

    def put_down(self) -> None:
        """Give up what is half read or half inserted."""
        for steps in (self.reading, self.inserting):
            if steps is not None:
                steps.close()
        self.reading = self.inserting = None
