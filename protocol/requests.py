"""The jobs that a client can ask for. `messages` says how they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import InvalidValue
from .fields import blob, boolean, choice, image, images, integer, number, numbers, record, text
from .images import MASK, Image
from .limits import LIMITS
from .message import Message

SEED_MAX = 2**64 - 1
STEPS_MAX = 1000
VARIANTS_MAX = 8
SHOWN_PX_MAX = 2048
PRIORITIES = ("live", "normal", "batch")
"""Whose turn it is among jobs that wait: a live preview's before all, a batch's after all."""
FOOTPRINTS = ("strokes", "object")
"""What a footprint is of: strokes are repainted; an object stays, and its edge is blended in."""
PROPOSAL_EVALUATIONS = 10
"""About as many a proposal of t0 takes."""


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
    shown_px: int = integer(0, SHOWN_PX_MAX, default=0)
    """The longest side of `Result.shown`; 0 and there is none."""
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
        if self.ladder and self.t0s:
            raise InvalidValue("A ladder has a single t0; t0s must be left out.")
        if self.ladder and self.repeats > VARIANTS_MAX:
            raise InvalidValue(
                f"repeats is {self.repeats}; with ladder it must be at most {VARIANTS_MAX}."
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
