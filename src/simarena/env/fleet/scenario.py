"""What `SimArena/Cluster-v0` plays: a cluster, and all the Deployments of a trace."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.node_words import make_node
from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import Scenario, scenario_from_trace
from simarena.errors import ScenarioError
from simarena.trace import (
    CPU_STEP_MILLI,
    MEMORY_STEP_BYTES,
    Trace,
    WorkloadRef,
    format_cpu_milli,
    format_memory_bytes,
    new_trace,
    replicas_of,
)
from simarena.trace.kinds import kind_key

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from simarena.env.scenarios.scenario import Manifest

_SETTLE_S: Final = 60
_DEPLOYMENT: Final = "apps/v1.Deployment"
_GI: Final = 1024**3
_NODE_CPU_MILLI: Final = 16_000
_NODE_MEMORY_BYTES: Final = 32 * _GI
_MOST_OF_A_NODE: Final = 0.25
_MOST_OF_ALL: Final = 0.35
_NAMES: Final = ("api", "auth", "cache", "cart", "feed", "mail", "media", "search", "web", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A Deployment to look after."""

    ref: WorkloadRef
    """Which one."""

    target: int
    """Pods that should be there, all of them ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterScenario:
    """Many Deployments in one cluster. Raises ScenarioError if there are none."""

    name: str
    """Unique among those played together."""

    cluster: Scenario
    """The cluster; its `duration_s` pass before the first observation, and the Deployment that it
    names is one of many."""

    members: tuple[Member, ...]
    """The Deployments, in the order of the observation's rows."""

    def __post_init__(self) -> None:
        """Refuse what no episode could play."""
        if not self.members:
            message = f"scenario {self.name!r}: it has no Deployment with replicas; add one"
            raise ScenarioError(message)


def cluster_scenario(
    trace: Trace | str | os.PathLike[str],
    *,
    nodes: Sequence[Manifest] | int = 4,
    kubelet: str | None = None,
    name: str = "recorded",
    seed: int = 0,
) -> ClusterScenario:
    """Return all Deployments of a recorded trace, as they are a minute after its last event.

    Targets are the replicas that the trace asks for last; a Deployment that it deletes, or scales
    to 0, is not looked after. `kubelet` is as `scenario_from_trace` has it, which raises what this
    does.
    """
    trace = trace if isinstance(trace, Trace) else Trace.from_path(trace)
    replicas: dict[WorkloadRef, int] = {}
    for event in trace.events:
        for manifest in event.applied_objs:
            if kind_key(manifest) == _DEPLOYMENT:
                replicas[_ref(manifest)] = replicas_of(manifest)
        for manifest in event.deleted_objs:
            if kind_key(manifest) == _DEPLOYMENT:
                replicas.pop(_ref(manifest), None)
    members = tuple(
        Member(ref=ref, target=number) for ref, number in replicas.items() if number > 0
    )
    if not members:
        message = f"{trace.source}: it has no Deployment with replicas at its end"
        raise ScenarioError(message)
    first = members[0].ref
    cluster = scenario_from_trace(
        trace,
        deploy=first.name,
        namespace=first.namespace,
        target=members[0].target,
        nodes=nodes,
        kubelet=kubelet,
        duration_s=int(trace.events[-1].ts - trace.events[0].ts) + _SETTLE_S,
        name=name,
        seed=seed,
    )
    return ClusterScenario(name=name, cluster=cluster, members=members)


def generate_cluster(seed: int, num_workloads: int = 6) -> ClusterScenario:
    """Return the generated scenario of a seed; equal arguments give equal scenarios.

    It begins with pods of at most a quarter of a node that together ask for at most 35 % of the
    cluster's CPU and of its memory. They always fit, in whatever order: if every node refused a
    pod, each would be over three quarters full of one of the two, and both together over 70 %. Then
    some Deployments are given requests that no node has, or another number of replicas; undoing
    that is a solution. Their rollouts may take all old pods away at once, or a step on the way,
    whose large pods just fit, could keep the next one from ever ending. Targets are the replicas of
    the healthy ones.
    """
    rng = random.Random(f"cluster/{seed}/{num_workloads}")  # noqa: S311 - no secret
    num_nodes = rng.randint(2, 4)
    names = _names(rng, num_workloads)
    share = _MOST_OF_ALL * num_nodes / num_workloads
    manifests = []
    targets = []
    num_spoiled = rng.randint(1, max(1, num_workloads // 2))
    spoiled = set(rng.sample(range(num_workloads), num_spoiled))
    for row, name in enumerate(names):
        target = rng.randint(1, 4)
        most = min(_MOST_OF_A_NODE, share / target)
        cpu_milli = max(50, int(_NODE_CPU_MILLI * most * rng.uniform(0.3, 1)) // 50 * 50)
        memory_bytes = max(64, int(_NODE_MEMORY_BYTES / 2**20 * most * rng.uniform(0.3, 1))) * 2**20
        replicas = target
        if row in spoiled:
            cause = rng.choice(("cpu", "memory", "replicas"))
            if cause == "cpu":
                over = _NODE_CPU_MILLI - cpu_milli
                cpu_milli += CPU_STEP_MILLI * (over // CPU_STEP_MILLI + rng.randint(1, 3))
            elif cause == "memory":
                over = _NODE_MEMORY_BYTES - memory_bytes
                memory_bytes += MEMORY_STEP_BYTES * (over // MEMORY_STEP_BYTES + rng.randint(1, 3))
            else:
                replicas = rng.choice([n for n in range(1, 7) if n != target])
        cpu, memory = format_cpu_milli(cpu_milli), format_memory_bytes(memory_bytes)
        manifest = deployment(name, replicas, cpu, memory)
        spec: dict[str, Any] = manifest["spec"]
        spec["strategy"] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "100%"}}
        manifests.append(manifest)
        targets.append(target)
    name = f"cluster-{rng.randrange(16**8):08x}"
    trace = new_trace(manifests, source="generated trace")
    return ClusterScenario(
        name=name,
        cluster=Scenario(
            name=name,
            family="cluster",
            trace=trace,
            nodes=tuple(make_node(f"node-{row}", "16", "32Gi") for row in range(1, num_nodes + 1)),
            deploy=names[0],
            target=targets[0],
            duration_s=_SETTLE_S,
            seed=seed,
        ),
        members=tuple(
            Member(ref=WorkloadRef(_DEPLOYMENT, "default", name), target=target)
            for name, target in zip(names, targets, strict=True)
        ),
    )


def _names(rng: random.Random, number: int) -> list[str]:
    rounds = -(-number // len(_NAMES))
    pool = [name + ("" if lap == 0 else f"-{lap}") for lap in range(rounds) for name in _NAMES]
    return rng.sample(pool[: max(number, len(_NAMES))], number)


def _ref(manifest: Manifest) -> WorkloadRef:
    metadata = manifest["metadata"]
    return WorkloadRef(_DEPLOYMENT, metadata.get("namespace") or "default", metadata["name"])
