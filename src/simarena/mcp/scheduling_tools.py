"""The read tool that asks the scheduler about a pod."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from simarena.errors import RefusedError
from simarena.mcp.answer import Answer, Row, Table, listed
from simarena.mcp.ownership import deployment_family

if TYPE_CHECKING:
    from simarena.cluster.fields import Fields, Manifest
    from simarena.mcp.backend import Backend


def scheduling_answer(
    backend: Backend, namespace: str, pod_name: str, deploy: str, limit: int
) -> Answer:
    """Return where the scheduler would put a pod like this one now, and why not elsewhere."""
    if bool(pod_name) == bool(deploy):
        message = "error: name either a pod (pod_name) or a Deployment (deploy)"
        raise RefusedError(message)
    if pod_name:
        pod = _unplaced(backend.get("Pod", pod_name, namespace))
        what = f"a pod like {pod_name}"
    else:
        pod = _next_pod(backend, deploy, namespace)
        what = f"one more pod of deployment {deploy}"
    verdict = backend.explain(pod)
    ordered = sorted(
        verdict.nodes.items(), key=lambda pair: (-pair[1].feasible, -pair[1].total, pair[0])
    )
    rows = [
        Row(
            [
                name,
                "yes" if node.feasible else "no",
                str(node.total) if node.feasible else "-",
                ", ".join(node.reasons),
            ],
            {
                "node": name,
                "feasible": node.feasible,
                "score": node.total if node.feasible else None,
                "reasons": list(node.reasons),
            },
        )
        for name, node in ordered[:limit]
    ]
    if verdict.best:
        places = ", ".join(verdict.best[:4]) + (", ..." if len(verdict.best) > 4 else "")  # noqa: PLR2004
        outcome = f"it would be scheduled to {places}"
    elif verdict.nominated:
        victims = ", ".join(verdict.victims)
        outcome = f"it would evict {victims} from {verdict.nominated} first. {verdict.message}"
    else:
        outcome = f"it would stay Pending. {verdict.message}"
    data: dict[str, Any] = {
        "schedulable": bool(verdict.best),
        "best": list(verdict.best[:20]),
        "message": verdict.message,
        "victims": list(verdict.victims[:20]),
        "nominated_node": verdict.nominated,
    }
    table = Table(("NODE", "FITS", "SCORE", "REASONS"), rows, len(ordered))
    nodes = listed("Nodes", table, order="best first", hint="see the others by limit", **data)
    return Answer(f"Scheduling of {what} now: {outcome}\n{nodes.text}", nodes.data)


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


def _next_pod(backend: Backend, deploy: str, namespace: str) -> Manifest:
    """Return the pod that a Deployment's newest ReplicaSet would create next."""
    family = deployment_family(backend, deploy, namespace)
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
