"""A `StatusReport` as lines for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from protocol.messages import StatusReport


def as_json(report: StatusReport, address: str) -> str:
    """Of the backend that listens there."""
    said = {item.name: getattr(report, item.name) for item in fields(report)}
    return json.dumps({"address": address, **said})


def as_text(report: StatusReport) -> str:
    """Its state, pace, devices and jobs; a blank line between them."""
    parts = [_head(report)]
    if report.devices:
        parts.append(_table("DEVICES", map(_device, report.devices)))
        parts[-1] += _more(len(report.devices), int(report.totals["devices"]))
    if report.jobs:
        parts.append(_table("JOBS", map(_job, report.jobs)))
        parts[-1] += _more(len(report.jobs), _all_jobs(report))
    if report.models:
        parts.append("MODELS\n  " + ", ".join(str(model.get("name")) for model in report.models))
    return "\n\n".join(parts)


def _head(report: StatusReport) -> str:
    totals = report.totals
    pace = (
        f"{totals['done_minute']} done in the last minute, {totals['done_hour']} in the last hour"
    )
    each = float(totals["seconds_each"])
    if each >= 0:
        pace += f", {each:.1f} s each"
    ended = f"{totals['done']} done, {totals['failed']} failed, {totals['cancelled']} cancelled"
    return (
        f"{report.sentence}\n"
        f"{totals['running']} running, {totals['waiting']} waiting; {pace}.\n"
        f"{ended} since it started {_time(float(totals['uptime']))} ago."
    )


def _device(device: dict[str, Any]) -> list[str]:
    place, model = str(device["place"]), str(device["model"])
    return [
        f"{device['name']}{f' on {place}' if place else ''}",
        f"{device['state']} for {_time(float(device['seconds']))}",
        f"{device['done']} done",
        f"{model}" if model else "",
        str(device["sentence"]),
    ]


def _job(job: dict[str, Any]) -> list[str]:
    seconds = float(job["seconds"])
    if job["position"] == 0:
        place, when = "runs", f"{_time(seconds)} left" if seconds >= 0 else ""
    else:
        place, when = f"{job['position']}.", f"starts in {_time(seconds)}" if seconds >= 0 else ""
    owner = "yours" if job["is_yours"] else f"client {job['client']}"
    size = f"{job['width']}×{job['height']}"
    waited = f"waited {_time(float(job['waited']))}"
    return [place, owner, str(job["priority"]), f"{job['model']}, {size}", waited, when]


def _table(title: str, rows: Iterable[Sequence[str]]) -> str:
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n  ".join([title, *lines])


def _more(shown: int, count: int) -> str:
    return f"\n  and {count - shown} more" if count > shown else ""


def _all_jobs(report: StatusReport) -> int:
    return int(report.totals["running"]) + int(report.totals["waiting"])


def _time(seconds: float) -> str:
    if seconds >= 5400:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
