"""ResourceQuotas: what counts for one, and whether there is room for one more object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.pods.qos import qos_class
from simarena.cluster.manifests.validation.resources import (
    COMPUTE,
    is_huge,
    is_native,
    total_of,
    written,
)
from simarena.trace.kinds import KINDS
from simarena.trace.quantity import parse_quantity, written_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from fractions import Fraction

    from simarena.cluster.manifests.fields import Fields, Manifest

_MEASURED: Final = ("cpu", "memory", "ephemeral-storage")
_REQUIRED: Final = frozenset(
    {
        "cpu",
        "memory",
        "requests.cpu",
        "requests.memory",
        "limits.cpu",
        "limits.memory",
    }
)
_ENDED: Final = frozenset({"Succeeded", "Failed"})
_SHORT_COUNTS: Final[Mapping[str, str]] = {
    "Service": "services",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "ReplicationController": "replicationcontrollers",
    "ResourceQuota": "resourcequotas",
}


def usage(manifest: Fields) -> dict[str, int | Fraction]:
    """Return what an object counts for, by the names that quotas have for it."""
    kind = manifest["kind"]
    known = KINDS[kind]
    counted: dict[str, int | Fraction] = {f"count/{known.resource}": 1}
    if kind in _SHORT_COUNTS:
        counted[_SHORT_COUNTS[kind]] = 1
    if kind == "Pod":
        counted |= _pod_usage(manifest)
    elif kind == "Service":
        counted |= _service_usage(manifest.get("spec") or {})
    elif kind == "PersistentVolumeClaim":
        asked = ((manifest.get("spec") or {}).get("resources") or {}).get("requests") or {}
        if "storage" in asked:
            counted["requests.storage"] = parse_quantity(asked["storage"])
    return counted


class Charge(NamedTuple):
    """What one object counts for in what one quota bounds."""

    quota: str
    resource: str
    amount: int | Fraction
    hard: str
    """The bound, as the quota has it."""


def refusal(manifest: Fields, quotas: Iterable[Fields], others: Iterable[Fields]) -> str:
    """Return why there is no room for an object among `others` of its kind, empty if there is.

    `quotas` and `others` are those of its namespace.
    """
    quotas, others = list(quotas), list(others)
    missing = unspecified(manifest, quotas)
    if missing:
        return missing
    for quota in quotas:
        asked = charges(manifest, [quota])
        used = used_of(quota, others) if asked else {}
        exceeded = [
            (each, used[each.resource])
            for each in asked
            if used[each.resource] + each.amount > parse_quantity(each.hard)
        ]
        if exceeded:
            return exceeded_text(exceeded)
    return ""


def charges(manifest: Fields, quotas: Iterable[Fields]) -> list[Charge]:
    """Return what an object counts for, by quota and the name of what is bounded."""
    own = usage(manifest)
    found = []
    for quota in quotas:
        hard = (quota.get("spec") or {}).get("hard") or {}
        counted = sorted(resource for resource in own if resource in hard and own[resource])
        if counted and matches(quota, manifest):
            name = quota["metadata"]["name"]
            found += [Charge(name, each, own[each], hard[each]) for each in counted]
    return found


def unspecified(manifest: Fields, quotas: Iterable[Fields]) -> str:
    """Return that a pod does not say what quotas must know of it, empty if it does, or is none."""
    if manifest["kind"] != "Pod":
        return ""
    for quota in quotas:
        hard = (quota.get("spec") or {}).get("hard") or {}
        missing = _missing(manifest, hard) if _of_pods(hard) and matches(quota, manifest) else ""
        if missing:
            return _failed(quota["metadata"]["name"], missing)
    return ""


def exceeded_text(exceeded: Iterable[tuple[Charge, int | Fraction]]) -> str:
    """Return which quota has no room, for what of it is exceeded and how much of that was used."""
    told = list(exceeded)
    asked = ",".join(f"{each.resource}={_written(each.amount, each.hard)}" for each, _ in told)
    before = ",".join(f"{each.resource}={_written(used, each.hard)}" for each, used in told)
    most = ",".join(f"{each.resource}={each.hard}" for each, _ in told)
    return _exceeded(told[0][0].quota, asked, before, most)


def _failed(quota: str, missing: str) -> str:
    return f"failed quota: {quota}: must specify {missing}"


def _exceeded(quota: str, requested: str, used: str, limited: str) -> str:
    return f"exceeded quota: {quota}, requested: {requested}, used: {used}, limited: {limited}"


def charged(
    manifest: Fields, quotas: Iterable[Fields], before: Fields | None = None
) -> tuple[str, list[Manifest]]:
    """Return why there is no room for an object, or "", and the quotas with it counted.

    Other than `refusal` this goes by what the quotas' statuses say, as the API does: quotas of
    which nobody has written a status yet bound nothing. `before` is the object that is changed.
    """
    result = []
    own = usage(manifest)
    for quota in quotas:
        status = quota.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        bounded = _bounded(manifest, hard, own)
        if not bounded or not matches(quota, manifest):
            continue
        name = quota["metadata"]["name"]
        missing = _missing(manifest, hard) if manifest["kind"] == "Pod" else ""
        if missing:
            return _failed(name, missing), []
        if not used.keys() >= set(bounded):
            told = ",".join(sorted(bounded))
            return f"status unknown for quota: {name}, resources: {told}", []
        held = usage(before) if before is not None and matches(quota, before) else {}
        more = {each: own[each] - held.get(each, 0) for each in bounded if each in own}
        more = {each: amount for each, amount in more.items() if amount > 0}
        exceeded = sorted(
            each
            for each, amount in more.items()
            if parse_quantity(used[each]) + amount > parse_quantity(hard[each])
        )
        if exceeded:
            asked = ",".join(f"{each}={_of_resource(more[each], each)}" for each in exceeded)
            had = ",".join(f"{each}={used[each]}" for each in exceeded)
            most = ",".join(f"{each}={hard[each]}" for each in exceeded)
            return _exceeded(name, asked, had, most), []
        if more:
            counted = {**used}
            for each, amount in more.items():
                total = parse_quantity(used[each]) + amount
                like = used[each] if parse_quantity(used[each]) else _of_resource(amount, each)
                counted[each] = written_quantity(total, like)
            result.append({**quota, "status": {**status, "used": counted}})
    return "", result


def _bounded(manifest: Fields, hard: Fields, own: Mapping[str, object]) -> list[str]:
    """Return which resources that a quota bounds are of an object's kind."""
    match manifest["kind"]:
        case "Pod":
            return [each for each in hard if each in own or _is_of_pods(each)]
        case "Service":
            return [each for each in hard if each in own or each.startswith("services.")]
    return [each for each in hard if each in own]


def _is_of_pods(name: str) -> bool:
    short = name.removeprefix("requests.").removeprefix("limits.")
    is_extended = short != name and not is_native(short)
    return name == "pods" or short in _MEASURED or is_huge(short) or is_extended


def _of_resource(amount: int | Fraction, resource: str) -> str:
    return written(amount, resource.rpartition(".")[2])


def used_of(quota: Fields, objects: Iterable[Fields]) -> dict[str, int | Fraction]:
    """Return how much of what a quota bounds is used by objects of its namespace."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    used: dict[str, int | Fraction] = dict.fromkeys(hard, 0)
    for each in objects:
        if matches(quota, each):
            for resource, amount in usage(each).items():
                if resource in used:
                    used[resource] += amount
    return used


def with_status(quota: Fields, objects: Iterable[Fields]) -> dict[str, object]:
    """Return a quota with the status that the quota controller gives it."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    used = used_of(quota, objects)
    told = {resource: _written(used[resource], hard[resource]) for resource in hard}
    return {**quota, "status": {"hard": dict(hard), "used": told}}


def matches(quota: Fields, manifest: Fields) -> bool:
    """Return whether an object is one of those that a quota is about."""
    spec = quota.get("spec") or {}
    selector = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    asked = [(scope, "Exists", ()) for scope in spec.get("scopes") or ()]
    asked += [
        (each.get("scopeName") or "", each.get("operator") or "", tuple(each.get("values") or ()))
        for each in selector
    ]
    if asked and manifest["kind"] != "Pod":
        return False
    return all(_in_scope(manifest, *each) for each in asked)


def _in_scope(pod: Fields, scope: str, operator: str, values: tuple[str, ...]) -> bool:
    spec = pod["spec"]
    match scope:
        case "Terminating" | "NotTerminating":
            return ("activeDeadlineSeconds" in spec) == (scope == "Terminating")
        case "BestEffort" | "NotBestEffort":
            return (qos_class(spec) == "BestEffort") == (scope == "BestEffort")
        case "PriorityClass":
            name = spec.get("priorityClassName") or ""
            if operator == "Exists":
                return bool(name)
            if operator == "DoesNotExist":
                return not name
            return (name in values) == (operator == "In")
        case "CrossNamespacePodAffinity":
            return _crosses_namespaces(spec.get("affinity") or {})
    return False


def _crosses_namespaces(affinity: Fields) -> bool:
    for kind in ("podAffinity", "podAntiAffinity"):
        given = affinity.get(kind) or {}
        terms = list(given.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        terms += [
            each.get("podAffinityTerm") or {}
            for each in given.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        ]
        if any(term.get("namespaces") or "namespaceSelector" in term for term in terms):
            return True
    return False


def _of_pods(hard: Fields) -> bool:
    """Return whether a quota bounds what pods ask for, and not only how many objects there are."""
    return any(
        name == "pods" or name.removeprefix("requests.").removeprefix("limits.") in _MEASURED
        for name in hard
    )


def _missing(pod: Fields, hard: Fields) -> str:
    """Return which amounts a pod's containers must give for a quota, and do not."""
    if pod["spec"].get("resources"):
        return ""
    needed = sorted(_REQUIRED & hard.keys())
    lacking: dict[str, list[str]] = {}
    for group in ("containers", "initContainers"):
        for container in pod["spec"].get(group) or ():
            resources = container.get("resources") or {}
            for name in needed:
                field = "limits" if name.startswith("limits.") else "requests"
                if name.rpartition(".")[2] not in (resources.get(field) or {}):
                    lacking.setdefault(name, []).append(container.get("name") or "")
    return "; ".join(
        f"{name} for: {','.join(sorted(set(names)))}" for name, names in sorted(lacking.items())
    )


def _pod_usage(pod: Fields) -> dict[str, int | Fraction]:
    if (pod.get("status") or {}).get("phase") in _ENDED:
        return {}
    spec = pod["spec"]
    containers, first = spec.get("containers") or (), spec.get("initContainers") or ()
    counted: dict[str, int | Fraction] = {"pods": 1}
    for group in ("requests", "limits"):
        total = total_of(containers, first, group)
        whole = (spec.get("resources") or {}).get(group) or {}
        total |= {name: parse_quantity(text) for name, text in whole.items() if name in COMPUTE}
        for name, text in (spec.get("overhead") or {}).items():
            if group == "requests" or name in total:
                total[name] = total.get(name, 0) + parse_quantity(text)
        for name, amount in total.items():
            if group == "limits":
                if name in _MEASURED:
                    counted[f"limits.{name}"] = amount
            elif name in _MEASURED or is_huge(name):
                counted[name] = counted[f"requests.{name}"] = amount
            elif not is_native(name):
                counted[f"requests.{name}"] = amount
    return counted


def _service_usage(spec: Fields) -> dict[str, int | Fraction]:
    counted: dict[str, int | Fraction] = {}
    ports = len(spec.get("ports") or ())
    if spec.get("type") == "NodePort":
        counted["services.nodeports"] = ports
    elif spec.get("type") == "LoadBalancer":
        counted["services.loadbalancers"] = 1
        if spec.get("allocateLoadBalancerNodePorts", True):
            counted["services.nodeports"] = ports
    return counted


def _written(amount: int | Fraction, like: str) -> str:
    return written_quantity(amount, like)
