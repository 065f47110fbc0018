"""What decode refuses, and in which words."""

from __future__ import annotations

from dataclasses import MISSING, fields

import msgpack
import pytest

from protocol import framing
from protocol.errors import ProtocolError, VersionMismatch
from protocol.fields import Blob, Picture, Pictures, check_of
from protocol.framing import decode, encode, job_id_of
from protocol.limits import LIMITS
from protocol.messages import KINDS, PROTOCOL_VERSION, VARIANTS_MAX, Failed, Ping, Welcome

from .specimens import frames_of, header_of, specimen


def refusal_of(frames):
    with pytest.raises(ProtocolError) as caught:
        decode(frames)
    # Whatever is refused, the refusal itself can be sent.
    answer = Failed.from_error("job", caught.value)
    assert answer.sentence == caught.value.sentence
    assert decode(encode(answer)) == answer
    return caught.value


def test_specimens_are_valid():
    for kind in KINDS:
        assert decode(frames_of(kind)) == specimen(kind)


# ------------------------------------------------------------------------------- versions


@pytest.mark.parametrize("version", [0, 1, 9, 127])
def test_another_version_is_named_together_with_ours(version):
    error = refusal_of([msgpack.packb([version, "ping", {"number": 1}])])
    assert isinstance(error, VersionMismatch)
    assert error.code == "version"
    assert f"version {version};" in error.sentence
    assert f"this side speaks version {PROTOCOL_VERSION}." in error.sentence
    assert "install.py" in error.hint


def test_another_version_is_named_whatever_else_it_brings():
    extension = msgpack.ExtType(5, b"new")
    for rest in ([], ["ping"], ["ping", {"number": extension}, 4], ["x" * LIMITS.header_bytes]):
        frames = [msgpack.packb([PROTOCOL_VERSION + 1, *rest]), *[b"pixels"] * 9]
        assert isinstance(refusal_of(frames), VersionMismatch)


@pytest.mark.parametrize("version", [True, 1.0, "1", None, [1], -1, 300])
def test_a_version_that_is_no_small_number_is_refused(version):
    error = refusal_of([msgpack.packb([version, "ping", {"number": 1}])])
    assert not isinstance(error, VersionMismatch)


# ------------------------------------------------------------------------- kinds and fields


@pytest.mark.parametrize("kind", ["", "Ping", "shutdown", 7, None, ["ping"], {"ping": 1}])
def test_an_unknown_kind_is_refused(kind):
    assert (
        "message kind"
        in refusal_of([msgpack.packb([PROTOCOL_VERSION, kind, {"number": 1}])]).sentence
    )


def test_an_unknown_field_is_named():
    error = refusal_of(frames_of("ping", password="x"))
    assert error.sentence == "A 'ping' message has no field 'password'."


def test_a_field_name_that_is_not_text_is_refused():
    values = {**header_of("ping"), b"": 1, "zz": 2}
    error = refusal_of([msgpack.packb([PROTOCOL_VERSION, "ping", values])])
    assert "a map has a key that is not text" in error.sentence


def pixels_without(kind, name):
    """The frames of a specimen's images but those of one field."""
    message = specimen(kind)
    for item in fields(message):
        value = getattr(message, item.name)
        if item.name != name and isinstance(check_of(item), Picture):
            yield value.data
        elif item.name != name and isinstance(check_of(item), Pictures):
            yield from (picture.data for picture in value)
        elif item.name != name and isinstance(check_of(item), Blob):
            yield value


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_field_is_named_unless_it_has_a_default(kind):
    for item in fields(KINDS[kind]):
        values = header_of(kind)
        del values[item.name]
        header = msgpack.packb([PROTOCOL_VERSION, kind, values])
        frames = [header, *pixels_without(kind, item.name)]
        if item.default is not MISSING:
            assert getattr(decode(frames), item.name) == item.default
        elif item.default_factory is not MISSING:
            assert getattr(decode(frames), item.name) == item.default_factory()
        else:
            expected = f"A {kind!r} message needs the field {item.name!r}."
            assert refusal_of(frames).sentence == expected


def test_a_field_out_of_range_is_refused_with_field_value_and_range():
    error = refusal_of(frames_of("edit", steps=4000))
    assert error.code == "invalid-value"
    assert error.sentence == "steps is 4000; it must be a whole number 1–1000."
    error = refusal_of(frames_of("edit", t0=0.0))
    assert error.sentence == "t0 is 0.0; it must be a number more than 0 and at most 1."


@pytest.mark.parametrize("t0", [float("nan"), float("inf"), -0.0, 1.0000001, "0.5", True, None])
def test_a_t0_that_is_no_number_in_range_is_refused(t0):
    assert refusal_of(frames_of("edit", t0=t0)).sentence.startswith("t0 is ")


def test_a_hostile_value_does_not_become_a_long_sentence():
    for value in ("x" * 16_000, ["x" * 100] * 100, {"k" * 9_000: 1}, 2**64 - 1):
        assert len(refusal_of(frames_of("edit", steps=value)).sentence) < 300


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\x93",
        b"\x93%c" % PROTOCOL_VERSION,
        msgpack.packb([]),
        msgpack.packb([1]),
        msgpack.packb([PROTOCOL_VERSION, "ping"]),
        msgpack.packb([PROTOCOL_VERSION, "ping", {"number": 1}, 0]),
        msgpack.packb([PROTOCOL_VERSION, "ping", [1]]),
        msgpack.packb({"version": 1}),
        msgpack.packb(1),
        msgpack.packb([PROTOCOL_VERSION, "ping", {"number": 1}]) + b"\x00",
        msgpack.packb([PROTOCOL_VERSION, "ping", {"number": 1}])[:-1],
    ],
)
def test_a_header_that_is_not_version_kind_fields_is_refused(header):
    refusal_of([header])
    assert job_id_of([header]) == ""


def test_a_key_that_comes_twice_is_refused():
    twice = b"\x93%c\xa4ping\x82\xa6number\x01\xa6number\x02" % PROTOCOL_VERSION
    assert "same key twice" in refusal_of([twice]).sentence


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (msgpack.packb(msgpack.ExtType(5, b"x")), "max_ext_len"),
        (msgpack.packb(msgpack.Timestamp(1, 1)), "max_ext_len"),
        (b"\xc7\x00\x05", "extension type 5 of 0 bytes"),
        (b"\xc7\x00\xff", ""),  # a timestamp of no bytes
        (b"\xc4\x01x", "max_bin_len"),
        (b"\xc1", ""),  # never used in msgpack
        (b"\xa1\xff", "utf-8"),
        (b"\xa3\xed\xb3\xbf", "utf-8"),  # a lone surrogate
        (b"\x81\x01\x02", "key"),
        (b"\x81\x90\x01", "key"),
        (b"\x81\xc4\x00\x01", "a key that is not text"),
        (b"\xdc\x01\x01" + b"\x00" * 257, "max_array_len"),
        (b"\xde\x01\x01" + b"".join(b"\xa2%c%c" % divmod(i, 128) for i in range(514)), "max_map"),
        (b"\xda\x40\x01" + b"x" * 16_385, "max_str_len"),
        (b"\x91" * 5_000, ""),
    ],
)
def test_msgpack_that_no_message_needs_is_refused_as_such(token, reason):
    sentence = refusal_of([b"\x93%c\xa6cancel\x81\xa6job_id" % PROTOCOL_VERSION + token]).sentence
    assert sentence.startswith("The header is not valid msgpack (")
    assert reason in sentence


# -------------------------------------------------------------------------- pixels and limits


@pytest.mark.parametrize("kind", ["edit", "progress", "result"])
def test_pixels_must_be_as_many_as_the_header_says(kind):
    frames = encode(specimen(kind))
    for changed in (frames[1][:-1], bytes(frames[1]) + b"\0", b""):
        error = refusal_of([frames[0], changed, *frames[2:]])
        assert f"has 32 bytes, not {len(changed)}." in error.sentence


@pytest.mark.parametrize("said", [0, -1, 13, 15, 14.5, "14", [14], LIMITS.profile_bytes + 1])
def test_a_profile_must_have_as_many_bytes_as_the_header_says(said):
    assert "'profile' has 14 bytes, not" in refusal_of(frames_of("edit", profile=said)).sentence


@pytest.mark.parametrize("nbytes", [0, LIMITS.profile_bytes + 1])
def test_a_profile_of_no_bytes_or_too_many_is_refused(nbytes):
    frames = frames_of("edit", profile=nbytes)
    frames[frames.index(b"an ICC profile")] = bytes(nbytes)
    error = refusal_of(frames)
    assert error.sentence == "profile must be 1 to 4194304 bytes."


@pytest.mark.parametrize("kind", ["edit", "progress", "result"])
def test_a_frame_too_few_or_too_many_is_refused(kind):
    frames = encode(specimen(kind))
    assert "are missing" in refusal_of(frames[:-1]).sentence
    assert "frames" in refusal_of([*frames, b""]).sentence


@pytest.mark.parametrize(
    "place",
    [
        {"width": 0},
        {"height": -2},
        {"width": LIMITS.side_px + 1},
        {"width": 2**40, "height": 2**40},
        {"x": LIMITS.offset_px + 1},
        {"y": -(2**63)},
        {"width": 4.0},
        {"x": True},
        {"x": None},
        {"model": "XYZA"},
        {"model": ["RGBA"]},
        {"depth": "U32"},
        {"profile": 3},
        {"profile": "x" * (LIMITS.text + 1)},
        {"more": 1},
    ],
)
def test_an_image_header_out_of_range_is_refused(place):
    preview = {**header_of("progress")["preview"], **place}
    refusal_of(frames_of("progress", preview=preview))
    _, other = header_of("result")["pictures"]
    refusal_of(frames_of("result", pictures=[preview, other]))


@pytest.mark.parametrize("header", [None, 0, [], "RGBA", {}, {"x": 1}])
def test_an_image_without_its_header_is_refused(header):
    refusal_of(frames_of("edit", guide=header))
    _, other = header_of("result")["pictures"]
    refusal_of(frames_of("result", pictures=[header, other]))


@pytest.mark.parametrize("count", [0, VARIANTS_MAX + 1])
def test_a_list_of_too_few_or_too_many_images_is_refused(count):
    header, _ = header_of("result")["pictures"]
    refusal_of(frames_of("result", pictures=[header] * count))


@pytest.mark.parametrize("pictures", [None, 0, "RGBA", {}])
def test_what_is_no_list_of_images_is_refused(pictures):
    refusal_of(frames_of("result", pictures=pictures))


def test_an_image_larger_than_a_frame_may_be_is_refused_before_its_pixels_are_looked_at():
    preview = {**header_of("progress")["preview"], "width": 32_768, "height": 32_768}
    error = refusal_of(frames_of("progress", preview=preview))
    assert error.sentence == (
        f"An image of 32768×32768 needs {4 * 32_768**2} bytes; the most is {LIMITS.frame_bytes}."
    )
    assert error.hint == "Select a smaller area."


@pytest.mark.parametrize("name", ["mask", "t0_map"])
def test_a_mask_or_t0_map_of_another_rectangle_or_format_is_refused(name):
    grey = header_of("edit")[name]
    sentence = refusal_of(frames_of("edit", **{name: {**grey, "x": 0}})).sentence
    assert sentence.startswith(f"{name} covers ")
    assert "same rectangle" in sentence
    deeper = {**header_of("edit")["guide"], "depth": "U16"}
    frames = frames_of("edit", **{name: deeper})
    frames[2 if name == "mask" else -1] = 2 * bytes(frames[1])
    assert refusal_of(frames).sentence == f"{name} must have one 8-bit channel per pixel."


def test_too_many_frames_and_no_frame_are_refused():
    assert refusal_of([]).sentence == "A message has at least one frame."
    frames = [*encode(Ping(1)), *[b""] * LIMITS.frames]
    assert f"1 to {LIMITS.frames} frames" in refusal_of(frames).sentence


def test_a_header_longer_than_the_limit_is_refused_unread(monkeypatch):
    header = msgpack.packb([PROTOCOL_VERSION, "ping", {"number": 1}]) + bytes(LIMITS.header_bytes)
    assert f"the most is {LIMITS.header_bytes}" in refusal_of([header]).sentence

    def unread(*_, **__):
        pytest.fail("a header beyond the limit was unpacked")

    monkeypatch.setattr(framing.msgpack, "unpackb", unread)
    assert job_id_of([header]) == ""
    with pytest.raises(ProtocolError):
        decode([header])


def refusal_of_sending(message):
    with pytest.raises(ProtocolError) as caught:
        encode(message)
    return caught.value.sentence


def test_a_header_that_the_other_side_would_refuse_is_not_sent():
    models = [{"name": "x" * LIMITS.text}] * 20
    assert "the most is" in refusal_of_sending(Welcome("backend", models))


def test_pixels_that_the_other_side_would_refuse_are_not_sent(monkeypatch):
    request = specimen("edit")
    frames = encode(request)
    nbytes = sum(len(frame) for frame in frames[1:])
    monkeypatch.setattr(framing, "LIMITS", type(LIMITS)(job_bytes=nbytes - 1))
    sentence = f"{nbytes} bytes; the most is {nbytes - 1}"
    assert sentence in refusal_of_sending(request)
    assert sentence in refusal_of(frames).sentence


@pytest.mark.parametrize("job_id", [7, None, "x" * 65, ["a"]])
def test_a_job_id_out_of_range_is_not_passed_on(job_id):
    assert job_id_of(frames_of("cancel", job_id=job_id)) == ""


def test_the_job_of_a_refused_message_is_known():
    frames = frames_of("edit", job_id="mine", steps=-1)
    refusal_of(frames)
    assert job_id_of(frames) == "mine"
    assert job_id_of([]) == ""
