"""The Ray actor on each GPU: the same worker as on an artist's machine, reached by Ray's calls.

The worker has one thread for as long as the process lives, as torch wants it; the methods only
hand messages to it and back. Nothing here imports Ray or torch.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pickle import PickleBuffer
from typing import TYPE_CHECKING, Any

from backend.cluster.queue_channel import QueueChannel
from backend.cluster.tile_sharing import TILES
from backend.worker.channel import Channel
from protocol import VERSION
from protocol.framing import decode, encode
from protocol.images import Buffer
from protocol.messages import FINAL, Cancel, JobRequest, Message

if TYPE_CHECKING:
    from backend.models.tile_tasks import TileHelpers

log = logging.getLogger(__name__)

Serve = Callable[[Channel], None]
"""Tells that it is ready, by WorkerReady, or by Failed that it cannot work; then runs jobs."""

CONTROL = "control"
WATCH = "watch"
WATCH_S = 1.0
THREADS = {CONTROL: 1, WATCH: 1, TILES: 1}
"""Ray's concurrency groups: methods that do not wait for the job's."""


def serve_edits(channel: Channel, device: str) -> None:
    """What an actor does: `Serve`, once the device is given."""
    from backend.log_files import own_log
    from backend.logs import set_up_logging
    from backend.paths import default_home
    from backend.worker.work import work

    set_up_logging(own_log(default_home().logs, "cluster-worker"))
    # Ray names here the GPU that it has set aside for us, or none.
    has_gpu = bool(os.environ.get("CUDA_VISIBLE_DEVICES"))
    work(channel, "cuda" if has_gpu and device == "auto" else device)


class EditActor:
    """One worker, on one GPU or CPU slot."""

    def __init__(self, serve: Serve) -> None:
        self._channel = QueueChannel()
        self._cancelled = ""
        self._is_busy = False
        threading.Thread(target=self._work, args=(serve,), daemon=True).start()

    def begin(self) -> tuple[str, int, list[PickleBuffer]]:
        """Wait until models are loaded: our version, our process, and what the worker says."""
        return VERSION, os.getpid(), frames_of(self._channel.outbox.get())

    def run(
        self, header: bytes, pixels: Sequence[Buffer], peers: Sequence[Any]
    ) -> Iterator[list[PickleBuffer]]:
        """Run a job; everything that the worker says of it, up to its final answer.

        peers: actors like this one, which may take tiles of a large picture.
        """
        request = decode([header, *pixels])
        assert isinstance(request, JobRequest)
        self._is_busy = True
        self._channel.helpers = _helpers(peers)
        self._channel.inbox.put(request)
        if self._cancelled == request.job_id:
            self.cancel(request.job_id)  # It was here before its job, which had to be fetched.
        while True:
            message = self._channel.outbox.get()
            self._is_busy = not isinstance(message, FINAL)
            yield frames_of(message)
            if not self._is_busy:
                return

    def cancel(self, job_id: str) -> None:
        """In the group CONTROL: the worker looks for it after each network evaluation."""
        self._cancelled = job_id
        self._channel.inbox.put(Cancel(job_id))

    def help(self, model: str, place: Any, condition: Any, x: Any, sigma: Any, y: Any) -> Any:
        """In the group TILES: predict a tile of another's picture; None if there is a job here."""
        if self._is_busy:
            return None
        import numpy as np
        import torch

        from backend.models.tile_tasks import TileTask
        from backend.worker.tile_help import TileCall

        # Copies: what Ray hands over cannot be written to, which torch warns of.
        x, sigma = (torch.from_numpy(np.array(array)) for array in (x, sigma))
        y = None if y is None else torch.from_numpy(np.array(y))
        call = TileCall(TileTask(model, place, condition, x, sigma, y))
        self._channel.inbox.put(call)
        predicted = call.wait()
        return None if predicted is None else predicted.numpy()

    def watch(self) -> None:
        """In the group WATCH: called again and again, so that its caller learns at once of our
        end, and soon when the process is frozen."""
        time.sleep(WATCH_S)

    def _work(self, serve: Serve) -> None:
        try:
            serve(self._channel)
        except Exception:
            log.exception("The worker ends.")
            logging.shutdown()
            os._exit(1)  # At once: what torch does at its end may wait for a device that is lost.


def _helpers(peers: Sequence[Any]) -> TileHelpers | None:
    if not peers:
        return None
    from backend.cluster.tile_helpers import ActorHelpers

    return ActorHelpers(peers)


def frames_of(message: Message) -> list[PickleBuffer]:
    """A message's frames as Ray passes them on without copying them."""
    return [PickleBuffer(frame) for frame in encode(message)]
