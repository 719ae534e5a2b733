"""What a cluster's other objects make of one that is applied, in the API's words."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._objects import container, deployment, node, pod

from simarena.cluster import Cluster, ClusterConfig
from simarena.errors import ApiRefusalError


def made(version: str, kind: str, name: str, **fields: object) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def limits(**kinds: object) -> dict[str, Any]:
    return made("v1", "LimitRange", "bounds", spec={"limits": [{"type": "Container", **kinds}]})


def quota(**spec: object) -> dict[str, Any]:
    return made("v1", "ResourceQuota", "few", spec=spec)


def refusal(cluster: Cluster, manifest: dict[str, Any]) -> ApiRefusalError:
    with pytest.raises(ApiRefusalError) as caught:
        cluster.apply(manifest)
    return caught.value


def requests_of(manifest: dict[str, Any]) -> dict[str, str]:
    requests: dict[str, str] = manifest["spec"]["containers"][0]["resources"]["requests"]
    return requests


def test_a_limit_range_gives_a_bare_pod_its_amounts() -> None:
    cluster = Cluster([node()])
    cluster.apply(limits(default={"cpu": "1"}, defaultRequest={"cpu": "250m"}))
    cluster.apply(pod("solo"))
    resources = cluster.get("Pod", "solo")["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "1"}, "requests": {"cpu": "250m"}}


def test_a_limit_range_gives_pods_of_workloads_their_amounts_and_leaves_the_template() -> None:
    cluster = Cluster([node()])
    cluster.apply(limits(defaultRequest={"cpu": "250m"}))
    cluster.apply(deployment("web", 2, None, None))
    cluster.advance(seconds=5)
    for each in cluster.list("Pod"):
        assert requests_of(each) == {"cpu": "250m"}
    template = cluster.get("Deployment", "web")["spec"]["template"]
    assert requests_of(template) == {}


@pytest.mark.parametrize("kind", ["LimitRange", "ResourceQuota"])
def test_what_names_no_bounds_bounds_nothing(kind: str) -> None:
    cluster = Cluster([node()])
    cluster.apply(made("v1", kind, "open"))
    cluster.apply(pod("solo"))
    cluster.apply(deployment("web", 1))
    assert [each["metadata"]["name"] for each in cluster.list(kind)] == ["open"]


def test_a_pod_beyond_a_limit_range_is_forbidden() -> None:
    cluster = Cluster([node()])
    cluster.apply(limits(max={"cpu": "1"}))
    two = {"cpu": "2"}
    containers = [{**container(), "resources": {"requests": two, "limits": two}}]
    error = refusal(cluster, pod("solo", containers=containers))
    assert (error.code, error.reason) == (403, "Forbidden")
    assert error.text.startswith('pods "solo" is forbidden: ')
    assert "maximum cpu usage per Container is 1" in error.text


def test_a_quota_counts_pods_and_refuses_the_next() -> None:
    cluster = Cluster([node()])
    cluster.apply(quota(hard={"pods": "1"}))
    cluster.apply(pod("one"))
    error = refusal(cluster, pod("two"))
    assert (error.code, error.text) == (
        403,
        (
            'pods "two" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, '
            "limited: pods=1"
        ),
    )
    status = cluster.get("ResourceQuota", "few")["status"]
    assert status == {"hard": {"pods": "1"}, "used": {"pods": "1"}}


def test_a_pod_must_say_what_a_quota_bounds() -> None:
    cluster = Cluster([node()])
    cluster.apply(quota(hard={"requests.cpu": "4"}))
    assert refusal(cluster, pod("solo")).text == (
        'pods "solo" is forbidden: failed quota: few: must specify requests.cpu for: main'
    )


def test_a_quota_with_a_scope_counts_what_is_of_it() -> None:
    cluster = Cluster([node()])
    cluster.apply(quota(hard={"pods": "0"}, scopes=["BestEffort"]))
    cluster.apply(pod("burstable", "1"))
    assert "exceeded quota: few" in refusal(cluster, pod("free")).text


def test_namespaces_that_have_to_be_made_are_asked_for() -> None:
    cluster = Cluster([node()], config=ClusterConfig(makes_namespaces=False))
    elsewhere = deployment()
    elsewhere["metadata"]["namespace"] = "shop"
    error = refusal(cluster, elsewhere)
    assert (error.code, error.text) == (404, 'namespaces "shop" not found')
    cluster.apply(made("v1", "Namespace", "shop"))
    cluster.apply(elsewhere)


def test_a_runtime_class_that_there_is_not_is_refused_and_one_that_there_is_adds_its_overhead() -> (
    None
):
    cluster = Cluster([node()])
    wanted = pod("solo", "1", runtimeClassName="vm")
    assert refusal(cluster, wanted).code == 403
    runtime = made(
        "node.k8s.io/v1",
        "RuntimeClass",
        "vm",
        handler="vm",
        overhead={"podFixed": {"cpu": "500m"}},
    )
    cluster.apply(runtime)
    cluster.apply(wanted)
    assert cluster.get("Pod", "solo")["spec"]["overhead"] == {"cpu": "500m"}


def boxed(**more: object) -> dict[str, Any]:
    return made("node.k8s.io/v1", "RuntimeClass", "boxed", handler="x", **more)


def of_class(name: str, **more: object) -> dict[str, Any]:
    web = deployment(replicas=1)
    web["spec"]["template"]["spec"].update(runtimeClassName=name, **more)
    return web


def test_pods_of_a_deployment_get_what_their_runtime_class_says() -> None:
    cluster = Cluster([node("plain"), node("apart", labels={"box": "yes"})])
    scheduling = {
        "nodeSelector": {"box": "yes"},
        "tolerations": [{"key": "box", "operator": "Exists"}],
    }
    cluster.apply(boxed(overhead={"podFixed": {"cpu": "250m"}}, scheduling=scheduling))
    cluster.apply(of_class("boxed"))
    cluster.advance(5)
    (made_of_it,) = cluster.list("Pod")
    spec = made_of_it["spec"]
    assert spec["overhead"] == {"cpu": "250m"}
    assert (spec["nodeSelector"], spec["nodeName"]) == ({"box": "yes"}, "apart")
    assert {"key": "box", "operator": "Exists"} in spec["tolerations"]
    kept = cluster.get("Deployment", "web")["spec"]["template"]["spec"]
    assert not {"overhead", "nodeSelector"} & kept.keys()


def test_a_runtime_class_that_contradicts_a_template_gives_its_pods_nothing() -> None:
    cluster = Cluster([node(labels={"box": "no"})])
    scheduling = {"nodeSelector": {"box": "yes"}}
    cluster.apply(boxed(overhead={"podFixed": {"cpu": "250m"}}, scheduling=scheduling))
    cluster.apply(of_class("boxed", nodeSelector={"box": "no"}))
    cluster.advance(5)
    (made_of_it,) = cluster.list("Pod")
    assert "overhead" not in made_of_it["spec"]
    assert made_of_it["spec"]["nodeSelector"] == {"box": "no"}


def test_a_priority_class_that_there_is_not_is_refused() -> None:
    error = refusal(Cluster([node()]), pod("solo", priorityClassName="high"))
    assert error.text == ('pods "solo" is forbidden: no PriorityClass with name high was found')


def test_a_selector_is_immutable() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment())
    changed = deployment()
    changed["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    changed["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    before = cluster.get("Deployment", "web")
    assert refusal(cluster, changed).text == (
        'Deployment.apps "web" is invalid: spec.selector: Invalid value: '
        '{"matchLabels":{"app":"other"}}: field is immutable'
    )
    assert cluster.get("Deployment", "web") == before


def test_applying_recreate_leaves_the_defaults_of_a_rolling_update_and_is_refused() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment())
    recreate = deployment(strategy={"type": "Recreate"})
    assert refusal(cluster, recreate).text == (
        'Deployment.apps "web" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be '
        "specified when strategy `type` is 'Recreate'"
    )
    cluster.replace(recreate)  # as kubectl replace does: nothing stays
    assert cluster.get("Deployment", "web")["spec"]["strategy"] == {"type": "Recreate"}


def test_recreate_is_taken_where_all_of_the_rolling_update_was_given() -> None:
    cluster = Cluster([node()])
    given = {"maxSurge": 1, "maxUnavailable": 0}
    cluster.apply(deployment(strategy={"type": "RollingUpdate", "rollingUpdate": given}))
    cluster.apply(deployment(strategy={"type": "Recreate"}))
    assert cluster.get("Deployment", "web")["spec"]["strategy"] == {"type": "Recreate"}


def test_unknown_fields_are_refused_named_or_left_out() -> None:
    cluster = Cluster([node()])
    wrong = deployment(replicaz=3)
    assert 'unknown field "spec.replicaz"' in refusal(cluster, wrong).text
    with pytest.warns(UserWarning, match=r'unknown field "spec.replicaz"'):
        cluster.apply(wrong, field_validation="warn")
    cluster.apply(wrong, field_validation="ignore")
    assert "replicaz" not in cluster.get("Deployment", "web")["spec"]


def test_a_dry_run_gives_the_object_and_changes_nothing() -> None:
    cluster = Cluster([node()])
    answer = cluster.dry_run(deployment())
    assert answer["spec"]["progressDeadlineSeconds"] == 600
    assert cluster.list("Deployment") == []


def test_amounts_above_their_limits_are_refused_in_templates() -> None:
    wrong = deployment()
    wrong["spec"]["template"]["spec"]["containers"] = [
        {**container(), "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}
    ]
    assert refusal(Cluster([node()]), wrong).text == (
        'Deployment.apps "web" is invalid: spec.template.spec.containers[0].resources.requests: '
        'Invalid value: "2": must be less than or equal to cpu limit of 1'
    )


def test_a_job_keeps_its_completions_when_it_is_applied_with_more_pods_at_a_time() -> None:
    cluster = Cluster([node()])
    spec = {"template": {"spec": pod(restartPolicy="Never")["spec"]}}
    cluster.apply(made("batch/v1", "Job", "task", spec=spec))
    cluster.apply(made("batch/v1", "Job", "task", spec={**spec, "parallelism": 3}))
    kept = cluster.get("Job", "task")["spec"]
    assert (kept["completions"], kept["parallelism"]) == (1, 3)
    with pytest.raises(ApiRefusalError, match="completions: Invalid value: null: field is immut"):
        cluster.replace(made("batch/v1", "Job", "task", spec={**spec, "parallelism": 4}))
