"""Recorded scheduling decisions, each judged with the recorded cluster around it.

A real scheduler breaks ties in an order that nobody can repeat. So a case is gone through step by
step: the recorded node must be among the best, then the pod is put on the *recorded* node.
"""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simarena.cluster.cluster import Cluster
from simarena.cluster.objects.pods.manifest import owner_reference
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.explanation import Verdict


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A decision that differs from the recorded one."""

    case: str
    step: int
    recorded: str
    """A node, or the scheduler's message."""
    simulated: str
    verdict: Verdict


@dataclass(slots=True)
class Agreement:
    """How many recorded decisions of a family the simulator makes, too."""

    decisions: int = 0
    agreed: int = 0
    ties: int = 0
    """Of the agreed ones: those with several best nodes."""
    disagreements: list[Disagreement] = field(default_factory=list)

    def add(self, other: Agreement) -> None:
        """Count another case in."""
        self.decisions += other.decisions
        self.agreed += other.agreed
        self.ties += other.ties
        self.disagreements.extend(other.disagreements)


def judge_case(case: Fields) -> Agreement:
    """Go through one recorded case; return how its decisions compare."""
    cluster = Cluster(nodes=case["nodes"])
    for manifest in case["objects"]:
        cluster.apply(manifest)
    result = Agreement()
    for number, pod, recorded in _decisions(case, cluster):
        verdict = cluster.explain(pod)
        result.decisions += 1
        if (said := _disagrees(verdict, recorded)) is None:
            result.agreed += 1
            result.ties += max(len(verdict.best), len(verdict.nominations)) > 1
        else:
            expected = recorded.get("node") or recorded.get("unschedulable") or ""
            result.disagreements.append(Disagreement(case["name"], number, expected, said, verdict))
        for name in recorded.get("victims") or ():
            cluster.delete("Pod", name)
        if node := recorded.get("node"):
            placed = copy.deepcopy(pod)
            placed["spec"]["nodeName"] = node
            cluster.apply(placed)
    return result


def _decisions(case: Fields, cluster: Cluster) -> Iterator[tuple[int, Any, Fields]]:
    """Yield each pod that was to be scheduled with what became of it; carry out what is between."""
    for number, step in enumerate(case["steps"]):
        if step["op"] == "create":
            yield number, copy.deepcopy(step["pod"]), step["result"]
        elif step["op"] == "replicaset":
            cluster.apply(step["object"])
        elif step["op"] == "grow":
            yield (
                number,
                _grown_pod(cluster.get("ReplicaSet", step["name"]), number),
                step["result"],
            )
        elif step["op"] == "delete":
            with contextlib.suppress(NotFoundError):  # it was unschedulable, and deleted at once
                cluster.delete("Pod", step["name"])


def _grown_pod(replicaset: Fields, number: int) -> dict[str, Any]:
    """Return the pod that a ReplicaSet's controller would create next."""
    template = copy.deepcopy(replicaset["spec"]["template"])
    metadata = replicaset["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            **template["metadata"],
            "name": f"{metadata['name']}-{number}",
            "namespace": metadata["namespace"],
            "ownerReferences": [owner_reference("ReplicaSet", metadata["name"], metadata["uid"])],
        },
        "spec": template["spec"],
    }


def _disagrees(verdict: Verdict, recorded: Fields) -> str | None:
    """Return what the simulator says where that differs from the record, else None."""
    if "unschedulable" in recorded:
        agrees = verdict.message == recorded["unschedulable"] and verdict.nominated is None
    elif recorded.get("victims"):
        # Where a pod was nominated and where it went may differ: others may have gone meanwhile.
        wanted = sorted(recorded["victims"])
        agrees = any(sorted(each) == wanted for each in verdict.nominations.values())
    else:
        agrees = recorded["node"] in verdict.best
    if agrees:
        return None
    evictions = ", ".join(
        f"{node} after {' '.join(victims)}" for node, victims in verdict.nominations.items()
    )
    return ", ".join(verdict.best) or evictions or verdict.message
