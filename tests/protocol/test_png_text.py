"""A text in a PNG file leaves all else in it as it is."""

from __future__ import annotations

import io

import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.png_text import KEYWORD, copy_with_text


def png(width: int = 3, height: int = 2) -> bytes:
    written = io.BytesIO()
    PIL.Image.new("RGBA", (width, height), (9, 8, 7, 6)).save(written, "PNG", dpi=(72, 72))
    return written.getvalue()


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_it_is_read_back_and_nothing_else_has_changed(text: str) -> None:
    plain, target = png(), io.BytesIO()
    copy_with_text(io.BytesIO(plain), target, text)
    with PIL.Image.open(io.BytesIO(target.getvalue())) as opened:
        opened.load()
        assert opened.text == {KEYWORD: text}
        assert opened.tobytes() == bytes((9, 8, 7, 6)) * 6
    added = len(target.getvalue()) - len(plain)
    assert target.getvalue()[:33] == plain[:33]
    assert target.getvalue()[33 + added :] == plain[33:]


@pytest.mark.parametrize("other", [b"", b"\xff\xd8\xff\xe0 a photograph", png()[:12]])
def test_another_file_is_refused(other: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        copy_with_text(io.BytesIO(other), io.BytesIO(), "text")
