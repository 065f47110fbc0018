"""Where the backend stands."""

from __future__ import annotations

from enum import Enum


class BackendState(Enum):
    """Of these it goes from STARTING to READY, and to any other at any time."""

    UNUSABLE = "not installed, or not for this Krita"
    STOPPED = "not running"
    STARTING = "started, not yet listening"
    CONNECTING = "listening, not yet connected"
    LOADING = "connected, its model not yet loaded"
    READY = "connected, its model loaded"
    SILENT = "connected, but not answering"
    BROKEN = "running, but of no use"

    @property
    def takes_jobs(self) -> bool:
        """Whether a job can be sent; a loading backend keeps it until it is ready."""
        return self in (BackendState.LOADING, BackendState.READY)

    @property
    def has_failed(self) -> bool:
        """Whether a job waits in vain."""
        return self in (BackendState.UNUSABLE, BackendState.STOPPED, BackendState.BROKEN)

    @property
    def is_starting(self) -> bool:
        """Whether it is on the way from STOPPED to READY."""
        return self in (BackendState.STARTING, BackendState.CONNECTING, BackendState.LOADING)
