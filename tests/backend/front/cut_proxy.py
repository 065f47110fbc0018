"""A TCP relay whose connections a test can cut, as a broken cable or a restarted router does."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading


class CutProxy:
    """Listens at ``address`` and relays each connection to where ``target`` then is."""

    def __init__(self, target: str) -> None:
        self.target = target
        """Where new connections are relayed to: tcp://HOST:PORT."""
        self.cuts = 0
        """Connections cut so far."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._is_closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "tcp://{}:{}".format(*self._listener.getsockname())
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Reset all connections, whatever is under way in them."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        self.cuts += len(pairs)
        for side in (side for pair in pairs for side in pair):
            with contextlib.suppress(OSError):
                # Lingering for no time: the other end gets a reset, not an orderly end.
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it

    def close(self) -> None:
        self._is_closed = True
        self._listener.close()
        self.cut()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                host, port = self.target.removeprefix("tcp://").split(":")
                far = socket.create_connection((host, int(port)))
            except OSError:
                near.close()  # Nobody listens there now.
                continue
            with self._lock:
                self._pairs.append((near, far))
            threading.Thread(target=self._relay, args=(near, far), daemon=True).start()

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, contextlib.suppress(OSError):
            while True:
                for side in select.select([near, far], [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    other[side].sendall(data)
