"""Admission: what a cluster's other objects make of one that is to be created or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.admission import limit_ranges, quotas
from simarena.cluster.manifests.admission.pods import (
    as_stored,
    fill_runtime,
    priority_refusal,
)
from simarena.cluster.manifests.check import checked
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.kinds import SUPPORTED_KINDS, WORKLOAD_KINDS
from simarena.cluster.manifests.pods.taints import DEFAULT_SECONDS, NOT_READY, UNREACHABLE
from simarena.cluster.manifests.pods.template import read_template
from simarena.cluster.manifests.validation.causes import forbidden_object
from simarena.cluster.messages.naming import NUM_SUFFIXES, generated_name
from simarena.errors import ApiRefusalError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.fields import Fields, Manifest
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

_NOT_READY: Final = {"key": NOT_READY, "effect": "NoSchedule"}
"""Taint of a node that was just made (plugin TaintNodesByCondition), until its kubelet reports."""


class ClusterAdmission:
    """The admission plugins of a default API server, in front of one cluster."""

    def __init__(self, objects: Objects, *, merges: bool = True) -> None:
        """Look at these objects; applying `merges` into them what it says, replacing does not."""
        self._objects = objects
        self._merges = merges
        self._surroundings = objects.live.catalogue.surroundings

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
        spec = manifest["spec"]
        limit_ranges.default_amounts(manifest, self._in_namespace("LimitRange", manifest))
        if before is not None:
            _keep_given(spec, before["spec"])
            return
        self._refuse(manifest, self._account_refusal(manifest))
        self._refuse(manifest, priority_refusal(spec, self._surroundings.priority_classes))
        self._refuse(manifest, fill_runtime(spec, self._runtime(spec)))

    def check(self, manifest: Manifest, before: Manifest | None) -> None:
        """Refuse an object that is sound, and for which there is no room."""
        kind = manifest["kind"]
        if kind == "PriorityClass" and manifest.get("globalDefault"):
            for each in self._surroundings.priority_classes.values():
                if each.is_default and each.key.name != manifest["metadata"].get("name"):
                    why = (
                        f"PriorityClass {each.key.name} is already marked as default. "
                        "Only one default can exist"
                    )
                    self._refuse(manifest, why)
        if before is not None or not KINDS[kind].namespaced:
            return
        if kind == "Pod":
            bounds = self._in_namespace("LimitRange", manifest)
            self._refuse(manifest, limit_ranges.refusal(manifest, bounds))
        bounding = self._in_namespace("ResourceQuota", manifest)
        if bounding:
            namespace = manifest["metadata"]["namespace"]
            others = self._objects.list(kind, namespace)
            self._refuse(manifest, quotas.refusal(manifest, bounding, others))

    def limited(self, workload: Workload) -> Workload:
        """Return a workload whose pods get what LimitRanges and their RuntimeClass have for them.

        A class that there is not, or that contradicts the template, gives them nothing.
        """
        key, given = workload.key, workload.template.manifest
        bounds = list(of_namespace(self._objects, "LimitRange", key.namespace))
        runtime = self._runtime(given["spec"])
        if not bounds and runtime is None:
            return workload
        manifest = copied(given)
        limit_ranges.default_amounts(manifest, bounds)
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
        if namespace not in self._surroundings.namespaces:
            message = f'namespaces "{namespace}" not found'
            details = {"name": namespace, "kind": "namespaces"}
            raise ApiRefusalError(message, code=404, reason="NotFound", details=details)

    def _account_refusal(self, manifest: Manifest) -> str:
        """Return why a pod may not have its ServiceAccount; each namespace has one `default`."""
        name = manifest["spec"].get("serviceAccountName") or "default"
        namespace = manifest["metadata"]["namespace"]
        makes = self._objects.live.catalogue.config.makes_namespaces
        if makes or name == "default" or self._objects.has("ServiceAccount", namespace, name):
            return ""
        return (
            f'error looking up service account {namespace}/{name}: serviceaccount "{name}" '
            "not found"
        )

    def _runtime(self, spec: Fields) -> Fields | None:
        name = spec.get("runtimeClassName")
        if name is None:
            return None
        return self._objects.stored.get(self._objects.stored_key("RuntimeClass", "", name))

    def _in_namespace(self, kind: str, manifest: Manifest) -> list[Manifest]:
        return list(of_namespace(self._objects, kind, manifest["metadata"]["namespace"]))

    def _refuse(self, manifest: Manifest, why: str) -> None:
        if why:
            known = KINDS[manifest["kind"]]
            name = manifest["metadata"].get("name") or ""
            raise forbidden_object(known.plural, known.group, name, why)


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
        taints = result["spec"].get("taints") or []
        if _NOT_READY not in taints:
            result["spec"]["taints"] = [*taints, dict(_NOT_READY)]
    return result
