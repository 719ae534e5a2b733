"""Read tools that tell all about one object, and the list of Deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.mcp.answer import Answer, Row, Table, clipped, listed
from simarena.mcp.describing import (
    conditions,
    heading,
    pairs,
    pod_spec,
    pod_template,
    selector_text,
    time_text,
    visible,
)
from simarena.mcp.event_tools import event_rows
from simarena.mcp.kubectl_words import age, pod_state, seconds_since
from simarena.mcp.ownership import belongs_to, deployment_family
from simarena.mcp.pod_tools import newest_first, nothing_found, place_of
from simarena.mcp.selectors import read_selectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.fields import Fields
    from simarena.mcp.backend import Backend
    from simarena.mcp.ownership import Family

_NUM_EVENTS: Final = 8
_TEXT_BYTES: Final = 12_000


def deployments_answer(
    backend: Backend, namespace: str | None, label_selector: str, limit: int
) -> Answer:
    """Return Deployments as `kubectl get deployments` lists them."""
    selectors = read_selectors("Deployment", label_selector)
    found = newest_first(backend.list("Deployment", namespace, selectors))
    if not found:
        return Answer(nothing_found(backend, namespace), {"total": 0, "shown": 0, "items": []})
    rows = []
    for deployment in found[:limit]:
        metadata = deployment["metadata"]
        replicas = replica_counts(deployment)
        cells = [
            metadata["name"],
            f"{replicas['ready']}/{replicas['desired']}",
            str(replicas["updated"]),
            str(replicas["available"]),
            age(metadata.get("creationTimestamp"), backend.now),
        ]
        data: dict[str, Any] = {"name": metadata["name"], **replicas}
        if namespace is None:
            cells.insert(0, metadata["namespace"])
            data = {"namespace": metadata["namespace"], **data}
        rows.append(Row(cells, data))
    columns = ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    if namespace is None:
        columns.insert(0, "NAMESPACE")
    return listed(
        f"Deployments {place_of(namespace)}",
        Table(columns, rows, len(found)),
        hint="see the others by namespace, label_selector or limit",
    )


def replica_counts(deployment: Fields) -> dict[str, int]:
    """Return how many pods a Deployment wants, and has in which state."""
    status = deployment.get("status") or {}
    wanted = deployment["spec"].get("replicas")
    return {
        "desired": 1 if wanted is None else wanted,
        "updated": status.get("updatedReplicas") or 0,
        "total": status.get("replicas") or 0,
        "ready": status.get("readyReplicas") or 0,
        "available": status.get("availableReplicas") or 0,
        "unavailable": status.get("unavailableReplicas") or 0,
    }


def describe_deployment_answer(backend: Backend, namespace: str, name: str) -> Answer:
    """Return a Deployment as `kubectl describe deployment` tells of it."""
    family = deployment_family(backend, name, namespace)
    deployment = family.deployment
    spec, metadata = deployment["spec"], deployment["metadata"]
    counts = replica_counts(deployment)
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    lines = heading(
        [
            ("Name", metadata["name"]),
            ("Namespace", metadata["namespace"]),
            ("CreationTimestamp", time_text(metadata.get("creationTimestamp"))),
            ("Labels", pairs(metadata.get("labels"))),
            ("Annotations", pairs(visible(metadata.get("annotations")), ": ")),
            ("Selector", selector_text(spec.get("selector"))),
            ("Replicas", _replicas_line(counts)),
            ("Paused", "true" if spec.get("paused") else ""),
            ("StrategyType", strategy.get("type", "RollingUpdate")),
            ("MinReadySeconds", str(spec.get("minReadySeconds") or "")),
            (
                "RollingUpdateStrategy",
                f"{rolling.get('maxUnavailable', '25%')} max unavailable, "
                f"{rolling.get('maxSurge', '25%')} max surge"
                if strategy.get("type", "RollingUpdate") == "RollingUpdate"
                else "",
            ),
        ]
    )
    lines += pod_template(spec["template"])
    lines += conditions(deployment)
    lines += _replicasets(family)
    events = [
        event
        for event in backend.events(namespace)
        if belongs_to(event["involvedObject"], family._replace(replicasets=()))
    ]
    return _described(
        f"Deployment {name} in namespace {namespace}",
        lines,
        _events(events, backend),
        {
            "name": name,
            "namespace": namespace,
            "replicas": counts,
            "containers": _resources(spec["template"]["spec"]),
            "conditions": _conditions(deployment),
        },
    )


def describe_pod_answer(backend: Backend, namespace: str, name: str) -> Answer:
    """Return a pod as `kubectl describe pod` tells of it."""
    pod = backend.get("Pod", name, namespace)
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    state = pod_state(pod)
    controller = next(
        (each for each in metadata.get("ownerReferences") or () if each.get("controller")), None
    )
    lines = heading(
        [
            ("Name", name),
            ("Namespace", namespace),
            ("Node", spec.get("nodeName") or "<none>"),
            ("Start Time", time_text(status.get("startTime"))),
            ("Labels", pairs(metadata.get("labels"))),
            ("Annotations", pairs(visible(metadata.get("annotations")), ": ")),
            ("Status", state.status),
            ("Reason", str(status.get("reason") or "")),
            ("Message", str(status.get("message") or "")),
            ("Nominated Node", str(status.get("nominatedNodeName") or "")),
            ("Controlled By", f"{controller['kind']}/{controller['name']}" if controller else ""),
            ("QoS Class", str(status.get("qosClass") or "")),
        ]
    )
    statuses = [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]
    lines += pod_spec(spec, statuses)
    lines += conditions(pod)
    events = [
        event
        for event in backend.events(namespace)
        if (event["involvedObject"].get("kind"), event["involvedObject"].get("name"))
        == ("Pod", name)
    ]
    return _described(
        f"Pod {name} in namespace {namespace}",
        lines,
        _events(events, backend),
        {
            "name": name,
            "namespace": namespace,
            "status": state.status,
            "ready": f"{state.ready}/{state.containers}",
            "restarts": state.restarts,
            "node": spec.get("nodeName"),
            "age_seconds": seconds_since(metadata.get("creationTimestamp"), backend.now),
            "containers": _resources(spec),
            "conditions": _conditions(pod),
        },
    )


def _replicas_line(counts: dict[str, int]) -> str:
    names = ("desired", "updated", "total", "available", "unavailable")
    return " | ".join(f"{counts[name]} {name}" for name in names)


def _replicasets(family: Family) -> list[str]:
    """Return the lines about the ReplicaSets that have pods, and the newest one."""
    told = [
        f"{each['metadata']['name']} ({(each.get('status') or {}).get('replicas') or 0}"
        f"/{each['spec'].get('replicas') or 0} replicas created)"
        for each in family.replicasets
    ]
    kept = [
        text
        for text, each in zip(told[1:], family.replicasets[1:], strict=True)
        if (each.get("status") or {}).get("replicas") or each["spec"].get("replicas")
    ]
    return [
        f"OldReplicaSets: {', '.join(kept) or '<none>'}",
        f"NewReplicaSet: {told[0] if told else '<none>'}",
    ]


def _events(events: Sequence[Fields], backend: Backend) -> list[str]:
    shown = event_rows(events, backend, most=_NUM_EVENTS)
    if not shown:
        return ["Events: <none>"]
    table = Table(("AGE", "TYPE", "REASON", "MESSAGE"), (), 0)
    text = table.render(
        [Row([cell for index, cell in enumerate(row.cells) if index != 3], {}) for row in shown]  # noqa: PLR2004 - the object, said above
    )
    header = f"Events, newest first (showing {len(shown)} of {len(events)}):"
    return [header, *(f"  {line}" for line in text.splitlines())]


def _described(what: str, lines: list[str], events: list[str], data: dict[str, Any]) -> Answer:
    text = "\n".join([what, *lines, *events])
    return Answer(clipped(text, _TEXT_BYTES), data)


def _resources(spec: Fields) -> list[dict[str, Any]]:
    return [
        {
            "name": container["name"],
            "image": container.get("image"),
            **{
                part: dict((container.get("resources") or {}).get(part) or {})
                for part in ("requests", "limits")
            },
        }
        for container in spec.get("containers") or ()
    ]


def _conditions(manifest: Fields) -> list[dict[str, Any]]:
    return [
        {key: each[key] for key in ("type", "status", "reason", "message") if each.get(key)}
        for each in (manifest.get("status") or {}).get("conditions") or ()
    ]
