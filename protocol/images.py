"""Raw pixels in the document's own format: what they are, and how many bytes that makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from .bounds import Bounds
from .errors import ProtocolError
from .limits import LIMITS
from .sentences import is_sendable, shown

CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "A": 1}
"""Colour models by Krita's names, and their channels with alpha. "A" is a mask."""
BYTES_PER_CHANNEL = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}

SRGB_PROFILES = (
    *("", "sRGB", "sRGB built-in", "sRGB IEC61966-2.1"),
    *("sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V4-srgbtrc.icc"),
)
"""Names that mean sRGB; "" is a picture that says nothing of its colours."""

Buffer = Union[bytes, bytearray, memoryview]


@dataclass(frozen=True)
class PixelFormat:
    """Colour model, depth and ICC profile name, as Krita calls them.

    Channel order is Krita's own: RGBA is B, G, R, A in U8 and U16 and R, G, B, A in floats;
    alpha is straight. Raises ProtocolError for a model or depth that is not in the tables above.
    """

    model: str = "RGBA"
    depth: str = "U8"
    profile: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or self.model not in CHANNELS:
            raise ProtocolError(f"The colour model {shown(self.model)} is not known.")
        if not isinstance(self.depth, str) or self.depth not in BYTES_PER_CHANNEL:
            raise ProtocolError(f"The channel depth {shown(self.depth)} is not known.")
        if not is_sendable(self.profile, LIMITS.text):
            raise ProtocolError(
                f"The profile is {shown(self.profile)}; "
                f"it must be text of at most {LIMITS.text} characters."
            )

    @property
    def bytes_per_pixel(self) -> int:
        return CHANNELS[self.model] * BYTES_PER_CHANNEL[self.depth]

    @property
    def needs_profile(self) -> bool:
        """Whether its colours are known only with the ICC profile that it names."""
        return not (
            self.model in ("LABA", "A")
            or (self.model == "RGBA" and self.profile in SRGB_PROFILES)
            or (self.model == "GRAYA" and self.profile == "")
        )


MASK = PixelFormat("A", "U8")


@dataclass(frozen=True)
class Image:
    """Pixels of a rectangle of the canvas, row by row, without padding.

    ``data`` is kept and sent as it is, without a copy: leave it unchanged from here on.
    Raises ProtocolError unless it has exactly width × height × bytes_per_pixel bytes.
    """

    bounds: Bounds
    format: PixelFormat
    data: Buffer = field(repr=False)
    """Not in the repr: no pixel belongs in a log."""

    def __post_init__(self) -> None:
        view = memoryview(self.data)
        if not view.c_contiguous:
            raise ProtocolError("The pixels of an image must lie in one piece of memory.")
        check_size(self.bounds, self.format, view.nbytes)

    @property
    def nbytes(self) -> int:
        return memoryview(self.data).nbytes


def check_size(bounds: Bounds, pixel_format: PixelFormat, nbytes: int) -> None:
    """Raise ProtocolError unless place, sides and bytes are within limits and agree."""
    for side in (bounds.x, bounds.y, bounds.width, bounds.height):
        if isinstance(side, bool) or not isinstance(side, int):
            raise ProtocolError(
                f"A side or corner of an image is {shown(side)}; it must be a whole number."
            )
    if not (0 < bounds.width <= LIMITS.side_px and 0 < bounds.height <= LIMITS.side_px):
        raise ProtocolError(
            f"An image of {shown(bounds.width)}×{shown(bounds.height)} is outside "
            f"1×1 to {LIMITS.side_px}×{LIMITS.side_px} pixels."
        )
    if max(abs(bounds.x), abs(bounds.y)) > LIMITS.offset_px:
        raise ProtocolError(
            f"An image at {shown(bounds.x)}, {shown(bounds.y)} is too far from the canvas; "
            f"the farthest is {LIMITS.offset_px} pixels."
        )
    expected = bounds.width * bounds.height * pixel_format.bytes_per_pixel
    if expected > LIMITS.frame_bytes:
        raise ProtocolError(
            f"An image of {bounds.width}×{bounds.height} needs {expected} bytes; "
            f"the most is {LIMITS.frame_bytes}.",
            "Select a smaller area.",
        )
    if nbytes != expected:
        raise ProtocolError(
            f"An image of {bounds.width}×{bounds.height} {pixel_format.model} "
            f"{pixel_format.depth} has {expected} bytes, not {nbytes}."
        )
