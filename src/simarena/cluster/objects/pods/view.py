"""Pods in names, made from rows when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from simarena.cluster.codes import NONE, Disruption, MetricKind, Phase, WorkloadKind
from simarena.cluster.messages.naming import pod_name
from simarena.cluster.objects.explanation import diagnosis_of
from simarena.cluster.objects.identity import Identities, Name
from simarena.cluster.objects.pods.life import container_life
from simarena.cluster.objects.pods.manifest import PodMold, PodStatus, pod_manifest, pod_mold
from simarena.cluster.objects.workloads.controllers import controlled_template
from simarena.cluster.objects.workloads.replicasets import labelled_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.workloads.autoscaler import Metric
    from simarena.cluster.rows.catalogue import Catalogue


def pod_rows(catalogue: Catalogue) -> list[int]:
    """Return the rows of the pods that are there."""
    world = catalogue.world
    used = world.pods[: int(world.state[0]["num_pods"])]
    return [int(row) for row in np.flatnonzero(used["present"])]


def pod_row(catalogue: Catalogue, namespace: str, name: str) -> int | None:
    """Return the row of a pod, None if there is none."""
    bare = catalogue.bare_rows.get((namespace, name))
    if bare is not None:
        row = int(catalogue.world.bare[bare]["pod"])
        if row != NONE:
            return row
    names = Identities(catalogue)
    for row in pod_rows(catalogue):
        pod = catalogue.world.pods[row]
        if names.pod_of_row(pod) == (namespace, name):
            return row
    return None


class _Siblings(NamedTuple):
    """What pods of one ReplicaSet have in common."""

    controller: Name
    owner: Manifest | None
    mold: PodMold


Siblings: TypeAlias = dict[tuple[int, int], "_Siblings | None"]
"""By row of the ReplicaSet and of the template; None where pods have less in common."""


def pod_of_row(catalogue: Catalogue, row: int, siblings: Siblings | None = None) -> Manifest:
    """Return the pod in a row of the World.

    `siblings` is kept between calls while nothing changes: pods of one ReplicaSet then cost less.
    """
    names = Identities(catalogue)
    world = catalogue.world
    pod = world.pods[row]
    template_row = int(pod["template"])
    shared = None if siblings is None else _siblings(catalogue, pod, siblings)
    number = int(pod["uid"])
    if shared is None:
        name, owner = names.pod_of_row(pod), names.pod_owner(pod)
        mold = _mold(catalogue, pod, template_row)
    else:
        controller, owner, mold = shared
        name = Name(controller.namespace, pod_name(controller.name, names.seed, number))
    node_row = int(pod["node"])
    nominated = int(pod["nominated_node"])
    uid = names.pod_uid(number)
    failed = pod["num_attempts"] > 0 and node_row == NONE
    status = PodStatus(
        phase=Phase(int(pod["phase"])),
        ready=bool(pod["ready"]),
        created_ms=int(pod["created_ms"]),
        bound_ms=int(pod["bound_ms"]),
        ready_ms=int(pod["ready_ms"]),
        finished_ms=int(pod["finished_ms"]),
        deleted_ms=int(pod["deleted_ms"]),
        node_name="" if node_row == NONE else catalogue.node_names[node_row],
        node_row=node_row,
        nominated_node=catalogue.node_names[nominated] if nominated != NONE else "",
        disruption=Disruption(int(pod["disrupted"])),
        number=number,
        num_restarts=int(pod["num_restarts"]),
        message=_diagnosis(catalogue, row) if failed else "",
        attempted_ms=int(pod["created_ms"]) if failed else NONE,
        life=container_life(catalogue, pod, name, uid),
    )
    return pod_manifest(
        mold,
        name=name.name,
        namespace=name.namespace,
        uid=uid,
        status=status,
        owner=owner,
        is_generated=int(pod["bare"]) == NONE,
    )


def _siblings(catalogue: Catalogue, pod: np.void, siblings: Siblings) -> _Siblings | None:
    """Return what a pod has in common with others of its ReplicaSet; None if not enough."""
    owner, template_row = int(pod["owner"]), int(pod["template"])
    is_adopted = pod["bare"] != NONE
    if owner == NONE or is_adopted or int(pod["uid"]) in catalogue.annotations:
        return None
    key = owner, template_row
    if key not in siblings:
        siblings[key] = None
        if catalogue.world.workloads[owner]["kind"] == WorkloadKind.REPLICASET:
            names = Identities(catalogue)
            controller = names.replicaset(names.applied_owner(owner), template_row)
            mold = _mold(catalogue, pod, template_row)
            siblings[key] = _Siblings(controller, names.pod_owner(pod), mold)
    return siblings[key]


def _mold(catalogue: Catalogue, pod: np.void, template_row: int) -> PodMold:
    """Return what a pod has in common with others, of its template if not all is its own."""
    tolerant = catalogue.config.default_tolerations
    owner = int(pod["owner"])
    alike = owner == NONE or catalogue.world.workloads[owner]["kind"] == WorkloadKind.REPLICASET
    if not alike or int(pod["uid"]) in catalogue.annotations:
        template = _template(catalogue, pod, template_row)
        return pod_mold(template, default_tolerations=tolerant)
    molds = catalogue.templates[template_row].molds
    labelled = pod["bare"] == NONE and catalogue.world.workloads[owner]["owner"] != NONE
    label = Identities(catalogue).template_hash(template_row) if labelled else ""
    mold = molds.get(label)
    if not isinstance(mold, PodMold):
        template = _template(catalogue, pod, template_row)
        mold = molds[label] = pod_mold(template, default_tolerations=tolerant)
    return mold


def labels_of_row(catalogue: Catalogue, row: int) -> Mapping[str, str]:
    """Return the labels of a pod, also those that its controller gave it."""
    pod = catalogue.world.pods[row]
    return _template(catalogue, pod, int(pod["template"]))["metadata"].get("labels") or {}


def _template(catalogue: Catalogue, pod: np.void, template_row: int) -> Fields:
    template: Fields = catalogue.templates[template_row].pod
    owner = int(pod["owner"])
    if owner == NONE or pod["bare"] != NONE:
        return template
    kind = WorkloadKind(int(catalogue.world.workloads[owner]["kind"]))
    if kind != WorkloadKind.REPLICASET:
        template = controlled_template(catalogue, pod, template)
    elif catalogue.world.workloads[owner]["owner"] != NONE:
        pod_template_hash = Identities(catalogue).template_hash(template_row)
        template = labelled_template(template, pod_template_hash)
    annotations = catalogue.annotations.get(int(pod["uid"]))
    if annotations is None:
        return template
    return {**template, "metadata": {**template["metadata"], "annotations": annotations}}


def _diagnosis(catalogue: Catalogue, pod_row: int) -> str:
    world = catalogue.world
    counts = world.diagnoses[pod_row].tolist()
    return diagnosis_of(catalogue, int(world.pods[pod_row]["template"]), counts)


def pod_without_request(catalogue: Catalogue, autoscaler: int) -> tuple[str, str]:
    """Return a container and a pod that lack the request that an autoscaler's metric needs."""
    hpa = catalogue.world.autoscalers[autoscaler]
    names = Identities(catalogue)
    for metric, template in enumerate(hpa["metric_template"].tolist()):
        if template == NONE:
            continue
        asked = catalogue.autoscalers[autoscaler].read.metrics[metric]
        lacking = _containers_without(catalogue, template, asked)
        for row in pod_rows(catalogue):
            pod = catalogue.world.pods[row]
            if pod["template"] == template:
                return next(filter(None, lacking), ""), names.pod_of_row(pod).name
    return "", ""


def _containers_without(catalogue: Catalogue, template: int, metric: Metric) -> tuple[str, ...]:
    """Return the containers of a template that lack the request for a metric, else ""."""
    if catalogue.world.templates[template]["requests_whole"]:
        return ()
    if metric.kind == MetricKind.CONTAINER_RESOURCE:
        return (metric.name,)
    return catalogue.templates[template].template.spec.containers_without(metric.resource)
