"""Final answers that wait for their client's acknowledgement, within bounds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from protocol.limits import LIMITS, TIMEOUTS, Limits, Timeouts
from protocol.messages import Message, Result


@dataclass(frozen=True)
class KeptAnswer:
    """What job ``header`` (see `jobs.header_of`) of the client with this key ended with."""

    owner: str
    header: bytes
    answer: Message
    since: float

    @property
    def nbytes(self) -> int:
        if not isinstance(self.answer, Result):
            return 0
        return sum(picture.nbytes for picture in self.answer.pictures)


class KeptAnswers:
    """Answers by job id, the oldest first."""

    def __init__(
        self,
        limits: Limits = LIMITS,
        timeouts: Timeouts = TIMEOUTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._timeouts, self._clock = limits, timeouts, clock
        self._kept: dict[str, KeptAnswer] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, job_id: str) -> KeptAnswer | None:
        return self._kept.get(job_id)

    def keep(self, job_id: str, owner: str, header: bytes, answer: Message) -> None:
        """Keep an answer, and give up what no longer fits.

        The client that has the most gives up its oldest: nobody loses a picture to a client that
        never acknowledges.
        """
        self.drop(job_id)
        self._kept[job_id] = KeptAnswer(owner, header, answer, self._clock())
        while sum(kept.nbytes for kept in self._kept.values()) > self._limits.kept_bytes:
            self._give_up_oldest_of_most(lambda kept: kept.nbytes)
        while len(self._kept) > self._limits.kept_answers:
            self._give_up_oldest_of_most(lambda _: 1)

    def drop(self, job_id: str) -> None:
        self._kept.pop(job_id, None)

    def drop_where(self, is_unwanted: Callable[[KeptAnswer], bool]) -> None:
        self._kept = {name: kept for name, kept in self._kept.items() if not is_unwanted(kept)}

    def drop_old(self) -> None:
        oldest = self._clock() - self._timeouts.kept_s
        self.drop_where(lambda kept: kept.since < oldest)

    def _give_up_oldest_of_most(self, weight: Callable[[KeptAnswer], int]) -> None:
        held: Counter[str] = Counter()
        for kept in self._kept.values():
            held[kept.owner] += weight(kept)
        (owner, _), *_ = held.most_common(1)
        self.drop(next(i for i, k in self._kept.items() if k.owner == owner and weight(k)))
