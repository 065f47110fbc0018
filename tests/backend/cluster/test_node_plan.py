from __future__ import annotations

from pathlib import Path

import pytest

from backend.cluster.node import NodePlan

HEAD = NodePlan(Path("/keys"), Path("/home"))


def test_a_head_has_no_dashboard_and_fixed_ports() -> None:
    command = HEAD.command()
    assert {"--head", "--block", "--include-dashboard=false", "--disable-usage-stats"} <= {*command}
    ports = {option for option in command if "port" in option}
    assert {"--port=6379", "--node-manager-port=6380", "--max-worker-port=6486"} <= ports
    assert len(ports) == 9


def test_a_member_joins_and_declares_what_it_has() -> None:
    plan = NodePlan(
        Path("/k"), Path("/h"), join="10.0.0.1:6379", gpus=2, cpu_slots=3, ip="10.0.0.2"
    )
    command = plan.command()
    assert "--head" not in command
    assert {"--address=10.0.0.1:6379", "--num-gpus=2", "--node-ip-address=10.0.0.2"} <= {*command}
    assert '--resources={"sdedit_cpu_slots": 3}' in command


def test_the_workers_of_a_node_find_our_code_home_and_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = HEAD.environment(Path("/keys/ray-token"))
    assert environment["PYTHONPATH"].endswith(":/elsewhere")
    assert environment["SDEDIT_HOME"] == "/home"
    assert environment["RAY_AUTH_MODE"] == "token"
