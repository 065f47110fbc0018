"""Jobs that wait, fair between clients: each client's next job comes in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

Client = TypeVar("Client", bound=Hashable)
Job = TypeVar("Job")


class FairQueue(Generic[Client, Job]):
    """A queue per client; the clients take turns, so that nobody waits for another's flood.

    A client that has just been served goes to the end of the turn; one that comes newly joins
    at the end.
    """

    def __init__(self) -> None:
        self._turn: dict[Client, deque[Job]] = {}

    def put(self, client: Client, job: Job) -> None:
        self._turn.setdefault(client, deque()).append(job)

    def take(self) -> Job | None:
        """The next job, or None when none waits."""
        if not self._turn:
            return None
        client = next(iter(self._turn))
        jobs = self._turn.pop(client)
        job = jobs.popleft()
        if jobs:
            self._turn[client] = jobs
        return job

    def remove(self, client: Client, job: Job) -> None:
        """Take out a job that waits. Raises KeyError or ValueError when it does not."""
        jobs = self._turn[client]
        jobs.remove(job)
        if not jobs:
            del self._turn[client]

    def place_for(self, client: Client) -> int:
        """Where this client's next job would stand, 1 being next."""
        own = len(self._turn.get(client, ()))
        before = sum(min(len(jobs), own) for jobs in self._turn.values())
        for other, jobs in self._turn.items():
            if other == client:
                break
            before += len(jobs) > own
        return before + 1

    def __iter__(self) -> Iterator[Job]:
        """All jobs in the order in which they would be taken."""
        rounds = [list(jobs) for jobs in self._turn.values()]
        for nth in range(max(map(len, rounds), default=0)):
            for jobs in rounds:
                if nth < len(jobs):
                    yield jobs[nth]

    def __len__(self) -> int:
        return sum(map(len, self._turn.values()))
