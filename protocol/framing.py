"""A message as ZeroMQ frames, and back.

    frame 0      msgpack [version, kind, {field: value}]
    frame 1…     the pixels of each image, and the bytes of each profile, that is present, in the
                 order of the fields

The version is the header's second byte, in every version to come, so that each side can name
the other's. In the header an image is {x, y, width, height, model, depth, profile}, where profile
is its name; an ICC profile itself is its length.
Whether width × height × channels × depth equals the frame's length is checked before anything
is allocated for it. Any bytes in give a message or one ProtocolError.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Iterable, Sequence

import msgpack

from .bounds import Bounds
from .errors import InvalidValue, ProtocolError, VersionMismatch
from .fields import Blob, Picture, Pictures, check_of
from .images import Buffer, Image, PixelFormat
from .limits import LIMITS
from .messages import KIND_OF, KINDS, PROTOCOL_VERSION, Message
from .sentences import shown

IMAGE_KEYS = ("x", "y", "width", "height", "model", "depth", "profile")


def encode(message: Message) -> list[Buffer]:
    """The frames of a message. Pixels are passed on, not copied.

    Raises ProtocolError when they are longer than the other side accepts.
    """
    values: dict[str, Any] = {}
    frames: list[Buffer] = [b""]
    for item in fields(message):
        value = getattr(message, item.name)
        if isinstance(value, Image):
            frames.append(value.data)
            value = _image_header(value)
        elif isinstance(check_of(item), Pictures):
            frames += [picture.data for picture in value]
            value = [_image_header(picture) for picture in value]
        elif isinstance(check_of(item), Blob) and value is not None:
            frames.append(value)
            value = len(value)
        values[item.name] = value
    frames[0] = msgpack.packb([PROTOCOL_VERSION, KIND_OF[type(message)], values])
    _check_header_length(frames[0])
    _check_pixel_frames(frames[1:])
    return frames


def decode(frames: Sequence[Buffer]) -> Message:
    """The message in these frames, or ProtocolError. Pixels are viewed, not copied."""
    if not frames:
        raise ProtocolError("A message has at least one frame.")
    header, *pixels = frames
    kind, values = _read_header(header)
    _check_pixel_frames(pixels)
    message_class = KINDS[kind]
    known = {item.name: item for item in fields(message_class)}
    unknown = next((name for name in values if name not in known), None)
    if unknown is not None:
        raise ProtocolError(f"A {kind!r} message has no field {shown(unknown)}.")
    for name, item in known.items():
        if name not in values:
            if item.default is MISSING and item.default_factory is MISSING:
                raise ProtocolError(f"A {kind!r} message needs the field {name!r}.")
            continue
        check = check_of(item)
        if isinstance(check, Picture) and values[name] is not None:
            values[name] = _image(name, values[name], pixels)
        elif isinstance(check, Pictures) and isinstance(values[name], list):
            values[name] = [_image(name, header, pixels) for header in values[name]]
        elif isinstance(check, Blob) and values[name] is not None:
            values[name] = _blob(name, values[name], pixels)
    if pixels:
        raise ProtocolError(f"A {kind!r} message came with {len(pixels)} frames too many.")
    try:
        return message_class(**values)
    except InvalidValue as error:
        raise ProtocolError(error.sentence, error.hint, code=error.code) from error


def job_id_of(frames: Sequence[Buffer]) -> str:
    """The job_id in a header that may be otherwise invalid; "" when there is none.

    It lets a refusal name the job that it refuses.
    """
    try:
        _, values = _read_header(frames[0]) if frames else ("", {})
    except ProtocolError:
        return ""
    job_id = values.get("job_id", "")
    return job_id if isinstance(job_id, str) and len(job_id) <= LIMITS.job_id else ""


def _image_header(image: Image) -> dict[str, Any]:
    return {
        "x": image.bounds.x,
        "y": image.bounds.y,
        "width": image.bounds.width,
        "height": image.bounds.height,
        "model": image.format.model,
        "depth": image.format.depth,
        "profile": image.format.profile,
    }


def _image(name: str, header: Any, pixels: list[Buffer]) -> Image:
    """The image of a header and the next frame, which is taken from ``pixels``."""
    if not pixels:
        raise ProtocolError(f"The pixels of {name!r} are missing.")
    data = pixels.pop(0)
    if not isinstance(header, dict) or set(header) != set(IMAGE_KEYS):
        raise ProtocolError(f"The image {name!r} needs exactly {', '.join(IMAGE_KEYS)}.")
    bounds = Bounds(header["x"], header["y"], header["width"], header["height"])
    pixel_format = PixelFormat(header["model"], header["depth"], header["profile"])
    return Image(bounds, pixel_format, data)


def _blob(name: str, nbytes: Any, frames: list[Buffer]) -> Buffer:
    """The next frame, which is taken from ``frames``, if it has as many bytes as announced."""
    if not frames:
        raise ProtocolError(f"The bytes of {name!r} are missing.")
    data = frames.pop(0)
    found = memoryview(data).nbytes
    if nbytes != found:
        raise ProtocolError(f"{name!r} has {found} bytes, not {shown(nbytes)}.")
    return data


def _check_header_length(header: Buffer) -> None:
    nbytes = memoryview(header).nbytes
    if nbytes > LIMITS.header_bytes:
        raise ProtocolError(f"The header has {nbytes} bytes; the most is {LIMITS.header_bytes}.")


def _check_pixel_frames(frames: Sequence[Buffer]) -> None:
    if 1 + len(frames) > LIMITS.frames:
        raise ProtocolError(f"A message has 1 to {LIMITS.frames} frames, not {1 + len(frames)}.")
    nbytes = sum(memoryview(frame).nbytes for frame in frames)
    if nbytes > LIMITS.job_bytes:
        raise ProtocolError(
            f"The pixels have {nbytes} bytes; the most is {LIMITS.job_bytes}.",
            "Select a smaller area.",
        )


def _read_header(header: Buffer) -> tuple[str, dict[str, Any]]:
    """Kind and fields; their shape is checked, but no field's range."""
    _refuse_other_versions(header)  # first: another version may have other limits
    _check_header_length(header)
    try:
        unpacked = msgpack.unpackb(
            header,
            object_pairs_hook=_map_of,
            ext_hook=_refuse_extension,
            max_str_len=LIMITS.text * 4,
            max_bin_len=0,
            max_ext_len=0,
            max_array_len=LIMITS.items,
            max_map_len=LIMITS.items,
        )
    # All that msgpack raises for hostile bytes, nesting beyond its depth included.
    except ValueError as error:
        reason = str(error) or type(error).__name__
        raise ProtocolError(f"The header is not valid msgpack ({reason}).") from error
    if len(unpacked) != 3:
        raise ProtocolError("The header is not [version, kind, fields].")
    _, kind, values = unpacked
    if not isinstance(kind, str) or kind not in KINDS:
        raise ProtocolError(f"The message kind {shown(kind)} is not known.")
    if not isinstance(values, dict):
        raise ProtocolError("The fields of a message must be a map.")
    return kind, values


def _refuse_other_versions(header: Buffer) -> None:
    view = memoryview(header)
    # An array of up to 15 items, then a number below 128: one byte each in msgpack.
    if view.nbytes < 2 or not 0x91 <= view[0] <= 0x9F or view[1] > 0x7F:
        raise ProtocolError("The header is not [version, kind, fields].")
    if view[1] != PROTOCOL_VERSION:
        raise VersionMismatch(
            f"The other side speaks protocol version {view[1]}; "
            f"this side speaks version {PROTOCOL_VERSION}.",
            "Run install.py again so that plugin and backend match.",
        )


def _map_of(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """A map whose keys are text, none of them twice."""
    listed = list(pairs)  # msgpack's pure Python form passes a generator, keys unchecked
    if not all(isinstance(key, str) for key, _ in listed):
        raise ValueError("a map has a key that is not text")
    made = dict(listed)
    if len(made) != len(listed):
        raise ValueError("a map has the same key twice")
    return made


def _refuse_extension(code: int, data: bytes) -> Any:
    raise ValueError(f"extension type {code} of {len(data)} bytes is not allowed")
