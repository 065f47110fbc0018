"""Which pictures are large enough for their tiles to be shared."""

from __future__ import annotations

LEAST_AREA = 1024 * 1024
"""Pixels that no model needs more than one tile for. To hand a job eight helpers takes 0.2 s: that
is for Ray to make them known to the worker."""
