"""The HorizontalPodAutoscaler controller: how many replicas the metrics ask for, and how fast.

The steps and their order are those of `pkg/controller/podautoscaler` of Kubernetes 1.36. Amounts
are in thousandths, as metrics are there; ratios are of double precision, as they are there.
"""

from __future__ import annotations

from simarena.cluster.codes import (
    NONE,
    Event,
    LogKind,
    MetricFailure,
    RescaleReason,
    Scaling,
    Status,
    WorkloadKind,
)
from simarena.cluster.kernel.controllers.hpa_metrics import replicas_of_metric, shares_pods
from simarena.cluster.kernel.controllers.hpa_rules import (
    note_recommendation,
    note_rescale,
    scale_down_limit,
    scale_up_limit,
    stabilised,
    stabilised_with_behaviour,
)
from simarena.cluster.kernel.ground.events import (
    log_autoscaler,
    schedule_event,
    wake_deployment,
    wake_replicaset,
    wake_workload,
)
from simarena.cluster.records import World
from simarena.jit.decorators import inner

# As plain integers: another branch gives a metric's number in their place.
_BELOW_TARGETS = int(RescaleReason.BELOW_TARGETS)
_ABOVE_MAXIMUM = int(RescaleReason.ABOVE_MAXIMUM)
_BELOW_MINIMUM = int(RescaleReason.BELOW_MINIMUM)
_ABLE = 0
_ACTIVE = 1
_LIMITED = 2


@inner
def _set_condition(world: World, row: int, which: int, status: int, reason: int) -> None:
    hpa = world.autoscalers[row]
    if hpa["condition"][which] == Scaling.UNKNOWN or hpa["condition_status"][which] != status:
        hpa["condition_ms"][which] = world.state[0]["now_ms"]
    hpa["condition_status"][which] = status
    hpa["condition"][which] = reason


@inner
def schedule_sync(world: World, row: int) -> None:
    """Let the controller look at an autoscaler after its interval; it never looks at once."""
    hpa = world.autoscalers[row]
    hpa["due_ms"] = world.state[0]["now_ms"] + world.settings[0]["hpa_sync_ms"]
    hpa["ticket"] = schedule_event(world, hpa["due_ms"], Event.SYNC_AUTOSCALER, row)


@inner
def _is_ambiguous(world: World, row: int) -> bool:
    """Return whether another autoscaler, as far as the controller knows, means the same pods.

    It knows those that it has looked at before, and those that it looks at at the same time.
    """
    target = world.autoscalers[row]["target"]
    now_ms = world.state[0]["now_ms"]
    for other in range(world.state[0]["num_autoscalers"]):
        hpa = world.autoscalers[other]
        if other == row or hpa["present"] == 0 or hpa["target"] == NONE:
            continue
        if hpa["selects"] == 0 and hpa["due_ms"] > now_ms:
            continue
        if hpa["target"] == target or world.state[0]["num_selected"] > 0:
            if shares_pods(world, target, hpa["target"]):
                return True
    return False


@inner
def _replicas_of_metrics(world: World, row: int, current: int) -> int:
    """Return the most replicas that a metric asks for, NONE if nothing may be done.

    While a metric cannot be read the others may scale up, but not down.
    """
    hpa = world.autoscalers[row]
    hpa["selects"] = 1
    if _is_ambiguous(world, row):
        _set_condition(world, row, _ACTIVE, 0, Scaling.AMBIGUOUS)
        log_autoscaler(world, LogKind.AUTOSCALER_AMBIGUOUS, row, NONE, NONE, 0, NONE)
        return NONE
    proposed = 0
    best = NONE
    num_invalid = 0
    first_invalid = NONE
    for metric in range(hpa["num_metrics"]):
        replicas = replicas_of_metric(world, row, metric, current)
        if hpa["metric_failure"][metric] != MetricFailure.NONE:
            if num_invalid == 0:
                first_invalid = metric
            num_invalid += 1
            _log_failure(world, LogKind.AUTOSCALER_FAILED, row, metric, 0)
        elif proposed == 0 or replicas > proposed:
            proposed = replicas
            best = metric
    hpa["best_metric"] = best
    if num_invalid > 0:
        if num_invalid >= hpa["num_metrics"] or proposed < current:
            _set_condition(world, row, _ACTIVE, 0, Scaling.NO_METRIC)
            hpa["best_metric"] = first_invalid
            _log_failure(world, LogKind.AUTOSCALER_INVALID, row, first_invalid, num_invalid)
            return NONE
    _set_condition(world, row, _ACTIVE, 1, Scaling.VALID_METRIC)
    return proposed


@inner
def _log_failure(world: World, kind: int, row: int, metric: int, number: int) -> None:
    hpa = world.autoscalers[row]
    template_row = hpa["metric_template"][metric]
    failure = hpa["metric_failure"][metric]
    log_autoscaler(world, kind, row, template_row, failure, number, metric)


@inner
def _limit(world: World, row: int, current: int, wanted: int) -> int:
    """Return the recommendation, held back by stabilisation, rates and the replicas allowed."""
    hpa = world.autoscalers[row]
    if hpa["has_behaviour"]:
        recommended = stabilised_with_behaviour(world, row, current, wanted)
        reason = Scaling.DOWN_STABILISED
        if wanted >= current:
            reason = Scaling.UP_STABILISED
    else:
        recommended = stabilised(world, row, wanted)
        reason = Scaling.DOWN_STABILISED
    if recommended == wanted:
        reason = Scaling.READY
    _set_condition(world, row, _ABLE, 1, reason)

    maximum = int(hpa["max_replicas"])
    minimum = int(hpa["min_replicas"])
    above = Scaling.TOO_MANY
    below = Scaling.TOO_FEW
    looks_up = True
    looks_down = True
    if hpa["has_behaviour"]:
        looks_up = recommended > current
        looks_down = recommended < current
        up_limit = maximum
        if looks_up:
            up_limit = max(current, scale_up_limit(world, row, current))
        if looks_down:
            down_limit = min(current, scale_down_limit(world, row, current))
            if down_limit > minimum:
                minimum = down_limit
                below = Scaling.DOWN_LIMIT
    else:
        up_limit = max(2 * current, 4)
    if up_limit < maximum:
        maximum = up_limit
        above = Scaling.UP_LIMIT
    replicas = recommended
    limit = Scaling.WITHIN_RANGE
    if looks_down and recommended < minimum:
        replicas = minimum
        limit = below
    elif looks_up and recommended > maximum:
        replicas = maximum
        limit = above
    _set_condition(world, row, _LIMITED, int(replicas != recommended), limit)
    return replicas


@inner
def _rescale(world: World, row: int, current: int, replicas: int, reason: int) -> None:
    hpa = world.autoscalers[row]
    target = hpa["target"]
    workload = world.workloads[target]
    workload["replicas"] = replicas
    workload["num_rescaled"] += 1
    if workload["kind"] == WorkloadKind.DEPLOYMENT:
        wake_deployment(world, target)
    elif workload["kind"] == WorkloadKind.REPLICASET:
        wake_replicaset(world, target)
    else:
        wake_workload(world, target)
    _set_condition(world, row, _ABLE, 1, Scaling.RESCALED)
    hpa["scaled_ms"] = world.state[0]["now_ms"]
    if hpa["has_behaviour"]:
        note_rescale(world, row, current, replicas)
    log_autoscaler(world, LogKind.AUTOSCALER_SCALED, row, NONE, reason, replicas, current)


@inner
def sync_autoscaler(world: World, row: int) -> int:
    """Look at the metrics of an autoscaler and scale its target; return a Status.

    The caller has checked that the event heap takes 2 more entries, and the log 6 more rows.
    """
    hpa = world.autoscalers[row]
    if hpa["present"] == 0:
        return Status.OK
    schedule_sync(world, row)
    hpa["observed"] = 1
    hpa["status_row"] = row
    target = hpa["target"]
    if target == NONE or world.workloads[target]["present"] == 0:
        _set_condition(world, row, _ABLE, 0, Scaling.NO_TARGET)
        log_autoscaler(world, LogKind.AUTOSCALER_FAILED, row, NONE, NONE, 0, NONE)
        return Status.OK
    _set_condition(world, row, _ABLE, 1, Scaling.GOT_SCALE)
    current = int(world.workloads[target]["replicas"])
    if hpa["num_samples"][0] == 0:
        note_recommendation(world, row, current, 0)
    hpa["current"] = current
    desired = current
    reason = _BELOW_TARGETS
    if current == 0 and hpa["min_replicas"] != 0:
        _set_condition(world, row, _ACTIVE, 0, Scaling.DISABLED)
        desired = 0
    elif current > hpa["max_replicas"]:
        desired = int(hpa["max_replicas"])
        reason = _ABOVE_MAXIMUM
    elif current < hpa["min_replicas"]:
        desired = int(hpa["min_replicas"])
        reason = _BELOW_MINIMUM
    else:
        wanted = _replicas_of_metrics(world, row, current)
        if wanted == NONE:
            return Status.OK
        if wanted > current:
            reason = int(hpa["best_metric"])
        desired = _limit(world, row, current, wanted)
    if desired != current:
        _rescale(world, row, current, desired, reason)
    hpa["desired"] = desired
    return Status.OK


@inner
def apply_autoscaler(world: World, row: int, former: int) -> None:
    """Put the autoscaler of a row to work; it goes on where `former`, which it replaces, was."""
    hpa = world.autoscalers[row]
    if former == NONE or world.autoscalers[former]["present"] == 0:
        if hpa["present"] == 0:
            hpa["created_ms"] = world.state[0]["now_ms"]
            hpa["present"] = 1
            hpa["observed"] = 0
            hpa["selects"] = 0
            hpa["status_row"] = row
            hpa["current"] = 0
            hpa["desired"] = 0
            hpa["scaled_ms"] = NONE
            for kind in range(3):
                hpa["num_samples"][kind] = 0
                hpa["condition"][kind] = Scaling.UNKNOWN
            schedule_sync(world, row)
        return
    if former == row:
        return
    before = world.autoscalers[former]
    hpa["present"] = 1
    before["present"] = 0
    hpa["created_ms"] = before["created_ms"]
    hpa["observed"] = before["observed"]
    hpa["selects"] = before["selects"]
    hpa["current"] = before["current"]
    hpa["desired"] = before["desired"]
    hpa["scaled_ms"] = before["scaled_ms"]
    hpa["status_row"] = before["status_row"]
    for kind in range(3):
        hpa["num_samples"][kind] = before["num_samples"][kind]
        hpa["condition"][kind] = before["condition"][kind]
        hpa["condition_status"][kind] = before["condition_status"][kind]
        hpa["condition_ms"][kind] = before["condition_ms"][kind]
    hpa["due_ms"] = before["due_ms"]
    hpa["ticket"] = schedule_event(world, hpa["due_ms"], Event.SYNC_AUTOSCALER, row)
