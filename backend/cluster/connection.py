"""This process's connection to a Ray cluster, and what Ray's many errors of it mean."""

from __future__ import annotations

import importlib.util
import os
import socket
from pathlib import Path

from backend.cluster.problems import (
    ClusterError,
    no_cluster,
    no_ray,
    not_a_member,
    other_ray,
    refused,
)
from backend.cluster.token import environment

REACH_S = 5.0
"""For the head to accept a connection; Ray itself would wait a minute."""


def check_ray() -> None:
    """Raise ClusterError unless the extra `ray` is installed; nothing is imported for it."""
    if importlib.util.find_spec("ray") is None:
        raise no_ray()


def connect(address: str, token: Path) -> None:
    """Connect to the cluster at HOST:PORT, or with "" to the one that runs on this machine.

    Once in a process. Raises ClusterError.
    """
    check_ray()
    if address:
        reach(address)
    os.environ.update(environment(token))
    import ray

    try:
        ray.init(address=address or "auto", log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise _in_words(error, address) from error


def reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), REACH_S).close()
    except ValueError as error:
        raise ClusterError(
            f"{address!r} is no address of a cluster.", "Give it as HOST:PORT.", code="no-cluster"
        ) from error
    except OSError as error:
        raise no_cluster(f"at {address} ({error.strerror or error})") from error


def _in_words(error: Exception, address: str) -> ClusterError:
    said = str(error)
    if "uthenti" in said or "token" in said.lower():
        return refused(address)
    if "ersion mismatch" in said:
        return other_ray(" ".join(said.split("\n", 1)[-1].split())[:300])
    if not address:
        return no_cluster("on this machine")
    if "node" in said.lower():
        return not_a_member(address)
    return no_cluster(f"at {address}")
