"""The messages, by who sends them. This module is the specification of the protocol.

client → front     Hello, Ping, EditRequest, ProposeT0, Verify, EditAgain, Cancel, Acknowledge,
                   ListHistory, FetchPictures, ForgetHistory, ReportRequest
front → client     Welcome, Status, Accepted, Progress, Result, Proposal, Verified, Failed,
                   Cancelled, History, FetchedPictures, Forgotten, StatusReport
front → worker     EditRequest, ProposeT0, EditAgain, Cancel
worker → front     WorkerReady, Progress, Result, Proposal, Verified, Failed, Cancelled

EditRequest, ProposeT0, Verify and EditAgain are jobs. A job's answers come in this order: Accepted
(again whenever its position changes, and every few seconds while it waits), Progress any number of
times, then one of Result (for an EditRequest), Proposal (for a ProposeT0), Verified (for a Verify
or an EditAgain), Failed, Cancelled.

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
from .fields import (
    blob,
    boolean,
    check_of,
    choice,
    image,
    images,
    integer,
    number,
    numbers,
    record,
    records,
    text,
)
from .images import MASK, Image
from .limits import LIMITS
from .sentences import sendable

PROTOCOL_VERSION = 2

SEED_MAX = 2**64 - 1
STEPS_MAX = 1000
VARIANTS_MAX = 8
PRIORITIES = ("live", "normal", "batch")
"""Whose turn it is among jobs that wait: a live preview's before all, a batch's after all."""
FOOTPRINTS = ("strokes", "object")
"""What a footprint is of: strokes are repainted; an object stays, and its edge is blended in."""
PROPOSAL_EVALUATIONS = 10
"""About as many a proposal of t0 takes."""

NO_SUCH_JOB = "no-such-job"
"""The code of `Failed` as the answer to a `Cancel` for a job that is not there."""
REVOKED = "revoked"
"""The code of the one `Failed` that a client is told, for no job, once its key has been revoked."""
NO_SUCH_ENTRY = "no-such-entry"
"""The code of `Failed` as the answer to a `Verify` of what is not in the history."""


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
class JobRequest(Message):
    """Base of what a worker does with a guide: queued, restarted and cancelled all alike.

    The guide covers the context window, and the mask, if there is one, the same rectangle. Bounds
    are canvas coordinates: noise is anchored to them.
    """

    job_id: str = text(LIMITS.job_id, shortest=1)
    guide: Image = image()
    canvas_width: int = integer(1, LIMITS.side_px)
    canvas_height: int = integer(1, LIMITS.side_px)
    mask: Image | None = image(optional=True)
    """255 = may change, 0 = stays; between, the new picture is that opaque."""
    footprint: Image | None = image(optional=True)
    """The opacity of a layer that lies over a picture: all may change where that is not 0, and as
    far as ``edge_px`` around it, softly at the end. With a mask, only what both allow."""
    footprint_of: str = choice(FOOTPRINTS, default="strokes")
    """Of an "object" the edge, ``edge_px`` to either side, takes all of t0, and the rest less."""
    edge_px: int = integer(1, 256, default=16)
    profile: bytes | None = blob(LIMITS.profile_bytes)
    """The ICC profile that the guide's format names, if the format `needs_profile`."""
    model: str = text(200, default="landscape")
    priority: str = choice(PRIORITIES, default="normal")
    """Of a client that has a live job already, further ones count as normal."""
    deadline_s: float = number(0.0, 1e6, default=0.0)
    """Within which it must have begun, or it fails; 0 is for as long as it takes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_grey("mask", self.mask)
        self._check_grey("footprint", self.footprint)

    @property
    def evaluations(self) -> int:
        """How often about a network sees a picture of the guide's size: what the job costs."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """What is asked, in a few words for the log."""
        raise NotImplementedError

    def _check_grey(self, name: str, grey: Image | None) -> None:
        if grey is None:
            return
        if grey.format != MASK:
            raise InvalidValue(f"{name} must have one 8-bit channel per pixel.")
        self._check_place(name, grey)

    def _check_place(self, name: str, picture: Image) -> None:
        if picture.bounds != self.guide.bounds:
            raise InvalidValue(
                f"{name} covers {picture.bounds} but guide covers {self.guide.bounds}; "
                "they must cover the same rectangle."
            )


@dataclass(frozen=True)
class EditRequest(JobRequest):
    """Everything that makes one edit: the pixels the model may see, and the recipe."""

    t0_map: Image | None = image(optional=True)
    """t0 painted in grey: 255 = all of t0, 0 = none of it, so that the pixel stays.

    One 8-bit channel, or a picture in the guide's own format, whose lightness counts, as it looks
    on white paper.
    """
    t0: float = number(0.0, 1.0, default=0.45, above_low=True)
    t0s: tuple[float, ...] = numbers(0.0, 1.0, VARIANTS_MAX, above_low=True)
    """In place of t0: one picture for each, all from the same noise. Then variants must be 1."""
    steps: int = integer(1, STEPS_MAX, default=20)
    seed: int = integer(0, SEED_MAX, default=0)
    sampler: str = text(64, default="sde-dpmpp-2m")
    repeats: int = integer(1, 20, default=1)
    ladder: bool = boolean(default=False)
    """Whether the picture after each repeat is wanted, in this order, each an edit of the one
    before. Then variants must be 1, t0s empty, and repeats at most VARIANTS_MAX."""
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
    readings: bool = boolean(default=True)
    """Whether to tell how each picture came out; realism costs one evaluation more."""
    watermark: bool = boolean(default=True)
    """Whether the pictures carry the invisible mark that says "generated"."""
    document: str = text(200, default="")
    """The document's own name in the history, made by the client; "" and nothing is kept."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.t0_map is not None and self.t0_map.format == self.guide.format:
            self._check_place("t0_map", self.t0_map)
        else:
            self._check_grey("t0_map", self.t0_map)
        if (self.t0s or self.ladder) and self.variants != 1:
            raise InvalidValue(f"variants is {self.variants}; with t0s or ladder it must be 1.")
        if self.ladder and (self.t0s or self.repeats > VARIANTS_MAX):
            raise InvalidValue(
                f"A ladder has a single t0 and at most {VARIANTS_MAX} repeats, not {self.repeats}."
            )

    @property
    def picture_count(self) -> int:
        """How many pictures the result has."""
        return len(self.t0s) or (self.repeats if self.ladder else self.variants)

    @property
    def evaluations(self) -> int:
        return self.steps * self.repeats * (1 if self.ladder else self.picture_count)

    @property
    def summary(self) -> str:
        t0 = ", ".join(f"{t0:g}" for t0 in self.t0s or (self.t0,))
        return f"t0 {t0}, {self.steps} steps"

    def recipe(self) -> dict[str, Any]:
        """What affects the picture besides its pixels, as a flat map."""
        strip = {"t0s": " ".join(map(repr, self.t0s))} if self.t0s else {}
        ladder = {"ladder": True} if self.ladder else {}
        footprint = {"footprint_of": self.footprint_of, "edge_px": self.edge_px}
        return {
            "model": self.model,
            "t0": self.t0,
            **strip,
            **ladder,
            **(footprint if self.footprint is not None else {}),
            "steps": self.steps,
            "seed": self.seed,
            "sampler": self.sampler,
            "repeats": self.repeats,
            "variants": self.variants,
            "label": self.label,
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "guidance_scale": self.guidance_scale,
            "watermark": self.watermark,
            "x": self.guide.bounds.x,
            "y": self.guide.bounds.y,
            "width": self.guide.bounds.width,
            "height": self.guide.bounds.height,
            "canvas_width": self.canvas_width,
            "canvas_height": self.canvas_height,
        }


@dataclass(frozen=True)
class ProposeT0(JobRequest):
    """Find a t0 for this guide: the least at which the model can make a real picture of it.

    Refused (`Failed`) where the model has not been calibrated: see `Welcome`.
    """

    @property
    def evaluations(self) -> int:
        return PROPOSAL_EVALUATIONS

    @property
    def summary(self) -> str:
        return "a t0 to propose"


@dataclass(frozen=True)
class EditAgain(EditRequest):
    """An edit made before, and what it gave: made again and compared, answered by `Verified`."""

    pictures: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    """What it gave, all of it."""
    recipe_then: dict[str, Any] = record()
    """The recipe that came with that."""


@dataclass(frozen=True)
class Verify(Message):
    """Make an edit of my history again and compare; a job like others, answered by `Verified`.

    Refused (`Failed`) with NO_SUCH_ENTRY when it is not there.
    """

    job_id: str = text(LIMITS.job_id, shortest=1)
    entry: str = text(LIMITS.job_id, shortest=1)


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


@dataclass(frozen=True)
class ListHistory(Message):
    """What is kept of my edits of a document, newest first; answered by `History`."""

    document: str = text(200, shortest=1)
    before: str = text(LIMITS.job_id, default="")
    """The entry to go on after, the last one of the page before."""


@dataclass(frozen=True)
class FetchPictures(Message):
    """The pictures of an entry, to be used again; answered by `FetchedPictures`."""

    entry: str = text(LIMITS.job_id, shortest=1)


@dataclass(frozen=True)
class ForgetHistory(Message):
    """Keep an entry, or with "" all of a document, no longer; answered by `Forgotten`."""

    document: str = text(200, shortest=1)
    entry: str = text(LIMITS.job_id, default="")


@dataclass(frozen=True)
class ReportRequest(Message):
    """How the backend is doing, in full; answered by `StatusReport` with the same number."""

    number: int = integer(0, 2**63)


# ---------------------------------------------------------------- front → client


@dataclass(frozen=True)
class Welcome(Message):
    """The answer to `Hello`: who answers, and the models it has.

    Each model is a map with name, title, licence, native_px, sde, classes, takes_prompt, sha256,
    nbytes (of its weights), and proposes_t0: whether it has been calibrated, for `ProposeT0` and
    realism.
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
    """One for each variant, or for each of the request's t0s."""
    seconds: float = number(0.0, 1e9)
    recipe: dict[str, Any] = record()
    readings: tuple[dict[str, Any], ...] = records()
    """Of each picture: t0, and how it came out.

    faithfulness: how far it is from the guide, as the paper's L2 in the mean over values: the root
    mean square difference in steps of an 8-bit sRGB picture, over the pixels that may change.
    realism: from 0 to 1, how much the model takes it for a real picture; absent where the model
    has not been calibrated.
    """
    thumbnails: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    """Each picture as it looks on the guide, RGBA U8 in sRGB, its longest side at most 192."""


@dataclass(frozen=True)
class Proposal(Message):
    """The answer to `ProposeT0`: a t0, and why it is this one in a sentence for the artist."""

    job_id: str = text(LIMITS.job_id, shortest=1)
    t0: float = number(0.0, 1.0, above_low=True)
    reason: str = text(64)
    """A stable name for the sentence's sense, to translate by: "flat" (large flat shapes),
    "detailed" (fine detail already, so the least t0), "some-detail", or one of a later backend."""
    sentence: str = text()


@dataclass(frozen=True)
class Verified(Message):
    """The answer to `Verify` and `EditAgain`: whether the same edit gave the same pictures."""

    job_id: str = text(LIMITS.job_id, shortest=1)
    is_equal: bool = boolean()
    """To the bit."""
    largest_difference: float = number(0.0, 1e9)
    """Of any channel of any pixel, in parts of its full range: 1/255 is one step of 8 bits."""
    differing_pixels: int = integer(0, 2**40)
    pixels: int = integer(0, 2**40)
    """In all pictures together."""
    changed: str = text(default="")
    """What is not as it was then, by the recipe's names: "torch device"."""
    sentence: str = text(default="")
    """All of this for the artist."""


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


@dataclass(frozen=True)
class History(Message):
    """The answer to `ListHistory`: one page of it, newest first.

    Each entry is a map with entry (its name: the job's id), time (seconds since 1970), pictures and
    thumbnails (how many), seconds, t0 or t0s, seed, model, label, prompt (its beginning), width and
    height.
    """

    document: str = text(200, shortest=1)
    entries: tuple[dict[str, Any], ...] = records()
    thumbnails: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    """Of all pictures of the first entry, then of the second, …; see `Result`."""
    has_more: bool = boolean(default=False)


@dataclass(frozen=True)
class FetchedPictures(Message):
    """The answer to `FetchPictures`, as in the job's `Result`; no pictures when it is not there."""

    entry: str = text(LIMITS.job_id, shortest=1)
    pictures: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    seconds: float = number(0.0, 1e9, default=0.0)
    recipe: dict[str, Any] = record()


@dataclass(frozen=True)
class Forgotten(Message):
    """The answer to `ForgetHistory`: how many entries that were."""

    document: str = text(200, shortest=1)
    entry: str = text(LIMITS.job_id, default="")
    entries: int = integer(0, 2**31, default=0)


@dataclass(frozen=True)
class StatusReport(Message):
    """The answer to `ReportRequest`: what an administrator, or an artist who waits, may know.

    devices: of each name, place (its machine, "" for this one), state ("loading", "ready", "busy",
        "waiting" to be started again, "broken"), sentence, model (the last one it worked with),
        done (jobs), seconds (in that state).
    jobs: those that run, then those that wait, in their order: of each position (0 = runs), client
        (1, 2, …: who is who is not told), is_yours, priority, summary, model, width, height,
        waited (seconds), seconds (until it starts, or is done; -1 = unknown).
    totals: running, waiting, devices, done_minute, done_hour, done, failed, cancelled, uptime,
        seconds_each (of the last jobs; -1 = unknown).

    Lists may be cut short; ``totals`` counts all.
    """

    number: int = integer(0, 2**63)
    state: str = text(32)
    """As in `Status`."""
    sentence: str = text()
    engine: str = text(64)
    """"local" or "ray"."""
    devices: tuple[dict[str, Any], ...] = records()
    jobs: tuple[dict[str, Any], ...] = records()
    models: tuple[dict[str, Any], ...] = records()
    """As in `Welcome`."""
    totals: dict[str, Any] = record()


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
    "propose-t0": ProposeT0,
    "verify": Verify,
    "edit-again": EditAgain,
    "cancel": Cancel,
    "acknowledge": Acknowledge,
    "list-history": ListHistory,
    "fetch-pictures": FetchPictures,
    "forget-history": ForgetHistory,
    "report-request": ReportRequest,
    "welcome": Welcome,
    "status": Status,
    "accepted": Accepted,
    "progress": Progress,
    "result": Result,
    "proposal": Proposal,
    "verified": Verified,
    "history": History,
    "fetched-pictures": FetchedPictures,
    "forgotten": Forgotten,
    "status-report": StatusReport,
    "failed": Failed,
    "cancelled": Cancelled,
    "worker-ready": WorkerReady,
}
KIND_OF = {cls: kind for kind, cls in KINDS.items()}

FINAL = (Result, Proposal, Verified, Failed, Cancelled)
"""What a job ends with."""
JOBS = (JobRequest, Verify)
"""What a job begins with."""
