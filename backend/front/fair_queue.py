"""Jobs that wait, fair between clients: each client's next job comes in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

Client = TypeVar("Client", bound=Hashable)
Job = TypeVar("Job")

Turn = dict[Client, "deque[Job]"]


class FairQueue(Generic[Client, Job]):
    """A queue per client; the clients take turns, so that nobody waits for another's flood.

    A client that has just been served goes to the end of the turn; one that comes newly joins
    at the end. Jobs of a lower rank come before all of a higher one; each rank has its own turn.
    """

    def __init__(self) -> None:
        self._turns: dict[int, Turn[Client, Job]] = {}

    def put(self, client: Client, job: Job, rank: int = 0) -> None:
        self._turns.setdefault(rank, {}).setdefault(client, deque()).append(job)

    def take(self) -> Job | None:
        """The next job, or None when none waits."""
        for rank in sorted(self._turns):
            turn = self._turns[rank]
            client = next(iter(turn))
            jobs = turn.pop(client)
            job = jobs.popleft()
            if jobs:
                turn[client] = jobs
            self._drop_if_empty(rank)
            return job
        return None

    def put_back(self, client: Client, job: Job, rank: int = 0) -> None:
        """A job just taken waits again, in its client's next turn and before its other jobs."""
        self._turns.setdefault(rank, {}).setdefault(client, deque()).appendleft(job)

    def remove(self, client: Client, job: Job, rank: int = 0) -> None:
        """Take out a job that waits. Raises KeyError or ValueError when it does not."""
        jobs = self._turns[rank][client]
        jobs.remove(job)
        if not jobs:
            del self._turns[rank][client]
            self._drop_if_empty(rank)

    def place_for(self, client: Client, rank: int = 0) -> int:
        """Where this client's next job would stand, 1 being next."""
        turn = self._turns.get(rank, {})
        own = len(turn.get(client, ()))
        before = sum(len(jobs) for r, t in self._turns.items() if r < rank for jobs in t.values())
        before += sum(min(len(jobs), own) for jobs in turn.values())
        for other, jobs in turn.items():
            if other == client:
                break
            before += len(jobs) > own
        return before + 1

    def __iter__(self) -> Iterator[Job]:
        """All jobs in the order in which they would be taken."""
        for rank in sorted(self._turns):
            rounds = [list(jobs) for jobs in self._turns[rank].values()]
            for nth in range(max(map(len, rounds), default=0)):
                for jobs in rounds:
                    if nth < len(jobs):
                        yield jobs[nth]

    def __len__(self) -> int:
        return sum(len(jobs) for turn in self._turns.values() for jobs in turn.values())

    def _drop_if_empty(self, rank: int) -> None:
        if not self._turns[rank]:
            del self._turns[rank]
