"""Joins the front to a Ray cluster: workers there, jobs between them and the front.

It lives as long as one connection to the cluster does. When the head is gone, jobs that run go on
to their end, for Ray carries their answers without it; then the bridge leaves, and the front
starts the next one, until there is a cluster again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from backend.cluster.actor import Serve
from backend.cluster.front_link import FrontLink
from backend.cluster.job_run import JobRun
from backend.cluster.problems import ClusterError, no_gpu
from backend.cluster.report import report
from backend.cluster.shared_pixels import SharedPixels
from backend.cluster.workers import Workers
from backend.front.patience import PoolTimes
from protocol.errors import SDEditError
from protocol.images import Buffer

log = logging.getLogger(__name__)

REPORT_EVERY_S = 1.0
LAST_JOBS_S = 40.0
"""For jobs that run to end without a head: Ray ends this process after 60 s."""
SHOWN = 128
"""Devices told of one by one."""


class Bridge:
    """The jobs of one front, on one cluster."""

    def __init__(self, link: FrontLink, serve: Serve, times: PoolTimes) -> None:
        self._link = link
        self._times = times
        self._workers = Workers(serve, times)
        self._runs: dict[str, JobRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pixels = SharedPixels()
        self._problem: SDEditError | None = None
        self._fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """What went wrong with us: the front then starts another bridge, and gives it the jobs."""

    async def run(self) -> None:
        """Until the cluster's head is gone."""
        self._in_background(self._report_on())
        self._in_background(self._listen())
        keep = asyncio.create_task(self._workers.keep())
        await asyncio.wait({keep, self._fault}, return_when=asyncio.FIRST_COMPLETED)
        if self._fault.done():
            await self._fault
        try:
            await keep
        except ClusterError as error:
            log.error("%s", error)
            self._problem = error
        await self._report()
        end = time.monotonic() + LAST_JOBS_S
        while time.monotonic() < end and any(run.is_on_a_worker for run in self._runs.values()):
            await asyncio.sleep(0.1)

    # ------------------------------------------------------------ from the front

    async def _listen(self) -> None:
        while True:
            word, values, frames = await self._link.receive()
            if word == "run":
                if values["pixels"] not in self._pixels:
                    self._pixels.put(values["pixels"], frames[1:])
                run = self._runs[values["job"]] = self._new_run(values, bytes(frames[0]))
                self._in_background(self._to_its_end(run))
            elif word == "cancel":
                if values["job"] in self._runs:  # else it has crossed the job's answer
                    self._in_background(self._runs[values["job"]].cancel())
            elif word == "forget":
                self._pixels.forget(values["pixels"])
            else:
                raise ValueError(f"the front said {word!r}")

    def _new_run(self, values: dict[str, Any], header: bytes) -> JobRun:
        return JobRun(
            values["job"],
            values["model"],
            values["area"],
            header,
            values["pixels"],
            self._pixels,
            self._workers,
            self._times,
            self._say,
        )

    async def _to_its_end(self, run: JobRun) -> None:
        try:
            await run.to_its_end()
        finally:
            del self._runs[run.job_id]

    async def _say(self, frames: Sequence[Buffer]) -> None:
        await self._link.send("said", frames=frames)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._fault.done():
            self._fault.set_exception(error)

    # ------------------------------------------------------------ to the front

    async def _report_on(self) -> None:
        while True:
            await self._report()
            await asyncio.sleep(REPORT_EVERY_S)

    async def _report(self) -> None:
        await self._link.send("report", self._state())

    def _state(self) -> dict[str, Any]:
        workers = self._workers.all()
        useful = self._workers.useful()
        devices = [worker.record() for worker in workers[:SHOWN]]
        models = list(self._workers.models().values())
        if self._problem is not None:
            return report("loading", self._problem, devices=devices, models=models)
        if useful:
            names = ", ".join(sorted({worker.device for worker in useful}))
            places = len({worker.slot.node for worker in useful})
            where = f"{places} machine{'' if places == 1 else 's'}"
            count = f"{len(useful)} worker{'' if len(useful) == 1 else 's'}"
            sentence = f"Ready with {count} on {where}."
            state = {"state": "ready", "sentence": sentence, "device": names[:200]}
            lists = {"workers": len(useful), "devices": devices, "models": models}
            return {**report("ready"), **state, **lists}
        if self._workers.has_looked and not workers:
            return report("broken", no_gpu())
        broken = [worker for worker in workers if worker.state == "broken"]
        if workers and len(broken) == len(workers):
            problem = next((worker.problem for worker in broken if worker.problem), _failing())
            return report("broken", problem, devices=devices)
        return {**report("loading"), "sentence": "Loading the model.", "devices": devices}


def _failing() -> SDEditError:
    return SDEditError(
        "The workers end while they are loading.",
        "See the files cluster-worker… in the logs folder of their machines.",
        code="worker-start",
    )
