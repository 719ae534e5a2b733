"""What pods and nodes use of CPU and memory, as `kubectl top` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Containers, Phase
from simarena.cluster.manifests.pods.requests import CPU, MEMORY
from simarena.cluster.manifests.pods.usage import (
    DEFAULT_CPU_MILLI,
    DEFAULT_MEMORY_BYTES,
    Usage,
    value_at,
)
from simarena.cluster.objects.identity import Identities
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from simarena.cluster.objects.pods.container_lives import PodRuns
    from simarena.cluster.rows.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class ContainerUsage:
    """What a container uses now."""

    name: str
    cpu_milli: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class UsageSample:
    """What a pod or a node uses now."""

    namespace: str
    """Empty for a node."""
    name: str
    cpu_milli: int
    memory_bytes: int
    containers: tuple[ContainerUsage, ...] = ()
    """Of a pod, those that run."""
    throttled_ms: int = 0
    """Of a pod: for how long, all containers and restarts together, CPU was kept from it."""


def template_usage(catalogue: Catalogue, template_row: int) -> Usage:
    """Return what each container of a template wants, by its age."""
    return catalogue.templates[template_row].template.usage


def cpu_limits(catalogue: Catalogue, template_row: int) -> list[int]:
    """Return the CPU limits in force in a template's containers, in millicores; 0: none."""
    return _limits(catalogue, template_row, CPU, "throttles", "first_cpu_limit_milli")


def memory_limits(catalogue: Catalogue, template_row: int) -> list[int]:
    """Return the memory limits in force in a template's containers, in bytes; 0: none."""
    return _limits(catalogue, template_row, MEMORY, "oom_kills", "first_memory_limit_bytes")


def _limits(
    catalogue: Catalogue, template_row: int, resource: str, switch: str, first: str
) -> list[int]:
    """Return limits by container; the first one's is read from the row, which may be edited."""
    containers = catalogue.templates[template_row].template.spec.containers
    if not catalogue.world.settings[0][switch]:
        return [0] * len(containers)
    limits = [container.resources.limits.get(resource, 0) for container in containers]
    return [max(0, int(catalogue.world.templates[template_row][first])), *limits[1:]]


def usage_samples(
    catalogue: Catalogue,
    runs: Callable[[], dict[int, PodRuns]],
    kind: str,
    namespace: str | None,
) -> tuple[UsageSample, ...]:
    """Return the usage of all pods, of one namespace or of every one, or of all nodes, by name.

    `runs` tells of all lives by the pod's number; it is only called where CPU may be throttled.
    Raises NotFoundError for another kind than Pod and Node.
    """
    if kind == "Node":
        samples = list(_node_samples(catalogue))
    elif kind == "Pod":
        lives = runs() if catalogue.world.settings[0]["throttles"] else {}
        samples = [
            sample
            for sample in _pod_samples(catalogue, lives)
            if namespace in {None, sample.namespace}
        ]
    else:
        message = f"there are no metrics of {kind}; ask for those of Pod or Node"
        raise NotFoundError(message)
    return tuple(sorted(samples, key=lambda sample: (sample.namespace, sample.name)))


def _pod_samples(catalogue: Catalogue, runs: dict[int, PodRuns]) -> Iterator[UsageSample]:
    """Yield the usage of each pod that runs."""
    names = Identities(catalogue)
    world = catalogue.world
    for row in range(int(world.state[0]["num_pods"])):
        pod = world.pods[row]
        if pod["present"] and pod["phase"] == Phase.RUNNING:
            containers = tuple(_containers(catalogue, pod))
            name = names.pod_of_row(pod)
            lives = runs.get(int(pod["uid"]))
            yield UsageSample(
                name.namespace,
                name.name,
                sum(container.cpu_milli for container in containers),
                sum(container.memory_bytes for container in containers),
                containers,
                0 if lives is None else _throttled_ms(catalogue, lives),
            )


def _node_samples(catalogue: Catalogue) -> Iterator[UsageSample]:
    """Yield the usage of each node: that of the pods on it."""
    world = catalogue.world
    for name, node_row in catalogue.node_rows.items():
        cpu_milli = memory_bytes = 0
        row = int(world.nodes[node_row]["first_pod"])
        while row != NONE:
            pod = world.pods[row]
            if pod["phase"] == Phase.RUNNING:
                for container in _containers(catalogue, pod):
                    cpu_milli += container.cpu_milli
                    memory_bytes += container.memory_bytes
            row = int(pod["next_on_node"])
        yield UsageSample("", name, cpu_milli, memory_bytes)


def container_ages(
    pod: np.void, num_containers: int, time_ms: int, *, special_ran: bool
) -> list[int]:
    """Return the age of each container of a pod at a time; NONE where it did not run.

    `special_ran` tells it of the container that ended before, or of all where none did alone.
    """
    ages = []
    for index in range(num_containers):
        if pod["container"] in {NONE, index}:
            ages.append(time_ms - int(pod["started_ms"]) if special_ran else NONE)
        else:
            ages.append(time_ms - int(pod["all_started_ms"]))
    return ages


def _containers(catalogue: Catalogue, pod: np.void) -> Iterator[ContainerUsage]:
    template_row = int(pod["template"])
    usage = template_usage(catalogue, template_row)
    limits = cpu_limits(catalogue, template_row)
    spec = catalogue.templates[template_row].template.spec
    now_ms = int(catalogue.world.state[0]["now_ms"])
    if catalogue.world.settings[0]["real_kubelet"]:
        runs = pod["containers"] == Containers.RUNNING
        ages = container_ages(pod, len(limits), now_ms, special_ran=runs)
    else:
        ages = [now_ms - int(pod["ready_ms"])] * len(limits)
    for container, age_ms, limit in zip(spec.containers, ages, limits, strict=True):
        if age_ms != NONE:
            wanted = value_at(usage.cpu, age_ms, DEFAULT_CPU_MILLI)
            yield ContainerUsage(
                container.name,
                min(wanted, limit) if limit and usage.cpu else wanted,
                value_at(usage.memory, age_ms, DEFAULT_MEMORY_BYTES),
            )
    if catalogue.world.settings[0]["real_kubelet"]:
        yield from _sidecars(catalogue, pod, usage, now_ms - int(pod["all_started_ms"]))


def _sidecars(
    catalogue: Catalogue, pod: np.void, usage: Usage, age_ms: int
) -> Iterator[ContainerUsage]:
    """Yield the usage of a pod's sidecars, which run whatever becomes of the other containers."""
    settings = catalogue.world.settings[0]
    all_run = pod["containers"] == Containers.RUNNING or pod["container"] != NONE
    for container in catalogue.templates[int(pod["template"])].template.spec.sidecars:
        limits = container.resources.limits
        wanted = value_at(usage.cpu, age_ms, DEFAULT_CPU_MILLI)
        limit = limits.get(CPU, 0) if settings["throttles"] and all_run else 0
        yield ContainerUsage(
            container.name,
            min(wanted, limit) if limit and usage.cpu else wanted,
            value_at(usage.memory, age_ms, DEFAULT_MEMORY_BYTES),
        )


def _throttled_ms(catalogue: Catalogue, lives: PodRuns) -> int:
    """Return for how long containers wanted more CPU than their limit."""
    schedule = template_usage(catalogue, lives.template).cpu
    now_ms = int(catalogue.world.state[0]["now_ms"])
    total_ms = 0
    for runs, limit in zip(lives.containers, cpu_limits(catalogue, lives.template), strict=True):
        for run in runs if limit else ():
            age_ms = (now_ms if run.ended_ms == NONE else run.ended_ms) - run.started_ms
            for index, step in enumerate(schedule):
                last = index + 1 == len(schedule)
                until_ms = age_ms if last else min(age_ms, schedule[index + 1].since_ms)
                if step.value > limit:
                    total_ms += max(0, until_ms - step.since_ms)
    return total_ms
