"""How a Job ends: by its limits, by its policies, or because its work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, JobOutcome, Phase, RestartPolicy
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def is_success(outcome: int) -> bool:
    """Return whether a Job that ended so has the condition Complete."""
    return bool(outcome == JobOutcome.COMPLETE or outcome == JobOutcome.SUCCESS_POLICY)


@inner
def _num_restarts(world: World, row: int) -> int:
    """Return how often the kubelets have restarted containers of pods that have not ended."""
    number = 0
    pod_row = world.workloads[row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["phase"] < Phase.SUCCEEDED:
            together = 1
            if pod["container"] == NONE:
                together = int(world.templates[pod["template"]]["num_containers"])
            number += together * int(pod["num_restarts"])
        pod_row = pod["next_of_owner"]
    return number


@inner
def _is_past_limit(world: World, row: int) -> bool:
    """Return whether too many pods failed, or restarted where the kubelet restarts them."""
    workload = world.workloads[row]
    limit = world.specs[workload["spec"]]["backoff_limit"]
    if workload["num_failed"] > limit:
        return True
    policy = world.templates[workload["template"]]["restart_policy"]
    if policy != RestartPolicy.ON_FAILURE or not world.settings[0]["real_kubelet"]:
        return False
    return _num_restarts(world, row) >= max(limit, 1)


@inner
def _num_succeeded(world: World, row: int, first: int, last: int) -> int:
    """Return how many indexes from `first` to `last` have succeeded."""
    number = 0
    pod_row = world.workloads[row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["phase"] == Phase.SUCCEEDED and first <= pod["ordinal"] <= last:
            number += 1
        pod_row = pod["next_of_owner"]
    return number


@inner
def _rule_for_success(world: World, row: int) -> int:
    """Return the first rule of a Job's success policy that is satisfied, or NONE."""
    part = world.specs[world.workloads[row]["spec"]]["success_rule"]
    rule = NONE
    number = 0
    while part != NONE:
        spec = world.specs[part]
        if spec["rule"] != rule:
            rule = spec["rule"]
            number = 0
        number += _num_succeeded(world, row, spec["first_index"], spec["last_index"])
        if number >= spec["num_needed"]:
            return int(rule)
        part = spec["next_rule"]
    return NONE


@inner
def job_outcome(world: World, row: int) -> int:
    """Return how a Job ends (a JobOutcome), if that is decided; rules in the controller's order.

    Where the success policy decides, the rule is written into `decided_by`.
    """
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    if workload["decided_by"] != NONE:
        return JobOutcome.POD_FAILURE_POLICY
    if _is_past_limit(world, row):
        return JobOutcome.BACKOFF_LIMIT
    deadline_ms = spec["deadline_ms"]
    if (
        deadline_ms != NONE
        and workload["started_ms"] != NONE
        and not spec["paused"]
        and world.state[0]["now_ms"] >= workload["started_ms"] + deadline_ms
    ):
        return JobOutcome.DEADLINE
    failed = int(workload["num_failed_indexes"])
    if spec["max_failed_indexes"] != NONE and failed > spec["max_failed_indexes"]:
        return JobOutcome.MAX_FAILED_INDEXES
    succeeded = int(workload["num_succeeded"])
    if failed > 0 and failed + succeeded >= spec["completions"]:
        return JobOutcome.FAILED_INDEXES
    if succeeded == 0 and spec["completions"] != 0:
        return JobOutcome.UNDECIDED
    workload["decided_by"] = _rule_for_success(world, row)
    if workload["decided_by"] != NONE:
        return JobOutcome.SUCCESS_POLICY
    if spec["completions"] == NONE:
        return JobOutcome.COMPLETE if workload["num_pods"] == 0 else JobOutcome.UNDECIDED
    return JobOutcome.COMPLETE if succeeded >= spec["completions"] else JobOutcome.UNDECIDED
