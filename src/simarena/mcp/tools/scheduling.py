"""The read tool that asks the scheduler about a pod."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypedDict

from simarena.errors import RefusedError, SimArenaError
from simarena.mcp.answers.answer import Answer, Listed, Row, listed
from simarena.mcp.answers.escaping import escaped
from simarena.mcp.kubectl.ownership import deployment_family
from simarena.mcp.tools.events import EventRecord, event_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.objects.explanation import NodeVerdict, Verdict
    from simarena.mcp.backend import Backend
    from simarena.mcp.kubectl.ownership import Family


_NUM_FAILURES = 3


class ScoredNode(TypedDict):
    """What the scheduler says of one node."""

    node: str
    feasible: bool
    score: int | None
    reasons: list[str]


class Scheduling(Listed):
    """What would become of a pod: whether it could be created, and where it would go."""

    refusals: list[str]
    """Why the API would not let it be created; the scheduler would never see it."""
    failed_creations: list[EventRecord]
    """Warnings about pods that the Deployment's newest ReplicaSet could not create."""
    schedulable: bool
    best: list[str]
    message: str
    victims: list[str]
    nominated_node: str | None
    items: list[ScoredNode]


def scheduling_answer(
    backend: Backend, namespace: str, pod_name: str, deploy: str, limit: int, cursor: str
) -> Answer[Scheduling]:
    """Return where the scheduler would put a pod like this one now, and why not elsewhere.

    Before that comes what keeps such a pod from being created at all: quotas, and what its
    ReplicaSet has failed with.
    """
    if bool(pod_name) == bool(deploy):
        message = "error: name either a pod (pod_name) or a Deployment (deploy)"
        raise RefusedError(message)
    failures: list[Row] = []
    if pod_name:
        pod = _unplaced(backend.get("Pod", pod_name, namespace))
        what = f"a pod like {pod_name}"
    else:
        family = deployment_family(backend, deploy, namespace)
        pod = _next_pod(family, namespace)
        what = f"one more pod of deployment {deploy}"
        failures = _failed_creations(backend, family, namespace)
    refusals, unread = _refusals(backend, pod)
    verdict = backend.explain(pod)
    ordered = sorted(
        verdict.nodes.items(), key=lambda pair: (-pair[1].feasible, -pair[1].total, pair[0])
    )
    nodes = listed(
        "Nodes",
        ("NODE", "FITS", "SCORE", "REASONS"),
        ordered,
        _node_row,
        limit=limit,
        cursor=cursor,
        identity=lambda pair: pair[0],
        order="best first",
        refusals=refusals,
        failed_creations=[row.data for row in failures],
        schedulable=bool(verdict.best) and not refusals,
        best=list(verdict.best[:20]),
        message=verdict.message,
        victims=list(verdict.victims[:20]),
        nominated_node=verdict.nominated,
    )
    lines = [
        escaped(f"Scheduling of {what} now: {_outcome(verdict, refusals)}"),
        *([escaped(unread)] if unread else ()),
        *(
            f"Pods could not be created: {row.cells[0]} ago, {row.cells[2]}: {row.cells[4]}"
            for row in failures
        ),
        nodes.text,
    ]
    return Answer("\n".join(lines), nodes.data)


def _outcome(verdict: Verdict, refusals: Sequence[str]) -> str:
    """Return in a sentence what would become of a pod."""
    if verdict.best:
        places = ", ".join(verdict.best[:4]) + (", ..." if len(verdict.best) > 4 else "")  # noqa: PLR2004
        outcome = f"it would be scheduled to {places}"
    elif verdict.nominated:
        victims = ", ".join(verdict.victims)
        outcome = f"it would evict {victims} from {verdict.nominated} first. {verdict.message}"
    else:
        outcome = f"it would stay Pending. {verdict.message}"
    if refusals:
        return f"it would not be created: {'; '.join(refusals)}. If it were, {outcome}"
    return outcome


def _node_row(pair: tuple[str, NodeVerdict]) -> Row:
    name, node = pair
    data: ScoredNode = {
        "node": name,
        "feasible": node.feasible,
        "score": node.total if node.feasible else None,
        "reasons": list(node.reasons),
    }
    fits = ("yes", str(node.total)) if node.feasible else ("no", "-")
    return Row([name, *fits, ", ".join(node.reasons)], data)


def _refusals(backend: Backend, pod: Fields) -> tuple[Sequence[str], str]:
    """Return why the API would refuse a pod, and what could not be found out about that."""
    try:
        return backend.refusals(pod), ""
    except SimArenaError as error:
        return (), f"Whether a quota refuses it is not known: {error}"


def _failed_creations(backend: Backend, family: Family, namespace: str) -> list[Row]:
    """Return the latest warnings about pods that the newest ReplicaSet could not create."""
    if not family.replicasets:
        return []
    name = family.replicasets[0]["metadata"]["name"]
    failed = [
        event
        for event in backend.events(namespace)
        if event.get("reason") == "FailedCreate"
        and event["involvedObject"].get("kind") == "ReplicaSet"
        and event["involvedObject"].get("name") == name
    ]
    return event_rows(failed, backend, most=_NUM_FAILURES)


def _unplaced(pod: Fields) -> Manifest:
    """Return a pod as it was before it was scheduled, under another name."""
    spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"}
    metadata = {
        key: pod["metadata"][key]
        for key in ("namespace", "labels", "annotations", "ownerReferences")
        if key in pod["metadata"]
    }
    metadata["name"] = "asked-about"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": copy.deepcopy(metadata),
        "spec": copy.deepcopy(spec),
    }


def _next_pod(family: Family, namespace: str) -> Manifest:
    """Return the pod that a Deployment's newest ReplicaSet would create next."""
    owner = family.replicasets[0] if family.replicasets else family.deployment
    template = owner["spec"]["template"]
    metadata = dict(template.get("metadata") or {})
    metadata.update(name="asked-about", namespace=namespace)
    if family.replicasets:
        metadata["ownerReferences"] = [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
            }
        ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": copy.deepcopy(metadata),
        "spec": copy.deepcopy(template["spec"]),
    }
