"""The bridge's connection to the front, from within an event loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import zmq
import zmq.asyncio

from backend.front.envelope import packed, unpacked
from backend.worker.link import Way
from protocol.images import Buffer
from protocol.limits import LIMITS, TIMEOUTS


class FrontLink:
    """A DEALER with a worker's keys."""

    def __init__(self, way: Way) -> None:
        self._context = zmq.asyncio.Context()
        socket = self._context.socket(zmq.DEALER)
        socket.linger = int(1000 * TIMEOUTS.stop_s)
        socket.maxmsgsize = LIMITS.frame_bytes
        socket.curve_publickey = way.public.encode()
        socket.curve_secretkey = way.secret.encode()
        socket.curve_serverkey = way.server.encode()
        socket.connect(way.address)
        self._socket = socket

    async def send(
        self, word: str, values: dict[str, Any] | None = None, frames: Sequence[Buffer] = ()
    ) -> None:
        await self._socket.send_multipart(packed(word, values or {}, frames), copy=False)

    async def receive(self) -> tuple[str, dict[str, Any], list[Buffer]]:
        frames = await self._socket.recv_multipart(copy=False)
        return unpacked([frame.buffer for frame in frames])

    def close(self) -> None:
        self._socket.close()
        self._context.term()
