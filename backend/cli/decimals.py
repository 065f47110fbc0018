"""Numbers with a decimal point, as options of the command line."""

from __future__ import annotations

import argparse
import re


def decimal(word: str) -> float:
    """The number. Raises ArgumentTypeError, which reminds of the point whoever writes a comma."""
    try:
        return float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no number{reminder(word)}") from None


def reminder(word: str) -> str:
    """How a number with a decimal comma is to be written; "" for any other word."""
    if not re.fullmatch(r"[+-]?[0-9]*,[0-9]+", word):
        return ""
    return f"; write a point for the comma: {word.replace(',', '.')}"
