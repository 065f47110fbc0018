"""A client process that has a list of edits made, and goes on with it when it is started again.

It reads {address, keys, record, jobs, module} from its stdin; `jobs` maps ids to seeds. Each answer
becomes one line of the file ``record``, and what stands there is not asked for again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from protocol.bounds import Bounds
from protocol.client import Client
from protocol.errors import ConnectionLost
from protocol.images import Image, PixelFormat
from protocol.keys import ClientKeys
from protocol.messages import FINAL, EditRequest, Message, Result

SIDE = 64
IN_FLIGHT = 6


def guide_pixels(seed: int) -> bytes:
    """Blocks of colour that follow from the seed."""
    return hashlib.sha256(str(seed).encode()).digest() * (SIDE * SIDE * 4 // 32)


def make_request(job_id: str, seed: int, settings: dict[str, Any]) -> EditRequest:
    guide = Image(Bounds(0, 0, SIDE, SIDE), PixelFormat(), guide_pixels(seed))
    return EditRequest(job_id, guide, SIDE, SIDE, seed=seed, **settings)


def line_for(message: Message) -> str:
    """What is recorded of a final answer: job, kind, and the picture's hash."""
    digest = ""
    if isinstance(message, Result):
        digest = hashlib.sha256(message.pictures[0].data).hexdigest()
    job_id = getattr(message, "job_id", "")
    return f"{job_id} {type(message).__name__} {digest} {getattr(message, 'code', '')}\n"


def main() -> None:
    options = json.loads(sys.stdin.readline())
    record = Path(options["record"])
    done = {line.split()[0] for line in record.read_text().splitlines()} if record.exists() else ()
    to_do = {job_id: seed for job_id, seed in options["jobs"].items() if job_id not in done}
    file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    client = Client(options["address"], ClientKeys(**options["keys"]))
    waiting, open_jobs = list(to_do.items()), 0
    while waiting or open_jobs:
        try:
            while waiting and open_jobs < IN_FLIGHT:
                client.send(make_request(*waiting[0], options["settings"]))
                del waiting[0]
                open_jobs += 1
        except ConnectionLost:
            pass  # Sent as soon as it is connected again.
        try:
            messages = client.wait(0.05)
        except ConnectionLost:
            continue
        for message in messages:
            if isinstance(message, FINAL):
                os.write(file, line_for(message).encode())
                open_jobs -= 1


if __name__ == "__main__":
    main()
