"""What an edit takes, in a process of its own."""

from __future__ import annotations

import sys

import pytest

from backend.evaluation.speed.memory import peak_bytes_of_edit
from protocol.errors import SDEditError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process tells its peak there")


def test_the_peak_is_that_of_one_edit_and_not_of_whoever_asks():
    held = bytearray(b"\1" * 2**30)  # 1 GiB, resident here

    peak = peak_bytes_of_edit("landscape", 32, "cpu")

    assert 2**27 < peak < len(held)


def test_an_edit_that_fails_says_why():
    sentence = r"An edit of 32×32 pixels ended with: There is no model called 'none'\. .*landscape"
    with pytest.raises(SDEditError, match=sentence):
        peak_bytes_of_edit("none", 32, "cpu")


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("side", "gib"), [(1024, 1.5), (2048, 2), (4096, 4)])
def test_a_large_edit_stays_within_its_bound(side, gib):
    """4 GiB for 4096 × 4096 pixels is what the project promises."""
    assert peak_bytes_of_edit("landscape", side, "cpu") < gib * 2**30
