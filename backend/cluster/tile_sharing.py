"""Which pictures are large enough for their tiles to be shared, and how a helper is reached."""

from __future__ import annotations

TILES = "tiles"
"""The actors' concurrency group for it, beside that of their own jobs."""
LEAST_AREA = 1024 * 1024
"""Pixels that no model needs more than one tile for. To hand a job eight helpers takes 0.2 s: that
is for Ray to make them known to the worker."""
