"""PodDisruptionBudgets: how many pods may be evicted (the disruption controller's count)."""

from __future__ import annotations

from simarena.cluster.codes import NONE, Budget, WorkloadKind
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def _add_pods(world: World) -> None:
    """Count the pods of each budget, and those of them that are Ready and stay."""
    for pod_row in range(world.state[0]["num_pods"]):
        pod = world.pods[pod_row]
        if pod["present"]:
            row = world.templates[pod["template"]]["first_budget"]
            while row != NONE:
                budget = world.budgets[world.terms[row]["counter"]]
                if budget["kind"] == Budget.MIN_AVAILABLE and not budget["is_percent"]:
                    budget["expected"] += 1
                if pod["ready"] and not pod["deleting"]:
                    budget["healthy"] += 1
                row = world.terms[row]["next"]


@inner
def _add_replicas(world: World) -> None:
    """Count the wanted replicas of each budget's workloads: percentages are of those."""
    for workload_row in range(world.state[0]["num_workloads"]):
        workload = world.workloads[workload_row]
        if (
            workload["kind"] != WorkloadKind.FREE
            and workload["owner"] == NONE
            and workload["template"] != NONE
            and workload["present"]
        ):
            row = world.templates[workload["template"]]["first_budget"]
            while row != NONE:
                budget = world.budgets[world.terms[row]["counter"]]
                if budget["kind"] == Budget.MAX_UNAVAILABLE or budget["is_percent"]:
                    budget["expected"] += workload["replicas"]
                row = world.terms[row]["next"]


@inner
def count_budgets(world: World) -> None:
    """Write how many disruptions each budget allows now."""
    number = world.state[0]["num_budgets"]
    for row in range(number):
        world.budgets[row]["expected"] = 0
        world.budgets[row]["healthy"] = 0
    _add_pods(world)
    _add_replicas(world)
    for row in range(number):
        budget = world.budgets[row]
        value = budget["value"]
        if budget["is_percent"]:
            value = -(-value * budget["expected"] // 100)
        desired = value
        if budget["kind"] == Budget.MAX_UNAVAILABLE:
            desired = max(budget["expected"] - value, 0)
        allowed = max(budget["healthy"] - desired, 0)
        budget["allowed"] = allowed if budget["expected"] > 0 else 0


@inner
def open_budgets(world: World) -> None:
    """Begin to spend the budgets on one node's pods."""
    for row in range(world.state[0]["num_budgets"]):
        world.budgets[row]["left"] = world.budgets[row]["allowed"]


@inner
def spend_budgets(world: World, template_row: int) -> bool:
    """Spend one disruption of each budget of a pod; return whether that is more than one allows."""
    violated = False
    row = world.templates[template_row]["first_budget"]
    while row != NONE:
        budget = world.budgets[world.terms[row]["counter"]]
        budget["left"] -= 1
        violated = violated or budget["left"] < 0
        row = world.terms[row]["next"]
    return violated
