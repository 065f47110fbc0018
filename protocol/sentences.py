"""Text that can travel in a message, and values as a sentence may show them."""

from __future__ import annotations

import re
from typing import Any

STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys rather than shows: control characters, ends of lines, turns of direction.
"""


def is_sendable(value: Any, longest: int) -> bool:
    """Whether this is text of at most ``longest`` characters that has a UTF-8 form.

    Lone surrogates have none; Python makes them of file names that are not UTF-8.
    """
    if not isinstance(value, str) or len(value) > longest:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def sendable(value: str, longest: int) -> str:
    """The text as it can be sent: cut to ``longest``, characters without a UTF-8 form as ?."""
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= longest else whole[: longest - 1] + "…"


def escaped(text: str) -> str:
    r"""The text on one line, as a terminal may show it: ``\x1b`` for an escape character."""
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def shown(value: Any) -> str:
    """The value for use in a sentence: short, whatever it is and whoever sent it.

    Lists and maps are named, not shown: their text may be long, or nested beyond recursion.
    """
    if isinstance(value, str):
        return repr(sendable(value, 40))
    if isinstance(value, int):
        return repr(value) if value.bit_length() <= 128 else "too long a number to show"
    if value is None or isinstance(value, float):
        return repr(value)
    return f"of type {type(value).__name__}"
