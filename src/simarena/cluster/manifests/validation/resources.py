"""Rules for amounts of resources: of containers, whole pods, quotas and nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.names import label_key
from simarena.trace.quantity import parse_quantity, written_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from fractions import Fraction

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

COMPUTE: Final = frozenset({"cpu", "memory"})
"""Of which huge pages need one beside them, and which make a pod's class of service."""

_OF_CONTAINERS: Final = COMPUTE | {"ephemeral-storage"}
_COUNTED: Final = frozenset(
    {
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
_OF_QUOTAS: Final = (
    frozenset({*_OF_CONTAINERS, *_COUNTED})
    | {f"requests.{each}" for each in (*_OF_CONTAINERS, "storage")}
    | {f"limits.{each}" for each in _OF_CONTAINERS}
)
_STANDARD: Final = _OF_QUOTAS | {"storage"}
_HUGE: Final = "hugepages-"
_NEGATIVE: Final = "must be greater than or equal to 0"


def is_huge(name: str) -> bool:
    """Return whether a resource is huge pages of a size."""
    return name.startswith(_HUGE)


def may_be_overcommitted(name: str) -> bool:
    """Return whether a container may use more of a resource than it requests."""
    return is_native(name) and not is_huge(name)


def is_native(name: str) -> bool:
    """Return whether a resource is Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Return whether a resource is one that nodes are told to have."""
    if is_native(name) or name.startswith("requests."):
        return False
    return not label_key(f"requests.{name}")


def check_container_amounts(resources: Fields, at: str, causes: Causes) -> None:
    """Check requests and limits of a container."""
    check_amounts(resources, at, causes, check_container_resource)


def check_container_resource(name: str, at: str, causes: Causes) -> None:
    """Check the name of a resource that a container asks for."""
    before = len(causes.found)
    check_resource(name, at, causes)
    if "/" not in name:
        if name not in _OF_CONTAINERS and not is_huge(name):
            causes.invalid(at, name, "must be a standard resource for containers")
    elif not is_native(name) and not is_extended(name):
        causes.invalid(at, name, "doesn't follow extended resource name standard")
    del before


def check_pod_resource(name: str, at: str, causes: Causes) -> None:
    """Check the name of a resource that a whole pod asks for."""
    before = len(causes.found)
    check_resource(name, at, causes)
    if len(causes.found) == before and name not in COMPUTE and not is_huge(name):
        causes.unsupported(at, name, ("cpu", "hugepages-", "memory"))


def check_quota_resource(name: str, at: str, causes: Causes) -> None:
    """Check the name of a resource that a quota is about."""
    check_resource(name, at, causes)
    if "/" not in name and name not in _OF_QUOTAS and not is_huge(name.removeprefix("requests.")):
        causes.invalid(at, name, "must be a standard resource for quota")


def check_resource(name: str, at: str, causes: Causes) -> None:
    """Check the name of any resource."""
    wrong = label_key(name)
    causes.invalid_each(at, name, wrong)
    if not wrong and "/" not in name and name not in _STANDARD:
        if not is_huge(name.removeprefix("requests.")):
            causes.invalid(at, name, "must be a standard resource type or fully qualified")


def check_amount(name: str, value: str, at: str, causes: Causes) -> None:
    """Check an amount of a resource."""
    amount = parse_quantity(value)
    if amount < 0:
        causes.invalid(at, value, _NEGATIVE)
    if amount != int(amount) and (name in _COUNTED or is_extended(name)):
        causes.invalid(at, value, "must be an integer")


def check_amounts(
    resources: Fields,
    at: str,
    causes: Causes,
    check_name: Callable[[str, str, Causes], None],
) -> None:
    """Check requests and limits against each other, names by `check_name`."""
    limits: Mapping[str, str] = resources.get("limits") or {}
    requests: Mapping[str, str] = resources.get("requests") or {}
    for group, amounts in (("limits", limits), ("requests", requests)):
        for name, value in amounts.items():
            if name not in _OF_CONTAINERS or value[0] == "-":
                here = f"{at}.{group}[{name}]"
                check_name(name, here, causes)
                check_amount(name, value, here, causes)
            if group == "requests":
                _check_request(name, value, limits, at, causes)
            if is_huge(name) and not _is_divisible(name, value):
                here = f"{at}.{group}[{name}]"
                causes.invalid(here, value, f"{value} is not positive integer multiple of {name}")
    named = limits.keys() | requests.keys()
    if any(map(is_huge, named)) and not named & COMPUTE:
        causes.forbidden(at, "HugePages require cpu or memory")


def total_of(
    containers: Iterable[Fields], init_containers: Iterable[Fields], group: str
) -> dict[str, int | Fraction]:
    """Return what containers ask for together, of their requests or their limits."""
    total: dict[str, int | Fraction] = {}
    for each in containers:
        _add(total, _amounts(each, group))
    sidecars: dict[str, int | Fraction] = {}
    peak: dict[str, int | Fraction] = {}
    for each in init_containers:
        own = _amounts(each, group)
        if each.get("restartPolicy") == "Always":
            _add(total, own)
            _add(sidecars, own)
            own = dict(sidecars)
        else:
            _add(own, sidecars)
        _raise(peak, own)
    _raise(total, peak)
    return total


def written(amount: int | Fraction, name: str) -> str:
    """Return an amount of a resource as messages have it."""
    binary = name != "cpu" and amount == int(amount) and int(amount) % 1_024 == 0
    return written_quantity(amount, "1Ki" if binary else "")


def _check_request(
    name: str, value: str, limits: Mapping[str, str], at: str, causes: Causes
) -> None:
    limit = limits.get(name)
    overcommits = may_be_overcommitted(name)
    if limit is None:
        if not overcommits:
            causes.required(f"{at}.limits", "Limit must be set for non overcommitable resources")
        return
    if value == limit:
        return
    asked, most = parse_quantity(value), parse_quantity(limit)
    if asked != most and not overcommits:
        causes.invalid(f"{at}.requests", value, f"must be equal to {name} limit of {limit}")
    elif asked > most:
        detail = f"must be less than or equal to {name} limit of {limit}"
        causes.invalid(f"{at}.requests", value, detail)


def _is_divisible(name: str, value: str) -> bool:
    try:
        size = parse_quantity(name.removeprefix(_HUGE))
    except ValueError:
        return False
    return size > 0 and parse_quantity(value) % size == 0


def _amounts(container: Fields, group: str) -> dict[str, int | Fraction]:
    given = (container.get("resources") or {}).get(group) or {}
    return {name: parse_quantity(value) for name, value in given.items()}


def _add(total: dict[str, int | Fraction], more: Mapping[str, int | Fraction]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise(total: dict[str, int | Fraction], least: Mapping[str, int | Fraction]) -> None:
    for name, amount in least.items():
        if name not in total or amount > total[name]:
            total[name] = amount
