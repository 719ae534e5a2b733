"""What the API checks of an object that takes the place of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.autoscalers import check_autoscaler
from simarena.cluster.manifests.validation.causes import Causes
from simarena.cluster.manifests.validation.containers import check_images
from simarena.cluster.manifests.validation.jobs import check_cronjob, check_job
from simarena.cluster.manifests.validation.metadata import check_updated_metadata
from simarena.cluster.manifests.validation.objects import creation_causes
from simarena.cluster.manifests.validation.pods import check_pod_spec
from simarena.cluster.manifests.validation.services import check_service
from simarena.cluster.manifests.validation.shown import (
    differing,
    shown_claim_spec,
    shown_pod_spec,
    shown_template,
)
from simarena.cluster.manifests.validation.workloads import (
    check_daemonset,
    check_deployment,
    check_replicaset,
    check_statefulset,
)
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    from simarena.cluster.manifests.fields import Fields, Manifest

IMMUTABLE: Final = "field is immutable"

_STATEFULSET_FIELDS: Final = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_STATEFULSET: Final = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)
_CHANGEABLE: Final = frozenset({"activeDeadlineSeconds", "schedulingGates", "tolerations"})
_ALLOCATED: Final = "allocated"
"""Stands for the address that the API gave a Service that asked for none."""
_CLAIM: Final = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
    "bound claims"
)
_KEPT: Final = "field is immutable when `immutable` is set"
_JOB_FIELDS: Final = (
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
)
_GENERATED: Final = frozenset(
    {
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "controller-uid",
        "job-name",
    }
)
_UPDATABLE: Final = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)
_SCHEDULING: Final = ("nodeSelector", "tolerations", "schedulingGates")


def update_causes(manifest: Manifest, before: Manifest) -> Causes:
    """Return what stands against an object taking the place of another one of its name.

    Both have their defaults filled in.
    """
    check = _CHECKS.get(manifest["kind"])
    if check is None:
        return creation_causes(manifest)
    causes = Causes()
    check_updated_metadata(manifest["metadata"], causes)
    check(manifest, before, causes)
    return causes


def _pod(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    spec, former = manifest["spec"], before["spec"]
    check_pod_spec(spec, "spec", causes, is_pod=True)
    for group in ("containers", "initContainers"):
        mine, theirs = spec.get(group) or (), former.get(group) or ()
        if len(mine) != len(theirs):
            causes.forbidden(f"spec.{group}", "pod updates may not add or remove containers")
            return
        check_images(mine, f"spec.{group}", causes)
    deadline_s, had_s = spec.get("activeDeadlineSeconds"), former.get("activeDeadlineSeconds")
    if had_s is not None and (deadline_s is None or deadline_s > had_s):
        detail = "must be less than or equal to previous value"
        if deadline_s is None:
            detail = "must not update from a positive integer to nil value"
        causes.invalid("spec.activeDeadlineSeconds", deadline_s, detail)
        if deadline_s is not None:
            return
    for index, each in enumerate(former.get("tolerations") or ()):
        if each not in (spec.get("tolerations") or ()):
            detail = "existing toleration can not be modified except its tolerationSeconds"
            causes.forbidden(f"spec.tolerations[{index}]", detail)
            break
    gates = former.get("schedulingGates") or ()
    for index, each in enumerate(spec.get("schedulingGates") or ()):
        if each not in gates:
            detail = (
                f"only deletion is allowed, but found new scheduling gate '{each.get('name', '')}'"
            )
            causes.forbidden(f"spec.schedulingGates[{index}]", detail)
    changed = sorted(
        name
        for name in {*spec, *former} - _CHANGEABLE
        if _without_images(name, spec.get(name)) != _without_images(name, former.get(name))
        and not (gates and name in {"nodeSelector", "affinity"})
    )
    if changed:
        named = "\n".join(f"  spec.{name}" for name in changed)
        causes.forbidden("spec", f"{_UPDATABLE}\n{named}")


def _without_images(name: str, value: Any) -> Any:  # noqa: ANN401 - any field's
    if name in {"containers", "initContainers"}:
        return [{**each, "image": ""} for each in value or ()]
    return value or None


def _deployment(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    check_deployment(manifest["spec"], causes)
    _check_same(manifest["spec"], before["spec"], "selector", causes)


def _replicaset(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    check_replicaset(manifest["spec"], causes)
    _check_same(manifest["spec"], before["spec"], "selector", causes)


def _daemonset(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    _check_same(manifest["spec"], before["spec"], "selector", causes)
    check_daemonset(manifest["spec"], causes)


def _statefulset(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    spec, former = manifest["spec"], before["spec"]
    check_statefulset(spec, causes, is_update=True)
    fixed = {*spec, *former} - {*_STATEFULSET_FIELDS}
    if any(spec.get(name) != former.get(name) for name in fixed):
        causes.forbidden("spec", _STATEFULSET)


def _job(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    spec, former = manifest["spec"], before["spec"]
    check_job(manifest, causes)
    if spec.get("completionMode") != "Indexed":
        _check_same(spec, former, "completions", causes)
    elif spec.get("completions") != former.get("completions"):
        if spec.get("completions") != spec.get("parallelism"):
            detail = "can only be modified in tandem with spec.parallelism"
            causes.invalid("spec.completions", spec.get("completions"), detail)
    if spec.get("manualSelector"):
        _check_same(spec, former, "selector", causes)
    _check_job_template(manifest, before, causes)
    for field in _JOB_FIELDS:
        _check_same(spec, former, field, causes)


def _check_job_template(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    """Check that a Job's template stays, but for what may change before it ever ran."""
    template, former = manifest["spec"]["template"], before["spec"]["template"]
    status = before.get("status") or {}
    suspended = before["spec"].get("suspend") and not status.get("active")
    if not suspended:
        if _own(template) != _own(former):
            shown = shown_template(template, manifest["metadata"].get("name") or "")
            causes.invalid("spec.template", shown, IMMUTABLE)
        return
    mine, theirs = _comparable(template), _comparable(former)
    if mine != theirs:
        causes.invalid("spec.template.spec", shown_pod_spec(template["spec"]), IMMUTABLE)


def _own(template: Fields) -> dict[str, Any]:
    """Return a Job's template without the labels that the API gives it."""
    metadata = dict(template.get("metadata") or {})
    labels = metadata.pop("labels", None) or {}
    own = {key: value for key, value in labels.items() if key not in _GENERATED}
    return {"labels": own, "metadata": metadata, "spec": template.get("spec")}


def _comparable(template: Fields) -> dict[str, Any]:
    """Return a pod spec without what may change while a Job is suspended."""
    spec = {name: each for name, each in template["spec"].items() if name not in _SCHEDULING}
    affinity = dict(spec.pop("affinity", None) or {})
    affinity.pop("nodeAffinity", None)
    for group in ("containers", "initContainers"):
        if group in spec:
            spec[group] = [{**each, "resources": {}} for each in spec[group]]
    return {**spec, "affinity": affinity}


def _cronjob(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    check_cronjob(manifest, causes, old_zone=before["spec"].get("timeZone"))


def _autoscaler(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    del before
    check_autoscaler(manifest["spec"], causes)


def _service(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    spec, former = manifest["spec"], before.get("spec") or {}
    address, had = spec.get("clusterIP"), former.get("clusterIP") or _ALLOCATED
    if had != _ALLOCATED and not address and spec.get("type") != "ExternalName":
        spec["clusterIP"] = address = had  # given again by the API
    outside = "ExternalName" in {spec.get("type"), former.get("type")}
    if address and address != had and not outside:
        causes.invalid("spec.clusterIPs[0]", [address], "may not change once set")
        return
    _check_balancer(spec, former, causes)
    check_service(spec, causes)


def _check_balancer(spec: Fields, former: Fields, causes: Causes) -> None:
    both = spec.get("type") == former.get("type") == "LoadBalancer"
    if both and spec.get("loadBalancerClass") != former.get("loadBalancerClass"):
        shown = spec.get("loadBalancerClass")
        causes.invalid("spec.loadBalancerClass", shown, "may not change once set")
    outside = both and spec.get("externalTrafficPolicy") == "Local"
    outside = outside and former.get("externalTrafficPolicy") == "Local"
    if outside and spec.get("healthCheckNodePort") != former.get("healthCheckNodePort"):
        causes.forbidden("spec.healthCheckNodePort", IMMUTABLE)


def _node(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    spec, former = manifest.get("spec") or {}, before.get("spec") or {}
    status = manifest.get("status") or {}
    known: list[object] = []
    for index, each in enumerate(status.get("addresses") or ()):
        if each in known:
            shown = {"Type": each.get("type", ""), "Address": each.get("address", "")}
            causes.duplicate(f"status.addresses[{index}]", shown)
        known.append(each)
    for field, name in (("podCIDRs", "podCIDR"), ("providerID", "providerID")):
        if former.get(field) and spec.get(field) != former[field]:
            detail = f'node updates may not change {name} except from "" to valid'
            causes.forbidden(f"spec.{field}", detail)
    causes.found.extend(creation_causes(manifest).found)


def _quota(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    causes.found.extend(creation_causes(manifest).found)
    spec, former = manifest.get("spec") or {}, before.get("spec") or {}
    if set(spec.get("scopes") or ()) != set(former.get("scopes") or ()):
        causes.invalid("spec.scopes", spec.get("scopes"), IMMUTABLE)


def _revision(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    causes.found.extend(creation_causes(manifest).found)
    _check_same(manifest, before, "data", causes, at="")


def _priority_class(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    if manifest.get("value") != before.get("value"):
        causes.forbidden("value", "may not be changed in an update.")
    _check_same(manifest, before, "preemptionPolicy", causes, at="")


def _configmap(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    if before.get("immutable"):
        if not manifest.get("immutable"):
            causes.forbidden("immutable", _KEPT)
        for field in ("data", "binaryData"):
            if (manifest.get(field) or {}) != (before.get(field) or {}):
                causes.forbidden(field, _KEPT)
    causes.found.extend(creation_causes(manifest).found)


def _secret(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    _check_same(manifest, before, "type", causes, at="")
    if before.get("immutable"):
        if not manifest.get("immutable"):
            causes.forbidden("immutable", _KEPT)
        if (manifest.get("data") or {}) != (before.get("data") or {}):
            causes.forbidden("data", _KEPT)
    causes.found.extend(creation_causes(manifest).found)


def _claim(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    causes.found.extend(creation_causes(manifest).found)
    spec, former = dict(manifest["spec"]), dict(before.get("spec") or {})
    if not former.get("volumeName") and "volumeName" in spec:
        former["volumeName"] = spec["volumeName"]
    size, had = _size(spec), _size(former)
    if (before.get("status") or {}).get("phase") == "Bound":
        requests = {**((spec.get("resources") or {}).get("requests") or {})}
        requests["storage"] = ((former.get("resources") or {}).get("requests") or {}).get("storage")
        spec["resources"] = {**(spec.get("resources") or {}), "requests": requests}
        for each in (spec, former):
            each.pop("volumeAttributesClassName", None)
    if spec != former:
        told = differing(shown_claim_spec(former), shown_claim_spec(spec))
        causes.forbidden("spec", f"{_CLAIM}\n{told}")
    held = ((before.get("status") or {}).get("capacity") or {}).get("storage") or "0"
    if size < had and size <= parse_quantity(held):
        detail = "field can not be less than status.capacity"
        causes.forbidden("spec.resources.requests.storage", detail)
    mode = manifest["spec"].get("volumeMode")
    if mode != former.get("volumeMode"):
        causes.invalid("volumeMode", mode, IMMUTABLE)


def _size(spec: Fields) -> int | Fraction:
    requests = (spec.get("resources") or {}).get("requests") or {}
    return parse_quantity(requests.get("storage") or "0")


def _storage_class(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    for field in ("parameters", "provisioner"):
        if manifest.get(field) != before.get(field):
            causes.forbidden(field, "updates to " + field + " are forbidden.")
    for field in ("reclaimPolicy", "volumeBindingMode"):
        _check_same(manifest, before, field, causes, at="")


def _role_binding(manifest: Manifest, before: Manifest, causes: Causes) -> None:
    if manifest.get("roleRef") != before.get("roleRef"):
        causes.invalid("roleRef", manifest.get("roleRef"), "cannot change roleRef")


def _check_same(
    now: Fields, before: Fields, field: str, causes: Causes, *, at: str = "spec."
) -> None:
    if now.get(field) != before.get(field):
        causes.invalid(f"{at}{field}", now.get(field), IMMUTABLE)


_CHECKS: Final[Mapping[str, Callable[[Manifest, Manifest, Causes], None]]] = {
    "ClusterRoleBinding": _role_binding,
    "ConfigMap": _configmap,
    "ControllerRevision": _revision,
    "CronJob": _cronjob,
    "DaemonSet": _daemonset,
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _autoscaler,
    "Job": _job,
    "Node": _node,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "PriorityClass": _priority_class,
    "ReplicaSet": _replicaset,
    "ResourceQuota": _quota,
    "RoleBinding": _role_binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _statefulset,
    "StorageClass": _storage_class,
}
"""What is checked of a kind whose fields may not all change."""
