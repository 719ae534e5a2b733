"""What an environment counts of a workload's pods, read from the objects of a live API."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simarena.env.kernel.playing.harm import LOST, WELL, fares_worse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.client.api import Manifest

_NODES: Final = re.compile(r"^0/(\d+) nodes are available")
_SHORT: Final = {
    "short_cpu": re.compile(r"(\d+) Insufficient cpu\b"),
    "short_memory": re.compile(r"(\d+) Insufficient memory\b"),
}
_FINISHED: Final = frozenset({"Succeeded", "Failed"})
_RUN_NUMBER: Final = re.compile(r"-\d+$")


class Place(NamedTuple):
    """Whose a pod is: the workload at the top of its owners, or the pod itself."""

    namespace: str
    kind: str
    name: str


def controller_of(manifest: Manifest) -> Mapping[str, Any] | None:
    """Return the owner reference of an object's controller; None without one."""
    owners = manifest["metadata"].get("ownerReferences") or ()
    return next((each for each in owners if each.get("controller")), None)


def place_of(pod: Manifest, replicasets: Mapping[str, Manifest]) -> Place:
    """Return whose a pod is; `replicasets` by their uids lead on to Deployments.

    The Jobs of one CronJob are one: their names differ from run to run.
    """
    namespace = str(pod["metadata"].get("namespace") or "")
    owner = controller_of(pod)
    if owner is None:
        return Place(namespace, "Pod", str(pod["metadata"]["name"]))
    above = None
    if owner["kind"] == "ReplicaSet" and owner["uid"] in replicasets:
        above = controller_of(replicasets[owner["uid"]])
    top = owner if above is None else above
    name = str(top["name"])
    if top["kind"] == "Job":
        name = _RUN_NUMBER.sub("", name)
    return Place(namespace, str(top["kind"]), name)


def is_ready(pod: Manifest) -> bool:
    """Return whether a pod's condition Ready holds."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def counts_of(pods: Iterable[Manifest]) -> Counter[str]:
    """Return the fourteen counts of a workload's pods, by the names of an environment's records.

    As the environment counts: pods that are being deleted until they are gone, finished ones not.
    Why pods wait is what the scheduler wrote into their condition PodScheduled.
    """
    counts: Counter[str] = Counter()
    for pod in pods:
        phase = (pod.get("status") or {}).get("phase") or "Pending"
        _count_failures(pod, phase, counts)
        if phase in _FINISHED:
            continue
        counts["total"] += 1
        counts["terminating"] += bool(pod["metadata"].get("deletionTimestamp"))
        counts["ready"] += is_ready(pod)
        counts["pending"] += phase == "Pending"
        if not pod["spec"].get("nodeName"):
            counts["waiting"] += 1
            _count_reasons(pod, counts)
    return counts


def _count_failures(pod: Manifest, phase: str, counts: Counter[str]) -> None:
    if phase == "Failed":
        counts["evicted"] += 1
        return
    if phase == "Succeeded" or not pod["spec"].get("nodeName"):
        return
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    killed = False
    for each in statuses:
        state, last = each.get("state") or {}, each.get("lastState") or {}
        counts["failures"] += int(each.get("restartCount") or 0)
        waiting = (state.get("waiting") or {}).get("reason")
        counts["failures"] += "terminated" in state or waiting == "CrashLoopBackOff"
        end = state.get("terminated") or last.get("terminated") or {}
        killed = killed or end.get("reason") == "OOMKilled"
    counts["oom_killed"] += killed


def _count_reasons(pod: Manifest, counts: Counter[str]) -> None:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    message = next(
        (
            str(each.get("message") or "")
            for each in conditions
            if each["type"] == "PodScheduled" and each.get("reason") == "Unschedulable"
        ),
        "",
    )
    message = message.partition(" preemption: ")[0]  # which tells of nodes a second time
    nodes = _NODES.match(message)
    if nodes is None:
        return
    seen, named = int(nodes[1]), 0
    for name, pattern in _SHORT.items():
        found = pattern.search(message)
        number = int(found[1]) if found is not None else 0
        counts[name] += number > 0
        counts[f"{name}_nodes"] += number
        named += number
    counts["other_nodes"] += max(0, seen - named)
    counts["seen_nodes"] += seen


def tallies(
    pods: Iterable[Manifest], replicasets: Mapping[str, Manifest], without: Place
) -> dict[Place, list[int]]:
    """Return how everybody else fares: for each the columns of a tally, WELL and LOST.

    Lost pods are those that the API still shows as Failed; preempted ones it does not show.
    """
    found: dict[Place, list[int]] = {}
    for pod in pods:
        place = place_of(pod, replicasets)
        if place == without:
            continue
        row = found.setdefault(place, [0, 0])
        phase = (pod.get("status") or {}).get("phase")
        row[WELL] += phase == "Succeeded" or (phase != "Failed" and is_ready(pod))
        row[LOST] += phase == "Failed"
    return found


def num_harmed(now: Mapping[Place, list[int]], unedited: Mapping[Place, list[int]]) -> int:
    """Return how many fare worse than they did without edits, by the environment's definition."""
    worse = 0
    for place, before in unedited.items():
        row = now.get(place, [0, 0])
        worse += fares_worse(row[WELL], row[LOST], np.array(before, np.int32))
    return worse
