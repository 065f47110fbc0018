"""What the front and its bridge to a cluster say to each other, beside the protocol's messages.

    front → bridge   run {job, model, area, pixels}, the request's header, its pixels unless it has
                         had them
                     cancel {job}
                     forget {pixels}
    bridge → front   said {}, the frames of what a worker said
                     report {state, sentence, hint, code, device, workers, models, devices}

Frame 0 is the word, frame 1 its values as JSON. Both sides are of one installation, and the
connection is a worker's own: loopback, with keys made for this run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from protocol.images import Buffer


def packed(word: str, values: dict[str, Any], frames: Sequence[Buffer] = ()) -> list[Buffer]:
    return [word.encode(), json.dumps(values).encode(), *frames]


def unpacked(frames: Sequence[Buffer]) -> tuple[str, dict[str, Any], list[Buffer]]:
    word, values, *rest = frames
    return bytes(word).decode(), json.loads(bytes(values)), rest
