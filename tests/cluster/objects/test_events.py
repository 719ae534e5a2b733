"""Events: what happened, in the words and the order of the API."""

from __future__ import annotations

from tests.cluster._objects import deployment, node, pod, replicaset

from simarena.cluster import Cluster


def told(cluster: Cluster) -> list[tuple[str, str, str]]:
    return [
        (event["involvedObject"]["kind"], event["reason"], event["message"])
        for event in cluster.events()
    ]


def test_the_life_of_a_deployment_in_events() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment(replicas=1))
    cluster.settle()
    (child,) = cluster.list("ReplicaSet")
    (made,) = cluster.list("Pod")
    set_name, pod_name = child["metadata"]["name"], made["metadata"]["name"]
    assert told(cluster) == [
        ("Deployment", "ScalingReplicaSet", f"Scaled up replica set {set_name} from 0 to 1"),
        ("ReplicaSet", "SuccessfulCreate", f"Created pod: {pod_name}"),
        ("Pod", "Scheduled", f"Successfully assigned default/{pod_name} to n1"),
    ]
    assert [event["involvedObject"]["uid"] for event in cluster.events()] == [
        cluster.get("Deployment", "web")["metadata"]["uid"],
        child["metadata"]["uid"],
        made["metadata"]["uid"],
    ]
    cluster.apply(deployment(replicas=0))
    cluster.settle()
    assert told(cluster)[3:] == [
        ("Deployment", "ScalingReplicaSet", f"Scaled down replica set {set_name} from 1 to 0"),
        ("ReplicaSet", "SuccessfulDelete", f"Deleted pod: {pod_name}"),
    ]


def test_a_failure_that_repeats_is_one_event_with_a_count() -> None:
    cluster = Cluster([node(cpu="1"), node("n2", cpu="1")])
    cluster.apply(pod("large", "3"))
    cluster.advance(700)
    (event,) = cluster.events()
    assert (event["type"], event["reason"], event["count"]) == ("Warning", "FailedScheduling", 3)
    assert event["message"] == (
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: "
        "0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    )
    assert event["firstTimestamp"] < event["lastTimestamp"]
    (condition,) = cluster.get("Pod", "large")["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == ("Unschedulable", event["message"])


def test_events_are_those_of_a_namespace_the_last_one_at_the_end() -> None:
    cluster = Cluster([node(cpu="1")])
    for namespace, cpu in (("a", "5"), ("b", "500m")):
        manifest = pod("p", cpu)
        manifest["metadata"]["namespace"] = namespace
        cluster.apply(manifest)
    cluster.advance(700)
    assert [event["reason"] for event in cluster.events()] == ["Scheduled", "FailedScheduling"]
    assert [event["reason"] for event in cluster.events("b")] == ["Scheduled"]
    assert cluster.events("c") == []


def test_a_bare_replicaset_speaks_for_itself() -> None:
    cluster = Cluster([node()])
    cluster.apply(replicaset("set", replicas=1))
    cluster.settle()
    created = cluster.events()[0]
    assert created["reason"] == "SuccessfulCreate"
    assert created["involvedObject"]["uid"] == cluster.get("ReplicaSet", "set")["metadata"]["uid"]


def test_events_have_names_of_their_own() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment(replicas=5, cpu="100m"))
    cluster.settle()
    events = cluster.events()
    assert len({event["metadata"]["name"] for event in events}) == len(events) == 11


def test_a_controller_tells_only_of_the_pods_that_it_gave_up_itself() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment(replicas=3))
    cluster.settle()
    told = {each["metadata"]["name"] for each in cluster.list("Pod")}

    def reasons() -> list[str]:
        return [each["reason"] for each in cluster.events() if each["reason"] == "SuccessfulDelete"]

    cluster.delete("Pod", min(told))
    cluster.settle()
    assert reasons() == []
    cluster.apply(deployment(replicas=2))
    cluster.settle()
    assert reasons() == ["SuccessfulDelete"]
    cluster.delete("Deployment", "web")
    cluster.settle()
    assert reasons() == ["SuccessfulDelete"]
