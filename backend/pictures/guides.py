"""What an edit takes of a picture file and gives back to it, whatever its mode and depth.

A result is a layer in the guide's own format: it lies over the guide as thickly as its alpha says,
and where that is 0 the guide stays as it is to the bit.
"""

from __future__ import annotations

import numpy as np
import PIL.Image

from backend.pictures import repaint
from backend.pictures.deep import DeepPicture, Picture
from backend.pictures.formats import Layout
from protocol.bounds import Bounds
from protocol.images import Image, PixelFormat
from protocol.limits import LIMITS

SIGNATURES = {"RGBA": b"RGB ", "GRAYA": b"GRAY"}


def raw_image(picture: Picture, place: Bounds) -> Image:
    """The part at this place as raw pixels: RGBA U8, or RGBA or GRAYA U16 of a deep picture."""
    if not isinstance(picture, DeepPicture):
        box = (place.x, place.y, place.right, place.bottom)
        return Image(place, PixelFormat(), repaint.to_bgra(picture.crop(box)))
    part = picture.pixels[place.y : place.bottom, place.x : place.right]
    count = 1 if picture.is_grey else 3
    raw = np.full((*part.shape[:2], count + 1), 65535, np.uint16)
    raw[..., :count] = part[..., count - 1 :: -1]
    if part.shape[2] > count:
        raw[..., count] = part[..., count]
    return Image(place, _format(picture), raw.tobytes())


def profile_of(picture: Picture) -> bytes | None:
    """The ICC profile of what `raw_image` gives, if the picture has a usable one."""
    if not isinstance(picture, DeepPicture):
        return repaint.rgb_profile(picture)
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or len(profile) > LIMITS.profile_bytes:
        return None
    is_usable = profile[16:20] == SIGNATURES[_format(picture).model] and profile[36:40] == b"acsp"
    return profile if is_usable else None


def with_layer(picture: Picture, layer: Image) -> Picture:
    """The picture with a result over it; mode, alpha and info stay the picture's."""
    place = layer.bounds
    raw = Layout.of(layer.format).array(layer)
    if isinstance(picture, DeepPicture):
        count = 1 if picture.is_grey else 3
        pixels = picture.pixels.copy()
        part = pixels[place.y : place.bottom, place.x : place.right, :count]
        part[...] = _blend(part, raw[..., count - 1 :: -1], raw[..., count:])
        return DeepPicture(pixels, picture.info)
    colours = np.zeros((picture.height, picture.width, 3), np.uint8)
    opacity = np.zeros((picture.height, picture.width), np.uint8)
    rows, columns = slice(place.y, place.bottom), slice(place.x, place.right)
    colours[rows, columns] = raw[..., 2::-1]
    opacity[rows, columns] = raw[..., 3]
    return repaint.repaint(picture, colours, opacity)


def with_strokes(picture: Picture, strokes: PIL.Image.Image) -> Picture:
    """The picture with a layer of the same size over it, whose colours count as the picture's own.

    A palette is left behind: strokes bring colours that it lacks.
    """
    if isinstance(picture, PIL.Image.Image) and picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    below = picture.pixels if isinstance(picture, DeepPicture) else np.asarray(picture)
    full = 65535 if isinstance(picture, DeepPicture) else 255
    mode = "LA" if picture.mode in ("L", "LA") else "RGBA"
    layer = np.asarray(strokes.convert(mode)).astype(np.float64) / 255
    share = layer[..., -1:]
    values = below.reshape(*share.shape[:2], -1) / full
    has_alpha = picture.mode in ("LA", "RGBA")
    alpha = values[..., -1:] if has_alpha else np.ones_like(share)
    out_alpha = share + alpha * (1 - share)
    colours = values[..., :-1] if has_alpha else values
    mixed = layer[..., :-1] * share + colours * alpha * (1 - share)
    painted = np.concatenate([mixed / np.maximum(out_alpha, 1e-9), out_alpha], axis=2)
    painted = np.rint(painted[..., : values.shape[2]] * full).astype(below.dtype)
    painted = np.where(share > 0, painted, below.reshape(painted.shape))
    if isinstance(picture, DeepPicture):
        return DeepPicture(painted, picture.info)
    result = PIL.Image.fromarray(painted.reshape(below.shape))
    result.info.update(picture.info)
    return result


def _format(picture: DeepPicture) -> PixelFormat:
    return PixelFormat("GRAYA" if picture.is_grey else "RGBA", "U16")


def _blend(below: np.ndarray, above: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """uint16, rounded exactly: opacity 0 gives ``below``, 65535 gives ``above``."""
    weight = opacity.astype(np.uint32)
    blended = (below * (65535 - weight) + above * weight + 32767) // 65535
    return blended.astype(np.uint16)
