"""A whole file made hostile, for Hypothesis: bytes overwritten, cut out, doubled or put in."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [bytes(8), b"\xff" * 8, b"\x00\x00\x00\x7f", b"{", b"}", b'"', b"[" * 50, b"-1", b"1e999"]


@st.composite
def changed(draw: st.DrawFn, whole: bytes, head: int | None = None) -> bytes:
    """``whole`` with a few changes; most of them in its first ``head`` bytes, where there are."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        end = len(data) if head is None or draw(st.integers(0, 3)) == 0 else min(head, len(data))
        place = draw(st.integers(0, end))
        length = draw(st.sampled_from([0, 1, 1, 2, 8, 64]))
        change = draw(st.sampled_from(["bytes", "piece", "cut", "double", "end"]))
        if change == "bytes":
            data[place : place + length] = draw(st.binary(min_size=length, max_size=length))
        elif change == "piece":
            data[place : place + length] = draw(st.sampled_from(PIECES))
        elif change == "cut":
            del data[place : place + length]
        elif change == "double":
            data[place:place] = data[place : place + length]
        else:
            del data[place:]
    return bytes(data)
