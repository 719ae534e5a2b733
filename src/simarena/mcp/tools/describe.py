"""Read tools that tell all about one object, and the list of Deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from simarena.apiserver.printing.ages import age, seconds_since
from simarena.apiserver.printing.pods import pod_state
from simarena.cluster.manifests.owners import controller_of
from simarena.mcp.answers.answer import Answer, Data, Listed, Row, listed, none_listed, rendered
from simarena.mcp.answers.bounds import clipped
from simarena.mcp.answers.escaping import escaped
from simarena.mcp.kubectl.describing import (
    conditions,
    heading,
    pairs,
    pod_spec,
    pod_template,
    selector_text,
    time_text,
    visible,
)
from simarena.mcp.kubectl.ownership import belongs_to, deployment_family
from simarena.mcp.kubectl.selectors import read_selectors
from simarena.mcp.tools.events import event_rows
from simarena.mcp.tools.pods import newest_first, nothing_found, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend
    from simarena.mcp.kubectl.ownership import Family

_NUM_EVENTS: Final = 8
_TEXT_BYTES: Final = 12_000


class ReplicaCounts(TypedDict):
    """How many pods a Deployment wants, and has in which state."""

    desired: int
    updated: int
    total: int
    ready: int
    available: int
    unavailable: int


class DeploymentRecord(TypedDict):
    """A Deployment in a list; its namespace where there are several."""

    namespace: NotRequired[str]
    name: str
    replicas: ReplicaCounts
    age_seconds: int | None


class DeploymentList(Listed):
    """Deployments."""

    items: list[DeploymentRecord]


class Condition(TypedDict):
    """A condition of an object's status."""

    type: str
    status: str
    reason: NotRequired[str]
    message: NotRequired[str]


class ContainerRecord(TypedDict):
    """A container and what it asks for, as quantities of Kubernetes."""

    name: str
    image: str | None
    requests: dict[str, str]
    limits: dict[str, str]


class DeploymentDescription(TypedDict):
    """All about a Deployment."""

    name: str
    namespace: str
    replicas: ReplicaCounts
    containers: list[ContainerRecord]
    conditions: list[Condition]


class PodDescription(TypedDict):
    """All about a pod."""

    name: str
    namespace: str
    ready: int
    status: str
    restarts: int
    age_seconds: int | None
    node: str | None
    containers: list[ContainerRecord]
    conditions: list[Condition]


def deployments_answer(
    backend: Backend, namespace: str | None, label_selector: str, limit: int, cursor: str
) -> Answer[DeploymentList]:
    """Return Deployments as `kubectl get deployments` lists them."""
    selectors = read_selectors("Deployment", label_selector)
    found = newest_first(backend.list("Deployment", namespace, selectors))
    if not found:
        return none_listed(nothing_found(backend, namespace))
    everywhere = namespace is None
    columns = ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE")
    return listed(
        f"Deployments {place_of(namespace)}",
        ("NAMESPACE", *columns) if everywhere else columns,
        found,
        lambda deployment: _deployment_row(deployment, backend, everywhere=everywhere),
        limit=limit,
        cursor=cursor,
        hint="see fewer by namespace or label_selector",
    )


def _deployment_row(deployment: Fields, backend: Backend, *, everywhere: bool) -> Row:
    metadata = deployment["metadata"]
    replicas = replica_counts(deployment)
    cells = [
        metadata["name"],
        f"{replicas['ready']}/{replicas['desired']}",
        str(replicas["updated"]),
        str(replicas["available"]),
        age(metadata.get("creationTimestamp"), backend.now),
    ]
    data: DeploymentRecord = {
        "name": metadata["name"],
        "replicas": replicas,
        "age_seconds": seconds_since(metadata.get("creationTimestamp"), backend.now),
    }
    if everywhere:
        return Row([metadata["namespace"], *cells], {"namespace": metadata["namespace"], **data})
    return Row(cells, data)


def replica_counts(deployment: Fields) -> ReplicaCounts:
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


def describe_deployment_answer(
    backend: Backend, namespace: str, name: str
) -> Answer[DeploymentDescription]:
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
    lines += map(escaped, _replicasets(family))
    events = [
        event
        for event in backend.events(namespace)
        if belongs_to(event["involvedObject"], family._replace(replicasets=()))
    ]
    return described(
        f"Deployment {name} in namespace {namespace}",
        lines,
        events_section(events, backend),
        {
            "name": name,
            "namespace": namespace,
            "replicas": counts,
            "containers": _resources(spec["template"]["spec"]),
            "conditions": condition_records(deployment),
        },
    )


def describe_pod_answer(backend: Backend, namespace: str, name: str) -> Answer[PodDescription]:
    """Return a pod as `kubectl describe pod` tells of it."""
    pod = backend.get("Pod", name, namespace)
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    state = pod_state(pod)
    controller = controller_of(pod)
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
    return described(
        f"Pod {name} in namespace {namespace}",
        lines,
        events_section(events, backend),
        {
            "name": name,
            "namespace": namespace,
            "status": state.status,
            "ready": state.ready,
            "restarts": state.restarts,
            "node": spec.get("nodeName"),
            "age_seconds": seconds_since(metadata.get("creationTimestamp"), backend.now),
            "containers": _resources(spec),
            "conditions": condition_records(pod),
        },
    )


def _replicas_line(counts: ReplicaCounts) -> str:
    return (
        f"{counts['desired']} desired | {counts['updated']} updated | {counts['total']} total | "
        f"{counts['available']} available | {counts['unavailable']} unavailable"
    )


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


def events_section(events: Sequence[Fields], backend: Backend) -> list[str]:
    """Return the lines about an object's events, the newest first."""
    shown = event_rows(events, backend, most=_NUM_EVENTS)
    if not shown:
        return ["Events: <none>"]
    text = rendered(
        ("AGE", "TYPE", "REASON", "MESSAGE"),
        [Row([cell for index, cell in enumerate(row.cells) if index != 3], {}) for row in shown],  # noqa: PLR2004 - the object, said above
    )
    header = f"Events, newest first (showing {len(shown)} of {len(events)}):"
    return [header, *(f"  {line}" for line in text.splitlines())]


def described(what: str, lines: list[str], events: list[str], data: Data) -> Answer[Data]:
    """Return the answer of a tool that describes something."""
    text = "\n".join([what, *lines, *events])
    return Answer(clipped(text, _TEXT_BYTES), data)


def _resources(spec: Fields) -> list[ContainerRecord]:
    return [
        {
            "name": container["name"],
            "image": container.get("image"),
            "requests": _quantities(container, "requests"),
            "limits": _quantities(container, "limits"),
        }
        for container in spec.get("containers") or ()
    ]


def _quantities(container: Fields, part: str) -> dict[str, str]:
    amounts = (container.get("resources") or {}).get(part) or {}
    return {name: str(amount) for name, amount in amounts.items()}


def condition_records(manifest: Fields) -> list[Condition]:
    """Return the conditions in an object's status."""
    told = []
    for each in (manifest.get("status") or {}).get("conditions") or ():
        condition: Condition = {"type": str(each["type"]), "status": str(each["status"])}
        if each.get("reason"):
            condition["reason"] = str(each["reason"])
        if each.get("message"):
            condition["message"] = str(each["message"])
        told.append(condition)
    return told
