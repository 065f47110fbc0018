"""Messages check their fields when they are made, here as on the wire."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.bounds import Bounds
from protocol.errors import InvalidValue, SDEditError
from protocol.framing import decode, encode
from protocol.images import MASK, Image, PixelFormat
from protocol.limits import LIMITS
from protocol.messages import (
    SEED_MAX,
    STEPS_MAX,
    VARIANTS_MAX,
    Failed,
    Hello,
    Ping,
    Progress,
    Result,
    Welcome,
)

from .specimens import specimen

REQUEST = specimen("edit", t0=0.45)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"t0": 0}, "t0 is 0; it must be a number more than 0 and at most 1."),
        ({"t0": 1.5}, "t0 is 1.5; it must be a number more than 0 and at most 1."),
        ({"t0": float("nan")}, "t0 is nan; it must be a number more than 0 and at most 1."),
        ({"t0s": [0.5, 0]}, "t0s[1] is 0; it must be a number more than 0 and at most 1."),
        ({"t0s": 0.5}, f"t0s must be a list of at most {VARIANTS_MAX} numbers."),
        (
            {"t0s": [0.5] * (VARIANTS_MAX + 1)},
            f"t0s must be a list of at most {VARIANTS_MAX} numbers.",
        ),
        ({"variants": 2}, "variants is 2; with t0s or ladder it must be 1."),
        ({"priority": "now"}, "priority is 'now'; it must be one of live, normal, batch."),
        (
            {"priority": ["live"]},
            "priority is of type list; it must be one of live, normal, batch.",
        ),
        ({"deadline_s": -1}, "deadline_s is -1; it must be a number at least 0 and at most 1e+06."),
        ({"steps": 0}, f"steps is 0; it must be a whole number 1–{STEPS_MAX}."),
        ({"steps": 20.0}, f"steps is 20.0; it must be a whole number 1–{STEPS_MAX}."),
        ({"steps": True}, f"steps is True; it must be a whole number 1–{STEPS_MAX}."),
        ({"seed": -1}, f"seed is -1; it must be a whole number 0–{SEED_MAX}."),
        (
            {"seed": SEED_MAX + 1},
            f"seed is {SEED_MAX + 1}; it must be a whole number 0–{SEED_MAX}.",
        ),
        ({"previews": 1}, "previews is 1; it must be true or false."),
        ({"model": None}, "model is None; it must be text of 0 to 200 characters."),
        ({"job_id": ""}, "job_id is ''; it must be text of 1 to 64 characters."),
        ({"guide": None}, "guide is None; it must be an image."),
        ({"mask": b"255"}, "mask is of type bytes; it must be an image."),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_range(changed, sentence):
    with pytest.raises(InvalidValue) as caught:
        replace(REQUEST, **changed)
    assert caught.value.sentence == sentence
    assert caught.value.code == "invalid-value"


@pytest.mark.parametrize("number", [10**400, -(10**400), 10**5000], ids=["+", "-", "unprintable"])
def test_an_integer_beyond_all_floats_is_refused_like_any_other(number):
    for changed in ({"t0": number}, {"steps": number}):
        with pytest.raises(InvalidValue, match="too long a number to show"):
            replace(REQUEST, **changed)


def test_a_mask_must_cover_the_guides_rectangle_in_one_channel():
    place = REQUEST.guide.bounds
    moved = Bounds(place.x + 1, place.y, place.width, place.height)
    for request in (REQUEST, specimen("propose-t0")):
        with pytest.raises(InvalidValue, match="must cover the same rectangle"):
            replace(request, mask=Image(moved, MASK, bytes(8)))
        with pytest.raises(InvalidValue, match="one 8-bit channel"):
            replace(request, mask=request.guide)
        with pytest.raises(InvalidValue, match="footprint covers"):
            replace(request, footprint=Image(moved, MASK, bytes(8)))
    assert replace(REQUEST, mask=None).mask is None


def test_a_t0_map_is_grey_or_in_the_guides_own_format():
    place = REQUEST.guide.bounds
    coloured = REQUEST.guide
    assert replace(REQUEST, t0_map=coloured).t0_map == coloured
    with pytest.raises(InvalidValue, match="one 8-bit channel"):
        replace(REQUEST, t0_map=Image(place, PixelFormat("GRAYA"), bytes(16)))
    moved = Bounds(place.x + 1, place.y, place.width, place.height)
    with pytest.raises(InvalidValue, match="must cover the same rectangle"):
        replace(REQUEST, t0_map=Image(moved, REQUEST.guide.format, coloured.data))


def test_whole_numbers_become_floats_where_a_float_belongs():
    assert repr(replace(REQUEST, t0=1).t0) == "1.0"


def test_a_message_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        REQUEST.t0 = 0.9


def test_a_message_keeps_its_own_copy_of_maps():
    recipe = {"t0": 0.5}
    result = Result("a", [REQUEST.guide], 1.0, recipe)
    recipe["t0"] = 0.9
    assert result.recipe == {"t0": 0.5}
    models = [{"name": "landscape"}]
    welcome = Welcome("backend", models)
    models[0]["name"] = "other"
    assert welcome.models == ({"name": "landscape"},)


@pytest.mark.parametrize(
    "recipe",
    [
        None,
        [("t0", 0.5)],
        {1: "x"},
        {"x" * (LIMITS.text + 1): 1},
        {"x": None},
        {"x": {"y": 1}},
        {"x": [1]},
        {"x": float("inf")},
        {"x": float("nan")},
        {"x": 2**64},
        {"x": -(2**63) - 1},
        {"x": "y" * (LIMITS.text + 1)},
        {"x": "\ud800"},
        {str(i): i for i in range(LIMITS.items + 1)},
    ],
)
def test_a_map_may_hold_only_plain_values(recipe):
    with pytest.raises(InvalidValue, match=r"^recipe "):
        Result("a", [REQUEST.guide], 1.0, recipe)
    with pytest.raises(InvalidValue, match=r"^models "):
        Welcome("backend", [recipe])


def test_text_without_a_utf8_form_is_refused_before_it_is_sent():
    with pytest.raises(InvalidValue, match=r"client is 'caf\?\.png'; it must be text"):
        Hello("caf\udce9.png")


def test_optional_fields_have_defaults_that_are_valid():
    assert Progress("a", 1, 2).preview is None
    assert Result("a", [REQUEST.guide], 0.0).recipe == {}
    assert Welcome("backend").models == ()


def test_the_recipe_names_everything_but_pixels_and_previews():
    recipe = REQUEST.recipe()
    place = REQUEST.guide.bounds
    assert (recipe.pop("x"), recipe.pop("y")) == (place.x, place.y)
    assert (recipe.pop("width"), recipe.pop("height")) == (place.width, place.height)
    pixels = {"guide", "mask", "footprint", "t0_map", "profile"}
    aside = {"job_id", "previews", "readings", "document", "priority", "deadline_s", "ladder"}
    aside |= {"shown_px"}
    fields = set(vars(REQUEST)) - pixels - aside
    assert [float(t0) for t0 in recipe["t0s"].split()] == [*REQUEST.t0s]
    assert recipe == {name: getattr(REQUEST, name) for name in fields} | {"t0s": recipe["t0s"]}
    assert "t0s" not in replace(REQUEST, t0s=()).recipe()
    assert "ladder" not in recipe
    assert replace(REQUEST, t0s=(), ladder=True, repeats=3).recipe()["ladder"] is True
    assert "edge_px" not in replace(REQUEST, footprint=None).recipe()
    Result("a", [REQUEST.guide], 1.0, REQUEST.recipe())  # it can be sent along


@given(st.text(), st.text(), st.text())
def test_every_error_can_be_answered(code, sentence, hint):
    error = SDEditError(sentence, hint, code)
    answer = Failed.from_error("job", error)
    assert decode(encode(answer)) == answer
    assert (answer.sentence, answer.hint) == (error.sentence, error.hint)


def test_an_error_with_too_many_words_is_answered_in_fewer():
    answer = Failed.from_error("", SDEditError("s" * 9_999, "h" * 9_999, "c" * 999))
    assert answer.sentence == "s" * (LIMITS.text - 1) + "…"
    assert len(answer.hint) == LIMITS.text
    assert len(answer.code) == 64
    assert decode(encode(answer)) == answer


def test_an_error_about_a_file_with_an_unreadable_name_is_answered():
    answer = Failed.from_error("", SDEditError("No file caf\udce9.png."))
    assert answer.sentence == "No file caf?.png."
    assert decode(encode(answer)) == answer


def test_numbers_of_pings_go_up_to_their_limit():
    assert decode(encode(Ping(2**63))) == Ping(2**63)
    with pytest.raises(InvalidValue):
        Ping(2**63 + 1)
