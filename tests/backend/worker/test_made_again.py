"""An edit made again by the real worker is the same to the bit; what comes with its result."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from backend.local import LocalBackend
from protocol.errors import JobFailed
from protocol.images import MASK, Image
from protocol.messages import EditAgain, EditRequest, Result
from tests.backend.worker.test_real_edits import SIDE, pixels_of, request


def again(asked: EditRequest, result: Result, **changes: Any) -> EditAgain:
    values = {item.name: getattr(asked, item.name) for item in fields(asked)}
    values |= {"job_id": uuid.uuid4().hex, "pictures": result.pictures}
    return EditAgain(**(values | {"recipe_then": result.recipe} | changes))


def masked(**changes: Any) -> EditRequest:
    """An edit of the right half, softly from its left edge."""
    asked = request(**changes)
    grey = np.zeros((SIDE, SIDE), np.uint8)
    grey[:, SIDE // 2 :] = 255
    grey[:, SIDE // 2] = 90
    return replace(asked, mask=Image(asked.guide.bounds, MASK, grey.tobytes()))


def test_an_edit_made_again_is_equal_to_the_bit(backend: LocalBackend) -> None:
    for asked in (masked(seed=3, variants=2), masked(t0s=(0.3, 0.5))):
        verified = backend.edit_again(again(asked, backend.edit(asked)))
        assert verified.is_equal, verified
        assert verified.changed == ""
        assert verified.pixels == 2 * SIDE * SIDE
        assert verified.sentence == "The same picture to the bit."


def test_another_picture_is_told_from_it(backend: LocalBackend) -> None:
    asked = request()
    result = backend.edit(asked)
    pixels = bytearray(result.pictures[0].data)
    pixels[400] ^= 4
    other = replace(result.pictures[0], data=bytes(pixels))
    recipe = {**result.recipe, "torch": "1.0"}
    verified = backend.edit_again(again(asked, result, pictures=(other,), recipe_then=recipe))
    assert not verified.is_equal
    assert (verified.differing_pixels, round(255 * verified.largest_difference)) == (1, 4)
    assert verified.changed == "torch"


def test_pictures_of_another_edit_are_refused(backend: LocalBackend) -> None:
    asked = request()
    with pytest.raises(JobFailed, match="not those of this edit") as caught:
        backend.edit_again(again(asked, backend.edit(asked), pictures=()))
    assert caught.value.code == "invalid-value"


def test_the_recipe_says_what_pixels_it_is_for(backend: LocalBackend) -> None:
    asked = masked()
    recipe = backend.edit(asked).recipe
    digest = hashlib.blake2b(asked.guide.data, digest_size=16).hexdigest()
    assert recipe["guide_digest"] == digest
    assert recipe["mask_digest"] not in ("", digest)
    assert recipe["t0_map_digest"] == ""
    assert recipe["guide_format"] == "RGBA U8"
    assert recipe["watermark"] is True


def test_a_thumbnail_shows_the_result_on_its_guide(backend: LocalBackend) -> None:
    asked = masked(variants=2)
    result = backend.edit(asked)
    assert len(result.thumbnails) == 2
    thumbnail = result.thumbnails[1]
    assert (thumbnail.bounds.width, thumbnail.format.model, thumbnail.format.depth) == (
        SIDE,
        "RGBA",
        "U8",
    )
    shown = np.frombuffer(thumbnail.data, np.uint8).reshape(SIDE, SIDE, 4)
    guide = np.frombuffer(asked.guide.data, np.uint8).reshape(SIDE, SIDE, 4)
    picture = pixels_of(replace(result, pictures=result.pictures[1:]))
    half = SIDE // 2
    assert np.array_equal(shown[:, :half], guide[:, :half])
    assert np.array_equal(shown[:, half + 1 :], picture[:, half + 1 :])


def test_a_large_results_thumbnail_is_small_and_what_is_shown_as_large_as_asked(
    backend: LocalBackend,
) -> None:
    result = backend.edit(request(256, 128, steps=1, shown_px=224))
    sizes = [(image.bounds.width, image.bounds.height) for image in result.thumbnails]
    assert sizes == [(192, 96)]
    assert [(image.bounds.width, image.bounds.height) for image in result.shown] == [(224, 112)]
    assert backend.edit(request(64, 64, steps=1)).shown == ()


def test_the_mark_can_be_left_out(backend: LocalBackend) -> None:
    asked = request()
    mark, plain = backend.edit(asked), backend.edit(replace(asked, watermark=False, job_id="x"))
    difference = np.abs(pixels_of(mark).astype(int) - pixels_of(plain))
    assert 0 < difference.mean() < 2
    assert plain.recipe["watermark"] is False
