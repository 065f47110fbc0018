"""What a job is answered by. `messages` says in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import SDEditError
from .fields import boolean, image, images, integer, number, record, records, text
from .images import Image
from .limits import LIMITS
from .message import Message
from .requests import VARIANTS_MAX
from .sentences import sendable

NO_SUCH_JOB = "no-such-job"
"""The code of `Failed` as the answer to a `Cancel` for a job that is not there."""
REVOKED = "revoked"
"""The code of the one `Failed` that a client is told, for no job, once its key has been revoked."""
NO_SUCH_ENTRY = "no-such-entry"
"""The code of `Failed` as the answer to a `Verify` of what is not in the history."""


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
    shown: tuple[Image, ...] = images(VARIANTS_MAX, least=0)
    """The same, at most ``shown_px`` long, if the request has asked for it."""


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
