"""Equal to the bit, or how far off: in every depth."""

from __future__ import annotations

import numpy as np
import pytest

from backend.provenance.comparison import DTYPES, compare
from protocol.bounds import Bounds
from protocol.errors import InvalidValue
from protocol.images import Image, PixelFormat
from protocol.messages import Verified

PLACE = Bounds(2, 3, 5, 4)


def image(values: np.ndarray, depth: str = "U8") -> Image:
    return Image(PLACE, PixelFormat("RGBA", depth), values.astype(DTYPES[depth]).tobytes())


def compared(then: np.ndarray, now: np.ndarray, depth: str = "U8") -> Verified:
    return compare("job", [image(then, depth)], [image(now, depth)], {}, {})


@pytest.mark.parametrize("depth", DTYPES)
def test_the_same_pixels_are_equal(depth: str) -> None:
    values = np.arange(80).reshape(4, 5, 4)
    verified = compared(values, values, depth)
    assert verified == Verified("job", True, 0.0, 0, 20, sentence="The same picture to the bit.")


@pytest.mark.parametrize(
    ("depth", "step", "largest", "words"),
    [
        ("U8", 3, 3 / 255, "3 of 255"),
        ("U16", 300, 300 / 65535, "300 of 65535"),
        ("F16", 0.25, 0.25, "0.25"),
        ("F32", 2.5, 2.5, "2.5"),
    ],
)
def test_differences_are_counted_and_measured(
    depth: str, step: float, largest: float, words: str
) -> None:
    then = np.full((4, 5, 4), 2.0)
    now = then.copy()
    now[0, 0, 1] += step
    now[0, 0, 2] += step / 2
    now[3, 4, 3] += step / 3
    verified = compared(then, now, depth)
    assert not verified.is_equal
    assert verified.differing_pixels == 2
    assert verified.largest_difference == pytest.approx(largest)
    assert verified.sentence == f"2 of 20 pixels differ, by at most {words}."


def test_bits_count_and_not_values() -> None:
    then, now = np.zeros((4, 5, 4)), np.zeros((4, 5, 4))
    now[0, 0, 0] = -0.0
    assert compared(then, now, "F32").differing_pixels == 1
    now[0, 0, 0] = np.nan
    verified = compared(then, now, "F32")
    assert (verified.differing_pixels, verified.largest_difference) == (1, 1e9)
    assert compared(now, now, "F32").is_equal


def test_large_pictures_are_compared_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.provenance.comparison.BAND_BYTES", 10)
    then = np.random.default_rng(0).integers(0, 200, (4, 5, 4))
    now = then.copy()
    now[1:3] += 9
    verified = compared(then, now)
    assert (verified.differing_pixels, round(255 * verified.largest_difference)) == (10, 9)


def test_what_else_has_changed_is_told() -> None:
    pixels = [image(np.zeros((4, 5, 4)))]
    then = {"torch": "2.6", "device": "CPU", "python": "3.10", "seed": 7}
    verified = compare("job", pixels, pixels, then, {"torch": "2.13", "device": "CPU", "seed": 7})
    assert verified.changed == "torch"
    assert verified.sentence.endswith("Not as it was then: torch was 2.6, is 2.13.")


def test_pictures_of_another_kind_are_refused() -> None:
    one, other = image(np.zeros((4, 5, 4))), image(np.zeros((4, 5, 4)), "U16")
    for then, now in (([one], [other]), ([one, one], [one]), ([], [one])):
        with pytest.raises(InvalidValue, match="not those of this edit"):
            compare("job", then, now, {}, {})
