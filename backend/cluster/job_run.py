"""One job on the cluster, on as many workers as it takes, to its one final answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ray.exceptions import RayError

from backend.cluster import tile_sharing
from backend.cluster.problems import ClusterError
from backend.cluster.shared_pixels import SharedPixels
from backend.cluster.workers import Worker, WorkerLost, Workers, lost
from backend.front.engine import crashed_twice
from backend.front.patience import Patience, PoolTimes
from protocol.framing import decode, encode
from protocol.images import Buffer
from protocol.messages import FINAL, Cancelled, Failed, Message, Progress

log = logging.getLogger(__name__)

Say = Callable[[Sequence[Buffer]], Awaitable[None]]
"""Passes a message's frames on to the front."""


class JobRun:
    """Ray itself retries nothing: it would be done within 4 s, when a node that has gone is still
    taken for alive. Here a job waits for a worker that is, for as long as that takes."""

    def __init__(
        self,
        job_id: str,
        model: str,
        area: int,
        header: bytes,
        pixels: str,
        shared: SharedPixels,
        workers: Workers,
        times: PoolTimes,
        say: Say,
    ) -> None:
        """area: of the picture, in pixels. header, pixels: the request's frames, the latter as
        their key in ``shared``.
        """
        self.job_id = job_id
        self._model, self._area = model, area
        self._header, self._pixels, self._shared = header, pixels, shared
        self._workers, self._times, self._say = workers, times, say
        self._worker: Worker | None = None
        self._is_cancelled = False
        self._task: asyncio.Task[Any] | None = None

    @property
    def is_on_a_worker(self) -> bool:
        return self._worker is not None

    async def to_its_end(self) -> None:
        """Run it. Everything that goes wrong becomes its answer."""
        self._task = asyncio.current_task()
        try:
            answer = await self._on_workers()
        except asyncio.CancelledError:
            if not self._is_cancelled:
                raise
            answer = Cancelled(self.job_id)
        except ClusterError as error:
            answer = Failed.from_error(self.job_id, error)
        if answer is not None:
            await self._say(encode(answer))

    async def _on_workers(self) -> Message | None:
        """The answer, unless a worker has given it."""
        deaths = 0
        while not self._is_cancelled:
            worker = self._worker = await self._workers.take(self._model)
            log.debug("Job %s goes to a worker on %s.", self.job_id, worker.slot.place)
            actor = worker.actor
            try:
                final = await self._on(worker, actor, worker.end)
            except WorkerLost as error:
                log.warning("Job %s lost its worker: %s", self.job_id, error)
                self._worker = None
                self._workers.lose(worker, actor)
                deaths += error.by_the_job
                await self._shared.renew()
            else:
                # Free first: the front may have the next job for it when it hears of this one.
                self._worker = None
                self._workers.give_back(worker)
                await self._say(final)
                return None
            if deaths > 1 and not self._is_cancelled:
                return crashed_twice(self.job_id)
        return Cancelled(self.job_id)

    async def _on(
        self, worker: Worker, actor: Any, worker_end: asyncio.Future[WorkerLost]
    ) -> Sequence[Buffer]:
        """Pass on what this worker says of the job; its last word, not yet passed on.

        Raises WorkerLost.
        """
        worker.used(self._model)
        patience = Patience()
        pixels = self._shared.get(self._pixels)
        is_large = self._area > tile_sharing.LEAST_AREA
        peers = self._workers.peers(worker, self._model) if is_large else []
        run = actor.run.options(num_returns="streaming")
        stream = run.remote(self._header, pixels, peers)
        heard = time.monotonic()
        while True:
            following = asyncio.ensure_future(_next(stream))
            # Ray does not always end a stream whose actor has gone; its end is known otherwise.
            either: set[asyncio.Future[Any]] = {following, worker_end}
            patience_s = patience.seconds(self._times)
            await asyncio.wait(either, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                if worker_end.done():
                    raise worker_end.result()
                raise WorkerLost("It hangs.", by_the_job=True)
            try:
                frames = following.result()
            except (RayError, StopAsyncIteration) as error:
                raise lost(error) from error
            message = decode(frames)
            if isinstance(message, Progress):
                now = time.monotonic()
                patience.step_done(message, now - heard)
                heard = now
            elif isinstance(message, FINAL):
                return frames
            await self._say(frames)

    async def cancel(self) -> None:
        """Stop it: at once while it waits, else after the present network evaluation."""
        self._is_cancelled = True
        worker = self._worker
        if worker is None:
            if self._task is not None:  # else it has not even begun
                self._task.cancel()
            return
        asyncio.get_running_loop().call_later(self._times.cancel_s, self._end_stubborn, worker)
        await self._workers.cancel(worker, self.job_id)

    def _end_stubborn(self, worker: Worker) -> None:
        if self._worker is worker:
            log.error("A worker on %s did not obey a cancel.", worker.slot.place)
            worker.kill()


async def _next(stream: Any) -> Sequence[Buffer]:
    """The frames of the next message of an actor's `run`."""
    reference = await stream.__anext__()
    frames: Sequence[Buffer] = await reference
    return frames
