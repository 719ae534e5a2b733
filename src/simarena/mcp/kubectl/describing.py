"""Objects in the layout of `kubectl describe`, without the lines that say nothing."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.printing.ages import read_time
from simarena.mcp.answers.escaping import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields

_HIDDEN: Final = ("kwok.x-k8s.io/", "simarena.io/", "kubectl.kubernetes.io/last-applied")
"""Annotations by which a simulator is told what happens: no cluster would know that beforehand."""


class Lines(str):
    """A text of several lines, each of which can be printed."""

    __slots__ = ()


def heading(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return lines of names and values, the values one below the other.

    A value takes one line, if it is no Lines.
    """
    known = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in known), default=0) + 3
    lines = []
    for name, value in known:
        first, *rest = value.split("\n") if isinstance(value, Lines) else [escaped(value)]
        lines.append(f"{name + ':':{width}}{first}")
        lines.extend(" " * width + line for line in rest)
    return lines


def visible(annotations: Mapping[str, str] | None) -> dict[str, str]:
    """Return the annotations that a client may see."""
    return {
        name: value for name, value in (annotations or {}).items() if not name.startswith(_HIDDEN)
    }


def hidden(annotations: Mapping[str, str] | None) -> dict[str, str]:
    """Return the annotations that a client may not see."""
    return {name: value for name, value in (annotations or {}).items() if name.startswith(_HIDDEN)}


def pairs(values: Mapping[str, Any] | None, sign: str = "=") -> Lines:
    """Return labels or annotations, one a line."""
    return Lines(
        "\n".join(escaped(f"{name}{sign}{value}") for name, value in sorted((values or {}).items()))
    )


def time_text(text: object) -> str:
    """Return a time of the API as `describe` writes it."""
    found = read_time(text)
    return "" if found is None else format_datetime(found)


def selector_text(selector: Fields | None) -> str:
    """Return a LabelSelector in kubectl's syntax."""
    selector = selector or {}
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for each in selector.get("matchExpressions") or ():
        key, operator = each["key"], each["operator"]
        values = ",".join(each.get("values") or ())
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }.get(operator, key)
        )
    return ",".join(parts)


def pod_template(template: Fields) -> Iterator[str]:
    """Yield the lines about a pod template."""
    yield "Pod Template:"
    metadata = template.get("metadata") or {}
    for name, values in (
        ("Labels", metadata.get("labels")),
        ("Annotations", visible(metadata.get("annotations"))),
    ):
        if values:
            yield f"  {name}: {', '.join(pairs(values).splitlines())}"
    for line in pod_spec(template.get("spec") or {}):
        yield f"  {line}"


def pod_spec(spec: Fields, statuses: Sequence[Fields] = ()) -> Iterator[str]:
    """Yield the lines about containers and about where the pod may run."""
    return map(escaped, _pod_spec(spec, statuses))


def _pod_spec(spec: Fields, statuses: Sequence[Fields]) -> Iterator[str]:
    by_name = {status["name"]: status for status in statuses}
    for title, key in (("Init Containers", "initContainers"), ("Containers", "containers")):
        containers = spec.get(key) or ()
        if containers:
            yield f"{title}:"
        for container in containers:
            yield f"  {container['name']}:"
            for line in _container(container, by_name.get(container["name"])):
                yield f"    {line}"
    if spec.get("priorityClassName"):
        yield f"Priority Class Name: {spec['priorityClassName']}"
    if spec.get("nodeSelector"):
        yield f"Node-Selectors: {', '.join(pairs(spec['nodeSelector']).splitlines())}"
    if spec.get("affinity"):
        yield f"Affinity: {', '.join(_affinity(spec['affinity']))}"
    for constraint in spec.get("topologySpreadConstraints") or ():
        yield (
            f"Topology Spread: {constraint['topologyKey']}:{constraint['whenUnsatisfiable']} "
            f"maxSkew={constraint['maxSkew']} {selector_text(constraint.get('labelSelector'))}"
        )
    tolerations = [toleration(each) for each in spec.get("tolerations") or ()]
    if tolerations:
        yield f"Tolerations: {', '.join(tolerations)}"


def _container(container: Fields, status: Fields | None) -> Iterator[str]:
    if container.get("image"):
        yield f"Image: {container['image']}"
    if status is not None:
        yield from _container_state("State", status.get("state") or {})
        yield from _container_state("Last State", status.get("lastState") or {})
        yield f"Ready: {status.get('ready', False)}"
        yield f"Restart Count: {status.get('restartCount', 0)}"
    resources = container.get("resources") or {}
    for part in ("limits", "requests"):
        if resources.get(part):
            amounts = ", ".join(f"{name} {value}" for name, value in resources[part].items())
            yield f"{part.capitalize()}: {amounts}"
    for probe in ("liveness", "readiness", "startup"):
        found = container.get(f"{probe}Probe")
        if found:
            yield (
                f"{probe.capitalize()}: delay={found.get('initialDelaySeconds', 0)}s "
                f"period={found.get('periodSeconds', 10)}s "
                f"#success={found.get('successThreshold', 1)} "
                f"#failure={found.get('failureThreshold', 3)}"
            )


def _container_state(title: str, state: Fields) -> Iterator[str]:
    for name, details in state.items():
        told = [name.capitalize()]
        for key, label in (
            ("reason", "reason"),
            ("message", "message"),
            ("exitCode", "exit code"),
            ("startedAt", "started"),
            ("finishedAt", "finished"),
        ):
            if (details or {}).get(key) not in {None, ""}:
                told.append(f"{label} {details[key]}")
        yield f"{title}: {', '.join(told)}"


def _affinity(affinity: Fields) -> Iterator[str]:
    for kind, rules in affinity.items():
        for rule, terms in (rules or {}).items():
            number = len(terms) if isinstance(terms, list) else 1
            short = "required" if rule.startswith("required") else "preferred"
            yield f"{kind} ({short}, {number} term{'s' * (number != 1)})"


def toleration(each: Fields) -> str:
    """Return a toleration as `describe` writes it."""
    text = each.get("key") or ""
    if each.get("value"):
        text += f"={each['value']}"
    if each.get("effect"):
        text += f":{each['effect']}"
    if each.get("operator") == "Exists":
        text += " op=Exists" if text else "op=Exists"
    if each.get("tolerationSeconds") is not None:
        text += f" for {each['tolerationSeconds']}s"
    return text


def taint(each: Fields) -> str:
    """Return a taint as `describe node` writes it."""
    value = f"={each['value']}" if each.get("value") else ""
    return f"{each['key']}{value}:{each['effect']}"


def conditions(manifest: Fields) -> Iterator[str]:
    """Yield the lines about an object's conditions, with their messages."""
    return map(escaped, _conditions(manifest))


def _conditions(manifest: Fields) -> Iterator[str]:
    found = (manifest.get("status") or {}).get("conditions") or ()
    if not found:
        return
    yield "Conditions:"
    for each in found:
        told = f"  {each['type']}: {each['status']}"
        if each.get("reason"):
            told += f", {each['reason']}"
        if each.get("message"):
            told += f": {' '.join(str(each['message']).split())}"
        yield told
