from __future__ import annotations

from typing import Any

from backend.cluster.slots import Slot, slots_of


def node(alive: bool = True, name: str = "", **resources: float) -> dict[str, Any]:
    return {
        "NodeID": "n",
        "Alive": alive,
        "Resources": resources,
        "NodeManagerAddress": "10.0.0.7",
        "NodeManagerHostname": "render7",
        "NodeName": name or "10.0.0.7",
    }


def test_each_gpu_is_a_slot() -> None:
    first, second = slots_of([node(GPU=2.0, CPU=16.0)])
    assert (first, second) == (Slot("n", "render7", 0, True), Slot("n", "render7", 1, True))
    assert first.needs == {"num_gpus": 1, "num_cpus": 0}


def test_cpu_slots_share_the_processor() -> None:
    slots = slots_of([node(CPU=8.0, sdedit_cpu_slots=3.0)])
    assert [slot.cpus for slot in slots] == [2, 2, 2]
    assert slots[0].needs == {"resources": {"sdedit_cpu_slots": 1}, "num_cpus": 2}


def test_dead_nodes_and_those_that_declare_nothing_have_none() -> None:
    assert slots_of([node(alive=False, GPU=1.0), node(CPU=4.0)]) == []


def test_a_node_with_a_name_is_called_by_it() -> None:
    assert [slot.place for slot in slots_of([node(name="attic", GPU=1.0)])] == ["attic"]
