"""Where in the cluster a worker can be: one slot for each GPU, or CPU slot, of a living node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CPU_SLOTS = "sdedit_cpu_slots"
"""The custom resource by which a node says how many workers its processor should carry."""


@dataclass(frozen=True)
class Slot:
    """Room for one worker."""

    node: str
    """Ray's id of it: another one after each start."""
    place: str
    """Its machine, in words."""
    number: int
    is_gpu: bool
    cpus: int = 0
    """Threads that a worker on the processor has."""

    @property
    def needs(self) -> dict[str, Any]:
        """What Ray has to set aside, as its options say it."""
        if self.is_gpu:
            return {"num_gpus": 1, "num_cpus": 0}
        return {"resources": {CPU_SLOTS: 1}, "num_cpus": self.cpus}


def slots_of(nodes: Iterable[Mapping[str, Any]]) -> list[Slot]:
    """All slots, of nodes as `ray.nodes` gives them."""
    slots = []
    for node in nodes:
        if not node["Alive"]:
            continue
        has, where = node["Resources"], (node["NodeID"], _place(node))
        slots += [Slot(*where, number, True) for number in range(int(has.get("GPU", 0)))]
        count = int(has.get(CPU_SLOTS, 0))
        cpus = int(has.get("CPU", 0)) // max(1, count)
        slots += [Slot(*where, number, False, cpus) for number in range(count)]
    return slots


def _place(node: Mapping[str, Any]) -> str:
    """Its name, where it has one beside its address."""
    host = str(node.get("NodeManagerHostname") or node["NodeManagerAddress"])
    name = str(node.get("NodeName") or "")
    return name if name and name != node["NodeManagerAddress"] else host
