"""A job of several pictures as parts that several workers make, and their answers as one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from protocol.messages import SEED_MAX, EditRequest, JobRequest, Progress, Result


def parts_of(request: JobRequest) -> list[JobRequest]:
    """One request for each picture, under an id of its own; of one picture the request itself.

    A picture's noise depends on its seed and place alone, so each part gives the picture that it
    stands for. How they are cut never depends on how many workers there are: one worker computes
    what ten do, to the bit. All parts share the pixels' buffers.
    """
    # A job made from an edit (`EditAgain`) compares all pictures, and so stays whole; so does a
    # ladder, each of whose pictures is made from the one before.
    if type(request) is not EditRequest or (len(request.t0s) or request.variants) == 1:
        return [request]
    t0s = request.t0s or (request.t0,) * request.variants
    return [
        replace(
            request,
            job_id=uuid.uuid4().hex,
            t0=t0,
            t0s=(),
            seed=request.seed if request.t0s else (request.seed + nth) % (SEED_MAX + 1),
            variants=1,
            previews=request.previews and nth == 0,  # that of the first variant, as ever
        )
        for nth, t0 in enumerate(t0s)
    ]


class Assembly:
    """What the parts of one job have given so far."""

    def __init__(
        self,
        request: JobRequest,
        parts: Sequence[JobRequest],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request = request
        self._is_whole = len(parts) == 1
        self._clock = clock
        self._began = clock()
        self._steps = {part.job_id: 0 for part in parts}
        self._results: dict[str, Result] = {}

    def begin(self) -> None:
        """The first part starts now."""
        self._began = self._clock()

    def progress(self, event: Progress) -> Progress:
        """That of the whole job."""
        if self._is_whole:
            return event
        self._steps[event.job_id] = event.step
        step, of = sum(self._steps.values()), len(self._steps) * event.of
        took = self._clock() - self._began
        left = took * (of - step) / step if step else -1.0
        return Progress(self._request.job_id, step, of, left, event.preview)

    def add(self, result: Result) -> Result | None:
        """Take one part's result; the whole job's when this was the last one."""
        if self._is_whole:
            return result
        self._results[result.job_id] = result
        if len(self._results) < len(self._steps):
            return None
        assert isinstance(self._request, EditRequest)
        ordered = [self._results[part_id] for part_id in self._steps]
        recipe = {name: part.recipe[name] for part in reversed(ordered) for name in part.recipe}
        devices = dict.fromkeys(str(part.recipe.get("device", "")) for part in ordered)
        return Result(
            self._request.job_id,
            tuple(picture for part in ordered for picture in part.pictures),
            self._clock() - self._began,
            {**recipe, **self._request.recipe(), "device": ", ".join(devices)},
            tuple(reading for part in ordered for reading in part.readings),
            tuple(thumbnail for part in ordered for thumbnail in part.thumbnails),
            tuple(shown for part in ordered for shown in part.shown),
        )
