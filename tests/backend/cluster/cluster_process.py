"""A Ray cluster of several nodes on this machine, in a process of its own that the tests command.

It reads one JSON list a line from its stdin, ["add", {…}] or ["kill", NODE] or ["kill head"], and
answers each with one line: the node's id, or the cluster's address.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from typing import Any

from ray.cluster_utils import Cluster

numbers = itertools.count(2)
STORE_BYTES = 200 * 1024 * 1024
# Ray starts a process for each CPU in advance: none, and whatever a test needs is declared.

NODE = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": False}


def main() -> None:
    with contextlib.redirect_stdout(sys.stderr):  # Ray prints there, too
        cluster = Cluster(initialize_head=True, head_node_args=json.loads(sys.argv[1]) | NODE)
    print(cluster.address, flush=True)
    for line in sys.stdin:
        with contextlib.redirect_stdout(sys.stderr):
            said = obey(cluster, *json.loads(line))
        print(said, flush=True)
    with contextlib.redirect_stdout(sys.stderr):
        cluster.shutdown()


def obey(cluster: Cluster, order: str, what: Any = None) -> str:
    nodes = {node.node_id: node for node in cluster.list_all_nodes()}
    if order == "add":
        # Addresses of its own keep it apart from the head's, which the front's bridge looks for.
        address = f"127.0.0.{next(numbers)}"
        return str(cluster.add_node(**{**NODE, "node_ip_address": address, **what}).node_id)
    if order == "kill":
        cluster.remove_node(nodes[what], allow_graceful=False)
        return "killed"
    assert order == "kill head"
    cluster.head_node.kill_gcs_server()
    return "killed"


if __name__ == "__main__":
    main()
