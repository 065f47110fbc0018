"""Krita's raw pixels as numbers, and back: channel orders, ranges and depths.

Values are the same for each depth: red, green, blue and grey 0–1; cyan, magenta, yellow and black
0–100; L 0–100, a and b about -128 to 127. Floats hold them as they are. Of integers they are
raw × scale + offset: 8-bit a and b count from 128, and 16-bit ones are 257 times that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from protocol.images import CHANNELS, Image, PixelFormat

DTYPES: dict[str, type[np.generic]] = {
    "U8": np.uint8,
    "U16": np.uint16,
    "F16": np.float16,
    "F32": np.float32,
}
PAPER = {"RGBA": (1, 1, 1), "GRAYA": (1,), "CMYKA": (0, 0, 0, 0), "LABA": (100, 0, 0)}
"""White, in values."""


@dataclass(frozen=True)
class Layout:
    """How the pixels of one format lie in memory."""

    model: str
    depth: str

    @classmethod
    def of(cls, pixel_format: PixelFormat) -> Layout:
        return cls(pixel_format.model, pixel_format.depth)

    @cached_property
    def opaque(self) -> int:
        """The raw alpha of an opaque pixel."""
        return {"U8": 255, "U16": 65535}.get(self.depth, 1)

    @property
    def _is_integer(self) -> bool:
        return self.depth in ("U8", "U16")

    @cached_property
    def _order(self) -> list[int]:
        """Where the values lie among the raw channels; the last channel is alpha."""
        is_reversed = self.model == "RGBA" and self._is_integer
        return [2, 1, 0] if is_reversed else list(range(CHANNELS[self.model] - 1))

    @cached_property
    def _scale(self) -> np.ndarray:
        """(n,) float32: what a step of an integer is worth."""
        count = len(self._order)
        if not self._is_integer:
            return np.ones(count, np.float32)
        whole = {"CMYKA": [100.0] * 4, "LABA": [100.0, 255.0, 255.0]}.get(self.model, [1.0] * count)
        scale: np.ndarray = np.array(whole, np.float32) / np.float32(self.opaque)
        return scale

    @cached_property
    def _offset(self) -> np.ndarray:
        """(n,) float32: what the integer 0 stands for."""
        if self.model == "LABA" and self._is_integer:
            return np.array([0, -128, -128], np.float32)
        return np.zeros(len(self._order), np.float32)

    def array(self, image: Image) -> np.ndarray:
        """(H, W, channels) of the raw numbers, a view of the image's own memory."""
        raw: np.ndarray = np.frombuffer(image.data, DTYPES[self.depth])
        return raw.reshape(image.bounds.height, image.bounds.width, CHANNELS[self.model])

    def on_paper(self, raw: np.ndarray) -> np.ndarray:
        """(N, n) float32 values of raw pixels (N, channels), as they look on white paper.

        Blended as Krita does, in the document's own colour space. Opaque pixels are exactly
        themselves.
        """
        values: np.ndarray = raw[:, self._order].astype(np.float32) * self._scale + self._offset
        opacity = self._opacity(raw)
        clear = opacity != 1
        if clear.any():
            paper = np.array(PAPER[self.model], np.float32)
            share = opacity[clear, None]
            # A clear pixel's colour may be anything, even no number.
            seen = np.where(share > 0, values[clear], paper)
            values[clear] = seen * share + paper * (1 - share)
        return values

    def _opacity(self, raw: np.ndarray) -> np.ndarray:
        """(N,) float32 in [0, 1]."""
        alpha = raw[:, -1].astype(np.float32) / np.float32(self.opaque)
        opacity: np.ndarray = np.clip(np.nan_to_num(alpha), 0, 1)
        return opacity

    def is_opaque(self, raw: np.ndarray) -> np.ndarray:
        """(N,) bool."""
        opaque: np.ndarray = self._opacity(raw) == 1
        return opaque

    def colours(self, values: np.ndarray) -> np.ndarray:
        """Raw colour channels (N, channels - 1) of values (N, n)."""
        raw = (values - self._offset) / self._scale
        if self._is_integer:
            raw = np.rint(np.clip(raw, 0, self.opaque))
        elif self.depth == "F16":
            greatest = np.finfo(np.float16).max
            raw = np.clip(raw, -greatest, greatest)
        ordered: np.ndarray = np.empty(raw.shape, DTYPES[self.depth])
        ordered[:, self._order] = raw
        return ordered

    def alpha(self, mask: np.ndarray) -> np.ndarray:
        """The raw alpha of a mask's uint8."""
        if self.depth == "U8":
            return mask
        alpha: np.ndarray = mask.astype(np.float32) * np.float32(self.opaque / 255)
        return alpha.astype(DTYPES[self.depth])
