"""The eviction API: pods that leave with the consent of their PodDisruptionBudgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simarena.cluster.codes import NONE, Disruption, Operation, Phase
from simarena.cluster.manifests.kinds import controller_kind
from simarena.cluster.objects.budgets import scale_failure
from simarena.cluster.objects.pods.view import labels_of_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.budgets import DisruptionBudget
    from simarena.cluster.operations.live import LiveWorld
    from simarena.cluster.rows.catalogue import Catalogue

TOO_MANY_REQUESTS: Final = "Cannot evict pod as it would violate the pod's disruption budget."
SEVERAL_BUDGETS: Final = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
    "support."
)


class BudgetStatus(NamedTuple):
    """What a PodDisruptionBudget has come to."""

    expected: int
    """Pods that should be there."""
    desired_healthy: int
    current_healthy: int
    failure: str = ""
    """Why nobody knows how many should be there; then none may be evicted."""

    @property
    def allowed(self) -> int:
        """Pods that may be evicted now."""
        if self.failure:
            return 0
        return max(0, self.current_healthy - self.desired_healthy) if self.expected else 0


@dataclass(frozen=True, slots=True)
class Evictions:
    """Evicts pods of a cluster, or says why not."""

    live: LiveWorld

    def evict(self, pod_row: int) -> str:
        """Evict a pod; return the API's words if it refuses, else an empty string."""
        refusal = self.refusal(pod_row)
        if not refusal:
            pod = self.live.catalogue.world.pods[pod_row]
            if not pod["deleting"] and pod["phase"] <= Phase.RUNNING:
                pod["disrupted"] = Disruption.EVICTED
            self.live.do(Operation.DELETE_POD_ROW, pod_row)
        return refusal

    def refusal(self, pod_row: int) -> str:
        """Return why a pod may not be evicted now; empty if it may."""
        catalogue = self.live.catalogue
        pod = catalogue.world.pods[pod_row]
        if pod["phase"] != Phase.RUNNING or pod["deleting"]:
            return ""
        budgets = list(self.budgets_of(pod_row))
        if len(budgets) > 1:
            return SEVERAL_BUDGETS
        for budget in budgets:
            status = budget_status(catalogue, budget)
            if not pod["ready"]:
                enough = 0 < status.desired_healthy <= status.current_healthy
                if budget.evicts_unhealthy or enough:
                    continue
            if status.allowed == 0:
                return TOO_MANY_REQUESTS
        return ""

    def causes(self, pod_row: int) -> tuple[str, ...]:
        """Return what the API says beside its refusal to evict a pod: what its budget needs."""
        budgets = list(self.budgets_of(pod_row))
        if len(budgets) != 1:
            return ()
        status = budget_status(self.live.catalogue, budgets[0])
        about = f"The disruption budget {budgets[0].key.name}"
        if status.failure:
            why = f"because it failed sync: {status.failure}"
            return (f"{about} does not allow evicting pods currently {why}",)
        needed, healthy = status.desired_healthy, status.current_healthy
        return (f"{about} needs {needed} healthy pods and has {healthy} currently",)

    def budgets_of(self, pod_row: int) -> Iterator[DisruptionBudget]:
        """Yield the budgets that a pod belongs to."""
        catalogue = self.live.catalogue
        for budget in catalogue.surroundings.budgets:
            if _covers(catalogue, budget, pod_row):
                yield budget


def budget_status(catalogue: Catalogue, budget: DisruptionBudget) -> BudgetStatus:
    """Return how many of a budget's pods are there and healthy, and how many must be."""
    limit = budget.limit
    world = catalogue.world
    used = world.pods[: int(world.state[0]["num_pods"])]
    present: list[int] = np.flatnonzero(used["present"]).tolist()
    rows = [row for row in present if _covers(catalogue, budget, row)]
    healthy = int(((used["ready"][rows] == 1) & (used["deleting"][rows] == 0)).sum())
    controllers = {_top(catalogue, int(used[row]["owner"])) for row in rows} - {NONE}
    scale = sum(int(world.workloads[row]["replicas"]) for row in controllers)
    if not budget.of_unavailable and not limit.is_percent:
        return BudgetStatus(len(rows), limit.value, healthy)
    for row in sorted(controllers):
        if failure := scale_failure(controller_kind(catalogue.workloads[row].kind)):
            return BudgetStatus(0, 0, 0, failure)
    value = limit.of(scale, up=True)
    desired = max(0, scale - value) if budget.of_unavailable else value
    return BudgetStatus(scale, desired, healthy)


def _top(catalogue: Catalogue, owner: int) -> int:
    """Return the workload whose scale counts: a Deployment for its ReplicaSets."""
    if owner == NONE:
        return NONE
    above = int(catalogue.world.workloads[owner]["owner"])
    return owner if above == NONE else above


def _covers(catalogue: Catalogue, budget: DisruptionBudget, pod_row: int) -> bool:
    info = catalogue.templates[int(catalogue.world.pods[pod_row]["template"])]
    if info.namespace != budget.key.namespace:
        return False
    return budget.matches(info.namespace, labels_of_row(catalogue, pod_row))
