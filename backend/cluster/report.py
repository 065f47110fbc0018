"""What the bridge tells the front of the cluster (see `backend.front.envelope`)."""

from __future__ import annotations

from typing import Any

from protocol.errors import SDEditError


def report(state: str, problem: SDEditError | None = None, **more: Any) -> dict[str, Any]:
    """The values of a `report`; what is not given is empty."""
    sentence, hint, code = "", "", ""
    if problem is not None:
        sentence, hint, code = problem.sentence, problem.hint, problem.code
    values = {"state": state, "sentence": sentence, "hint": hint, "code": code, "device": ""}
    return {**values, "workers": 0, "models": [], "devices": [], **more}
