"""What every test of the backend leaves behind: nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _denormal_numbers_stay() -> Iterator[None]:
    """Training flushes denormal numbers to zero, for its whole thread: not for other tests."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
