"""What a recording of controllers shows of a cluster at one moment, family by family.

All of it is read from objects as the API returns them, as the recording was. What nobody can repeat
(hashes in messages, and names of nodes where a family's placement is a tie) is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simarena.cluster.cluster import Cluster
    from simarena.cluster.manifests.fields import Fields, Manifest

_HASH: Final = re.compile(r'"(\S+)-[0-9a-z]+"')
_WORKLOAD: Final = "web-"
_REVISION: Final = "deployment.kubernetes.io/revision"
_COLLECTED: Final = (
    *("ConfigMap", "CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet"),
    "StatefulSet",
)
_DEPLOYMENT_COUNTS: Final = (
    *("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"),
    *("unavailableReplicas", "observedGeneration"),
)
_STATEFULSET_COUNTS: Final = (
    *("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"),
    "observedGeneration",
)
_DAEMONSET_COUNTS: Final = (
    *("desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled", "numberReady"),
    *("numberAvailable", "numberUnavailable", "updatedNumberScheduled", "observedGeneration"),
)
_JOB_COUNTS: Final = ("active", "ready", "succeeded", "failed", "terminating")
_HPA_COUNTS: Final = ("currentReplicas", "desiredReplicas")


def state_of(cluster: Cluster, family: str, namespace: str) -> Manifest:
    """Return what a recording of a family would show of a cluster now."""
    return _TELLERS[family](cluster, namespace)


def comparable(state: Fields, family: str) -> Manifest:
    """Return a state, recorded or simulated, without what is chance in its family."""
    result = dict(state)
    if family == "adoption":
        result["pods"] = sorted(word for _, word in state["pods"].values())
        result["names"] = sorted(state["pods"])
    elif family == "daemonset":  # which node is updated first
        nodes: dict[str, list[str]] = {}
        for node, pods in state["nodes"].items():
            bound = "" if node.startswith("?") else "bound "
            told = [f"{bound}{tag} {word}" for tag, word in pods]
            nodes.setdefault(node.removeprefix("?"), []).extend(told)
        result["nodes"] = sorted(map(sorted, nodes.values()))
        result["names"] = sorted(nodes)
    return result


def word_of(pod: Fields) -> str:
    """Return the recording's word for how a pod is."""
    phase = pod["status"]["phase"]
    if phase in {"Succeeded", "Failed"}:
        word: str = phase
    elif not pod["spec"].get("nodeName"):
        word = "unbound"
    elif _is_ready(pod):
        word = "ready"
    else:
        word = "pending" if phase == "Pending" else "unready"
    return f"{word} deleted" if pod["metadata"].get("deletionTimestamp") else word


def _is_ready(pod: Fields) -> bool:
    conditions = pod["status"].get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _tag(spec: Fields) -> str:
    image: str = spec["containers"][0].get("image", "")
    return image.rpartition(":")[2]


def _tagged(pod: Fields) -> str:
    return f"{_tag(pod['spec'])} {word_of(pod)}"


def _counts(status: Fields, names: Iterable[str]) -> Manifest:
    return {name: status.get(name) or 0 for name in names}


def _conditions(status: Fields, *, ordered: bool = True) -> list[list[str]]:
    """Return type, status, reason and message of each condition, hashes left out."""
    told = [
        [
            each["type"],
            each["status"],
            each.get("reason", ""),
            _HASH.sub(r'"\1-HASH"', each.get("message", "")),
        ]
        for each in status.get("conditions") or ()
    ]
    return sorted(told) if ordered else told


def _by_name(
    cluster: Cluster, kind: str, namespace: str, told: Callable[[Fields], Manifest]
) -> Manifest:
    return {each["metadata"]["name"]: told(each) for each in cluster.list(kind, namespace)}


def _statefulset(cluster: Cluster, namespace: str) -> Manifest:
    def told(each: Fields) -> Manifest:
        status = each["status"]
        same = status.get("currentRevision") == status.get("updateRevision")
        return {**_counts(status, _STATEFULSET_COUNTS), "same": same}

    pods = {
        pod["metadata"]["name"]: [_tag(pod["spec"]), word_of(pod)]
        for pod in cluster.list("Pod", namespace)
    }
    return {"pods": pods, "status": _by_name(cluster, "StatefulSet", namespace, told)}


def _daemonset(cluster: Cluster, namespace: str) -> Manifest:
    nodes: dict[str, list[list[str]]] = {}
    for pod in cluster.list("Pod", namespace):
        node = pod["spec"].get("nodeName") or f"?{_target(pod)}"
        nodes.setdefault(node, []).append([_tag(pod["spec"]), word_of(pod)])
    status = _by_name(
        cluster, "DaemonSet", namespace, lambda each: _counts(each["status"], _DAEMONSET_COUNTS)
    )
    return {"nodes": {name: sorted(nodes[name]) for name in sorted(nodes)}, "status": status}


def _target(pod: Fields) -> str:
    """Return the node for which a DaemonSet made a pod."""
    affinity = pod["spec"]["affinity"]["nodeAffinity"]
    terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    node: str = terms[0]["matchFields"][0]["values"][0]
    return node


def _job(cluster: Cluster, namespace: str) -> Manifest:
    def told(each: Fields) -> Manifest:
        status = each["status"]
        return {
            **_counts(status, _JOB_COUNTS),
            "completedIndexes": status.get("completedIndexes") or "",
            "failedIndexes": status.get("failedIndexes") or "",
            "conditions": _conditions(status),
        }

    pods = Counter(map(word_of, cluster.list("Pod", namespace)))
    return {"pods": dict(pods), "status": _by_name(cluster, "Job", namespace, told)}


def _deployment(cluster: Cluster, namespace: str) -> Manifest:
    def told(each: Fields) -> Manifest:
        status = each["status"]
        annotations = each["metadata"].get("annotations") or {}
        return {
            **_counts(status, _DEPLOYMENT_COUNTS),
            "revision": int(annotations.get(_REVISION, 0)),
            "conditions": _conditions(status),
        }

    sets = [
        [
            int((each["metadata"].get("annotations") or {}).get(_REVISION, 0)),
            _tag(each["spec"]["template"]["spec"]),
            each["spec"]["replicas"],
            each["status"].get("readyReplicas") or 0,
        ]
        for each in cluster.list("ReplicaSet", namespace)
    ]
    return {
        "pods": dict(Counter(map(_tagged, cluster.list("Pod", namespace)))),
        "replicasets": sorted(sets),
        "status": _by_name(cluster, "Deployment", namespace, told),
    }


def _scaledown(cluster: Cluster, namespace: str) -> Manifest:
    living = [
        pod
        for pod in cluster.list("Pod", namespace)
        if not pod["metadata"].get("deletionTimestamp")
    ]
    nodes = [pod["spec"].get("nodeName") for pod in living]
    per_node = Counter(node for node in nodes if node)
    return {"per_node": dict(per_node), "unbound": nodes.count(None)}


def _named(pods: Iterable[Fields]) -> Manifest:
    """Return node and word of the pods that are not named as those of the case's workload are."""
    return {
        pod["metadata"]["name"]: [pod["spec"].get("nodeName", ""), word_of(pod)]
        for pod in pods
        if not pod["metadata"]["name"].startswith(_WORKLOAD)
    }


def _taint(cluster: Cluster, namespace: str) -> Manifest:
    pods = cluster.list("Pod", namespace)
    owned = any(pod["metadata"].get("ownerReferences") for pod in pods)
    taints = {
        node["metadata"]["name"]: sorted(
            [each["key"], each.get("value", ""), each["effect"]]
            for each in node["spec"].get("taints") or ()
        )
        for node in cluster.list("Node")
    }
    counts = dict(Counter(map(_tagged, pods))) if owned else {}
    return {"pods": _named(pods), "owned": counts, "taints": taints}


def _owners(cluster: Cluster, namespace: str) -> Manifest:
    pods = cluster.list("Pod", namespace)
    owners = Counter(
        next((each["kind"] for each in pod["metadata"].get("ownerReferences") or ()), "none")
        for pod in pods
    )
    return {"pods": _named(pods), "owners": dict(owners), "n": len(pods)}


def _garbage(cluster: Cluster, namespace: str) -> Manifest:
    numbers = {kind: len(cluster.list(kind, namespace)) for kind in _COLLECTED}
    return {kind: number for kind, number in numbers.items() if number}


def _cronjob(cluster: Cluster, namespace: str) -> Manifest:
    jobs = []
    for each in cluster.list("Job", namespace):
        true = [c["type"] for c in each["status"].get("conditions") or () if c["status"] == "True"]
        jobs.append(",".join(sorted(true)) or "running")
    return {
        "cronjobs": {
            each["metadata"]["name"]: len(each["status"].get("active") or ())
            for each in cluster.list("CronJob", namespace)
        },
        "jobs": sorted(jobs),
        "pods": dict(Counter(map(word_of, cluster.list("Pod", namespace)))),
    }


def _hpa(cluster: Cluster, namespace: str) -> Manifest:
    def told(each: Fields) -> Manifest:
        status = each["status"]
        return {**_counts(status, _HPA_COUNTS), "conditions": _conditions(status)}

    return {
        "deployments": {
            each["metadata"]["name"]: each["spec"]["replicas"]
            for each in cluster.list("Deployment", namespace)
        },
        "hpa": _by_name(cluster, "HorizontalPodAutoscaler", namespace, told),
    }


_TELLERS: Final[Mapping[str, Callable[[Any, str], Manifest]]] = {
    "statefulset": _statefulset,
    "daemonset": _daemonset,
    "job": _job,
    "deployment": _deployment,
    "budget": _deployment,
    "scaledown": _scaledown,
    "taint": _taint,
    "notready": _taint,
    "garbage": _garbage,
    "cronjob": _cronjob,
    "hpa": _hpa,
    "preemption": _owners,
    "queue": _owners,
    "adoption": _owners,
}
FAMILIES: Final = frozenset(_TELLERS)
"""The families whose states can be told."""
