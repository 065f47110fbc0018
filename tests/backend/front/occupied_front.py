"""A front that has its hands full, so that what comes next has to wait."""

from __future__ import annotations

from protocol.messages import Accepted
from tests.backend.front.conftest import StartFront
from tests.backend.front.running_front import RunningFront, Voice, edit_request


def occupied_front(start_front: StartFront) -> tuple[RunningFront, Voice]:
    """A front whose only worker has a job that waits until `open_gate`, and its owner."""
    front = start_front()
    owner = front.connect()
    request = edit_request(sampler="gate")
    owner.say(request)
    while owner.expect(Accepted, request.job_id).position != 0:
        pass
    return front, owner
