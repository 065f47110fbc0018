"""One edit on its way, from the press of Generate to the new layer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import Enum

from .area import Plan
from .protocol.images import Image
from .protocol.messages import EditRequest
from .settings import Settings
from .short_steps import ShortSteps
from .studio import Inserted, Pixels


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


@dataclass
class Job:
    """What is known of the edit that is under way."""

    settings: Settings
    """The settings when Generate was pressed; ``seed`` is the seed that is used."""
    document: int
    began_at: float
    id: str = field(default_factory=new_job_id)
    stage: Stage = Stage.READING
    plan: Plan | None = None
    request: EditRequest | None = None
    reading: ShortSteps[Pixels] | None = None
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
    picture: Image | None = None
    seconds: float = 0.0

    @property
    def layer_name(self) -> str:
        return f"SDEdit t0 {shown_number(self.settings.t0)} seed {self.settings.seed}"

    @property
    def progress(self) -> float | None:
        """0 to 1, None while it is not known."""
        if self.stage is Stage.INSERTING:
            return 1.0
        if self.stage is Stage.RUNNING and self.of:
            return self.step / self.of
        return None

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

    def make_request(self, plan: Plan, pixels: Pixels) -> EditRequest:
        """The one message that holds all that affects the picture."""
        return EditRequest(
            job_id=self.id,
            guide=pixels.guide,
            mask=pixels.mask,
            canvas_width=plan.canvas.width,
            canvas_height=plan.canvas.height,
            t0=self.settings.t0,
            steps=self.settings.steps,
            seed=self.settings.seed,
        )


def shown_number(value: float) -> str:
    """At least two decimals, and no more zeros than that: "0.45", "0.455", "1.00"."""
    text = f"{value:.3f}"
    return text[:-1] if text.endswith("0") else text
