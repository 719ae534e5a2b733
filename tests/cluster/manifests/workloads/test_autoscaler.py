"""HorizontalPodAutoscalers in a living cluster: replicas, status, conditions, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import check_world, deployment, node, world_of
from tests.trace._objects import trace_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.objects.workloads.autoscaler import decimal_quantity
from simarena.errors import ManifestError, NotFoundError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest


NO_METRICS = (
    "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned "
    "from resource metrics API"
)
INVALID = "invalid metrics (1 invalid out of 1), first error is:"


def autoscaler(**spec: object) -> Manifest:
    target = {"type": "Utilization", "averageUtilization": 50}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            **spec,
        },
    }


def busy(replicas: int | None = 2, usage: str = "100m") -> Manifest:
    manifest = deployment("web", replicas or 0, "100m", "10Mi")
    if replicas is None:
        del manifest["spec"]["replicas"]
    annotations = {"kwok.x-k8s.io/usage-cpu": usage}
    manifest["spec"]["template"]["metadata"]["annotations"] = annotations
    return manifest


def replicas_of(cluster: Cluster) -> int:
    return int(cluster.get("Deployment", "web")["spec"]["replicas"])


def reasons(cluster: Cluster, kind: str = "HorizontalPodAutoscaler") -> list[tuple[str, str]]:
    return [
        (event["reason"], event["message"])
        for event in cluster.events()
        if event["involvedObject"]["kind"] == kind
    ]


def conditions(cluster: Cluster) -> dict[str, tuple[str, str]]:
    status = cluster.get("HorizontalPodAutoscaler", "web")["status"]
    return {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}


def started(manifest: Manifest | None = None, **spec: object) -> Cluster:
    """Return a cluster whose pods have been ready for long enough to be measured."""
    cluster = Cluster([node(pods=500, cpu="64")])
    cluster.apply(manifest or busy())
    cluster.advance(30)
    cluster.apply(autoscaler(**spec))
    return cluster


def test_the_first_look_comes_one_interval_after_creation() -> None:
    cluster = started()
    cluster.advance(14.999)
    assert replicas_of(cluster) == 2
    assert "conditions" not in cluster.get("HorizontalPodAutoscaler", "web")["status"]
    cluster.advance(0.001)
    assert replicas_of(cluster) == 4  # 100 % of 50 %
    assert cluster.get("Deployment", "web")["metadata"]["generation"] == 2
    cluster.settle()
    assert len(cluster.list("Pod")) == 4
    check_world(world_of(cluster))


def test_a_rescale_is_told_as_by_the_api() -> None:
    cluster = started()
    cluster.advance(15)
    text = "New size: 4; reason: cpu resource utilization (percentage of request) above target"
    assert reasons(cluster) == [("SuccessfulRescale", text)]
    status = cluster.get("HorizontalPodAutoscaler", "web")["status"]
    assert status["currentReplicas"] == 2
    assert status["desiredReplicas"] == 4
    assert status["lastScaleTime"] == "2026-01-01T00:00:45Z"
    current = {"averageUtilization": 100, "averageValue": "100m"}
    assert status["currentMetrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "current": current}}
    ]
    assert conditions(cluster) == {
        "AbleToScale": ("True", "SucceededRescale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("False", "DesiredWithinRange"),
    }


def test_replicas_stay_between_minimum_and_maximum() -> None:
    cluster = started(busy(20), maxReplicas=8)
    cluster.advance(15)
    assert replicas_of(cluster) == 8
    text = "New size: 8; reason: Current number of replicas above Spec.MaxReplicas"
    assert reasons(cluster) == [("SuccessfulRescale", text)]
    cluster = started(busy(1), minReplicas=3)
    cluster.advance(15)
    assert replicas_of(cluster) == 3
    assert "below Spec.MinReplicas" in reasons(cluster)[0][1]


def test_scaling_down_comes_after_the_stabilisation_window() -> None:
    cluster = started(busy(8, "10m"))
    cluster.advance(300)
    assert replicas_of(cluster) == 8
    assert conditions(cluster)["AbleToScale"] == ("True", "ScaleDownStabilized")
    cluster.advance(30)
    assert replicas_of(cluster) == 2  # 10 % of 50 %, of 8 pods: 1.6
    assert reasons(cluster)[-1] == (
        "SuccessfulRescale",
        "New size: 2; reason: All metrics below target",
    )


def test_no_replicas_means_no_scaling() -> None:
    cluster = started(busy(0))
    cluster.advance(60)
    assert replicas_of(cluster) == 0
    assert conditions(cluster)["ScalingActive"] == ("False", "ScalingDisabled")


def test_pods_without_usage_stop_the_controller() -> None:
    manifest = busy()
    manifest["spec"]["template"]["spec"]["nodeSelector"] = {"not": "there"}
    cluster = started(manifest)
    cluster.advance(15)
    assert replicas_of(cluster) == 2
    assert reasons(cluster) == [
        (
            "FailedGetResourceMetric",
            NO_METRICS,
        ),
        (
            "FailedComputeMetricsReplicas",
            f"{INVALID} failed to get cpu resource metric value: {NO_METRICS}",
        ),
    ]
    assert conditions(cluster)["ScalingActive"] == ("False", "FailedGetResourceMetric")


def test_a_missing_request_is_named() -> None:
    manifest = busy()
    manifest["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    cluster = started(manifest)
    cluster.advance(15)
    pod = cluster.list("Pod")[0]["metadata"]["name"]
    assert "missing request for cpu in container main of Pod web-" in reasons(cluster)[0][1]
    assert pod[:10] in reasons(cluster)[0][1]


def test_a_target_that_is_not_there_is_looked_for_again() -> None:
    cluster = Cluster([node()])
    cluster.apply(autoscaler())
    cluster.advance(20)
    assert reasons(cluster) == [("FailedGetScale", 'deployments.apps "web" not found')]
    assert conditions(cluster) == {"AbleToScale": ("False", "FailedGetScale")}
    cluster.apply(busy())
    cluster.advance(60)
    assert replicas_of(cluster) > 2


def test_the_metric_that_asks_for_most_decides() -> None:
    memory = {"type": "AverageValue", "averageValue": "1Mi"}
    spec = autoscaler()["spec"]["metrics"]
    metrics = [*spec, {"type": "Resource", "resource": {"name": "memory", "target": memory}}]
    manifest = busy()
    annotations = manifest["spec"]["template"]["metadata"]["annotations"]
    annotations["kwok.x-k8s.io/usage-memory"] = "2560Ki"
    cluster = started(manifest, metrics=metrics, maxReplicas=50)
    cluster.advance(15)
    assert reasons(cluster)[0][1] == "New size: 4; reason: memory resource above target"
    status = cluster.get("HorizontalPodAutoscaler", "web")["status"]
    assert status["currentMetrics"][1]["resource"]["current"] == {"averageValue": "2621440"}
    assert conditions(cluster)["ScalingLimited"] == ("True", "ScaleUpLimit")  # 5 are wanted


def test_one_metric_that_fails_forbids_scaling_down_but_not_up() -> None:
    memory = {"type": "Utilization", "averageUtilization": 50}
    metrics = [
        {"type": "Resource", "resource": {"name": "memory", "target": memory}},
        *autoscaler()["spec"]["metrics"],
    ]
    for usage, replicas in (("100m", 4), ("10m", 2)):
        manifest = busy(usage=usage)
        requests = manifest["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
        del requests["memory"]
        cluster = started(manifest, metrics=metrics)
        cluster.advance(15 if replicas == 4 else 600)
        assert replicas_of(cluster) == replicas


def test_applying_a_deployment_that_says_no_replicas_keeps_the_autoscalers() -> None:
    cluster = started()
    cluster.advance(15)
    changed = busy(None)
    changed["metadata"]["labels"] = {"team": "a"}
    cluster.apply(changed)
    assert replicas_of(cluster) == 4
    cluster.apply(busy(3))
    assert replicas_of(cluster) == 3


def test_an_autoscaler_can_be_changed_deleted_and_created_again() -> None:
    cluster = started()
    uid = cluster.get("HorizontalPodAutoscaler", "web")["metadata"]["uid"]
    cluster.advance(10)
    cluster.apply(autoscaler(maxReplicas=3))
    cluster.advance(5)  # the look that was due anyway
    assert replicas_of(cluster) == 3
    assert len(cluster.list("HorizontalPodAutoscaler")) == 1
    assert cluster.get("HorizontalPodAutoscaler", "web")["metadata"]["uid"] == uid
    cluster.delete("HorizontalPodAutoscaler", "web")
    with pytest.raises(NotFoundError, match=r"horizontalpodautoscalers.autoscaling \"web\""):
        cluster.get("HorizontalPodAutoscaler", "web")
    cluster.advance(600)
    assert replicas_of(cluster) == 3
    cluster.apply(autoscaler())
    cluster.advance(15)
    assert replicas_of(cluster) == 6


def test_version_1_is_read_as_version_2() -> None:
    cluster = Cluster()
    cluster.apply(
        {
            "apiVersion": "autoscaling/v1",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                "maxReplicas": 10,
                "targetCPUUtilizationPercentage": 50,
            },
        }
    )
    spec = cluster.get("HorizontalPodAutoscaler", "web")["spec"]
    assert spec["metrics"] == autoscaler()["spec"]["metrics"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"maxReplicas": None}, "maxReplicas"),
        ({"minReplicas": 11}, "maxReplicas must be at least minReplicas"),
        ({"metrics": [{"type": "Pods"}]}, "pods.metric.name must not be empty"),
        (
            {"metrics": [{"type": "Resource", "resource": {"name": "example.com/gpu"}}]},
            "resource.name must be cpu or memory to be simulated",
        ),
        ({"scaleTargetRef": {}}, "scaleTargetRef.kind must not be empty"),
        (
            {"behavior": {"scaleUp": {"stabilizationWindowSeconds": 3_601}}},
            "stabilizationWindowSeconds must be at most 3600",
        ),
        ({"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1}]}}}, "periodSeconds"),
    ],
)
def test_what_the_api_would_refuse_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        Cluster().apply(autoscaler(**changes))


def test_a_tolerance_of_a_behaviour_replaces_the_setting() -> None:
    tolerant = {"scaleUp": {"tolerance": "0.5"}}
    cluster = started(busy(usage="70m"), behavior=tolerant)
    cluster.advance(15)
    assert replicas_of(cluster) == 2  # 70 % of 50 % is within 1.5
    cluster = started(busy(usage="70m"))
    cluster.advance(15)
    assert replicas_of(cluster) == 3


def test_a_snapshot_continued_equals_the_original_continued() -> None:
    cluster = started()
    cluster.advance(20)
    saved = cluster.snapshot()
    cluster.advance(100)
    first = (cluster.list("HorizontalPodAutoscaler"), cluster.events(), cluster.list("Pod"))
    cluster.restore(saved)
    cluster.advance(100)
    assert (cluster.list("HorizontalPodAutoscaler"), cluster.events(), cluster.list("Pod")) == first


def test_a_trace_may_hold_autoscalers_and_those_not_simulated_are_named() -> None:
    odd = autoscaler(metrics=[{"type": "Resource", "resource": {"name": "example.com/gpu"}}])
    odd["metadata"]["name"] = "odd"
    trace = trace_of(
        (0, [busy()], []), (40, [autoscaler(), odd], []), (100, [], [autoscaler()]), (900, [], [])
    )
    cluster = Cluster([node(labels={"type": "virtual"}, cpu="64")])
    with pytest.warns(UserWarning, match="not simulated: HorizontalPodAutoscaler odd"):
        cluster.replay(trace, duration=60)
    web = cluster.get("Deployment", "web", "virtual-default")
    assert web["spec"]["replicas"] == 4
    assert len(cluster.list("HorizontalPodAutoscaler")) == 1
    cluster = Cluster([node(labels={"type": "virtual"}, cpu="64")])
    with pytest.warns(UserWarning, match="not simulated"):
        cluster.replay(trace)
    assert cluster.list("HorizontalPodAutoscaler") == []


def test_quantities_are_written_as_the_api_does() -> None:
    assert decimal_quantity(250) == "250m"
    assert decimal_quantity(1_000) == "1"
    assert decimal_quantity(2_621_440_000) == "2621440"
    assert decimal_quantity(5_000_000_000_000) == "5G"
    assert decimal_quantity(0) == "0"


def test_the_interval_is_a_setting() -> None:
    cluster = Cluster([node()], config=ClusterConfig(hpa_sync_ms=5_000))
    cluster.apply(busy())
    cluster.advance(30)
    cluster.apply(autoscaler())
    cluster.advance(5)
    assert replicas_of(cluster) == 4


def test_a_statefulset_is_scaled_too_and_a_daemonset_is_not() -> None:
    manifest = {**busy(), "kind": "StatefulSet"}
    manifest["spec"]["serviceName"] = "web"
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"}
    cluster = started(manifest, scaleTargetRef=target)
    cluster.advance(300)
    found = cluster.get("StatefulSet", "web")
    assert found["spec"]["replicas"] == found["status"]["readyReplicas"] == 10
    daemons = {**busy(None), "kind": "DaemonSet"}
    cluster.apply(daemons)
    cluster.apply(autoscaler(scaleTargetRef={**target, "kind": "DaemonSet"}))
    cluster.advance(60)
    assert conditions(cluster)["AbleToScale"] == ("False", "FailedGetScale")


def test_a_target_of_a_kind_that_is_not_known_is_told_in_the_words_of_the_api() -> None:
    cluster = Cluster([node()])
    target = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"}
    cluster.apply(autoscaler(scaleTargetRef=target))
    cluster.advance(15)
    said = 'no matches for kind "Rollout" in group "argoproj.io"'
    (hpa,) = cluster.list("HorizontalPodAutoscaler")
    (condition,) = hpa["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == (
        "FailedGetScale",
        f"the HPA controller was unable to get the target's current scale: {said}",
    )
    assert [event["message"] for event in cluster.events()] == [said]
    cluster.apply(deployment("other"))
    cluster.delete("Deployment", "other")
    cluster.delete("HorizontalPodAutoscaler", "web")
    assert cluster.list("HorizontalPodAutoscaler") == []


def test_a_target_without_a_scale_is_no_resource_that_the_server_has() -> None:
    cluster = Cluster([node()])
    target = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent"}
    cluster.apply(autoscaler(scaleTargetRef=target))
    cluster.advance(15)
    (event,) = cluster.events()
    assert event["message"] == "the server could not find the requested resource"


def test_another_target_leaves_the_status_as_it_is_until_the_next_sync() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment("web", 2, "100m", "10Mi"))
    cluster.apply(deployment("api", 3, None, "10Mi"))
    cluster.apply(autoscaler())
    cluster.advance(15)
    before = cluster.get("HorizontalPodAutoscaler", "web")["status"]
    assert before["conditions"]
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    for changed in (autoscaler(scaleTargetRef=target), autoscaler(), autoscaler(maxReplicas=7)):
        cluster.apply(changed)
        assert cluster.get("HorizontalPodAutoscaler", "web")["status"] == before
    cluster.apply(autoscaler(scaleTargetRef=target))
    cluster.advance(15)
    after = cluster.get("HorizontalPodAutoscaler", "web")["status"]
    assert after["currentReplicas"] == 3
    assert cluster.events()


def test_a_behaviour_of_null_is_none() -> None:
    with_null, without = (Cluster([node()]) for _ in range(2))
    for cluster, hpa in ((with_null, autoscaler(behavior=None)), (without, autoscaler())):
        cluster.apply(busy(2, "400m"))
        cluster.apply(hpa)
        cluster.advance(120)
    assert replicas_of(with_null) == replicas_of(without) > 2


def conditions_of(cluster: Cluster, name: str = "web") -> dict[str, tuple[str, str, str]]:
    status = cluster.get("HorizontalPodAutoscaler", name)["status"]
    return {
        each["type"]: (each["status"], each["reason"], each["message"])
        for each in status["conditions"]
    }


def with_labels(manifest: Manifest, **labels: str) -> Manifest:
    manifest["spec"]["template"]["metadata"]["labels"] = labels
    return manifest


def metric(kind: str, part: str, target: Manifest, **about: object) -> Manifest:
    return {"type": kind, part: {**about, "target": target}}


def named(name: str) -> Manifest:
    return {"metric": {"name": name}}


def test_pods_of_others_that_the_selector_means_count() -> None:
    cluster = Cluster([node(cpu="64")])
    cluster.apply(busy(2, "100m"))
    canary = with_labels(busy(6, "0m"), app="web", track="canary")
    canary["metadata"]["name"] = "canary"
    canary["spec"]["selector"] = {"matchLabels": {"track": "canary"}}
    cluster.apply(canary)
    cluster.settle()
    cluster.apply(autoscaler())
    cluster.advance(16)
    # 200m of 800m are used: half of what is wanted, and of eight pods four remain.
    assert replicas_of(cluster) == 4
    check_world(world_of(cluster))


def test_a_foreign_pod_without_a_request_stops_an_autoscaler() -> None:
    cluster = Cluster([node(cpu="64")])
    cluster.apply(busy(2, "300m"))
    stranger = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "post", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    owner = {"apiVersion": "v1", "kind": "Thing", "name": "t", "uid": "u", "controller": True}
    stranger["metadata"]["ownerReferences"] = [owner]
    cluster.apply(stranger)
    cluster.settle()
    cluster.apply(autoscaler())
    cluster.advance(60)
    assert replicas_of(cluster) == 2
    missing = "failed to get cpu utilization: missing request for cpu in container c of Pod post"
    said = f"the HPA was unable to compute the replica count: {missing}"
    assert conditions_of(cluster)["ScalingActive"] == ("False", "FailedGetResourceMetric", said)
    cluster.delete("Pod", "post")
    cluster.advance(60)
    assert replicas_of(cluster) > 2


def test_two_autoscalers_that_mean_the_same_pods_both_stop() -> None:
    cluster = Cluster([node(cpu="64")])
    cluster.apply(busy(2, "300m"))
    cluster.settle()
    for name in ("a", "b"):
        manifest = autoscaler()
        manifest["metadata"]["name"] = name
        cluster.apply(manifest)
    cluster.advance(100)
    assert replicas_of(cluster) == 2
    said = "pods by selector app=web are controlled by multiple HPAs: [{a default} {b default}]"
    for name in ("a", "b"):
        assert conditions_of(cluster, name)["ScalingActive"] == ("False", "AmbiguousSelector", said)
    assert ("FailedComputeMetricsReplicas", said) in reasons(cluster)
    cluster.delete("HorizontalPodAutoscaler", "b")
    cluster.advance(60)
    assert replicas_of(cluster) > 2


def test_an_autoscaler_that_comes_later_stops_the_first_when_it_has_been_looked_at() -> None:
    cluster = Cluster([node(cpu="64")])
    cluster.apply(busy(2, "50m"))
    cluster.settle()
    cluster.apply(autoscaler())
    cluster.advance(20)
    assert conditions_of(cluster)["ScalingActive"][0] == "True"
    later = autoscaler()
    later["metadata"]["name"] = "later"
    cluster.apply(later)
    cluster.advance(12)
    assert conditions_of(cluster)["ScalingActive"][0] == "True"
    cluster.advance(20)
    assert conditions_of(cluster)["ScalingActive"][1] == "AmbiguousSelector"


def test_pods_tell_metrics_of_their_own_by_annotations() -> None:
    cluster = Cluster([node(cpu="64")])
    manifest = busy(2)
    annotations = manifest["spec"]["template"]["metadata"]["annotations"]
    annotations["simarena.io/metric.requests"] = "0s=20,60s=35"
    cluster.apply(manifest)
    cluster.settle()
    target = {"type": "AverageValue", "averageValue": "20"}
    cluster.apply(autoscaler(metrics=[metric("Pods", "pods", target, **named("requests"))]))
    cluster.advance(40)
    assert replicas_of(cluster) == 2
    assert conditions_of(cluster)["ScalingActive"][2].endswith("from pods metric requests")
    cluster.advance(30)
    assert replicas_of(cluster) == 4  # 35 of 20, of two
    status = cluster.get("HorizontalPodAutoscaler", "web")["status"]
    assert status["currentMetrics"] == [
        {"type": "Pods", "pods": {**named("requests"), "current": {"averageValue": "35"}}}
    ]


@pytest.mark.parametrize(
    ("target", "replicas", "shown"),
    [
        ({"type": "Value", "value": "100"}, 6, {"value": "300"}),
        ({"type": "AverageValue", "averageValue": "60"}, 5, {"averageValue": "150"}),
    ],
)
@pytest.mark.parametrize("kind", ["Object", "External"])
def test_a_number_of_an_object_or_from_outside_is_the_autoscalers_annotation(
    kind: str, target: Manifest, replicas: int, shown: Manifest
) -> None:
    cluster = Cluster([node(cpu="64")])
    cluster.apply(busy(2))
    cluster.settle()
    about = {"describedObject": {"kind": "Service", "name": "s"}} if kind == "Object" else {}
    part = kind.lower()
    wanted = metric(kind, part, target, **named("queue"), **about)
    policies = [{"type": "Pods", "value": 50, "periodSeconds": 15}]
    manifest = autoscaler(metrics=[wanted], behavior={"scaleUp": {"policies": policies}})
    manifest["metadata"]["annotations"] = {"simarena.io/metric.queue": "0s=300,16s=300"}
    cluster.apply(manifest)
    cluster.advance(15)
    # 300 of 100, of two ready pods; or 300 of 60 each.
    assert replicas_of(cluster) == replicas
    (told,) = cluster.get("HorizontalPodAutoscaler", "web")["status"]["currentMetrics"]
    assert told == {"type": kind, part: {**about, **named("queue"), "current": shown}}


@pytest.mark.parametrize(
    ("wanted", "reason", "said"),
    [
        (
            metric("Pods", "pods", {"type": "AverageValue", "averageValue": "1"}, **named("q")),
            "FailedGetPodsMetric",
            "unable to get metric q: no metrics returned from custom metrics API",
        ),
        (
            metric("External", "external", {"type": "Value", "value": "1"}, **named("q")),
            "FailedGetExternalMetric",
            (
                "unable to get external metric default/q/nil: no metrics returned from external "
                "metrics API"
            ),
        ),
        (
            metric(
                "ContainerResource",
                "containerResource",
                {"type": "Utilization", "averageUtilization": 50},
                name="cpu",
                container="side",
            ),
            "FailedGetContainerResourceMetric",
            (
                "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics "
                "returned from resource metrics API"
            ),
        ),
    ],
)
def test_what_nobody_tells_stops_an_autoscaler(wanted: Manifest, reason: str, said: str) -> None:
    cluster = Cluster([node(cpu="64")])
    cluster.apply(busy(2))
    cluster.settle()
    cluster.apply(autoscaler(metrics=[wanted]))
    cluster.advance(20)
    assert replicas_of(cluster) == 2
    found = conditions_of(cluster)["ScalingActive"]
    assert found[:2] == ("False", reason)
    assert found[2].endswith(said)
    assert (reason, said) in reasons(cluster)


def test_one_container_is_measured_by_its_own_request() -> None:
    cluster = Cluster([node(cpu="64")])
    manifest = busy(2, "100m")
    side = {"name": "side", "image": "i", "resources": {"requests": {"cpu": "80m"}}}
    manifest["spec"]["template"]["spec"]["containers"].append(side)
    cluster.apply(manifest)
    cluster.settle()
    target = {"type": "Utilization", "averageUtilization": 40}
    wanted = metric("ContainerResource", "containerResource", target, name="cpu", container="side")
    cluster.apply(autoscaler(metrics=[wanted]))
    cluster.advance(400)
    (told,) = cluster.get("HorizontalPodAutoscaler", "web")["status"]["currentMetrics"]
    part = told["containerResource"]
    assert (part["name"], part["container"]) == ("cpu", "side")
    assert part["current"] == {"averageValue": "100m", "averageUtilization": 125}
    assert conditions_of(cluster)["ScalingActive"][2].endswith(
        "from cpu container resource utilization (percentage of request)"
    )
    assert replicas_of(cluster) == 10


def test_what_is_requested_for_the_whole_pod_is_what_use_is_compared_with() -> None:
    cluster = Cluster([node(cpu="64")])
    manifest = busy(2, "100m")
    spec = manifest["spec"]["template"]["spec"]
    spec["containers"][0]["resources"] = {}
    spec["resources"] = {"requests": {"cpu": "400m", "memory": "10Mi"}}
    cluster.apply(manifest)
    cluster.settle()
    cluster.apply(autoscaler(minReplicas=1))
    cluster.advance(20)
    (told,) = cluster.get("HorizontalPodAutoscaler", "web")["status"]["currentMetrics"]
    assert told["resource"]["current"]["averageUtilization"] == 25
