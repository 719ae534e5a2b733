"""LimitRanger: amounts that containers get where they say nothing, and bounds of all amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.resources import COMPUTE, total_of, written
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

    from simarena.cluster.manifests.fields import Fields, Manifest

ANNOTATION: Final = "kubernetes.io/limit-ranger"

_GROUPS: Final = (("containers", "container"), ("initContainers", "init container"))


def default_amounts(pod: Manifest, limit_ranges: Sequence[Fields]) -> None:
    """Give a pod's containers, in place, the amounts that LimitRanges have for them."""
    for limit_range in limit_ranges:
        limits: dict[str, str] = {}
        requests: dict[str, str] = {}
        for item in (limit_range.get("spec") or {}).get("limits") or ():
            if item.get("type") == "Container":
                limits |= item.get("default") or {}
                requests |= item.get("defaultRequest") or {}
        if not limits and not requests:
            continue
        told = [
            text
            for group, called in _GROUPS
            for container in pod["spec"].get(group) or ()
            for text in _complete(container, called, requests, limits)
        ]
        if told:
            annotations = dict(pod["metadata"].get("annotations") or {})
            annotations[ANNOTATION] = f"LimitRanger plugin set: {'; '.join(told)}"
            pod["metadata"]["annotations"] = annotations


def refusal(pod: Fields, limit_ranges: Sequence[Fields]) -> str:
    """Return why a pod's amounts are out of the bounds of LimitRanges, empty if none is."""
    for limit_range in limit_ranges:
        found = list(dict.fromkeys(_violations(pod["spec"], limit_range)))
        if found:
            return found[0] if len(found) == 1 else f"[{', '.join(found)}]"
    return ""


def _complete(
    container: Manifest, called: str, requests: Mapping[str, str], limits: Mapping[str, str]
) -> Iterator[str]:
    resources = container.setdefault("resources", {})
    for field, word, defaults in (("requests", "request", requests), ("limits", "limit", limits)):
        own = resources.get(field) or {}
        added = {name: value for name, value in defaults.items() if name not in own}
        if added:
            resources[field] = {**own, **added}
            yield f"{', '.join(sorted(added))} {word} for {called} {container.get('name', '')}"


def _violations(spec: Fields, limit_range: Fields) -> Iterator[str]:
    containers, first = spec.get("containers") or (), spec.get("initContainers") or ()
    for item in (limit_range.get("spec") or {}).get("limits") or ():
        if item.get("type") == "Container":
            for container in (*containers, *first):
                resources = container.get("resources") or {}
                asked, most = (
                    {name: (parse_quantity(text), text) for name, text in amounts.items()}
                    for amounts in (resources.get("requests") or {}, resources.get("limits") or {})
                )
                yield from _of_item(item, "Container", asked, most)
        elif item.get("type") == "Pod":
            yield from _of_item(item, "Pod", _of_pod(spec, "requests"), _of_pod(spec, "limits"))


def _of_pod(spec: Fields, group: str) -> dict[str, tuple[int | Fraction, str]]:
    containers, first = spec.get("containers") or (), spec.get("initContainers") or ()
    amounts = {
        name: (amount, written(amount, name))
        for name, amount in total_of(containers, first, group).items()
    }
    whole = (spec.get("resources") or {}).get(group) or {}
    return amounts | {
        name: (parse_quantity(text), text) for name, text in whole.items() if name in COMPUTE
    }


def _of_item(
    item: Fields,
    kind: str,
    asked: Mapping[str, tuple[Any, str]],
    most: Mapping[str, tuple[Any, str]],
) -> Iterator[str]:
    for name, text in (item.get("min") or {}).items():
        begin = f"minimum {name} usage per {kind} is {text}"
        least = parse_quantity(text)
        if name not in asked:
            yield f"{begin}.  No request is specified"
        elif asked[name][0] < least:
            yield f"{begin}, but request is {asked[name][1]}"
        elif name in most and most[name][0] < least:
            yield f"{begin}, but limit is {most[name][1]}"
    for name, text in (item.get("max") or {}).items():
        begin = f"maximum {name} usage per {kind} is {text}"
        highest = parse_quantity(text)
        if name not in most:
            yield f"{begin}.  No limit is specified"
        elif most[name][0] > highest:
            yield f"{begin}, but limit is {most[name][1]}"
        elif name in asked and asked[name][0] > highest:
            yield f"{begin}, but request is {asked[name][1]}"
    for name, text in (item.get("maxLimitRequestRatio") or {}).items():
        begin = f"{name} max limit to request ratio per {kind} is {text}"
        if name not in asked or not asked[name][0]:
            yield f"{begin}, but no request is specified or request is 0"
        elif name not in most or not most[name][0]:
            yield f"{begin}, but no limit is specified or limit is 0"
        elif most[name][0] > parse_quantity(text) * asked[name][0]:
            ratio = float(most[name][0]) / float(asked[name][0])
            yield f"{begin}, but provided ratio is {ratio:f}"
