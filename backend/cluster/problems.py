"""What can be wrong with a cluster, in sentences."""

from __future__ import annotations

from protocol.errors import SDEditError


class ClusterError(SDEditError):
    """The cluster cannot be used as it is; its code says in which way."""

    code = "cluster"


def no_cluster(where: str) -> ClusterError:
    return ClusterError(
        f"There is no cluster {where}.",
        "Run 'sdedit node --head' on one machine and 'sdedit node --join' on the others.",
        code="no-cluster",
    )


def not_a_member(address: str) -> ClusterError:
    return ClusterError(
        f"This machine is not a member of the cluster at {address}.",
        f"Run 'sdedit node --join {address}' here, too.",
        code="no-cluster",
    )


def refused(address: str) -> ClusterError:
    return ClusterError(
        f"The cluster {f'at {address}' if address else 'here'} does not let this machine in.",
        "Copy the file ray-token from the keys folder of the head's machine into this one's, and "
        f"see that this machine is a member: 'sdedit node --join {address or 'HOST:PORT'}'.",
        code="cluster-token",
    )


def other_ray(said: str) -> ClusterError:
    return ClusterError(
        f"This machine and the cluster's head have different versions ({said}).",
        "Install the same SDEdit, with the same Python, on all machines of the cluster.",
        code="cluster-versions",
    )


def other_sdedit(place: str, theirs: str, ours: str) -> ClusterError:
    return ClusterError(
        f"{place} has SDEdit {theirs} and this machine {ours}.",
        "Install the same version on all machines of the cluster.",
        code="cluster-versions",
    )


def not_installed(place: str) -> ClusterError:
    return ClusterError(
        f"SDEdit is missing or damaged on {place}.",
        "Run 'python3 install.py --extras ray' there, and start the node with 'sdedit node'.",
        code="not-installed",
    )


def no_gpu() -> ClusterError:
    return ClusterError(
        "No machine of the cluster declares a GPU.",
        "Start one with 'sdedit node --gpus N', or for its processor with --cpu-slots N.",
        code="no-gpu",
    )


def head_is_gone() -> ClusterError:
    return ClusterError(
        "The cluster's head does not answer.",
        "Start it again with 'sdedit node --head'; the edits wait for it.",
        code="no-cluster",
    )


def own_node_is_gone() -> ClusterError:
    return ClusterError(
        "The cluster's node on this machine has ended.",
        "Start it again with 'sdedit node'; the edits wait for it.",
        code="no-cluster",
    )


def no_ray() -> ClusterError:
    return ClusterError(
        "Ray is not installed.", "Run: python3 install.py --extras ray", code="not-installed"
    )
