"""The messages, by who sends them. This module is the specification of the protocol.

client → front     Hello, Ping, EditRequest, Cancel, Acknowledge
front → client     Welcome, Status, Accepted, Progress, Result, Failed, Cancelled
front → worker     EditRequest, Cancel
worker → front     WorkerReady, Progress, Result, Failed, Cancelled

A job's answers come in this order: Accepted (again whenever its position changes, and every few
seconds while it waits), Progress any number of times, then one of Result, Failed, Cancelled.

Its id is made by the client and belongs to the client's key, not to a connection. The same request
sent again under the same id is the same job: over a new connection, too, it is answered by Accepted
or, when it is done, by its final answer. That is kept until the client acknowledges it, within
LIMITS.kept_bytes and TIMEOUTS.kept_s. Of a client that is gone, jobs go on for
TIMEOUTS.client_return_s; then they are stopped and forgotten, and the id is free again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from .errors import InvalidValue, SDEditError
from .fields import boolean, check_of, image, images, integer, number, record, records, text
from .images import MASK, Image
from .limits import LIMITS
from .sentences import sendable

PROTOCOL_VERSION = 2

SEED_MAX = 2**64 - 1
STEPS_MAX = 1000
VARIANTS_MAX = 8

NO_SUCH_JOB = "no-such-job"
"""The code of `Failed` as the answer to a `Cancel` for a job that is not there."""


@dataclass(frozen=True)
class Message:
    """Base of all messages: checks every field against its range on creation.

    Raises InvalidValue, naming field, value and allowed range.
    """

    def __post_init__(self) -> None:
        for item in fields(self):
            checked = check_of(item)(item.name, getattr(self, item.name))
            object.__setattr__(self, item.name, checked)


# ---------------------------------------------------------------- client → front


@dataclass(frozen=True)
class Hello(Message):
    """The first message on a connection; answered by `Welcome`."""

    client: str = text(200)
    """Who speaks, for the log: "krita-plugin 0.1.0"."""


@dataclass(frozen=True)
class Ping(Message):
    """Answered by `Status` with the same number: proof that the front itself still runs."""

    number: int = integer(0, 2**63)


@dataclass(frozen=True)
class EditRequest(Message):
    """Everything that makes one edit: the pixels the model may see, and the recipe.

    The guide covers the context window; mask and t0_map, where there are any, cover the same
    rectangle. Bounds are canvas coordinates: noise is anchored to them.
    """

    job_id: str = text(LIMITS.job_id, shortest=1)
    guide: Image = image()
    canvas_width: int = integer(1, LIMITS.side_px)
    canvas_height: int = integer(1, LIMITS.side_px)
    mask: Image | None = image(optional=True)
    """255 = may change, 0 = stays; between, the new picture is that opaque."""
    t0_map: Image | None = image(optional=True)
    """t0 painted in grey: 255 = all of t0, 0 = none of it, so that the pixel stays."""
    model: str = text(200, default="landscape")
    t0: float = number(0.0, 1.0, default=0.45, above_low=True)
    steps: int = integer(1, STEPS_MAX, default=20)
    seed: int = integer(0, SEED_MAX, default=0)
    sampler: str = text(64, default="sde-dpmpp-2m")
    repeats: int = integer(1, 20, default=1)
    variants: int = integer(1, VARIANTS_MAX, default=1)
    """Pictures to make, of seed, seed + 1, …"""
    label: str = text(200, default="")
    """The class, by number or name, for models that have classes."""
    prompt: str = text(default="")
    negative_prompt: str = text(default="")
    guidance_scale: float = number(0.0, 100.0, default=0.0)
    """How strongly the prompt counts; 0 is the model's own default, 1 is without guidance."""
    previews: bool = boolean(default=True)
    """Whether `Progress` should now and then carry a picture."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, grey in (("mask", self.mask), ("t0_map", self.t0_map)):
            if grey is None:
                continue
            if grey.format != MASK:
                raise InvalidValue(f"{name} must have one 8-bit channel per pixel.")
            if grey.bounds != self.guide.bounds:
                raise InvalidValue(
                    f"{name} covers {grey.bounds} but guide covers {self.guide.bounds}; "
                    "they must cover the same rectangle."
                )

    def recipe(self) -> dict[str, Any]:
        """What affects the picture besides its pixels, as a flat map."""
        return {
            "model": self.model,
            "t0": self.t0,
            "steps": self.steps,
            "seed": self.seed,
            "sampler": self.sampler,
            "repeats": self.repeats,
            "variants": self.variants,
            "label": self.label,
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "guidance_scale": self.guidance_scale,
            "x": self.guide.bounds.x,
            "y": self.guide.bounds.y,
            "width": self.guide.bounds.width,
            "height": self.guide.bounds.height,
            "canvas_width": self.canvas_width,
            "canvas_height": self.canvas_height,
        }


@dataclass(frozen=True)
class Cancel(Message):
    """Stop a job of mine; answered by `Cancelled`, within one network evaluation.

    A job that is not there is answered by `Failed` with NO_SUCH_JOB.
    """

    job_id: str = text(LIMITS.job_id, shortest=1)


@dataclass(frozen=True)
class Acknowledge(Message):
    """The final answer of a job of mine has arrived and need not be kept; never answered."""

    job_id: str = text(LIMITS.job_id, shortest=1)


# ---------------------------------------------------------------- front → client


@dataclass(frozen=True)
class Welcome(Message):
    """The answer to `Hello`: who answers, and the models it has.

    Each model is a map with name, title, licence, native_px, sde, classes, takes_prompt, sha256.
    """

    backend: str = text(200)
    models: tuple[dict[str, Any], ...] = records()


@dataclass(frozen=True)
class Status(Message):
    """The answer to `Ping`: the backend's state in a word and in a sentence for the artist."""

    number: int = integer(0, 2**63)
    state: str = text(32)
    """"loading", "ready", "busy" or "broken"."""
    sentence: str = text()
    device: str = text(200, default="")
    running: int = integer(0, 2**31, default=0)
    waiting: int = integer(0, 2**31, default=0)


@dataclass(frozen=True)
class Accepted(Message):
    """The job is in the queue; position 0 means that it runs now."""

    job_id: str = text(LIMITS.job_id, shortest=1)
    position: int = integer(0, 2**31)
    seconds: float = number(-1.0, 1e9, default=-1.0)
    """Until it starts, by the pace of the last jobs; -1 while that is not yet known."""


@dataclass(frozen=True)
class Progress(Message):
    """One network evaluation done; seconds_left is -1 while it is not yet known.

    A worker begins with step 0, the sign that it has the job; clients are not sent that.
    """

    job_id: str = text(LIMITS.job_id, shortest=1)
    step: int = integer(0, 2**31)
    of: int = integer(1, 2**31)
    seconds_left: float = number(-1.0, 1e9, default=-1.0)
    preview: Image | None = image(optional=True)
    """The current x0 estimate of the window, RGBA U8, at a reduced size."""


@dataclass(frozen=True)
class Result(Message):
    """The finished pictures in the guide's own format, covering the guide's rectangle."""

    job_id: str = text(LIMITS.job_id, shortest=1)
    pictures: tuple[Image, ...] = images(VARIANTS_MAX)
    """One for each variant."""
    seconds: float = number(0.0, 1e9)
    recipe: dict[str, Any] = record()


@dataclass(frozen=True)
class Failed(Message):
    """The job, or (with an empty job_id) the last message, could not be served."""

    job_id: str = text(LIMITS.job_id)
    code: str = text(64)
    sentence: str = text()
    hint: str = text(default="")

    @classmethod
    def from_error(cls, job_id: str, error: SDEditError) -> Failed:
        """The answer that carries this error; its words are cut to what a message can hold."""
        return cls(
            job_id,
            sendable(error.code, 64),
            sendable(error.sentence, LIMITS.text),
            sendable(error.hint, LIMITS.text),
        )


@dataclass(frozen=True)
class Cancelled(Message):
    """The job was stopped and nothing of it is kept."""

    job_id: str = text(LIMITS.job_id, shortest=1)


# ---------------------------------------------------------------- worker → front


@dataclass(frozen=True)
class WorkerReady(Message):
    """The worker has loaded its models and takes jobs."""

    device: str = text(200)
    """In words: "CPU, 2 threads" or the GPU's name."""
    models: tuple[dict[str, Any], ...] = records()
    other_devices: str = text(default="")
    """What else this machine could compute on, by torch's names: "cuda:1 cuda:2"."""


KINDS: dict[str, type[Message]] = {
    "hello": Hello,
    "ping": Ping,
    "edit": EditRequest,
    "cancel": Cancel,
    "acknowledge": Acknowledge,
    "welcome": Welcome,
    "status": Status,
    "accepted": Accepted,
    "progress": Progress,
    "result": Result,
    "failed": Failed,
    "cancelled": Cancelled,
    "worker-ready": WorkerReady,
}
KIND_OF = {cls: kind for kind, cls in KINDS.items()}

FINAL = (Result, Failed, Cancelled)
"""What a job ends with."""
