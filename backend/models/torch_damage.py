"""What torch.load raises for a damaged file."""

from __future__ import annotations

import struct

SENSELESS: tuple[type[Exception], ...] = (
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
    struct.error,
)
"""For bytes that make no sense, as thousands of changed files have shown. A pickle that would do
more than hold values is an UnpicklingError instead."""
