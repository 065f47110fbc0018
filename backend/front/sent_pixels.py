"""Which pixels the bridge to a cluster has already, so that a job's parts send them once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.images import Buffer

KEPT = 2
"""Sets without a job: between two parts of one job there may be none for a moment."""


@dataclass(eq=False)
class Sent:
    """The pixel buffers of a request; as long as they are held here, their ids are theirs alone."""

    key: str
    buffers: tuple[Buffer, ...]
    jobs: int = 0


class SentPixels:
    """Sets of buffers by identity, the one used longest ago first."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, ...], Sent] = {}
        self._numbers = itertools.count()

    def use(self, buffers: Sequence[Buffer]) -> tuple[str, bool]:
        """The key of these for one more job, and whether they have to be sent first."""
        identity = tuple(map(id, buffers))
        sent, is_new = self._sent.pop(identity, None), False
        if sent is None:
            sent, is_new = Sent(f"pixels-{next(self._numbers)}", tuple(buffers)), True
        self._sent[identity] = sent
        sent.jobs += 1
        return sent.key, is_new

    def done(self, key: str) -> list[str]:
        """One job fewer uses these; the keys of what need not be kept any longer."""
        next(sent for sent in self._sent.values() if sent.key == key).jobs -= 1
        unused = [identity for identity, sent in self._sent.items() if not sent.jobs]
        return [self._sent.pop(identity).key for identity in unused[: max(0, len(unused) - KEPT)]]

    def clear(self) -> None:
        """Whoever had them is gone."""
        self._sent.clear()
