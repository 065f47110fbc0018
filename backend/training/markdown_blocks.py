"""Blocks of a Markdown file that a program writes, between sentences that people write.

A block stands between ``<!-- NAME -->`` and ``<!-- end of NAME -->``, which Markdown does not show.
"""

from __future__ import annotations


def with_block(text: str, name: str, content: str) -> str:
    """The text with another content in the block. Raises ValueError when it is not there once."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, *rest = text.split(start)
    if len(rest) != 1 or rest[0].count(end) != 1:
        raise ValueError(f"The block {name!r} must be there once, with its end.")
    _, after = rest[0].split(end)
    return f"{before}{start}\n{content.strip()}\n\n{end}{after}"
