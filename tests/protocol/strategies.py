"""Hypothesis strategies for every message, built from what its own fields allow."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import strategies as st

from protocol import fields as allowed
from protocol.bounds import Bounds
from protocol.images import BYTES_PER_CHANNEL, CHANNELS, MASK, Image, PixelFormat
from protocol.limits import LIMITS
from protocol.messages import KINDS, VARIANTS_MAX, EditRequest, JobRequest

SIDE = st.integers(1, 9)
OFFSET = st.integers(-LIMITS.offset_px, LIMITS.offset_px)
BOUNDS = st.builds(Bounds, OFFSET, OFFSET, SIDE, SIDE)
FORMATS = st.builds(
    PixelFormat,
    st.sampled_from(sorted(CHANNELS)),
    st.sampled_from(sorted(BYTES_PER_CHANNEL)),
    st.text(max_size=30),
)
PLAIN = st.one_of(
    st.text(max_size=20),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
RECORD = st.dictionaries(st.text(max_size=20), PLAIN, max_size=5)


def images(bounds=BOUNDS, formats=FORMATS):
    """Small images of any format, whose pixels are any bytes in any kind of buffer."""

    def filled(place, pixel_format):
        nbytes = place.width * place.height * pixel_format.bytes_per_pixel
        buffers = st.builds(
            lambda kind, data: kind(data),
            st.sampled_from([bytes, bytearray, memoryview]),
            st.binary(min_size=nbytes, max_size=nbytes),
        )
        return st.builds(Image, st.just(place), st.just(pixel_format), buffers)

    pairs = st.tuples(bounds, formats)
    return pairs.flatmap(lambda pair: filled(*pair))


def texts(check):
    some = st.text(min_size=check.shortest, max_size=min(check.longest, 40))
    longest = st.sampled_from("x\0é€😀").map(lambda letter: letter * check.longest)
    return st.one_of(some, some, some, longest)


STRATEGIES = {
    allowed.Integer: lambda check: st.integers(check.low, check.high),
    allowed.Number: lambda check: st.floats(check.low, check.high, exclude_min=check.above_low),
    allowed.Numbers: lambda check: st.lists(
        STRATEGIES[allowed.Number](check.each), max_size=check.most
    ),
    allowed.Text: texts,
    allowed.Choice: lambda check: st.sampled_from(check.options),
    allowed.Boolean: lambda _: st.booleans(),
    allowed.Picture: lambda check: st.none() | images() if check.optional else images(),
    allowed.Pictures: lambda check: st.lists(images(), min_size=check.least, max_size=check.most),
    allowed.Blob: lambda _: st.none() | st.binary(min_size=1, max_size=40),
    allowed.Record: lambda _: RECORD,
    allowed.Records: lambda _: st.lists(RECORD, max_size=4),
}


def values(item):
    """What a field of a message may hold."""
    check = allowed.check_of(item)
    return STRATEGIES[type(check)](check)


def messages(message_class):
    """Any message of this class."""
    given = {item.name: values(item) for item in fields(message_class)}
    if not issubclass(message_class, JobRequest):
        return st.builds(message_class, **given)

    def made(guide, mask, footprint, t0_map, several, **rest):
        if issubclass(message_class, EditRequest):
            rest |= {"t0_map": t0_map, **several}
        return message_class(guide=guide, mask=mask, footprint=footprint, **rest)

    def with_its_mask(guide):
        grey = st.none() | images(st.just(guide.bounds), st.just(MASK))
        t0_map = grey | images(st.just(guide.bounds), st.just(guide.format))
        kept = {name: given[name] for name in rest}
        return st.builds(made, st.just(guide), grey, grey, t0_map, several, **kept)

    own = ("guide", "mask", "footprint", "t0_map", "variants", "t0s", "ladder", "repeats")
    rest = [name for name in given if name not in own]
    several = st.just({})
    if issubclass(message_class, EditRequest):  # either variants, t0s or a ladder
        several = st.one_of(
            st.fixed_dictionaries({"variants": given["variants"], "repeats": given["repeats"]}),
            st.fixed_dictionaries({"t0s": given["t0s"], "repeats": given["repeats"]}),
            st.fixed_dictionaries(
                {"ladder": st.just(True), "repeats": st.integers(1, VARIANTS_MAX)}
            ),
        )
    return images().flatmap(with_its_mask)


ANY_MESSAGE = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: messages(KINDS[kind]))
