"""Admission: what a cluster's other objects make of one that is to be created or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.admission import quotas
from simarena.cluster.manifests.admission.accounts import DEFAULT
from simarena.cluster.manifests.admission.limit_ranges import default_amounts
from simarena.cluster.manifests.admission.plugins import (
    check_bounds,
    check_default_class,
    check_priority,
    complete_amounts,
    complete_runtime,
    find_account,
    refused,
    taint_new_node,
)
from simarena.cluster.manifests.admission.pods import as_stored, fill_runtime
from simarena.cluster.manifests.check import checked
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.kinds import SUPPORTED_KINDS, WORKLOAD_KINDS
from simarena.cluster.manifests.pods.taints import DEFAULT_SECONDS, NOT_READY, UNREACHABLE
from simarena.cluster.manifests.pods.template import read_template
from simarena.cluster.messages.naming import NUM_SUFFIXES, generated_name
from simarena.errors import ApiRefusalError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.priorities import PriorityClass
    from simarena.cluster.manifests.workloads.workload import Workload
    from simarena.cluster.operations.names import Objects

_SYSTEM_NAMESPACES: Final = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
_GIVEN: Final = (
    "enableServiceLinks",
    "nodeName",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "serviceAccount",
    "serviceAccountName",
)
"""Fields of a pod that the API server fills in, or the scheduler."""

_DEFAULT_TOLERATIONS: Final = [
    {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": DEFAULT_SECONDS}
    for key in (NOT_READY, UNREACHABLE)
]


class HeldByCluster:
    """The objects of a simulated cluster, for plugins that look at them."""

    def __init__(self, objects: Objects) -> None:
        """Look at these objects."""
        self._objects = objects

    def account(self, namespace: str, name: str) -> Fields | None:
        """Return a ServiceAccount, None if there is none; each namespace has one `default`."""
        stored = self._objects.stored
        found = stored.get(self._objects.stored_key("ServiceAccount", namespace, name))
        makes = self._objects.live.catalogue.config.makes_namespaces
        if found is None and (makes or name == DEFAULT):
            return {"metadata": {"name": name, "namespace": namespace}}
        return found

    def runtime_class(self, name: str) -> Fields | None:
        """Return a RuntimeClass, None if there is none of that name."""
        return self._objects.stored.get(self._objects.stored_key("RuntimeClass", "", name))

    def inside(self, kind: str, namespace: str) -> Sequence[Fields]:
        """Return the objects of a kind that is only kept, in a namespace, by name."""
        return list(of_namespace(self._objects, kind, namespace))

    @property
    def priority_classes(self) -> Mapping[str, PriorityClass]:
        """PriorityClasses by name."""
        return self._objects.live.catalogue.surroundings.priority_classes


class ClusterAdmission:
    """The admission plugins of a default API server, in front of one cluster."""

    def __init__(self, objects: Objects, *, merges: bool = True) -> None:
        """Look at these objects; applying `merges` into them what it says, replacing does not."""
        self._objects = objects
        self._merges = merges
        self._held = HeldByCluster(objects)

    def existing(self, manifest: Manifest) -> Manifest | None:
        """Return the object of that name as it was applied last, None if there is none."""
        kind, metadata = manifest["kind"], manifest["metadata"]
        name, namespace = metadata.get("name"), metadata.get("namespace") or ""
        if not name:
            return None
        if kind in WORKLOAD_KINDS:
            catalogue = self._objects.live.catalogue
            row = catalogue.workload_rows.get((kind, namespace, name))
            if row is None or not catalogue.world.workloads[row]["present"]:
                return None
            return catalogue.workloads[row].read.manifest
        if kind in SUPPORTED_KINDS:
            return self._objects.view.get(kind, namespace, name)
        return self._objects.stored.get(self._objects.stored_key(kind, namespace, name))

    def admit(self, manifest: Manifest, before: Manifest | None) -> None:
        """Change an object, in place, as plugins do before it is checked."""
        if before is None:
            self._check_namespace(manifest)
        elif manifest["kind"] == "Deployment" and self._merges:
            self._keep_rolling(manifest, before)
        elif manifest["kind"] == "Job" and self._merges and "completions" in before["spec"]:
            manifest["spec"].setdefault("completions", before["spec"]["completions"])
        metadata = manifest["metadata"]
        if metadata.get("generateName") and not metadata.get("name"):
            metadata["name"] = self._generated(manifest)
        if manifest["kind"] != "Pod":
            return
        complete_amounts(manifest, self._held)
        if before is not None:
            _keep_given(manifest["spec"], before["spec"])
            return
        find_account(manifest, self._held)
        check_priority(manifest, self._held)
        complete_runtime(manifest, self._held)

    def check(self, manifest: Manifest, before: Manifest | None) -> None:
        """Refuse an object that is sound, and for which there is no room."""
        kind = manifest["kind"]
        if kind == "PriorityClass":
            check_default_class(manifest, self._held)
        if before is not None or not KINDS[kind].namespaced:
            return
        if kind == "Pod":
            check_bounds(manifest, self._held)
        namespace = manifest["metadata"]["namespace"]
        bounding = self._held.inside("ResourceQuota", namespace)
        if bounding:
            others = self._objects.list(kind, namespace)
            why = quotas.refusal(manifest, bounding, others)
            if why:
                raise refused(manifest, why)

    def limited(self, workload: Workload) -> Workload:
        """Return a workload whose pods get what LimitRanges and their RuntimeClass have for them.

        A class that there is not, or that contradicts the template, gives them nothing.
        """
        key, given = workload.key, workload.template.manifest
        bounds = list(of_namespace(self._objects, "LimitRange", key.namespace))
        named = given["spec"].get("runtimeClassName")
        runtime = None if named is None else self._held.runtime_class(named)
        if not bounds and runtime is None:
            return workload
        manifest = copied(given)
        default_amounts(manifest, bounds)
        spec = dict(manifest["spec"])
        if runtime is not None and not fill_runtime(spec, runtime):
            manifest["spec"] = spec
        if manifest == given:
            return workload
        where = f"{key}: template of its pods, completed by admission"
        return workload.with_template(read_template(manifest, where, where))

    def _keep_rolling(self, manifest: Manifest, before: Fields) -> None:
        """Leave alone, in place, what the API had filled into a Deployment's rolling update.

        Applying takes away only what it had given itself: so the API refuses to switch to Recreate.
        """
        strategy = manifest["spec"]["strategy"]
        rolling = before["spec"]["strategy"].get("rollingUpdate")
        if strategy["type"] != "Recreate" or "rollingUpdate" in strategy or not rolling:
            return
        catalogue = self._objects.live.catalogue
        metadata = manifest["metadata"]
        row = catalogue.workload_rows["Deployment", metadata["namespace"], metadata["name"]]
        given = catalogue.workloads[row].given_rolling
        kept = {field: each for field, each in rolling.items() if field not in given}
        if kept:
            strategy["rollingUpdate"] = kept

    def _generated(self, manifest: Manifest) -> str:
        """Return a name that begins as asked, and is not given yet."""
        state = self._objects.live.catalogue.world.state[0]
        seed, first = int(state["uid_seed"]), int(state["next_uid"])
        kind, metadata = manifest["kind"], manifest["metadata"]
        prefix, namespace = metadata["generateName"], metadata.get("namespace") or ""
        for number in range(first, first + NUM_SUFFIXES):
            name = generated_name(prefix, seed, number)
            if not self._objects.has(kind, namespace, name):
                break
        return name

    def _check_namespace(self, manifest: Manifest) -> None:
        """Refuse what is to go into a namespace that nobody made, if they have to be made."""
        catalogue = self._objects.live.catalogue
        namespace = manifest["metadata"].get("namespace")
        if catalogue.config.makes_namespaces or not namespace or namespace in _SYSTEM_NAMESPACES:
            return
        if namespace not in catalogue.surroundings.namespaces:
            message = f'namespaces "{namespace}" not found'
            details = {"name": namespace, "kind": "namespaces"}
            raise ApiRefusalError(message, code=404, reason="NotFound", details=details)


def _keep_given(spec: Manifest, before: Fields) -> None:
    """Give a pod's spec, in place, what the server had given it, as applying leaves that alone."""
    for name in _GIVEN:
        if name in before:
            spec.setdefault(name, before[name])
    tolerations = spec.get("tolerations") or []
    kept = [
        each
        for each in before.get("tolerations") or ()
        if each not in tolerations and each in _DEFAULT_TOLERATIONS
    ]
    if kept:
        spec["tolerations"] = [*tolerations, *kept]


def of_namespace(objects: Objects, kind: str, namespace: str) -> Iterator[Manifest]:
    """Yield the objects of a kind that is only kept, in a namespace, by name."""
    keys = [key for key in objects.stored if key.kind == kind and key.namespace == namespace]
    for key in sorted(keys):
        yield objects.stored[key]


def admitted(objects: Objects, manifest: Fields, unknown: list[str] | None = None) -> Manifest:
    """Return an object as the API would store it, without storing it; see `check.read`."""
    admission = ClusterAdmission(objects)
    result = checked(manifest, unknown=unknown, admission=admission)
    if result["kind"] == "Pod":
        as_stored(result["spec"], objects.live.catalogue.surroundings.priority_classes)
    if result["kind"] == "Node" and admission.existing(result) is None:
        taint_new_node(result)
    return result
