"""What an environment sees of a live replay's end: its records filled from the API's objects."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.replay.driver import virtual_object
from simarena.env.deployment.start import compile_start
from simarena.env.kernel.deployment.components import DeploymentComponent as Seen
from simarena.env.kernel.deployment.editing import mask_edits
from simarena.env.kernel.playing.counting import read_requests
from simarena.env.kernel.playing.rooms import observe_rooms
from simarena.env.records.episode import POD_COUNTS
from simarena.errors import InfrastructureError, ManifestError, RefusedError
from simarena.simkube.counting import counts_of, num_harmed, tallies
from simarena.simkube.mirror import mirrored
from simarena.trace import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from simarena.client.api import Manifest
    from simarena.cluster.records import Rows, World
    from simarena.env.records.episode import Row
    from simarena.env.scenarios.scenario import Scenario
    from simarena.simkube.counting import Place
    from simarena.simkube.running import Replayed
    from simarena.trace import Trace

_FINISHED = frozenset({"Succeeded", "Failed"})


def read_settings(scenario: Scenario, trace: Trace, rules: Row, episode: Row) -> Rows:
    """Write into the episode what the edited trace asks for, and which actions it leaves.

    Returns the scenario's task, as the environment in virtual time has it.
    """
    start = compile_start(replace(scenario, trace=trace, optimal_steps=None))
    read_requests(start.world, start.task[0], episode)
    mask_edits(start.world, start.task[0]["workload"], rules, episode)
    return start.task


def read_counts(
    replayed: Replayed, task: Row, episode: Row, unedited: Mapping[Place, list[int]] | None
) -> dict[Place, list[int]]:
    """Write into the episode how the pods are, and how many others fare worse than `unedited`.

    Returns how the others fare; what is None or not asked for harms nobody.
    """
    counts = counts_of(replayed.own_pods)
    for name in POD_COUNTS.names or ():
        episode[name] = counts[name]
    others = tallies(replayed.pods, replayed.replicasets, replayed.workload)
    episode["harmed"] = 0
    if task["harmless"] and unedited is not None:
        episode["harmed"] = num_harmed(others, unedited)
    return others


def read_rooms(
    replayed: Replayed,
    trace: Trace,
    scenario: Scenario,
    target: int,
    vector: NDArray[np.float32],
) -> None:
    """Write what the virtual nodes have room for, by the rules of the environment in virtual time.

    The live nodes and the pods on them are put into a simulated cluster, where no time passes.
    """
    own = {each["metadata"]["uid"] for each in replayed.own_pods}
    pods = [
        each
        for each in replayed.pods
        if each["spec"].get("nodeName") and (each.get("status") or {}).get("phase") not in _FINISHED
    ]
    applied = [
        each
        for event in trace.events
        for each in event.applied_objs
        if scenario.workload.is_ref_of(each)
    ]
    others = [each for each in pods if each["metadata"]["uid"] not in own]
    try:
        cluster = mirrored(nodes=replayed.nodes, pods=others)
        cluster.apply(virtual_object(applied[-1]), is_admitted=True)
    except (ManifestError, RefusedError) as error:
        message = f"what the cluster has cannot be simulated, which observations need: {error}"
        raise InfrastructureError(message) from error
    place = replayed.workload
    world = cluster.catalogue.world
    row = cluster.catalogue.workload_rows[place.kind, place.namespace, place.name]
    spec = world.specs[world.workloads[row]["spec"]]
    before = set(_bound(world))
    for each in pods:
        if each["metadata"]["uid"] in own:
            with suppress(ManifestError):
                cluster.apply(_bare(each), is_admitted=True)
    world = cluster.catalogue.world  # its tables may have grown
    for pod_row in _bound(world):
        if pod_row not in before:
            world.pods[pod_row]["owner"] = row
    observe_rooms(
        world, row, spec["template"], target, vector, Seen.CPU_OF_LARGEST_NODE, Seen.NODES
    )


def _bound(world: World) -> list[int]:
    """Return the rows of the pods that are on nodes."""
    rows = []
    for node in world.nodes[: world.state[0]["num_node_rows"]]:
        row = int(node["first_pod"]) if node["exists"] else NONE
        while row != NONE:
            rows.append(row)
            row = int(world.pods[row]["next_on_node"])
    return rows


def _bare(pod: Manifest) -> Manifest:
    """Return a pod with its node, its requests, and nothing of where it comes from."""
    containers = [
        {"name": each["name"], "image": each.get("image") or "unknown"}
        | {"resources": each.get("resources") or {}}
        for each in pod["spec"]["containers"]
    ]
    metadata = {name: pod["metadata"][name] for name in ("name", "namespace")}
    spec = {"nodeName": pod["spec"]["nodeName"], "containers": containers}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def check_nodes(scenario: Scenario, nodes: Iterable[Manifest]) -> None:
    """Raise InfrastructureError if the virtual nodes are not those that a scenario is made for.

    Told by what they offer of CPU and memory: names do not matter.
    """
    wanted, there = _offers(scenario.nodes), _offers(nodes)
    if wanted != there:
        message = (
            f"scenario {scenario.name!r} is made for nodes of {_told(wanted)}; the cluster has "
            f"{_told(there)}"
        )
        raise InfrastructureError(message)


def _offers(nodes: Iterable[Manifest]) -> list[tuple[int, int]]:
    offers = []
    for each in nodes:
        status = each.get("status") or {}
        amounts = status.get("allocatable") or status.get("capacity") or {}
        cpu, memory = amounts.get("cpu", "0"), amounts.get("memory", "0")
        offers.append((parse_cpu_milli(cpu), parse_memory_bytes(memory)))
    return sorted(offers)


def _told(offers: list[tuple[int, int]]) -> str:
    return ", ".join(f"{cpu / 1000:g} CPUs and {memory / 2**30:g}Gi" for cpu, memory in offers)
