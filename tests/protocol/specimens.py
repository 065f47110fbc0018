"""Small, fixed messages of every kind, as raw material for changes."""

from __future__ import annotations

from dataclasses import fields

import msgpack

from protocol import fields as allowed
from protocol.bounds import Bounds
from protocol.framing import encode
from protocol.images import MASK, Image, PixelFormat
from protocol.messages import KINDS, PROTOCOL_VERSION, EditRequest, JobRequest

PLACE = Bounds(-3, 5, 4, 2)
MASK_IMAGE = Image(PLACE, MASK, bytes(range(8)))
VALUES = {
    allowed.Integer: lambda check: check.high // 2 + 1,
    allowed.Number: lambda check: (check.low + check.high) / 4,
    allowed.Numbers: lambda check: (check.each.high / 4, check.each.high / 2),
    allowed.Text: lambda check: "landscape-é"[: check.longest],
    allowed.Choice: lambda check: check.options[0],
    allowed.Boolean: lambda _: True,
    allowed.Picture: lambda _: Image(PLACE, PixelFormat(profile="sRGB"), bytes(range(32))),
    allowed.Pictures: lambda _: tuple(Image(PLACE, PixelFormat(), bytes([i] * 32)) for i in (7, 8)),
    allowed.Blob: lambda _: b"an ICC profile",
    allowed.Record: lambda _: {"t0": 0.45, "seed": 7, "model": "landscape", "fresh": True},
    allowed.Records: lambda _: ({"name": "landscape"}, {"name": "other", "size": 3}),
}
FORMS = [
    ("edit", {"t0s": (), "variants": 3}),
    ("edit", {"t0s": (), "ladder": True, "repeats": 4}),
    ("edit", {"t0s": (), "mask": None, "t0_map": VALUES[allowed.Picture](None)}),
    ("edit", {"footprint_of": "object", "mask": None, "t0_map": None}),
    ("edit-again", {"t0s": (), "variants": 2}),
    ("propose-t0", {"mask": None, "footprint": None, "profile": None}),
]
"""What the specimens of these kinds cannot show at the same time."""


def specimens():
    """A valid message of every kind, and of each form that an edit can have."""
    return [*map(specimen, sorted(KINDS)), *(specimen(kind, **form) for kind, form in FORMS)]


def specimen(kind, **changed):
    """A valid message of this kind, all its optional fields present."""
    message_class = KINDS[kind]
    values = {}
    for item in fields(message_class):
        check = allowed.check_of(item)
        values[item.name] = VALUES[type(check)](check)
    if issubclass(message_class, JobRequest):
        values["mask"] = values["footprint"] = MASK_IMAGE
    if issubclass(message_class, EditRequest):
        values["t0_map"], values["variants"], values["ladder"] = MASK_IMAGE, 1, False
    values.update(changed)
    return message_class(**values)


def header_of(kind, **changed):
    """The unpacked fields of a specimen's header, some of them changed."""
    _, _, values = msgpack.unpackb(encode(specimen(kind))[0])
    values.update(changed)
    return values


def frames_of(kind, **changed):
    """A specimen's frames with changed header fields, as a faulty peer would send them."""
    frames = encode(specimen(kind))
    return [msgpack.packb([PROTOCOL_VERSION, kind, header_of(kind, **changed)]), *frames[1:]]
