"""One worker for each slot of the cluster, started again whenever it ends; and who is free."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayActorError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from backend.cluster.actor import CONTROL, THREADS, WATCH, WATCH_S, EditActor, Serve
from backend.cluster.problems import (
    ClusterError,
    head_is_gone,
    not_installed,
    other_sdedit,
    own_node_is_gone,
)
from backend.cluster.slots import Slot, slots_of
from backend.front.patience import PoolTimes
from protocol import VERSION
from protocol.errors import SDEditError
from protocol.framing import decode
from protocol.messages import Failed, WorkerReady

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""For nodes that come and go."""
HEAD_S = 10.0
"""For the head to say which nodes there are, after which it counts as gone."""
MOST_PEERS = 8
"""One worker cannot cut out and blend tiles for more than about as many."""
WARM_MODELS = 2
"""As many as a worker keeps loaded (`backend.worker.loaded_models.KEPT`)."""


class WorkerLost(Exception):
    """The worker ended, or was ended because it hung, while it had a job."""

    def __init__(self, reason: str, by_the_job: bool) -> None:
        super().__init__(reason)
        self.by_the_job = by_the_job
        """Whether the job may be the cause; a machine that has gone is not."""


@dataclass(eq=False)
class Worker:
    """The actor on a slot, through all its restarts.

    States: "loading" → "ready" ⇄ "busy"; after an end "waiting" to be started again, or "broken"
    with a sentence when it says that it cannot work; that is tried again, too, but rarely.
    """

    slot: Slot
    state: str = "loading"
    since: float = field(default_factory=time.monotonic)
    actor: Any = None
    end: asyncio.Future[WorkerLost] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """Of this actor: known when it has ended."""
    device: str = ""
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    warm: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Models that it has loaded, the one used last at the end."""
    problem: SDEditError | None = None
    failures: int = 0
    """In a row, without a job done in between."""
    done: int = 0

    def become(self, state: str) -> None:
        self.state, self.since = state, time.monotonic()

    def used(self, model: str) -> None:
        self.warm[model] = None
        self.warm.move_to_end(model)
        while len(self.warm) > WARM_MODELS:
            self.warm.popitem(last=False)

    def kill(self) -> None:
        """End its process, even one that is stopped (Ray's raylet takes some 5 s for that)."""
        if self.actor is not None:
            ray.kill(self.actor)

    def ended(self, why: WorkerLost) -> None:
        """Its actor has, or the node on which it was."""
        if not self.end.done():
            self.end.set_result(why)

    def record(self) -> dict[str, Any]:
        """For `StatusReport.devices`."""
        return {
            "name": self.device or ("GPU" if self.slot.is_gpu else "CPU"),
            "place": self.slot.place,
            "state": self.state,
            "sentence": str(self.problem or ""),
            "model": next(reversed(self.warm), ""),
            "done": self.done,
            "seconds": round(time.monotonic() - self.since, 1),
        }


class Workers:
    """All workers of the cluster."""

    def __init__(self, serve: Serve, times: PoolTimes) -> None:
        self._serve = serve
        self._times = times
        self._tasks: dict[Slot, asyncio.Task[None]] = {}
        self._by_slot: dict[Slot, Worker] = {}
        self._changed = asyncio.Event()
        self.has_looked = False
        """Whether the nodes are known."""

    def all(self) -> list[Worker]:
        return list(self._by_slot.values())

    def useful(self) -> list[Worker]:
        return [worker for worker in self.all() if worker.state in ("ready", "busy")]

    def models(self) -> dict[str, dict[str, Any]]:
        """What can be edited with: of each name the model that the first worker has."""
        models: dict[str, dict[str, Any]] = {}
        for worker in self.useful():
            models = {**worker.models, **models}
        return models

    async def keep(self) -> None:
        """Start and watch a worker on each slot, for ever.

        Raises ClusterError when the head has gone, or this machine's node: the pictures on their
        way are in its memory.
        """
        own_node = ray.get_runtime_context().get_node_id()
        while True:
            # Without a head the call would not come back.
            nodes = asyncio.get_running_loop().run_in_executor(None, ray.nodes)
            try:
                found = await asyncio.wait_for(nodes, HEAD_S)
            except (asyncio.TimeoutError, RayError, ConnectionError) as error:
                raise head_is_gone() from error
            if own_node not in {node["NodeID"] for node in found if node["Alive"]}:
                raise own_node_is_gone()
            slots = slots_of(found)
            self.has_looked = True
            for gone in set(self._tasks) - set(slots):
                log.warning("The node of worker %d on %s is gone.", gone.number, gone.place)
                self._tasks.pop(gone).cancel()
                self._by_slot[gone].ended(WorkerLost("Its node is gone.", by_the_job=False))
                del self._by_slot[gone]
                self._has_changed()
            for slot in slots:
                if slot not in self._tasks:
                    worker = self._by_slot[slot] = Worker(slot)
                    self._tasks[slot] = asyncio.create_task(self._look_after(worker))
            await asyncio.sleep(LOOK_EVERY_S)
            for task in self._tasks.values():
                if task.done():
                    task.result()  # raises what it ended with, which nobody foresaw

    # ------------------------------------------------------------ jobs

    async def take(self, model: str) -> Worker:
        """A worker for a job with this model, now busy; it waits for one to be free.

        Best is one that has the model loaded, then one that need not give up another for it.
        Raises ClusterError when no worker has this model.
        """
        while True:
            owners = [worker for worker in self.useful() if self._has(worker, model)]
            free = [worker for worker in owners if worker.state == "ready"]
            if free:
                best = min(free, key=lambda worker: (model not in worker.warm, len(worker.warm)))
                best.become("busy")
                return best
            if self.useful() and not owners:
                raise self._nobody_has(model)
            await self._changed.wait()

    def peers(self, worker: Worker, model: str) -> list[Any]:
        """Actors that could help: with the same model, on the same kind of device, free now."""
        return [
            peer.actor
            for peer in self.useful()
            if peer.state == "ready" and peer.device == worker.device and self._has(peer, model)
        ][:MOST_PEERS]

    def give_back(self, worker: Worker) -> None:
        """It has done its job."""
        worker.done += 1
        worker.failures = 0
        if worker.state == "busy":
            worker.become("ready")
        self._has_changed()

    def lose(self, worker: Worker, actor: Any) -> None:
        """This actor of it is of no more use; perhaps another one is being started already."""
        ray.kill(actor)
        if worker.actor is actor:
            worker.become("waiting")

    def _has(self, worker: Worker, model: str) -> bool:
        """Whether it has this very model: another one of that name would make other pictures."""
        own, wanted = worker.models.get(model), self.models().get(model)
        return own is not None and wanted is not None and own.get("sha256") == wanted.get("sha256")

    def _nobody_has(self, model: str) -> ClusterError:
        places = ", ".join(sorted({worker.slot.place for worker in self.useful()}))
        return ClusterError(
            f"No machine of the cluster has the model {model!r} (there are {places}).",
            "Put the same model on each machine, with 'sdedit models'.",
            code="unknown-model",
        )

    def _has_changed(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # ------------------------------------------------------------ one worker

    async def _look_after(self, worker: Worker) -> None:
        place = worker.slot.place
        while True:
            worker.become("loading")
            try:
                await self._start(worker)
                worker.become("ready")
                self._has_changed()
                log.info("A worker is ready on %s (%s).", worker.device, place)
                while True:
                    watch = worker.actor.watch.options(concurrency_group=WATCH).remote()
                    await asyncio.wait_for(watch, WATCH_S + self._times.pulse_s)
            except SDEditError as error:
                log.error("A worker on %s cannot work: %s", place, error)
                worker.problem = error
            except (RayError, asyncio.TimeoutError) as error:
                log.error("A worker on %s ended: %s", place, _first_line(error))
                worker.ended(lost(error))
            worker.kill()
            worker.failures += 1
            is_hopeless = worker.problem or worker.failures >= self._times.loading_deaths
            worker.become("broken" if is_hopeless else "waiting")
            worker.warm.clear()
            self._has_changed()
            await asyncio.sleep(self._times.restart_pause_s(worker.failures))

    async def _start(self, worker: Worker) -> None:
        """Raises SDEditError when it cannot work, RayError when it ends, TimeoutError."""
        here = NodeAffinitySchedulingStrategy(worker.slot.node, soft=False)
        actor_class: Any = ray.remote(
            max_restarts=0,
            max_task_retries=0,
            concurrency_groups=THREADS,
            scheduling_strategy=here,
            **worker.slot.needs,
        )(EditActor)
        worker.actor = actor_class.remote(self._serve)
        worker.end = asyncio.get_running_loop().create_future()
        try:
            version, pid, frames = await asyncio.wait_for(
                worker.actor.begin.remote(), self._times.load_s
            )
        except ActorDiedError as error:
            if "ModuleNotFoundError" in str(error) or "ImportError" in str(error):
                raise not_installed(worker.slot.place) from error
            raise
        if version != VERSION:
            raise other_sdedit(worker.slot.place, version, VERSION)
        ready = decode(frames)
        if isinstance(ready, Failed):
            raise ClusterError(f"{worker.slot.place}: {ready.sentence}", ready.hint, ready.code)
        assert isinstance(ready, WorkerReady)
        worker.problem = None
        worker.device = ready.device
        worker.models = {str(model.get("name", "")): model for model in ready.models}
        log.info("Process %d on %s.", pid, worker.slot.place)

    async def cancel(self, worker: Worker, job_id: str) -> None:
        """Let it stop this job after the network evaluation that it is at."""
        with contextlib.suppress(RayActorError):  # Then it does not run any more either.
            await worker.actor.cancel.options(concurrency_group=CONTROL).remote(job_id)


def lost(error: Exception) -> WorkerLost:
    """What the end of an actor means for its job."""
    is_machine = isinstance(error, ActorUnavailableError) or "node has died" in str(error)
    return WorkerLost(_first_line(error), by_the_job=not is_machine)


def _first_line(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "It does not answer."
    return str(error).split("\n", 1)[0] or type(error).__name__
