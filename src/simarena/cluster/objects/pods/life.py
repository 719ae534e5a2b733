"""How the containers of a pod's row fare, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Containers, Exit, Failure, Phase
from simarena.cluster.manifests.pods.requests import MEMORY
from simarena.cluster.manifests.pods.usage import DEFAULT_MEMORY_BYTES, value_at
from simarena.cluster.messages.kubelet import (
    Consumer,
    eviction_text,
    pod_reference,
    refusal_text,
    refused_status_text,
)
from simarena.cluster.objects.metrics import container_ages, template_usage
from simarena.cluster.objects.pods.container_status import ContainerLife

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from simarena.cluster.objects.identity import Name
    from simarena.cluster.rows.catalogue import Catalogue


def container_life(
    catalogue: Catalogue, pod: np.void, name: Name, uid: str
) -> ContainerLife | None:
    """Return how a bound pod's containers fare; None where kubelets do as KWOK does."""
    if not catalogue.world.settings[0]["real_kubelet"] or pod["node"] == NONE:
        return None
    template_row = int(pod["template"])
    failure = Failure(int(pod["failure"]))
    text = ""
    if failure == Failure.EVICTED:
        number = int(catalogue.world.templates[template_row]["num_containers"])
        ages = container_ages(
            pod, number, int(pod["finished_ms"]), special_ran=pod["exit"] == Exit.KILLED
        )
        text = evicted_text(catalogue, template_row, int(pod["figure"]), ages)
    elif failure != Failure.NONE:
        refusal = refused_text(catalogue, template_row, int(pod["node"]), failure, pod["figure"])
        text = refusal if failure == Failure.PRESSURE else refused_status_text(refusal)
    return ContainerLife(
        state=Containers(int(pod["containers"])),
        special=int(pod["container"]),
        exit=Exit(int(pod["exit"])),
        exit_code=0 if pod["phase"] == Phase.SUCCEEDED else _exit_code(catalogue, template_row),
        started_ms=int(pod["started_ms"]),
        last_started_ms=int(pod["last_started_ms"]),
        all_started_ms=int(pod["all_started_ms"]),
        ended_ms=int(pod["finished_ms"]),
        backoff_ms=int(pod["backoff_ms"]),
        failure=failure,
        failure_text=text,
        reference=pod_reference(name.name, name.namespace, uid),
    )


def evicted_text(
    catalogue: Catalogue, template_row: int, available_bytes: int, ages: Sequence[int]
) -> str:
    """Return why a pod was evicted whose containers had these ages; NONE: it did not run."""
    usage = template_usage(catalogue, template_row).memory
    containers = catalogue.templates[template_row].template.spec.containers
    consumers = [
        Consumer(
            container.name,
            value_at(usage, age_ms, DEFAULT_MEMORY_BYTES),
            container.resources.requests.get(MEMORY, 0),
        )
        for container, age_ms in zip(containers, ages, strict=True)
        if age_ms != NONE
    ]
    threshold = int(catalogue.world.settings[0]["eviction_memory_bytes"])
    return eviction_text(available_bytes, threshold, consumers)


def refused_text(
    catalogue: Catalogue, template_row: int, node_row: int, failure: Failure, used: int
) -> str:
    """Return why a node's kubelet refused a pod, as the event says it."""
    template = catalogue.world.templates[template_row]
    node = catalogue.world.nodes[node_row]
    requested, capacity = {
        Failure.OUT_OF_CPU: (template["cpu_milli"], node["cpu_milli"]),
        Failure.OUT_OF_MEMORY: (template["memory_bytes"], node["memory_bytes"]),
        Failure.OUT_OF_STORAGE: (template["ephemeral_bytes"], node["ephemeral_bytes"]),
    }.get(failure, (1, node["max_pods"]))
    return refusal_text(failure, int(requested), int(used), int(capacity))


def _exit_code(catalogue: Catalogue, template_row: int) -> int:
    return int(catalogue.world.templates[template_row]["exit_code"])
