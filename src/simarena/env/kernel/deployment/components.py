"""Numbers that an agent sees of a Deployment to repair. How they come about: `observing.py`.

s(x) stands for x / (1 + |x|), c2(x) for min(x, 2) / 2, c4(x) for min(x, 4) / 4, t for the target, W
for the goal's ceiling on waste. *Usage* is the most that a container uses by its pods' annotations.
"""

from __future__ import annotations

from simarena.env.codes import Component, ObservationKind, Room


class CountComponent(Component):
    """The observations `base` and `scale`; their units and bounds depend on what is played."""

    CPU = "CPU request in millicores / 4000"
    MEMORY = "memory request in Mi / 4096"
    PENDING = "pending / 5 (15)"
    MISSING = "(t − total) / 5 (15)"
    REPLICAS = "min(1, replicas / 8 (15))"


class DeploymentComponent(Component):
    """The observation `neighbours`; `full` and `diagnostic` are the first of it."""

    READY = "c2(ready / t)"
    PENDING = "c2(pending / t)"
    TOTAL = "c2(total / t)"
    WAITING = "c2(waiting, without a node / t)"
    STARTING = "c2(starting, not ready yet / t)"
    REPLICAS_MISSING = "s(t − replicas)", -1.0
    PODS_MISSING = "s(t − total)", -1.0
    TARGET = "s(t / 8)"
    CPU = "s(CPU request / 2 CPUs)"
    MEMORY = "s(memory request / 2Gi)"
    CPU_OF_LARGEST_NODE = Room.CPU_OF_LARGEST_NODE.declared
    MEMORY_OF_LARGEST_NODE = Room.MEMORY_OF_LARGEST_NODE.declared
    CPU_OVER_ROOM = Room.CPU_OVER_ROOM.declared
    MEMORY_OVER_ROOM = Room.MEMORY_OVER_ROOM.declared
    SLOTS_BY_CPU = Room.SLOTS_BY_CPU.declared
    SLOTS_BY_MEMORY = Room.SLOTS_BY_MEMORY.declared
    SLOTS = Room.SLOTS.declared
    FREE_CPU = Room.FREE_CPU.declared
    FREE_MEMORY = Room.FREE_MEMORY.declared
    FREE_CPU_OVER_REQUEST = Room.FREE_CPU_OVER_REQUEST.declared
    FREE_MEMORY_OVER_REQUEST = Room.FREE_MEMORY_OVER_REQUEST.declared
    WAITING_SHORT_OF_CPU = "share of the waiting pods for which CPU was short on some node"
    WAITING_SHORT_OF_MEMORY = "share of the waiting pods for which memory was short on some node"
    NODES_SHORT_OF_CPU = "share of nodes, over waiting pods, that are short of CPU"
    NODES_SHORT_OF_MEMORY = "share of nodes, over waiting pods, that are short of memory"
    NODES_REFUSING = "share of nodes, over waiting pods, that refuse otherwise"
    NODES = Room.NODES.declared
    STEPS_LEFT = "steps left / steps of an episode"
    BLOCKED = "1 if the last action was blocked"
    CAN_INCREASE_CPU = "1 if one more of action 1 stays within the limits"
    CAN_INCREASE_MEMORY = "1 if one more of action 2 stays within the limits"
    CAN_INCREASE_REPLICAS = "1 if one more of action 3 stays within the limits"
    CAN_DECREASE_CPU = "1 if one more of action 4 stays within the limits"
    CAN_DECREASE_MEMORY = "1 if one more of action 5 stays within the limits"
    CAN_DECREASE_REPLICAS = "1 if one more of action 6 stays within the limits"
    FAILURES = "s(ends of containers that nobody asked for / t)"
    OOM_KILLED = "c2(pods whose container ended last for want of memory / t)"
    EVICTED = "s(pods that were evicted, or failed otherwise / t)"
    WASTE_CEILING = "1 / W; 0 without a ceiling"
    CPU_OVER_USAGE = "s(steps by which the CPU request is above the usage); 0: not known", -1.0
    MEMORY_OVER_USAGE = (
        "s(steps by which the memory request is above the usage); 0: not known",
        -1.0,
    )
    MEMORY_LIMIT_OVER_USAGE = (
        "s(steps by which the memory limit is above the usage); 1 without a limit",
        -1.0,
    )
    CPU_OVER_CEILING = (
        "s(steps by which the CPU request is above W × usage); −1 without a ceiling",
        -1.0,
    )
    MEMORY_OVER_CEILING = (
        "s(steps by which the memory request is above W × usage); −1 without a ceiling",
        -1.0,
    )
    USAGE_KNOWN = "1 if usage of both is known"
    OTHERS_SPARED = "1 if the goal asks that no other workload fares worse than without edits"
    OTHERS_HARMED = "s(other workloads that fare worse than without edits); 0 if nobody asks"


NUM_FULL = int(DeploymentComponent.CAN_DECREASE_REPLICAS) + 1
"""Components of the observation `full`."""

NUM_DIAGNOSTIC = int(DeploymentComponent.USAGE_KNOWN) + 1
"""Components of the observation `diagnostic`."""


def num_components(kind: ObservationKind) -> int:
    """Return how many numbers an observation has."""
    return {
        ObservationKind.FULL: NUM_FULL,
        ObservationKind.DIAGNOSTIC: NUM_DIAGNOSTIC,
        ObservationKind.NEIGHBOURS: len(DeploymentComponent),
    }.get(kind, len(CountComponent))
