"""The HorizontalPodAutoscaler controller, against an obvious version with lists and dicts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.codes import (
    NONE,
    NUM_SAMPLES,
    Containers,
    MetricFailure,
    Phase,
    Resource,
    Scaling,
    SelectPolicy,
    WorkloadKind,
)
from simarena.cluster.kernel.controllers.hpa import _limit
from simarena.cluster.kernel.controllers.hpa_metrics import replicas_of_metric
from simarena.cluster.kernel.controllers.hpa_rules import note_rescale
from simarena.cluster.manifests.check import normalise, read_as
from simarena.cluster.manifests.workloads.autoscaler import Autoscaler
from simarena.cluster.rows.tables import Capacities, empty_world

if TYPE_CHECKING:
    from simarena.cluster.records import World

NOW_MS = 3_600_000


def autoscaler(
    *, percent: int | None = 50, value: str | None = None, resource: str = "cpu", **spec: object
) -> dict[str, Any]:
    target: dict[str, Any] = {"type": "Utilization", "averageUtilization": percent}
    if value is not None:
        target = {"type": "AverageValue", "averageValue": value}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web"},
            "minReplicas": 1,
            "maxReplicas": 1_000,
            "metrics": [{"type": "Resource", "resource": {"name": resource, "target": target}}],
            **spec,
        },
    }


def world_of(manifest: dict[str, Any], num_pods: int = 8) -> World:
    """Return a World with one ReplicaSet and the autoscaler that scales it."""
    world = empty_world(
        Capacities(
            pods=num_pods, templates=num_pods + 1, autoscalers=1, usage=num_pods, log=64, heap=64
        )
    )
    world.state[0]["now_ms"] = NOW_MS
    settings = world.settings[0]
    settings["real_kubelet"] = 1
    settings["hpa_sync_ms"] = 15_000
    settings["hpa_downscale_ms"] = 300_000
    settings["hpa_cpu_start_ms"] = 300_000
    settings["hpa_readiness_ms"] = 30_000
    settings["hpa_window_ms"] = 15_000
    workload = world.workloads[0]
    workload["kind"] = WorkloadKind.REPLICASET
    workload["present"] = 1
    workload["owner"] = NONE
    workload["first_pod"] = NONE
    values = read_as(manifest, Autoscaler).row(tolerance=0.1, downscale_ms=300_000)
    for name, value in values.items():
        world.autoscalers[0][name] = value
    world.autoscalers[0]["present"] = 1
    return world


@dataclass
class Pod:
    """A pod as the metrics and the API show it; CPU in millicores."""

    usage: int | None = 100
    request: int = 200
    phase: int = Phase.RUNNING
    ready: bool = True
    bound_ms: int = 0
    changed_ms: int = 1_000
    """When its readiness changed last."""
    deleting: bool = False


def put_pods(world: World, pods: list[Pod]) -> None:
    world.workloads[0]["replicas"] = len(pods)
    for row, pod in enumerate(pods):
        template = world.templates[row]
        template["first_cpu_milli"] = pod.request
        template["first_memory_bytes"] = pod.request
        template["num_containers"] = template["num_cpu_usage"] = template["num_memory_usage"] = 1
        template["cpu_usage"] = template["memory_usage"] = row
        world.usage[row]["each"] = pod.usage or 0
        record = world.pods[row]
        record["present"] = 1
        record["template"] = row
        record["phase"] = pod.phase
        record["ready"] = pod.ready
        record["bound_ms"] = pod.bound_ms
        record["container"] = NONE
        record["containers"] = Containers.ENDED if pod.usage is None else Containers.RUNNING
        record["ready_ms"] = pod.changed_ms if pod.ready else NONE
        record["unready_ms"] = NONE if pod.ready else pod.changed_ms
        record["deleting"] = pod.deleting
        record["next_of_owner"] = row + 1 if row + 1 < len(pods) else NONE
    world.workloads[0]["first_pod"] = 0 if pods else NONE


def asked(manifest: dict[str, Any], pods: list[Pod], current: int | None = None) -> int | str:
    world = world_of(manifest, len(pods) + 1)
    put_pods(world, pods)
    replicas = replicas_of_metric(world, 0, 0, len(pods) if current is None else current)
    failure = MetricFailure(int(world.autoscalers[0]["metric_failure"][0]))
    return replicas if failure == MetricFailure.NONE else failure.name


def obvious(spec: dict[str, Any], pods: list[Pod], current: int) -> int | str:  # noqa: C901, PLR0912 - as long as it is in Go
    """Calculate replicas as `replica_calculator.go` of Kubernetes does, step by step."""
    target = spec["metrics"][0]["resource"]["target"]
    is_cpu = spec["metrics"][0]["resource"]["name"] == "cpu"
    unit = 1 if is_cpu else 1_000
    metrics = {
        i: p.usage * unit
        for i, p in enumerate(pods)
        if p.usage is not None and p.phase == Phase.RUNNING
    }
    if not metrics:
        return "NO_METRICS"
    requests = {i: p.request * unit for i, p in enumerate(pods)}
    unready, missing, ready_count = set(), set(), 0
    for i, pod in enumerate(pods):
        if pod.deleting or pod.phase == Phase.FAILED:
            metrics.pop(i, None)
        elif pod.phase == Phase.PENDING:
            unready.add(i)
        elif i not in metrics:
            missing.add(i)
        elif is_cpu and (
            (not pod.ready or pod.changed_ms + 15_000 > NOW_MS)
            if pod.bound_ms + 300_000 > NOW_MS
            else (not pod.ready and pod.bound_ms + 30_000 > pod.changed_ms)
        ):
            unready.add(i)
        else:
            ready_count += 1
    for i in unready:
        metrics.pop(i, None)
    if not metrics:
        return "NO_SAMPLES"

    def ratio() -> float:
        total = sum(metrics.values())
        if target["type"] == "Utilization":
            percent = total * 100 // sum(requests[i] for i in metrics)
            return float(percent) / float(target["averageUtilization"])
        return float(total // len(metrics)) / float(int(target["averageValue"][:-1]))

    first = ratio()
    hold_back = bool(unready) and first > 1
    if not hold_back and not missing:
        return current if 0.9 <= first <= 1.1 else math.ceil(first * ready_count)
    if target["type"] == "Utilization":
        if first < 1:
            fallback = max(100, target["averageUtilization"])
            metrics |= {i: requests[i] * fallback // 100 for i in missing}
        elif first > 1:
            metrics |= dict.fromkeys(missing, 0)
    else:
        value = int(target["averageValue"][:-1])
        metrics |= dict.fromkeys(missing, value if first < 1 else 0)
    if hold_back:
        metrics |= dict.fromkeys(unready, 0)
    second = ratio()
    if 0.9 <= second <= 1.1 or (first < 1 < second) or (second < 1 < first):
        return current
    replicas = math.ceil(second * len(metrics))
    if (second < 1 and replicas > current) or (second > 1 and replicas < current):
        return current
    return replicas


def test_the_documented_example_doubles_at_twice_the_target() -> None:
    # "if the current metric value is 200m, and the desired value is 100m, the number of replicas
    # will be doubled"; if it is 50m, halved.
    assert asked(autoscaler(value="100m"), [Pod(usage=200)] * 3) == 6
    assert asked(autoscaler(value="100m"), [Pod(usage=50)] * 4) == 2


def test_a_ratio_within_ten_per_cent_of_one_changes_nothing() -> None:
    assert asked(autoscaler(value="100m"), [Pod(usage=110)] * 10) == 10
    assert asked(autoscaler(value="100m"), [Pod(usage=111)] * 10) == 12
    assert asked(autoscaler(value="100m"), [Pod(usage=90)] * 10) == 10
    assert asked(autoscaler(value="100m"), [Pod(usage=89)] * 10) == 9


def test_utilisation_is_of_requests_and_in_whole_per_cents() -> None:
    pods = [Pod(usage=300, request=200), Pod(usage=101, request=200)]
    assert asked(autoscaler(percent=50), pods) == 4  # 401 of 400 is 100 %


def test_a_missing_pod_uses_its_request_when_others_ask_for_less() -> None:
    # 20 % of two pods and 100 % of the third: 46 of 50 %, within the tolerance
    pods = [Pod(usage=40), Pod(usage=40), Pod(usage=None)]
    assert asked(autoscaler(percent=50), pods) == 3


def test_a_missing_pod_uses_nothing_when_others_ask_for_more() -> None:
    pods = [Pod(usage=200), Pod(usage=200), Pod(usage=None)]
    assert asked(autoscaler(percent=50), pods) == 4  # 66 % of three pods, and not 100 % of two


def test_a_pending_pod_dampens_scaling_up_and_never_scaling_down() -> None:
    waiting = Pod(usage=None, phase=Phase.PENDING, ready=False)
    assert asked(autoscaler(percent=50), [Pod(usage=200), waiting]) == 2
    assert asked(autoscaler(percent=50), [Pod(usage=20), Pod(usage=20), waiting]) == 1


def test_cpu_of_a_pod_counts_one_window_after_it_became_ready() -> None:
    young = Pod(usage=200, bound_ms=NOW_MS - 40_000, changed_ms=NOW_MS - 14_999)
    older = Pod(usage=200, bound_ms=NOW_MS - 40_000, changed_ms=NOW_MS - 15_000)
    assert asked(autoscaler(percent=50), [young]) == "NO_SAMPLES"
    assert asked(autoscaler(percent=50), [older]) == 2
    assert asked(autoscaler(value="100", resource="memory"), [young]) == 2


def test_usage_of_a_pod_being_deleted_does_not_count() -> None:
    pods = [Pod(usage=100), Pod(usage=10_000, deleting=True)]
    assert asked(autoscaler(percent=50), pods) == 2


def test_a_container_without_a_request_has_no_utilisation() -> None:
    world = world_of(autoscaler(percent=50))
    put_pods(world, [Pod(), Pod()])
    world.templates[1]["first_cpu_milli"] = NONE
    replicas_of_metric(world, 0, 0, 2)
    assert world.autoscalers[0]["metric_failure"][0] == MetricFailure.NO_REQUEST
    assert world.autoscalers[0]["metric_template"][0] == 1
    world = world_of(autoscaler(value="50m"))
    put_pods(world, [Pod(), Pod()])
    world.templates[1]["unrequested"] = 1 << Resource.CPU
    assert replicas_of_metric(world, 0, 0, 2) == 4


times = st.sampled_from([NOW_MS - 400_000, NOW_MS - 200_000, NOW_MS - 20_000, NOW_MS - 5_000])
pods = st.builds(
    Pod,
    usage=st.none() | st.integers(0, 500),
    request=st.integers(1, 400),
    phase=st.sampled_from([Phase.RUNNING] * 4 + [Phase.PENDING, Phase.FAILED]),
    ready=st.booleans(),
    bound_ms=times,
    changed_ms=times,
    deleting=st.sampled_from([False] * 5 + [True]),
).map(lambda p: Pod(**{**vars(p), "changed_ms": max(p.changed_ms, p.bound_ms)}))
manifests = st.builds(
    autoscaler,
    percent=st.integers(1, 200),
    value=st.none() | st.integers(1, 300).map("{}m".format),
    resource=st.just("cpu"),
) | st.builds(autoscaler, percent=st.integers(1, 200), resource=st.just("memory"))


@given(manifests, st.lists(pods, min_size=1, max_size=8), st.integers(1, 9))
def test_replicas_agree_with_the_obvious_version(
    manifest: dict[str, Any], some: list[Pod], current: int
) -> None:
    assert asked(manifest, some, current) == obvious(manifest["spec"], some, current)


@dataclass
class Limiter:
    """Stabilisation and rates as `horizontal.go` has them, with lists that only grow."""

    spec: dict[str, Any]
    recommendations: list[tuple[int, int]] = field(default_factory=list)
    changes: dict[str, list[tuple[int, int]]] = field(
        default_factory=lambda: {"scaleUp": [], "scaleDown": []}
    )

    def limit(self, now_ms: int, current: int, wanted: int) -> int:
        low, high = self.spec["minReplicas"], self.spec["maxReplicas"]
        behaviour = self.spec.get("behavior")
        if behaviour is None:
            past = [r for t, r in self.recommendations if t >= now_ms - 300_000]
            self.recommendations.append((now_ms, wanted))
            return int(max(low, min(max([wanted, *past]), high, max(2 * current, 4))))
        up, down = behaviour["scaleUp"], behaviour["scaleDown"]
        window_up = 1_000 * up["stabilizationWindowSeconds"]
        window_down = 1_000 * down.get("stabilizationWindowSeconds", 300)
        least = min([wanted, *(r for t, r in self.recommendations if t > now_ms - window_up)])
        most = max([wanted, *(r for t, r in self.recommendations if t > now_ms - window_down)])
        self.recommendations.append((now_ms, wanted))
        stable = min(max(current, least), most)
        if stable > current:
            bound = self._bound(up, "scaleUp", now_ms, current)
            return int(min(stable, high, max(current, bound)))
        if stable < current:
            bound = self._bound(down, "scaleDown", now_ms, current)
            return int(max(stable, low, min(current, bound)))
        return stable

    def _bound(self, rules: dict[str, Any], way: str, now_ms: int, current: int) -> int:
        if rules["selectPolicy"] == "Disabled":
            return current
        bounds = []
        for policy in rules["policies"]:
            since = now_ms - 1_000 * policy["periodSeconds"]
            added = sum(n for t, n in self.changes["scaleUp"] if t > since)
            removed = sum(n for t, n in self.changes["scaleDown"] if t > since)
            start = current - added + removed
            sign = 1 if way == "scaleUp" else -1
            if policy["type"] == "Pods":
                bounds.append(start + sign * policy["value"])
            else:
                exact = float(start) * (1 + sign * (float(policy["value"]) / 100))
                bounds.append(math.ceil(exact) if sign > 0 else int(exact))
        largest_change = rules["selectPolicy"] == "Max"
        return int(max(bounds) if largest_change == (way == "scaleUp") else min(bounds))


def run_limits(manifest: dict[str, Any], wishes: list[int]) -> tuple[list[int], list[int]]:
    """Return the replicas over time by the kernel, and by the obvious version."""
    complete = normalise(manifest)
    results: tuple[list[int], list[int]] = ([], [])
    world = world_of(manifest)
    world.autoscalers[0]["history"] = 0
    limiter = Limiter(complete["spec"])
    kernel_now, oracle_now = 5, 5
    for index, wish in enumerate(wishes):
        now_ms = NOW_MS + 15_000 * index
        world.state[0]["now_ms"] = now_ms
        after = _limit(world, 0, kernel_now, wish)
        if after != kernel_now and world.autoscalers[0]["has_behaviour"]:
            note_rescale(world, 0, kernel_now, after)
        kernel_now = after
        after = limiter.limit(now_ms, oracle_now, wish)
        if after != oracle_now:
            way = "scaleUp" if after > oracle_now else "scaleDown"
            limiter.changes[way].append((now_ms, abs(after - oracle_now)))
        oracle_now = after
        results[0].append(kernel_now)
        results[1].append(oracle_now)
    assert world.autoscalers[0]["num_samples"].max() <= NUM_SAMPLES
    return results


policies = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Pods", "Percent"]),
        "value": st.integers(1, 120),
        "periodSeconds": st.sampled_from([15, 30, 60, 180]),
    }
)
rules = st.fixed_dictionaries(
    {
        "selectPolicy": st.sampled_from(["Max", "Max", "Min", "Disabled"]),
        "policies": st.lists(policies, min_size=1, max_size=3),
    },
    optional={"stabilizationWindowSeconds": st.sampled_from([0, 30, 60, 300])},
)
behaviours = st.none() | st.fixed_dictionaries({}, optional={"scaleUp": rules, "scaleDown": rules})


@given(behaviours, st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_limits_agree_with_the_obvious_version(
    behaviour: dict[str, Any] | None, wishes: list[int]
) -> None:
    spec: dict[str, Any] = {} if behaviour is None else {"behavior": behaviour}
    kernel, oracle = run_limits(autoscaler(minReplicas=2, maxReplicas=30, **spec), wishes)
    assert kernel == oracle


def test_the_documented_behaviour_of_four_pods_or_ten_per_cent_a_minute() -> None:
    # The documentation's example: 80 replicas that should be 10. 10 % are the most that may go a
    # minute until 40 are left; from there on 4 pods are more than 10 %.
    behaviour = {
        "scaleDown": {
            "stabilizationWindowSeconds": 0,
            "policies": [
                {"type": "Pods", "value": 4, "periodSeconds": 60},
                {"type": "Percent", "value": 10, "periodSeconds": 60},
            ],
        }
    }
    world = world_of(autoscaler(behavior=behaviour))
    seen = [80]
    for minute in range(1, 12):
        world.state[0]["now_ms"] = NOW_MS + 60_000 * minute
        after = _limit(world, 0, seen[-1], 10)
        note_rescale(world, 0, seen[-1], after)
        seen.append(after)
    # 72 less 10 % is 64.8, of which 64 must stay: the limit is cut to whole pods
    assert seen == [80, 72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20]


def test_scaling_up_without_behaviour_doubles_at_most_or_goes_to_four() -> None:
    world = world_of(autoscaler())
    assert _limit(world, 0, 1, 100) == 4
    assert world.autoscalers[0]["condition"][2] == Scaling.UP_LIMIT
    assert _limit(world, 0, 10, 100) == 20


def test_scaling_down_waits_for_the_highest_recommendation_of_five_minutes() -> None:
    kernel, _ = run_limits(autoscaler(), [10, *[3] * 22])
    # The recommendation of 10 counts up to 300 s after it was made: 20 looks of 15 s.
    assert kernel == [*[10] * 21, 3, 3]


@pytest.mark.parametrize(("select", "expected"), [("Max", 9), ("Min", 6), ("Disabled", 5)])
def test_the_selected_policy_decides(select: str, expected: int) -> None:
    up = {
        "selectPolicy": select,
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 60},
            {"type": "Percent", "value": 20, "periodSeconds": 60},
        ],
    }
    world = world_of(autoscaler(behavior={"scaleUp": up}))
    assert _limit(world, 0, 5, 100) == expected
    assert SelectPolicy[select.upper()] == world.autoscalers[0]["select"][0]
