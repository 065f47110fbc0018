"""decode(encode(m)) is m, for every kind of message and everything its fields allow."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.fields import Check, check_of
from protocol.framing import decode, encode, job_id_of
from protocol.images import Image
from protocol.messages import KIND_OF, KINDS, JobRequest, Message

from .strategies import ANY_MESSAGE, STRATEGIES, messages


def test_every_message_class_has_a_kind():
    assert {*_concrete(Message)} == set(KINDS.values())
    assert {cls: kind for kind, cls in KINDS.items()} == KIND_OF


def test_every_sort_of_field_has_a_strategy_and_is_in_use():
    in_use = {type(check_of(item)) for cls in KINDS.values() for item in fields(cls)}
    assert set(Check.__subclasses__()) == set(STRATEGIES) == in_use


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_message_comes_back_as_it_was(kind, data):
    message = data.draw(messages(KINDS[kind]))
    received = decode([bytes(frame) for frame in encode(message)])
    assert received == message
    assert type(received) is KINDS[kind]
    # Equality takes 1, 1.0 and True for the same; the repr does not.
    assert repr(received) == repr(message)


@given(ANY_MESSAGE)
def test_the_job_of_a_message_can_be_read_from_its_header(message):
    assert job_id_of(encode(message)) == getattr(message, "job_id", "")


@given(ANY_MESSAGE)
def test_pixels_are_passed_on_and_viewed_without_a_copy(message):
    frames = encode(message)
    sent, received = _in_frames_of_their_own(message), _in_frames_of_their_own(decode(frames))
    assert len(frames) == 1 + len(sent) == 1 + len(received)
    for frame, one, other in zip(frames[1:], sent, received):
        if isinstance(one, Image):
            assert frame is one.data is other.data
        else:
            assert frame is one
            assert one == other


@given(ANY_MESSAGE)
def test_no_pixel_is_in_a_repr(message):
    for picture in _values(message):
        if isinstance(picture, Image):
            assert repr(bytes(picture.data)) not in repr(message)
            assert " data=" not in repr(picture)


def _concrete(message_class):
    """The classes below this one, without those that are only there to be inherited from."""
    below = [cls for each in message_class.__subclasses__() for cls in (each, *_concrete(each))]
    return [cls for cls in below if cls is not JobRequest]


def _values(message):
    """The values of its fields, the images of a list one by one."""
    values = [getattr(message, item.name) for item in fields(message)]
    return [item for value in values for item in (value if _is_images(value) else [value])]


def _in_frames_of_their_own(message):
    """Its images and its profile, which is the only field that holds bytes."""
    return [value for value in _values(message) if isinstance(value, (Image, bytes))]


def _is_images(value):
    return isinstance(value, tuple) and value and isinstance(value[0], Image)
