"""A document's colours in sRGB, which is what the models know, and back.

LittleCMS does it, in floating point: relative colorimetric, with black point compensation, as
Krita shows colours. Values are those of `formats`; sRGB is 0–1, and what lies beyond sRGB lies
beyond that range.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import imagecodecs
import numpy as np

from protocol.errors import SDEditError
from protocol.images import PixelFormat
from protocol.sentences import shown

SPACES = {"RGBA": "rgb", "GRAYA": "gray", "CMYKA": "cmyk", "LABA": "lab"}
SIGNATURES = {"RGBA": b"RGB ", "GRAYA": b"GRAY", "CMYKA": b"CMYK", "LABA": b"Lab "}
"""What a profile of such a document says of itself, at its bytes 16 to 19."""
SAME = 0.25 / 255
"""Colours that differ by no more are the same in 8 bits."""
FARTHEST = 1000.0
"""Values beyond it, infinite ones too, count as this: transforms make no sense of them."""


class UnsupportedPixels(SDEditError):
    """Pixels whose colours cannot be read: of another kind, or with a profile that is not known."""

    code = "pixel-format"


@dataclass(frozen=True, eq=False)
class ColourSpace:
    """The colours of one document. profile: None where they are sRGB already."""

    model: str
    profile: bytes | None

    @property
    def is_srgb(self) -> bool:
        return self.profile is None

    def to_srgb(self, values: np.ndarray) -> np.ndarray:
        """(N, 3) of a document's values (N, n), both float32; what is no number counts as 0."""
        if not np.isfinite(values).all():
            values = np.nan_to_num(values, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST)
        values = np.clip(values, -FARTHEST, FARTHEST)
        if self.profile is None:
            return values
        return _transformed(values, self.profile, SPACES[self.model], _srgb(), "rgb")

    def from_srgb(self, rgb: np.ndarray) -> np.ndarray:
        """The document's values (N, n) for sRGB (N, 3) in [0, 1], both float32."""
        if self.profile is None:
            return rgb
        values = self._nearest(rgb)
        if self.model != "CMYKA":
            return values
        # A printer's tables for the two ways are not quite each other's inverse.
        error = self.to_srgb(values) - rgb
        return self._nearest(np.clip(rgb - error, 0, 1))

    def _nearest(self, rgb: np.ndarray) -> np.ndarray:
        assert self.profile is not None
        return _transformed(rgb, _srgb(), "rgb", self.profile, SPACES[self.model])


@functools.lru_cache(maxsize=16)
def colour_space(model: str, name: str, profile: bytes | None) -> ColourSpace:
    """The colours of a document of this model, whose profile has this name and these bytes.

    Without bytes, sRGB and L*a*b* are known. Raises UnsupportedPixels for what is not.
    """
    if model not in SPACES:
        raise UnsupportedPixels(
            f"This document is {model}; SDEdit edits RGB, greyscale, CMYK and L*a*b* documents.",
            "Convert it with Image ▸ Convert Image Color Space.",
        )
    if profile is None:
        return ColourSpace(model, _known_profile(model, name))
    if profile[36:40] != b"acsp" or profile[16:20] != SIGNATURES[model]:
        raise _unreadable(name)
    space = ColourSpace(model, profile)
    try:
        looks_the_same = model == "RGBA" and _is_srgb(space)
        space.from_srgb(_colour_cube())  # Some profiles describe a device in one direction only.
        space.to_srgb(space.from_srgb(_colour_cube()))
    except imagecodecs.CmsError as error:
        raise _unreadable(name) from error
    return ColourSpace(model, None) if looks_the_same else space


def _known_profile(model: str, name: str) -> bytes | None:
    if PixelFormat(model, profile=name).needs_profile:
        raise UnsupportedPixels(
            f"The colour profile {shown(name)} of this document did not come with it.",
            "Convert it to sRGB with Image ▸ Convert Image Color Space.",
        )
    if model == "LABA":
        return bytes(imagecodecs.cms_profile("lab4"))
    if model == "GRAYA":
        return bytes(imagecodecs.cms_profile("gray", transferfunction=_srgb_curve()))
    return None


def _unreadable(name: str) -> UnsupportedPixels:
    return UnsupportedPixels(
        f"The colour profile {shown(name)} of this document cannot be used.",
        "Convert it to sRGB with Image ▸ Convert Image Color Space.",
    )


def _is_srgb(space: ColourSpace) -> bool:
    cube = _colour_cube()
    return bool(np.abs(space.to_srgb(cube) - cube).max() <= SAME)


@functools.cache
def _srgb() -> bytes:
    return bytes(imagecodecs.cms_profile("srgb"))


@functools.cache
def _colour_cube() -> np.ndarray:
    """(17³, 3) float32: colours all over sRGB."""
    levels = np.linspace(0, 1, 17, dtype=np.float32)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)


def _srgb_curve() -> np.ndarray:
    """(4096,) float32: sRGB's transfer function (IEC 61966-2-1)."""
    x = np.linspace(0, 1, 4096)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _transformed(
    values: np.ndarray, profile: bytes, space: str, out_profile: bytes, out_space: str
) -> np.ndarray:
    """(N, m) float32 of values (N, n). Raises imagecodecs.CmsError."""
    # Grey pictures have no axis for their one channel.
    picture = values.T if space == "gray" else values[None]
    transformed = imagecodecs.cms_transform(
        np.ascontiguousarray(picture, np.float32),
        profile,
        out_profile,
        colorspace=space,
        outcolorspace=out_space,
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION,
    )
    pixels: np.ndarray = transformed.T if out_space == "gray" else transformed[0]
    return pixels
