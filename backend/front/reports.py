"""What `sdedit status` shows, as one message."""

from __future__ import annotations

import time
from collections.abc import Sequence

from protocol.messages import Status, StatusReport

from .engine import Engine
from .job_desk import JobDesk
from .jobs import Job

SHOWN = 64
"""Devices and jobs told of one by one, so that the message stays within its bounds; the totals
count all of them."""
SUMMARY = 60
"""Characters of a job's."""


def report_of(engine: Engine, desk: JobDesk, status: Status, key: str) -> StatusReport:
    """For the client with this key. ``status``: what a `Ping` would be answered with."""
    devices = engine.devices()
    jobs, starts = desk.in_order(), desk.until_start()
    counts = {"running": status.running, "waiting": status.waiting, "devices": len(devices)}
    return StatusReport(
        status.number,
        status.state,
        status.sentence,
        engine.name,
        tuple(devices[:SHOWN]),
        _records(jobs[:SHOWN], starts, key),
        engine.state().models,
        {**counts, **desk.tally.totals(), "seconds_each": desk.seconds_each()},
    )


def _records(
    jobs: Sequence[Job], starts: dict[Job, float], key: str
) -> tuple[dict[str, object], ...]:
    clients = {client: n for n, client in enumerate(dict.fromkeys(j.peer.key for j in jobs), 1)}
    now = time.monotonic()
    records: list[dict[str, object]] = []
    for position, job in enumerate(jobs, 1 - sum(job.is_running for job in jobs)):
        bounds = job.request.guide.bounds
        seconds = job.seconds_left if job.is_running else starts.get(job, -1.0)
        records.append(
            {
                "position": max(0, position),
                "client": clients[job.peer.key],
                "is_yours": job.peer.key == key,
                "priority": job.request.priority,
                "summary": job.request.summary[:SUMMARY],
                "model": job.request.model,
                "width": bounds.width,
                "height": bounds.height,
                "waited": round((job.started_at if job.is_running else now) - job.added_at, 1),
                "seconds": round(seconds, 1),
            }
        )
    return tuple(records)
