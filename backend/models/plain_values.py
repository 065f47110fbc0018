"""Questions about values read from JSON, where True is a number and NaN passes every test."""

from __future__ import annotations

import math
from typing import Any


def is_whole(value: Any, least: int, most: int) -> bool:
    """Whether it is a whole number in [least, most]."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_positive(value: Any) -> bool:
    """Whether it is a number above 0, and finite."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 < value < math.inf
