"""A model's picture in a picture file's own mode; outside the mask nothing changes."""

from __future__ import annotations

import numpy as np
from PIL import Image

from protocol.limits import LIMITS

PALETTE_COLOURS = 256


def to_bgra(picture: Image.Image) -> bytes:
    """The picture's pixels as the protocol's RGBA U8: B, G, R, A, straight alpha, by rows."""
    rgba = np.asarray(picture.convert("RGBA"))
    return rgba[..., [2, 1, 0, 3]].tobytes()


def rgb_profile(picture: Image.Image) -> bytes | None:
    """The ICC profile of what `to_bgra` gives, if the picture has a usable one."""
    profile = picture.info.get("icc_profile")
    if picture.mode not in ("RGB", "RGBA", "P") or not isinstance(profile, bytes):
        return None
    is_rgb = profile[16:20] == b"RGB " and profile[36:40] == b"acsp"
    return profile if is_rgb and len(profile) <= LIMITS.profile_bytes else None


def from_bgra(data: bytes | bytearray | memoryview, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) RGB of the protocol's RGBA U8; size: (width, height)."""
    bgra = np.frombuffer(data, np.uint8).reshape(size[1], size[0], 4)
    return bgra[..., 2::-1]


def repaint(guide: Image.Image, colours: np.ndarray, mask: np.ndarray) -> Image.Image:
    """The guide with ``colours`` (H, W, 3) over it as thickly as ``mask`` (H, W) says.

    Mode, alpha and info are the guide's; where mask is 0 every value is the guide's, bit for
    bit (in a palette picture: its colour; the palette itself may be numbered anew).
    """
    if guide.mode == "P":
        painted = _repaint_palette(guide, colours, mask)
    else:
        painted = Image.fromarray(_repaint_channels(guide, colours, mask))
    # A palette's transparency is a number in it, and the palette is a new one.
    about = {name: value for name, value in guide.info.items() if name != "transparency"}
    painted.info = about | painted.info
    return painted


def _repaint_channels(guide: Image.Image, colours: np.ndarray, mask: np.ndarray) -> np.ndarray:
    values = np.array(guide)
    grey = guide.mode in ("L", "LA")
    if grey:
        colours = np.asarray(Image.fromarray(colours).convert("L"))[..., None]
    channels = values.reshape(*mask.shape, -1)  # (H, W, C), a view
    count = colours.shape[-1]
    channels[..., :count] = _blend(channels[..., :count], colours, mask)
    return values


def _blend(below: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Rounded exactly: 0 gives ``below``, 255 gives ``above``."""
    weight = mask[..., None].astype(np.uint16)
    return ((below * (255 - weight) + above * weight + 127) // 255).astype(np.uint8)


def _repaint_palette(guide: Image.Image, colours: np.ndarray, mask: np.ndarray) -> Image.Image:
    """Kept pixels keep their colours; the palette's other entries go to the new ones.

    Clear pixels stay clear.
    """
    rgba = np.asarray(guide.convert("RGBA"))
    rgb, is_clear = rgba[..., :3], rgba[..., 3] == 0
    changes = (mask > 0) & ~is_clear
    stays = ~changes & ~is_clear
    rgb = np.where(changes[..., None], _blend(rgb, colours, mask), rgb)
    kept, clear = np.unique(rgb[stays], axis=0), np.unique(rgb[is_clear], axis=0)  # (N, 3) each
    new = _few_colours(rgb[changes], PALETTE_COLOURS - len(kept) - len(clear))
    opaque = np.concatenate([kept, new])
    indices = np.empty(mask.shape, np.uint8)
    indices[~is_clear] = _nearest(rgb[~is_clear], opaque)
    indices[is_clear] = _nearest(rgb[is_clear], clear).astype(int) + len(opaque)
    result = Image.fromarray(indices)
    result.putpalette(np.concatenate([opaque, clear]).tobytes())
    if len(clear) == 1:
        result.info["transparency"] = len(opaque)
    elif len(clear) > 1:
        result.info["transparency"] = b"\xff" * len(opaque) + b"\0" * len(clear)
    return result


def _few_colours(colours: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` colours that stand for these (N, 3)."""
    if count == 0 or len(colours) == 0:
        return colours[:0]
    strip = Image.fromarray(colours[None])
    quantised = strip.quantize(count, Image.Quantize.MEDIANCUT)
    palette: np.ndarray = np.array(quantised.getpalette(), np.uint8).reshape(-1, 3)
    return palette.take(np.unique(np.asarray(quantised)), axis=0)


def _nearest(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """The index of the palette's nearest colour for each of these (N, 3)."""
    distinct, where = np.unique(colours, axis=0, return_inverse=True)
    nearest = np.empty(len(distinct), np.uint8)
    for start in range(0, len(distinct), 4096):
        some = distinct[start : start + 4096].astype(np.int32)
        distances = ((some[:, None] - palette.astype(np.int32)) ** 2).sum(axis=2)
        nearest[start : start + 4096] = distances.argmin(axis=1)
    return nearest[where.reshape(-1)]
