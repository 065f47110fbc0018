"""The pixels of jobs in the cluster's memory, put there once for all workers that need them."""

from __future__ import annotations

from collections.abc import Sequence
from pickle import PickleBuffer
from typing import Any

import ray

from protocol.images import Buffer


class SharedPixels:
    """Ray's references by the front's keys; the first copy of each lies on this machine's node."""

    def __init__(self) -> None:
        self._references: dict[str, Any] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._references

    def put(self, key: str, pixels: Sequence[Buffer]) -> None:
        # Through a memoryview: the buffers in which Ray gives back what it holds cannot be put.
        buffers = [PickleBuffer(memoryview(buffer)) for buffer in pixels]
        self._references[key] = ray.put(buffers)

    def get(self, key: str) -> Any:
        """The reference to hand to a worker."""
        return self._references[key]

    def forget(self, key: str) -> None:
        self._references.pop(key, None)

    async def renew(self) -> None:
        """Put all of them anew, from the copies here.

        A machine that has just gone may have copies, and Ray would look for them there for some
        20 s, though there is one here.
        """
        for key, reference in list(self._references.items()):
            pixels = await reference
            if self._references.get(key) is reference:
                self.put(key, pixels)
