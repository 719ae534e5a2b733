"""Pods that come to a controller by their labels, and leave it: adoption, release, orphans.

A controller adopts what its selector matches and no controller owns, and releases what it owns and
its selector no longer matches (Kubernetes: `ClaimPods`, `ClaimReplicaSets`). In a real cluster it
does so when it next looks; here it does so at once, which is some milliseconds earlier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.cluster.codes import NONE, Operation, Phase, WorkloadKind
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.kinds import SIMULATED, WORKLOAD_KINDS
from simarena.cluster.manifests.owners import controller_of, is_controller
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.pods.spreading import TEMPLATE_HASH_LABEL
from simarena.cluster.manifests.selectors import LabelSelector, selects
from simarena.cluster.manifests.workloads.workload import Workload
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.pods.view import labels_of_row
from simarena.cluster.objects.workloads.batch import PREFIX
from simarena.cluster.objects.workloads.controllers import children
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.controller_labels import REVISION_HASH
from simarena.cluster.rows.pods import admit, put_bare_pod, read_pod_spec, write_pod_spec
from simarena.cluster.rows.template_relations import relation_writer
from simarena.cluster.rows.templates import put_template
from simarena.cluster.rows.workloads import put_workload_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.operations.names import Objects

_CLAIMING = frozenset(kind for kind in WORKLOAD_KINDS if not SIMULATED[kind].makes)
_UID_LABEL = f"{PREFIX}/controller-uid"
_ADDED = ("uid", "generation", "creationTimestamp", "generateName", "deletionTimestamp")
_ADDED_TO_PODS = (*_ADDED, "deletionGracePeriodSeconds")


class _Claimer(NamedTuple):
    """A controller of pods."""

    row: int
    kind: str
    name: str
    selector: LabelSelector | None

    def claims(self, name: str, labels: Mapping[str, str]) -> bool:
        """Return whether it takes a pod of a name and labels for its own."""
        if not selects(self.selector, labels):
            return False
        return self.kind != "StatefulSet" or _ordinal(self.name, name) is not None


def adopt_pods(objects: Objects, row: int) -> None:
    """Let the workload in a row, which was just applied, adopt the pods that it claims."""
    catalogue = objects.live.catalogue
    info = catalogue.workloads[row]
    if info.kind == "Deployment":
        _adopt_replicasets(objects, row)
        return
    if info.kind not in _CLAIMING or not catalogue.bare_rows:
        return
    claimer = _Claimer(row, info.kind, info.name, info.read.selector)
    names = Identities(catalogue)
    for pod_row in _orphans(objects, info.namespace):
        pod = catalogue.world.pods[pod_row]
        if claimer.claims(names.pod_of_row(pod).name, labels_of_row(catalogue, pod_row)):
            _adopt(objects, pod_row, claimer)


def adopt_pod(objects: Objects, namespace: str, name: str) -> None:
    """Let a controller adopt a pod that was just created or relabelled, if one claims it."""
    pod_row = objects.view.pod_row(namespace, name)
    if pod_row is None or not _is_orphan(objects, pod_row):
        return
    labels = labels_of_row(objects.live.catalogue, pod_row)
    for claimer in _claimers(objects, namespace, labels):
        if claimer.claims(name, labels):
            _adopt(objects, pod_row, claimer)
            return


def relabel_owned(objects: Objects, pod_row: int, wanted: Pod) -> bool:
    """Give a controller's pod other labels, which may end its ownership; say if that can be done.

    Pods whose controller tells by their template whether they are up to date only leave it.
    """
    catalogue = objects.live.catalogue
    claimer = _claimer_of(objects, pod_row, wanted.key.namespace)
    if claimer is None:
        return False
    stays = claimer.claims(wanted.key.name, wanted.template.labels)
    if stays and claimer.kind in {"StatefulSet", "DaemonSet"}:
        return False
    current = objects.get("Pod", wanted.key.name, wanted.key.namespace)
    current["metadata"]["labels"] = dict(wanted.template.labels)
    current["metadata"]["annotations"] = dict(wanted.template.annotations)
    bare_row = _give_manifest(objects, pod_row, current)
    if stays:
        catalogue.world.bare[bare_row]["pod"] = pod_row
        catalogue.world.pods[pod_row]["bare"] = bare_row
    else:
        objects.live.do(Operation.DISOWN_POD, pod_row, bare_row)
    return True


def release_unclaimed(objects: Objects, pod_row: int) -> None:
    """Let a pod that was adopted and then relabelled leave a controller that claims it no more."""
    catalogue = objects.live.catalogue
    pod = catalogue.world.pods[pod_row]
    if pod["owner"] == NONE:
        return
    namespace, name = Identities(catalogue).pod_of_row(pod)
    claimer = _claimer_of(objects, pod_row, namespace)
    if claimer is not None and not claimer.claims(name, labels_of_row(catalogue, pod_row)):
        objects.live.do(Operation.DISOWN_POD, pod_row, int(pod["bare"]))


def orphan_dependents(objects: Objects, row: int) -> None:
    """Let all that the workload in a row owns go on without it."""
    catalogue = objects.live.catalogue
    for child in children(catalogue, row):
        _orphan_workload(objects, row, child)
    pod_row = int(catalogue.world.workloads[row]["first_pod"])
    while pod_row != NONE:
        after = int(catalogue.world.pods[pod_row]["next_of_owner"])
        if catalogue.world.pods[pod_row]["present"]:
            objects.live.do(Operation.DISOWN_POD, pod_row, _bare_row(objects, pod_row))
        pod_row = after


# who claims what


def _claimers(
    objects: Objects, namespace: str, labels: Mapping[str, str] | None = None
) -> Iterator[_Claimer]:
    """Yield the controllers of pods in a namespace; of Deployments their ReplicaSets.

    Some of those that do not mean `labels` are left out, so that few are made of many.
    """
    catalogue = objects.live.catalogue
    names = Identities(catalogue)
    has_uid = labels is None or _UID_LABEL in labels
    for row, info in catalogue.workloads.items():
        if info.namespace != namespace or not catalogue.world.workloads[row]["present"]:
            continue
        selector, kind = info.read.selector, info.kind
        if selector is not None and labels is not None and not selector.matches(labels):
            continue
        if kind == "Job" and (selector is not None or has_uid):
            yield _Claimer(row, "Job", info.name, selector or _selector_of_job(names, row))
        elif kind == "CronJob" and has_uid:
            for child in children(catalogue, row):
                yield _Claimer(child, "Job", "", _selector_of_job(names, child))
        elif kind in _CLAIMING:
            yield _Claimer(row, kind, info.name, selector)
        elif kind == "Deployment" and selector is not None:
            for child in children(catalogue, row):
                template = int(catalogue.world.workloads[child]["template"])
                own = selector.with_label(TEMPLATE_HASH_LABEL, names.template_hash(template))
                yield _Claimer(child, "ReplicaSet", names.replicaset(row, template).name, own)


def _selector_of_job(names: Identities, row: int) -> LabelSelector:
    """Return the selector that the API gives a Job."""
    return LabelSelector({_UID_LABEL: names.workload_uid(row)})


def _claimer_of(objects: Objects, pod_row: int, namespace: str) -> _Claimer | None:
    """Return the controller that owns a pod, None if it is of a kind that claims none."""
    owner = int(objects.live.catalogue.world.pods[pod_row]["owner"])
    return next((each for each in _claimers(objects, namespace) if each.row == owner), None)


def _is_orphan(objects: Objects, pod_row: int) -> bool:
    """Return whether a pod may be adopted: it lives, and no controller is said to own it."""
    catalogue = objects.live.catalogue
    pod = catalogue.world.pods[pod_row]
    if pod["owner"] != NONE or pod["deleting"] or pod["phase"] >= Phase.SUCCEEDED:
        return False
    return not catalogue.bare[int(pod["bare"])].read.controllers


def _orphans(objects: Objects, namespace: str) -> list[int]:
    world = objects.live.catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
    rows: list[int] = np.flatnonzero((pods["present"] == 1) & (pods["owner"] == NONE)).tolist()
    bare = objects.live.catalogue.bare
    return [
        row
        for row in rows
        if bare[int(pods[row]["bare"])].namespace == namespace and _is_orphan(objects, row)
    ]


def _ordinal(statefulset: str, pod: str) -> int | None:
    """Return the ordinal in a pod's name, None if it is not that of a StatefulSet's pod."""
    parent, _, number = pod.rpartition("-")
    return int(number) if parent == statefulset and number.isdecimal() else None


def _adopt(objects: Objects, pod_row: int, claimer: _Claimer) -> None:
    catalogue = objects.live.catalogue
    pod = catalogue.world.pods[pod_row]
    if claimer.kind == "DaemonSet":
        if pod["node"] == NONE:
            return  # nobody knows which node it is for
        pod["ordinal"] = pod["node"]
    if claimer.kind in {"StatefulSet", "DaemonSet"}:
        _recognise(objects, pod_row, claimer.row)
    if claimer.kind == "StatefulSet":
        name = Identities(catalogue).pod_of_row(pod).name
        catalogue.world.bare[int(pod["bare"])]["pod"] = NONE
        pod["bare"], pod["ordinal"] = NONE, _ordinal(claimer.name, name)
    objects.live.do(Operation.ADOPT_POD, pod_row, claimer.row)


def _recognise(objects: Objects, pod_row: int, row: int) -> None:
    """Let a pod that says so in its labels be one of a workload's newest revision."""
    catalogue = objects.live.catalogue
    template = int(catalogue.world.workloads[row]["template"])
    said = labels_of_row(catalogue, pod_row).get(REVISION_HASH)
    if said == Identities(catalogue).template_hash(template):
        catalogue.world.pods[pod_row]["template"] = template
        _recount(objects)


# what becomes of what nobody owns any more


def _bare_row(objects: Objects, pod_row: int) -> int:
    """Return the row of bare pods that names an owned pod, with its manifest."""
    pod = objects.live.catalogue.world.pods[pod_row]
    if pod["bare"] != NONE:
        return int(pod["bare"])
    return _give_manifest(objects, pod_row, objects.view.pod(pod_row))


def _give_manifest(objects: Objects, pod_row: int, manifest: Manifest) -> int:
    """Give an owned pod a manifest of its own; return the row of bare pods that holds it."""
    catalogue = objects.live.catalogue
    pod = admit(catalogue, read_as(_plain(manifest, _ADDED_TO_PODS), Pod))
    record = catalogue.world.pods[pod_row]
    run_ms = NONE
    if record["spec"] != NONE:
        run_ms = int(catalogue.world.specs[int(record["spec"])]["run_ms"])
    reading = read_pod_spec(catalogue, pod, run_ms=run_ms)
    row = put_bare_pod(catalogue, pod)
    catalogue.bare[row].applied(pod)
    spec = write_pod_spec(catalogue, reading)
    record = catalogue.world.pods[pod_row]
    record["spec"] = spec
    record["template"] = catalogue.world.specs[spec]["template"]
    _recount(objects)
    return row


def _orphan_workload(objects: Objects, owner: int, row: int) -> None:
    """Let a ReplicaSet of a Deployment, or a Job of a CronJob, be one that somebody applied."""
    catalogue = objects.live.catalogue
    names = Identities(catalogue)
    template = int(catalogue.world.workloads[row]["template"])
    namespace, name = names.controller(owner, template, names.minute(row))
    kind = names.controller_kind(owner)
    manifest = objects.get(kind, name, namespace)
    workload = read_as(_plain(manifest, _ADDED), Workload)
    objects.live.do(Operation.DISOWN_WORKLOAD, row)
    catalogue = objects.live.catalogue
    catalogue.workload_rows[kind, namespace, name] = row
    catalogue.workloads[row] = ObjectInfo(workload)
    catalogue.workloads[row].applied(workload)
    spec = put_workload_spec(catalogue, workload)
    objects.live.do(Operation.APPLY_WORKLOAD, row, spec)
    _dress_pods(objects, row, int(catalogue.world.workloads[row]["template"]))


def _adopt_replicasets(objects: Objects, row: int) -> None:
    """Let a Deployment adopt the ReplicaSets that it would have made itself."""
    catalogue = objects.live.catalogue
    info = catalogue.workloads[row]
    selector = info.read.selector
    workloads = catalogue.world.workloads[: int(catalogue.world.state[0]["num_workloads"])]
    alone = (workloads["present"] == 1) & (workloads["owner"] == NONE)
    for child in np.flatnonzero(alone & (workloads["kind"] == WorkloadKind.REPLICASET)).tolist():
        found = catalogue.workloads[child]
        metadata = found.manifest["metadata"]
        owned = controller_of(found.manifest) is not None
        matches = selects(selector, metadata.get("labels") or {})
        if found.namespace == info.namespace and matches and not owned:
            _adopt_replicaset(objects, row, child)


def _adopt_replicaset(objects: Objects, deployment: int, row: int) -> None:
    catalogue = objects.live.catalogue
    info, owner = catalogue.workloads[row], catalogue.workloads[deployment]
    plain = info.read.template.without_label(TEMPLATE_HASH_LABEL)
    template = put_template(
        catalogue, plain, owner.namespace, owner.read.owner, owner.read.selector
    )
    if Identities(catalogue).replicaset(deployment, template).name != info.name:
        return  # its name would not follow from its template
    catalogue.rollouts.setdefault(template, owner.manifest)
    del catalogue.workload_rows[info.kind, info.namespace, info.name]
    del catalogue.workloads[row]
    catalogue.world.workloads[row]["template"] = template
    objects.live.do(Operation.ADOPT_REPLICASET, row, deployment)
    _dress_pods(objects, row, template)


def _dress_pods(objects: Objects, row: int, template: int) -> None:
    """Let the pods that a workload made itself be of a template that says the same."""
    world = objects.live.catalogue.world
    pod_row = int(world.workloads[row]["first_pod"])
    while pod_row != NONE:
        if world.pods[pod_row]["bare"] == NONE:
            world.pods[pod_row]["template"] = template
        pod_row = int(world.pods[pod_row]["next_of_owner"])
    _recount(objects)


def _recount(objects: Objects) -> None:
    catalogue = objects.live.catalogue
    writer = relation_writer(catalogue)
    writer.recount()
    catalogue.world = writer.world


def _plain(manifest: Fields, added: tuple[str, ...]) -> Manifest:
    """Return what somebody would have applied to get an object, without a controller."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in added}
    references = [each for each in metadata.pop("ownerReferences", ()) if not is_controller(each)]
    if references:
        metadata["ownerReferences"] = references
    plain = {key: value for key, value in manifest.items() if key != "status"}
    return {**plain, "metadata": metadata}
