"""An authorised client that sends one message of many frames; a process of its own.

python -m tests.backend.front.flooder ADDRESS KEYS FRAME_BYTES MEGABYTES
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import zmq

from protocol.keys import load_client_keys


def main() -> None:
    address, folder, frame_bytes, megabytes = sys.argv[1:]
    keys = load_client_keys(Path(folder))
    socket = zmq.Context().socket(zmq.DEALER)
    socket.curve_publickey = keys.public.encode()
    socket.curve_secretkey = keys.secret.encode()
    socket.curve_serverkey = keys.server_public.encode()
    socket.connect(address)
    frame = bytes(int(frame_bytes))
    # ZeroMQ sends nothing of a message before its last frame; copy=False: one buffer for all.
    for _ in range(int(megabytes) * 1_000_000 // len(frame)):
        socket.send(frame, zmq.SNDMORE, copy=len(frame) < 1000)
    socket.send(b"the end")
    print("sent", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
