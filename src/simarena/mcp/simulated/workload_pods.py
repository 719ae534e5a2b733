"""The pods of the workload that an episode is about, as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.apiserver.printing.pods import is_ready, pod_state
from simarena.errors import NotFoundError
from simarena.mcp.kubectl.ownership import deployment_family, is_owned_by, pods_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend
    from simarena.trace import WorkloadRef

_FINISHED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class WorkloadPods:
    """Pods of one workload, finished ones left out; one that is deleted is there until it goes."""

    pods: Sequence[Fields]

    @classmethod
    def of(cls, backend: Backend, workload: WorkloadRef, namespace: str) -> WorkloadPods:
        """Return the pods of a workload, none if it is not there (any more)."""
        kind = workload.kind.rpartition(".")[2]
        try:
            if kind == "Deployment":
                pods = pods_of(backend, deployment_family(backend, workload.name, namespace))
            else:
                owner = backend.get(kind, workload.name, namespace)
                pods = [pod for pod in backend.list("Pod", namespace) if is_owned_by(pod, owner)]
        except NotFoundError:  # the trace has deleted it
            pods = []
        return cls([pod for pod in pods if pod["status"]["phase"] not in _FINISHED])

    @property
    def num_ready(self) -> int:
        """Those whose condition Ready is true."""
        return sum(map(is_ready, self.pods))

    @property
    def num_pending(self) -> int:
        """Those in phase Pending."""
        return sum(pod["status"]["phase"] == "Pending" for pod in self.pods)

    def are_all_ready(self, target: int) -> bool:
        """Return whether there are so many, all of them ready and none pending."""
        return self.num_ready == len(self.pods) == target and not self.num_pending

    def lives(self) -> dict[str, int]:
        """Return the restarts of each pod by its uid."""
        return {pod["metadata"]["uid"]: pod_state(pod).restarts for pod in self.pods}
