"""What clients are warned of in objects that are sound, and yet may not be what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.names import dns_label
from simarena.errors import QuantityError
from simarena.trace.kinds import KINDS, POD_SPEC_FIELDS
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.cluster.manifests.fields import Fields

_LABEL: Final = "which can result in surprising behavior; a DNS label is recommended"
_OF_PODS: Final = f"metadata.name: this is used in Pod names and hostnames, {_LABEL}"
_OF_A_POD: Final = f"metadata.name: this is used in the Pod's hostname, {_LABEL}"
_NAMES: Final[Mapping[str, str]] = {
    "CronJob": _OF_PODS,
    "Deployment": _OF_PODS,
    "Job": _OF_PODS,
    "Pod": _OF_A_POD,
    "ReplicaSet": _OF_PODS,
    "ReplicationController": _OF_PODS,
}
"""What is said of names that are no DNS labels, by kind."""

_TEMPLATES: Final[Mapping[str, str]] = {
    kind.name: ".".join(POD_SPEC_FIELDS[kind.key][:-1])
    for kind in KINDS.values()
    if kind.key in POD_SPEC_FIELDS and kind.name != "Pod"
}
"""Where pods are described, by kind."""

_GONE: Final[Mapping[str, str]] = {
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
}
"""Volumes that do not work any more."""

_NO_SELECTOR: Final = "a null labelSelector results in matching no pod"
_GROUPS: Final = ("initContainers", "containers", "ephemeralContainers")
_MEASURED: Final = ("memory", "ephemeral-storage")


def warnings_of(manifest: Fields) -> Iterator[str]:
    """Yield what is said of an object that is created."""
    kind, name = manifest["kind"], manifest["metadata"].get("name") or ""
    if kind in _NAMES and (wrong := dns_label(name)):
        yield f"{_NAMES[kind]}: [{' '.join(wrong)}]"
    if kind == "Pod":
        yield from _of_spec(manifest["spec"], "spec")
    elif kind in _TEMPLATES:
        found: Any = manifest
        for step in _TEMPLATES[kind].split("."):
            found = (found or {}).get(step)
        if found:
            yield from _of_spec(found["spec"], f"{_TEMPLATES[kind]}.spec")


def _of_spec(spec: Fields, at: str) -> Iterator[str]:
    for index, each in enumerate(spec.get("topologySpreadConstraints") or ()):
        if each.get("labelSelector") is None:
            yield f"{at}.topologySpreadConstraints[{index}].labelSelector: {_NO_SELECTOR}"
    for index, volume in enumerate(spec.get("volumes") or ()):
        for name in _GONE.keys() & volume.keys():
            yield f"{at}.volumes[{index}].{name}: {_GONE[name]}"
    yield from _twice(spec.get("hostAliases"), "ip", f"{at}.hostAliases")
    yield from _twice(spec.get("imagePullSecrets"), "name", f"{at}.imagePullSecrets")
    yield from _fractions(spec.get("overhead"), f"{at}.overhead")
    containers = [
        (each, f"{at}.{group}[{index}]")
        for group in _GROUPS
        for index, each in enumerate(spec.get(group) or ())
    ]
    for container, here in containers:
        resources = container.get("resources") or {}
        for field in ("limits", "requests"):
            yield from _fractions(resources.get(field), f"{here}.resources.{field}")
        yield from _hidden(container.get("env") or (), f"{here}.env")
    yield from _of_ports(containers)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        what = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{at}.terminationGracePeriodSeconds: {what}"
    yield from _of_affinity(spec.get("affinity") or {}, f"{at}.affinity")


def _twice(items: Any, field: str, at: str) -> Iterator[str]:  # noqa: ANN401 - any field's
    seen = set()
    for index, each in enumerate(items or ()):
        value = each.get(field) or ""
        if value in seen:
            yield f'{at}[{index}].{field}: duplicate {field} "{value}"'
        seen.add(value)


def _fractions(amounts: Any, at: str) -> Iterator[str]:  # noqa: ANN401 - any field's
    for name in _MEASURED:
        text = (amounts or {}).get(name)
        try:
            is_whole = text is None or parse_quantity(text) == int(parse_quantity(text))
        except QuantityError:
            continue
        if not is_whole:
            yield f'{at}[{name}]: fractional byte value "{text}" is invalid, must be an integer'


def _hidden(env: Any, at: str) -> Iterator[str]:  # noqa: ANN401 - any field's
    """Yield which variables hide one of the same name, and do not build on it."""
    seen = set()
    for index, each in enumerate(env):
        name, value = each.get("name") or "", each.get("value") or ""
        own = f"$({name})"
        if name in seen and ("valueFrom" in each or value == own or own not in value):
            what = f'hides previous definition of "{name}", which may be dropped when using apply'
            yield f"{at}[{index}]: {what}"
        seen.add(name)


def _of_ports(containers: list[tuple[Fields, str]]) -> Iterator[str]:
    ports = [
        (port, f"{here}.ports[{index}]")
        for container, here in containers
        for index, port in enumerate(container.get("ports") or ())
    ]
    known: dict[tuple[Any, Any], list[tuple[Fields, str]]] = {}
    for port, here in ports:
        if port.get("hostIP") and not port.get("hostPort"):
            yield f"{here}: hostIP set without hostPort: {_shown(port)}"
        others = known.setdefault((port.get("containerPort"), port.get("protocol")), [])
        for other, there in others:
            what = _conflict(port, other)
            if what:
                yield f"{here}: {what} port definition with {there}"
        others.append((port, here))
    names: dict[str, str] = {}
    for port, here in ports:
        name = port.get("name")
        if name in names:
            what = "services and probes that select ports by name will use"
            yield f'{here}: duplicate port name "{name}" with {names[name]}, {what} {names[name]}'
        elif name:
            names[name] = here


def _conflict(port: Fields, other: Fields) -> str:
    """Return how two definitions of one port stand to each other, empty where they are apart."""
    mine, theirs = ((each.get("hostIP") or "", each.get("hostPort") or 0) for each in (port, other))
    if mine == theirs:
        return "duplicate"
    if not mine[1] or not theirs[1]:
        return "overlapping"
    one_open = bool(mine[0]) != bool(theirs[0])
    return "dangerously ambiguous" if mine[1] == theirs[1] and one_open else ""


def _shown(port: Fields) -> str:
    """Return a port as Go prints it."""
    names = ("name", "hostPort", "containerPort", "protocol", "hostIP")
    empty = {"hostPort": 0, "containerPort": 0}
    told = " ".join(
        f"{name[:1].upper()}{name[1:]}:{port.get(name) or empty.get(name, '')}" for name in names
    )
    return f"{{{told}}}"


def _of_affinity(affinity: Fields, at: str) -> Iterator[str]:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    for kind in ("podAffinity", "podAntiAffinity"):
        given = affinity.get(kind) or {}
        for index, each in enumerate(given.get(required) or ()):
            if each.get("labelSelector") is None:
                yield f"{at}.{kind}.{required}[{index}].labelSelector: {_NO_SELECTOR}"
        for index, each in enumerate(given.get(preferred) or ()):
            if (each.get("podAffinityTerm") or {}).get("labelSelector") is None:
                where = f"{at}.{kind}.{preferred}[{index}].podAffinityTerm.labelSelector"
                yield f"{where}: {_NO_SELECTOR}"
