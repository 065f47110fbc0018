"""Krita's raw pixels as the model's data range, and back in the document's own format.

The model sees 8-bit-like sRGB; a document may hold more: finer steps, brighter lights, more vivid
colours, inks mixed in another way. So what goes back is the *change*. With S the conversion to
sRGB, F the one from it, g = S(original) as the model saw it, and r what it made of that:

    new = F(r) + keep · (original - F(g)),    keep = max(0, 1 - |r - g| / FORGOTTEN)

The bracket is what sRGB could not say of the original. Where nothing has changed the new pixel is
the original to the bit; where the model has made another colour of it, it is F(r).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from backend.pictures.colour import ColourSpace, colour_space
from backend.pictures.formats import DTYPES, Layout
from protocol.bounds import Bounds
from protocol.images import Image, PixelFormat

FORGOTTEN = 1 / 16
"""A change of sRGB, of 1, from which on nothing is left of what sRGB could not say."""
BAND_PIXELS = 1 << 18
"""Converted at a time by each thread."""


def rgb_over_white(image: Image, profile: bytes | None = None) -> Tensor:
    """(1, 3, H, W) float32 in [-1, 1]: the picture as it looks on white paper.

    profile: the ICC profile that its format names, where it is not sRGB or L*a*b*. Raises
    UnsupportedPixels for colours that cannot be read.
    """
    space = _space_of(image.format, profile)
    if _is_plain(image.format, space):
        return _plain_rgb_over_white(image)
    layout = Layout.of(image.format)
    raw = layout.array(image)
    rgb = np.empty((3, *raw.shape[:2]), np.float32)

    def convert(rows: slice) -> None:
        band = raw[rows].reshape(-1, raw.shape[2])
        seen = space.to_srgb(layout.on_paper(band)).clip(0, 1)
        rgb[:, rows] = seen.T.reshape(3, -1, raw.shape[1])

    _in_bands(raw.shape, convert)
    return torch.from_numpy(rgb)[None].mul_(2).sub_(1)


def to_layer(
    rgb: Tensor,
    seen: Tensor,
    guide: Image,
    alpha: np.ndarray | None,
    profile: bytes | None = None,
) -> Image:
    """A layer in the guide's format with what the model made of it.

    rgb: (1, 3, H, W), made from ``seen``, which is what `rgb_over_white` gave for guide and
    profile. alpha: (H, W) uint8, or None for opaque; pixels where it is 0 are all zeros.
    """
    space = _space_of(guide.format, profile)
    if _is_plain(guide.format, space):
        return to_image(rgb, guide.bounds, alpha, guide.format.profile)
    layout = Layout.of(guide.format)
    raw = layout.array(guide)
    made, before = (_unit_range(picture) for picture in (rgb, seen))
    layer = np.zeros(raw.shape, DTYPES[layout.depth])

    def convert(rows: slice) -> None:
        if alpha is None:
            where: np.ndarray = np.ones(raw[rows].shape[:2], bool)
            opacity = np.array(layout.opaque)
        else:
            where = alpha[rows] > 0
            opacity = layout.alpha(alpha[rows])[where]
        pixels = np.empty((int(where.sum()), raw.shape[2]), layer.dtype)
        r, g = (picture[:, rows][:, where].T for picture in (made, before))
        pixels[:, :-1] = _changed(raw[rows][where], r, g, layout, space)
        pixels[:, -1] = opacity
        layer[rows][where] = pixels

    _in_bands(raw.shape, convert)
    return Image(guide.bounds, guide.format, layer.tobytes())


def grey_values(grey: Image) -> Tensor:
    """(H, W) float32 in [0, 1] of a mask or a t0 map."""
    return torch.from_numpy(_array(grey, 1)[..., 0].astype(np.float32)).div_(255)


def layer_alpha(mask: Image | None, t0_map: Image | None) -> np.ndarray | None:
    """(H, W) uint8, how opaque a result is: as the mask, and clear where the t0 map holds it.

    None when all of it is opaque.
    """
    alpha = None if mask is None else _array(mask, 1)[..., 0]
    if t0_map is None:
        return alpha
    changes = _array(t0_map, 1)[..., 0] > 0
    return np.where(changes, np.uint8(255) if alpha is None else alpha, np.uint8(0))


def to_image(rgb: Tensor, bounds: Bounds, alpha: np.ndarray | None, profile: str) -> Image:
    """Raw BGRA of rgb (1, 3, H, W) in [-1, 1], ready to be a layer of an sRGB document.

    alpha: (H, W) uint8, or None for 255; pixels where it is 0 are (0, 0, 0, 0).
    """
    colour = rgb[0].clamp(-1, 1).add_(1).mul_(127.5).round_().to(torch.uint8).cpu().numpy()
    bgra = np.empty((*colour.shape[1:], 4), np.uint8)
    bgra[..., 2::-1] = np.moveaxis(colour, 0, 2)
    bgra[..., 3] = 255
    if alpha is not None:
        bgra[..., 3] = alpha
        bgra[alpha == 0] = 0
    return Image(bounds, PixelFormat("RGBA", "U8", profile), bgra.tobytes())


def _plain_rgb_over_white(image: Image) -> Tensor:
    bgra = _array(image, 4)
    rgb = np.moveaxis(bgra[..., 2::-1], 2, 0).astype(np.float32, order="C")  # (3, H, W)
    alpha = bgra[..., 3]
    if (alpha != 255).any():
        opacity = alpha.astype(np.float32) / 255
        rgb *= opacity
        rgb += 255 * (1 - opacity)
    # In place: a large picture's planes are the largest thing in memory.
    return torch.from_numpy(rgb)[None].div_(127.5).sub_(1)


def _changed(
    raw: np.ndarray, r: np.ndarray, g: np.ndarray, layout: Layout, space: ColourSpace
) -> np.ndarray:
    """Raw colour channels of the new pixels: this module's formula.

    raw: (N, channels) of the original; r, g: (N, 3) sRGB in [0, 1].
    """
    original = layout.on_paper(raw)
    change = np.abs(r - g).max(axis=1)
    keep = np.maximum(0, 1 - change / FORGOTTEN)[:, None]
    with np.errstate(invalid="ignore"):  # an original may be infinite or no number
        unsaid = original - space.from_srgb(g)
    unsaid[~np.isfinite(unsaid)] = 0
    colours = layout.colours(space.from_srgb(r) + keep * unsaid)
    is_original = (change == 0) & layout.is_opaque(raw)
    colours[is_original] = raw[is_original, :-1]
    return colours


def _space_of(pixel_format: PixelFormat, profile: bytes | None) -> ColourSpace:
    return colour_space(pixel_format.model, pixel_format.profile, profile)


def _is_plain(pixel_format: PixelFormat, space: ColourSpace) -> bool:
    """Whether the document holds just what the model sees."""
    return (pixel_format.model, pixel_format.depth) == ("RGBA", "U8") and space.is_srgb


def _unit_range(picture: Tensor) -> np.ndarray:
    """(3, H, W) float32 in [0, 1] of a picture (1, 3, H, W) in [-1, 1]."""
    unit: np.ndarray = picture[0].clamp(-1, 1).add(1).div(2).float().cpu().numpy()
    return unit


def _in_bands(shape: tuple[int, ...], convert: Callable[[slice], None]) -> None:
    """Call ``convert`` for all rows of a picture of this shape, (H, W, …), on torch's threads."""
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for _ in threads.map(convert, _bands(*shape[:2])):
            pass


def _bands(height: int, width: int) -> Iterator[slice]:
    rows = max(1, BAND_PIXELS // width)
    return (slice(y, min(y + rows, height)) for y in range(0, height, rows))


def _array(image: Image, channels: int) -> np.ndarray:
    """(H, W, channels) uint8, a view of the image's own memory."""
    pixels = np.frombuffer(image.data, np.uint8)
    return pixels.reshape(image.bounds.height, image.bounds.width, channels)
