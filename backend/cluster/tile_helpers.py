"""Idle workers of the cluster that predict tiles of a large picture for whoever makes it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import ray
import torch
from ray.exceptions import RayError
from torch import Tensor

from backend.cluster.tile_sharing import TILES
from backend.models.tile_tasks import TileTask
from backend.sdedit.tiles import Predict, Tile


class ActorHelpers:
    """Peers that are asked for one tile each, and for the next one when that has come.

    Nothing hangs on them: while they work one predicts tiles oneself, and when none is left those
    that are overdue, too. So a helper that is slow, has a job of its own by now, or is gone costs
    at most the time of one tile, once: then it is asked no more for this job.
    """

    def __init__(self, peers: Sequence[Any]) -> None:
        self._peers = list(peers)

    def predict_all(
        self,
        task_of: Callable[[Tensor, Tile], TileTask],
        predict: Predict,
        x: Tensor,
        tiles: Sequence[Tile],
    ) -> list[Tensor]:
        """As `backend.models.tile_tasks.TileHelpers`."""
        parts: dict[int, Tensor] = {}
        to_do = deque(range(len(tiles)))
        free, asked = list(self._peers), {}
        seconds = 0.0

        def cut(index: int) -> Tensor:
            rows, columns = tiles[index]
            return x[..., rows, columns]

        while len(parts) < len(tiles):
            while free and len(to_do) > 1:
                index, peer = to_do.pop(), free.pop()
                asked[_ask(peer, task_of(cut(index), tiles[index]))] = index, peer
            if to_do:
                index = to_do.popleft()
            else:
                came, _ = ray.wait(list(asked), timeout=seconds)
                index = -1 if came else asked[next(iter(asked))][0]
            if index >= 0:
                began = time.monotonic()
                parts[index] = predict(cut(index), *tiles[index])
                _wait_for(x.device)
                seconds = max(seconds, time.monotonic() - began)
                for reference in [r for r, (overdue, _) in asked.items() if overdue == index]:
                    self._peers.remove(asked.pop(reference)[1])
            for reference in (
                ray.wait(list(asked), num_returns=len(asked), timeout=0)[0] if asked else ()
            ):
                index, peer = asked.pop(reference)
                answer = _answer(reference)
                if answer is None:
                    self._peers.remove(peer)
                    to_do.append(index)
                else:
                    parts[index] = answer.to(x.device)
                    free.append(peer)
        return [parts[index] for index in range(len(tiles))]


def _ask(peer: Any, task: TileTask) -> Any:
    arrays = [None if t is None else t.detach().cpu().numpy() for t in (task.x, task.sigma, task.y)]
    call = peer.help.options(concurrency_group=TILES)
    return call.remote(task.model, task.place, task.condition, *arrays)


def _answer(reference: Any) -> Tensor | None:
    try:
        array = ray.get(reference)
    except RayError:
        return None
    return None if array is None else torch.from_numpy(np.array(array))


def _wait_for(device: torch.device) -> None:
    """Until it has really done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
