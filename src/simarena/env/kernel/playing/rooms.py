"""What room the nodes have for a workload's pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.env.codes import Room
from simarena.env.kernel.playing.scales import capped, ratio, squashed
from simarena.jit.decorators import inner
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simarena.cluster.records import World


@inner
def _slots(free: int, request: int, most: int) -> int:
    """Return how many requests fit into what is free, at most `most`."""
    if request <= 0:
        return most
    return min(max(free, 0) // request, most)


@inner
def _is_ours(world: World, pod_row: int, workload: int) -> bool:
    owner = world.pods[pod_row]["owner"]
    if owner == NONE:
        return False
    return bool(owner == workload or world.workloads[owner]["owner"] == workload)


@inner
def observe_rooms(
    world: World,
    workload: int,
    template_row: int,
    target: int,
    rooms: NDArray[np.float32],
    first: int,
    nodes: int,
) -> None:
    """Write what `Room` names: from `first` on, but for the number of nodes, which goes to `nodes`.

    A node counts if nothing but resources can keep the workload's pods off it. Its room is what is
    free when the workload's own pods are left aside.
    """
    template = world.templates[template_row]
    ask = template["ask"]
    cpu_milli = template["cpu_milli"]
    memory_bytes = template["memory_bytes"]
    most = 2 * target
    num_nodes = 0
    largest_cpu = 0
    largest_memory = 0
    room_cpu = 0
    room_memory = 0
    free_cpu = 0
    free_memory = 0
    slots_cpu = 0
    slots_memory = 0
    slots = 0
    for row in range(world.state[0]["num_node_rows"]):
        node = world.nodes[row]
        if not node["exists"] or world.verdicts[ask, node["sort"]]["reasons"] != 0:
            continue
        num_nodes += 1
        node_free_cpu = max(node["cpu_milli"] - node["cpu_requested_milli"], 0)
        node_free_memory = max(node["memory_bytes"] - node["memory_requested_bytes"], 0)
        node_room_cpu = node["cpu_milli"] - node["cpu_requested_milli"]
        node_room_memory = node["memory_bytes"] - node["memory_requested_bytes"]
        node_places = node["max_pods"] - node["num_pods"]
        pod_row = node["first_pod"]
        while pod_row != NONE:
            if _is_ours(world, pod_row, workload):
                own = world.templates[world.pods[pod_row]["template"]]
                node_room_cpu += own["cpu_milli"]
                node_room_memory += own["memory_bytes"]
                node_places += 1
            pod_row = world.pods[pod_row]["next_on_node"]
        largest_cpu = max(largest_cpu, node["cpu_milli"])
        largest_memory = max(largest_memory, node["memory_bytes"])
        room_cpu = max(room_cpu, node_room_cpu)
        room_memory = max(room_memory, node_room_memory)
        free_cpu = max(free_cpu, node_free_cpu)
        free_memory = max(free_memory, node_free_memory)
        by_cpu = _slots(node_room_cpu, cpu_milli, most)
        by_memory = _slots(node_room_memory, memory_bytes, most)
        slots_cpu += by_cpu
        slots_memory += by_memory
        slots += max(min(by_cpu, by_memory, node_places), 0)
    rooms[first + Room.CPU_OF_LARGEST_NODE] = capped(ratio(cpu_milli, largest_cpu), 2.0)
    rooms[first + Room.MEMORY_OF_LARGEST_NODE] = capped(ratio(memory_bytes, largest_memory), 2.0)
    rooms[first + Room.CPU_OVER_ROOM] = squashed((cpu_milli - room_cpu) / CPU_STEP_MILLI)
    rooms[first + Room.MEMORY_OVER_ROOM] = squashed(
        (memory_bytes - room_memory) / MEMORY_STEP_BYTES
    )
    rooms[first + Room.SLOTS_BY_CPU] = capped(slots_cpu / target, 2.0)
    rooms[first + Room.SLOTS_BY_MEMORY] = capped(slots_memory / target, 2.0)
    rooms[first + Room.SLOTS] = capped(slots / target, 2.0)
    rooms[first + Room.FREE_CPU] = ratio(free_cpu, largest_cpu)
    rooms[first + Room.FREE_MEMORY] = ratio(free_memory, largest_memory)
    rooms[first + Room.FREE_CPU_OVER_REQUEST] = capped(free_cpu / max(cpu_milli, 1), 4.0)
    rooms[first + Room.FREE_MEMORY_OVER_REQUEST] = capped(free_memory / max(memory_bytes, 1), 4.0)
    rooms[nodes] = squashed(num_nodes / 4.0)
