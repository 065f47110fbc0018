"""ICC profiles made on the spot, for machines without Krita's; and Krita's own where it is."""

from __future__ import annotations

import functools
import itertools
import struct
from pathlib import Path

import imagecodecs
import numpy as np

from backend.pictures.colour import colour_space

KRITAS_FOLDER = Path("/usr/share/color/icc/krita")


# A profile notes when it was made: kept, so that a test sees the same bytes each time.
@functools.cache
def made_rgb(*, gamma: float, primaries: tuple[float, ...] = ()) -> bytes:
    """An RGB profile with a white of D65; its primaries as x, y of each, sRGB's by default."""
    primaries = primaries or (0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
    profile: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=(0.3127, 0.329), primaries=primaries, gamma=gamma
    )
    return profile


@functools.cache
def made_grey(gamma: float) -> bytes:
    profile: bytes = imagecodecs.cms_profile("gray", whitepoint=(0.3457, 0.3585), gamma=gamma)
    return profile


def kritas(file_name: str) -> bytes | None:
    """One of the profiles that come with Krita, None where there is no Krita."""
    path = KRITAS_FOLDER / file_name
    return path.read_bytes() if path.exists() else None


@functools.cache
def made_cmyk() -> bytes:
    """A press whose inks are pure filters: a tables-only profile (ICC.1:2001-04, lut16Type)."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"made\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
        b"A2B0": _lut16(_inks_to_lab(17), 4, 17),
        b"B2A0": _lut16(_lab_to_inks(33), 3, 33),
    }
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = bytearray(128)
    header[0:4] = struct.pack(">I", start + len(body))
    header[8:12] = b"\x02\x40\0\0"
    header[12:24] = b"prtrCMYKLab "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    return bytes(header) + struct.pack(">I", len(tags)) + table + body


def _lut16(entries: np.ndarray, channels: int, grid: int) -> bytes:
    """entries: (grid ** channels, m) in 0–65535, the last input channel varying fastest."""
    count = entries.shape[1]
    ramp = struct.pack(">2H", 0, 65535)
    matrix = struct.pack(">9i", *(65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    sizes = struct.pack(">4B", channels, count, grid, 0)
    rows = np.rint(entries).astype(">u2").tobytes()
    head = b"mft2" + bytes(4) + sizes + matrix + struct.pack(">2H", 2, 2)
    return head + ramp * channels + rows + ramp * count


def _grid(channels: int, points: int) -> np.ndarray:
    levels = np.linspace(0, 1, points)
    return np.array(list(itertools.product(levels, repeat=channels)))


def _inks_to_lab(points: int) -> np.ndarray:
    inks = _grid(4, points)
    rgb = (1 - inks[:, :3]) * (1 - inks[:, 3:])
    lab = colour_space("LABA", "", None).from_srgb(rgb.astype(np.float32))
    return np.clip((lab + np.array([0, 128, 128])) * [652.8, 256, 256], 0, 65535)


def _lab_to_inks(points: int) -> np.ndarray:
    lab = _grid(3, points) * [65535 / 652.8, 65535 / 256, 65535 / 256] - [0, 128, 128]
    rgb = colour_space("LABA", "", None).to_srgb(lab.astype(np.float32)).clip(0, 1)
    black = 1 - rgb.max(axis=1, keepdims=True)
    black = black * black  # some of the grey is made of the three inks, as presses do
    inks = 1 - rgb / np.maximum(1 - black, 1e-6)
    return np.clip(np.concatenate([inks, black], axis=1), 0, 1) * 65535
