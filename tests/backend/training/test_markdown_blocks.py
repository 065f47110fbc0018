from __future__ import annotations

import pytest

from backend.training.markdown_blocks import with_block

TEXT = "Before.\n\n<!-- psnr -->\nold\n<!-- end of psnr -->\n\nAfter.\n"


def test_the_block_is_replaced_and_nothing_else():
    once = with_block(TEXT, "psnr", "| new |\n")

    assert once == "Before.\n\n<!-- psnr -->\n\n| new |\n\n<!-- end of psnr -->\n\nAfter.\n"
    assert with_block(once, "psnr", "| new |") == once


@pytest.mark.parametrize(
    "text",
    ["Before.", TEXT + TEXT, "<!-- psnr -->\n", "<!-- end of psnr -->\n<!-- psnr -->\n"],
    ids=["missing", "twice", "no end", "end before its beginning"],
)
def test_a_block_that_is_not_there_once_is_refused(text):
    with pytest.raises(ValueError, match="'psnr'"):
        with_block(text, "psnr", "| new |")
