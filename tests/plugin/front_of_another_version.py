"""A backend of a later version of the protocol: right keys, other words."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import msgpack
import zmq

from backend.lifeline import when_stdin_closes
from backend.writing import write_whole
from protocol.keys import load_server_keys
from protocol.messages import PROTOCOL_VERSION


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true")
    ready_file = parser.parse_args().ready_file
    when_stdin_closes(lambda: os._exit(0))
    keys = load_server_keys(Path(os.environ["SDEDIT_HOME"]) / "keys")
    socket = zmq.Context().socket(zmq.ROUTER)
    socket.curve_server = True
    socket.curve_publickey, socket.curve_secretkey = keys.public.encode(), keys.secret.encode()
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    address = f"tcp://127.0.0.1:{port}"
    write_whole(ready_file, json.dumps({"address": address, "pid": os.getpid()}).encode())
    while True:
        peer, *_ = socket.recv_multipart()
        socket.send_multipart([peer, msgpack.packb([PROTOCOL_VERSION + 1, "welcome", {}])])


if __name__ == "__main__":
    main()
