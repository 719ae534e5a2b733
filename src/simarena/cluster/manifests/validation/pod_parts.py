"""Rules for the parts of a running pod that have paths of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.pods.qos import qos_class
from simarena.cluster.manifests.validation.causes import Causes
from simarena.cluster.manifests.validation.metadata import check_updated_metadata
from simarena.cluster.manifests.validation.pods import check_pod_spec
from simarena.cluster.manifests.validation.shown import differing, shown_ephemeral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

_FIELDS: Final = frozenset(
    {
        *("args", "command", "env", "envFrom", "image", "imagePullPolicy", "name"),
        *("securityContext", "stdin", "stdinOnce", "terminationMessagePath"),
        *("terminationMessagePolicy", "tty", "volumeDevices", "volumeMounts", "workingDir"),
        *("resources", "targetContainerName"),
    }
)
"""What an ephemeral container may have."""

_NOT_OF_EPHEMERAL: Final = "cannot be set for an Ephemeral Container"
_RESIZED: Final = ("cpu", "memory")
_ONLY_RESOURCES: Final = "only cpu and memory resources are mutable"
_GROUPS: Final = ("containers", "initContainers")


def part_causes(part: str) -> Callable[[Manifest, Manifest], Causes] | None:
    """Return what checks a change by way of a part of a pod, None if that is as any other."""
    return {"ephemeralcontainers": _ephemeral_causes, "resize": _resize_causes}.get(part)


def only_part(part: str, pod: Manifest, before: Manifest) -> Manifest:
    """Return a pod as it was, with what is changed by way of a part of it."""
    spec, former = pod.get("spec") or {}, dict(before["spec"])
    if part == "ephemeralcontainers":
        former.pop(_EPHEMERAL, None)
        if spec.get(_EPHEMERAL):
            former[_EPHEMERAL] = spec[_EPHEMERAL]
    else:
        for group in _GROUPS:
            if group in former:
                former[group] = _resized(former[group], spec.get(group) or ())
        if "resources" in spec:
            former["resources"] = spec["resources"]
    return {**before, "spec": former}


_EPHEMERAL: Final = "ephemeralContainers"


def _resized(containers: Iterable[Fields], wanted: Iterable[Fields]) -> list[Manifest]:
    named = {each.get("name"): each for each in wanted}
    result = []
    for each in containers:
        other = named.get(each.get("name"))
        new = dict(each)
        for name in ("resizePolicy", "resources") if other is not None else ():
            new.pop(name, None)
            if other is not None and name in other:
                new[name] = other[name]
        result.append(new)
    return result


def _ephemeral_causes(pod: Manifest, before: Manifest) -> Causes:
    causes = Causes()
    spec = pod["spec"]
    check_updated_metadata(pod["metadata"], causes)
    check_pod_spec(spec, "spec", causes, is_pod=True)
    containers = spec.get(_EPHEMERAL) or ()
    others = {each.get("name") for group in _GROUPS for each in spec.get(group) or ()}
    names = set(others)
    for index, each in enumerate(containers):
        _check_ephemeral(each, f"spec.{_EPHEMERAL}[{index}]", names, others, causes)
    named = {each.get("name"): each for each in containers}
    for each in before["spec"].get(_EPHEMERAL) or ():
        name = each.get("name") or ""
        if name not in named:
            detail = f'existing ephemeral containers "{name}" may not be removed\n'
            causes.forbidden(f"spec.{_EPHEMERAL}", detail)
        elif named[name] != each:
            told = differing(shown_ephemeral(each), shown_ephemeral(named[name]))
            detail = f'existing ephemeral containers "{name}" may not be changed\n{told}'
            causes.forbidden(f"spec.{_EPHEMERAL}", detail)
    return causes


def _check_ephemeral(
    container: Fields, at: str, names: set[Any], others: set[Any], causes: Causes
) -> None:
    name = container.get("name") or ""
    if name in names:
        causes.duplicate(f"{at}.name", name)
    names.add(name)
    target = container.get("targetContainerName") or ""
    if target and target not in others:
        causes.not_found(f"{at}.targetContainerName", target)
    for field, value in container.items():
        if field not in _FIELDS or (field == "resources" and value):
            causes.forbidden(f"{at}.{field}", _NOT_OF_EPHEMERAL)
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        for field in ("subPath", "subPathExpr"):
            if mount.get(field):
                causes.forbidden(f"{at}.volumeMounts[{index}].{field}", _NOT_OF_EPHEMERAL)


def _resize_causes(pod: Manifest, before: Manifest) -> Causes:
    causes = Causes()
    spec, former = pod["spec"], before["spec"]
    check_updated_metadata(pod["metadata"], causes)
    check_pod_spec(spec, "spec", causes, is_pod=True)
    if qos_class(spec) != qos_class(former):
        detail = "Pod QOS Class may not change as a result of resizing"
        causes.invalid("spec", (before.get("status") or {}).get("qosClass") or "", detail)
    for group in ("initContainers", "containers"):
        pairs = zip(spec.get(group) or (), former.get(group) or (), strict=False)
        for index, (each, other) in enumerate(pairs):
            _check_removed(each, other, f"spec.{group}[{index}].resources", causes)
    pairs = zip(spec["containers"], former["containers"], strict=False)
    if any(_without_amounts(each) != _without_amounts(other) for each, other in pairs):
        causes.forbidden("spec", _ONLY_RESOURCES)
    return causes


def _check_removed(container: Fields, before: Fields, at: str, causes: Causes) -> None:
    now, had = container.get("resources") or {}, before.get("resources") or {}
    for field in ("requests", "limits"):
        if not (now.get(field) or {}).keys() >= (had.get(field) or {}).keys():
            causes.forbidden(f"{at}.{field}", f"resource {field} cannot be removed")


def _without_amounts(container: Fields) -> Mapping[str, Any]:
    resources = {
        field: {name: each for name, each in amounts.items() if name not in _RESIZED}
        for field, amounts in (container.get("resources") or {}).items()
        if isinstance(amounts, dict)
    }
    kept = {field: amounts for field, amounts in resources.items() if amounts}
    return {**container, "resources": kept}
