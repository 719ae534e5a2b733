"""Which ResourceQuotas would refuse a pod, in the API's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.pods.requests import pod_requests
from simarena.trace import (
    format_cpu_milli,
    format_memory_bytes,
    parse_cpu_milli,
    parse_memory_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

_RESOURCES: Final = {
    "cpu": ("requests", "cpu"),
    "requests.cpu": ("requests", "cpu"),
    "limits.cpu": ("limits", "cpu"),
    "memory": ("requests", "memory"),
    "requests.memory": ("requests", "memory"),
    "limits.memory": ("limits", "memory"),
}
"""What a quota limits, by the part of a container's resources that is added up for it."""

_COUNTS: Final = frozenset({"pods", "count/pods"})


_PARSERS: Final[Mapping[str, tuple[Callable[[object], int], Callable[[int], str]]]] = {
    "cpu": (parse_cpu_milli, format_cpu_milli),
    "memory": (parse_memory_bytes, format_memory_bytes),
    "count": (parse_memory_bytes, str),
}
"""How amounts of a resource are read and written; a number of objects is a plain quantity."""


def quota_refusals(pod: Fields, quotas: Iterable[Fields], *, defaulted: bool) -> list[str]:
    """Return why quotas would not let a pod be created; each that would is one text.

    Quotas with scopes are left out. `defaulted` says that a LimitRange may give the pod what it
    does not ask for, so that nothing can be said of what is missing.
    """
    told = []
    for quota in quotas:
        spec, status = quota.get("spec") or {}, quota.get("status") or {}
        if spec.get("scopes") or spec.get("scopeSelector"):
            continue
        hard = status.get("hard") or spec.get("hard") or {}
        name = quota["metadata"]["name"]
        missing = [] if defaulted else sorted(_missing(pod["spec"], hard))
        if missing:
            told.append(f"failed quota: {name}: must specify {'; '.join(missing)}")
            continue
        exceeded = sorted(_exceeded(pod["spec"], hard, status.get("used") or {}))
        if exceeded:
            parts = [
                f"{title}: {','.join(f'{each[0]}={each[at]}' for each in exceeded)}"
                for title, at in (("requested", 1), ("used", 2), ("limited", 3))
            ]
            told.append(f"exceeded quota: {name}, {', '.join(parts)}")
    return told


def _missing(spec: Fields, hard: Mapping[str, object]) -> Iterator[str]:
    """Yield what a quota limits and a container does not say, with the containers' names."""
    for limited in hard:
        if limited not in _RESOURCES:
            continue
        part, resource = _RESOURCES[limited]
        names = [
            str(container["name"])
            for container in spec["containers"]
            if resource not in _amounts(container, part)
        ]
        if names:
            yield f"{limited} for: {','.join(names)}"


def _exceeded(
    spec: Fields, hard: Mapping[str, object], used: Mapping[str, object]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what would be more than a quota allows: its name, what is asked, used and allowed."""
    for limited, most in hard.items():
        if limited in _COUNTS:
            asked, (parse, write) = 1, _PARSERS["count"]
        elif limited in _RESOURCES:
            part, resource = _RESOURCES[limited]
            summed = pod_requests(_with_requests(spec, part))
            asked = summed.cpu_milli if resource == "cpu" else summed.memory_bytes
            parse, write = _PARSERS[resource]
        else:
            continue
        taken = used.get(limited, "0")
        if asked and parse(taken) + asked > parse(most):
            yield limited, write(asked), str(taken), str(most)


def _with_requests(spec: Fields, part: str) -> Manifest:
    """Return a pod's spec whose containers request what is summed up: requests, or limits."""
    changed: Manifest = dict(spec)
    for key in ("initContainers", "containers"):
        changed[key] = [
            {**container, "resources": {"requests": _amounts(container, part)}}
            for container in spec.get(key) or ()
        ]
    return changed


def _amounts(container: Fields, part: str) -> dict[str, object]:
    """Return requests or limits of a container; what it limits and does not request is both."""
    resources = container.get("resources") or {}
    limits = dict(resources.get("limits") or {})
    return limits if part == "limits" else {**limits, **(resources.get("requests") or {})}
