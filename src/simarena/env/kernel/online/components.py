"""Numbers that an agent sees of a Deployment under a load. How they come about: `observing.py`.

s(x) stands for x / (1 + |x|), c2(x) for min(x, 2) / 2, c4(x) for min(x, 4) / 4, t for the replicas
wanted now, λ for the load. *Since* means since the last observation.
"""

from __future__ import annotations

from simarena.env.codes import Component, Room


class OnlineComponent(Component):
    """The observation."""

    READY = "c2(ready / t)"
    PENDING = "c2(pending / t)"
    TOTAL = "c2(total / t)"
    WAITING = "c2(waiting, without a node / t)"
    STARTING = "c2(starting, not ready yet / t)"
    TERMINATING = "c2(terminating / t)"
    REPLICAS = "s(t / 8)"
    UPDATED = "share of the pods that have the newest template: a rollout's progress"
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
    CPU_USED_OF_REQUEST = "c2(CPU that a ready pod uses / its request)"
    MEMORY_USED_OF_REQUEST = "c2(memory that a ready pod uses / its request)"
    CPU_USED_OF_LIMIT = "CPU used / limit; 0 without one"
    MEMORY_USED_OF_LIMIT = "c2(memory used / limit); 0 without one"
    SERVED = "share of the interval's requests that were answered within the objective"
    NODES = Room.NODES.declared
    LOAD = "s(λ / 100)"
    LOAD_CHANGE = "s(ten times the relative change of λ from the interval before)", -1.0
    UTILISATION = "c2(mean utilisation: CPU wanted over CPU that pods can have)"
    PEAK_UTILISATION = "c2(highest utilisation of a second)"
    RESTARTS = "s(pods restarted since)"
    OOM_KILLS = "s(pods with a container killed for want of memory since)"
    CREATED = "s(pods created since)"
    STARTED = "s(pods that have become ready since)"
    WAITING_SHORT_OF_CPU = "share of the waiting pods for which CPU was short on some node"
    WAITING_SHORT_OF_MEMORY = "share of the waiting pods for which memory was short on some node"
    COST = "c4(what is reserved / what the trace's own settings reserve)"
    PHASE_SINE = "sine of where in the profile the time is", -1.0
    PHASE_COSINE = "cosine of where in the profile the time is", -1.0
    STEPS_LEFT = "steps left / steps of an episode"
    BLOCKED = "1 if the last action was blocked"
    CAN_INCREASE_CPU = "1 if action 1 stays within the limits"
    CAN_INCREASE_MEMORY = "1 if action 2 stays within the limits"
    CAN_INCREASE_REPLICAS = "1 if action 3 stays within the limits"
    CAN_DECREASE_CPU = "1 if action 4 stays within the limits"
    CAN_DECREASE_MEMORY = "1 if action 5 stays within the limits"
    CAN_DECREASE_REPLICAS = "1 if action 6 stays within the limits"
