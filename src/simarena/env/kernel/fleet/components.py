"""Numbers that an agent sees of a fleet of Deployments. How they come about: `observing.py`.

s(x) stands for x / (1 + |x|), c2(x) for min(x, 2) / 2, c4(x) for min(x, 4) / 4, t for the target.
"""

from __future__ import annotations

from simarena.env.codes import Component


class MemberComponent(Component):
    """The row of a Deployment."""

    PRESENT = "1 if there is such a Deployment"
    HEALTHY = "1 if it is healthy"
    READY = "c2(ready / t)"
    PENDING = "c2(pending / t)"
    TOTAL = "c2(total / t)"
    WAITING = "c2(waiting, without a node / t)"
    REPLICAS_MISSING = "s(t − replicas)", -1.0
    TARGET = "s(t / 8)"
    CPU = "s(CPU request / 2 CPUs)"
    MEMORY = "s(memory request / 2Gi)"
    WAITING_SHORT_OF_CPU = "share of the waiting pods for which CPU was short on some node"
    WAITING_SHORT_OF_MEMORY = "share of the waiting pods for which memory was short on some node"
    UPDATED = "share of the pods that have the newest template"
    FREE_CPU_OVER_REQUEST = "c4(most CPU free on a node / a pod's)"
    FREE_MEMORY_OVER_REQUEST = "c4(most memory free on a node / a pod's)"
    ACTED_ON = "1 if the last action was about it"


class ClusterComponent(Component):
    """The row of the cluster."""

    HEALTHY = "share of the Deployments that are healthy"
    NODES = "s(nodes / 4)"
    CPU_REQUESTED = "CPU requested / allocatable"
    MEMORY_REQUESTED = "memory requested / allocatable"
    FREE_CPU = "most CPU free on a node / the largest node's"
    FREE_MEMORY = "most memory free on a node / the largest node's"
    WAITING = "s(waiting pods / 8)"
    STEPS_LEFT = "steps left / steps of an episode"
    BLOCKED = "1 if the last action was blocked"


NUM_MEMBER_COMPONENTS = len(MemberComponent)
NUM_CLUSTER_COMPONENTS = len(ClusterComponent)
