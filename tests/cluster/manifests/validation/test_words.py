"""What the API refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.manifests.check import read
from simarena.errors import ApiRefusalError

SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def pod(**spec: object) -> dict[str, Any]:
    containers = [{"name": "c", "image": "web:1"}]
    return made("v1", "Pod", **{"containers": containers, **spec})


def contained(**fields: object) -> dict[str, Any]:
    return pod(containers=[{"name": "c", "image": "web:1", **fields}])


def requesting(**resources: object) -> dict[str, Any]:
    return contained(resources=resources)


def deployment(**spec: object) -> dict[str, Any]:
    usual = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]},
    }
    return made("apps/v1", "Deployment", **{**usual, **spec})


def made(version: str, kind: str, **spec: object) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec}


def refusal(manifest: dict[str, Any]) -> ApiRefusalError:
    with pytest.raises(ApiRefusalError) as caught:
        read(manifest)
    return caught.value


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (
            deployment(replicas=-1),
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            deployment(selector={"matchLabels": {"app": "x"}}),
            (
                'spec.template.metadata.labels: Invalid value: {"app":"web"}: '
                "`selector` does not match template `labels`"
            ),
        ),
        (
            deployment(strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
            (
                "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` "
                "is 'Recreate'"
            ),
        ),
        (
            deployment(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
            (
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
                "`maxSurge` is 0"
            ),
        ),
        (
            pod(restartPolicy="Sometimes"),
            (
                'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", '
                '"OnFailure", "Never"'
            ),
        ),
        (pod(containers=[]), "spec.containers: Required value"),
        (pod(containers=[{"name": "c"}]), "spec.containers[0].image: Required value"),
        (
            pod(containers=[{"name": "c", "image": "x"}, {"name": "c", "image": "x"}]),
            'spec.containers[1].name: Duplicate value: "c"',
        ),
        (
            requesting(requests={"cpu": "2"}, limits={"cpu": "1"}),
            (
                'spec.containers[0].resources.requests: Invalid value: "2": must be less than or '
                "equal to cpu limit of 1"
            ),
        ),
        (
            requesting(requests={"example.com/gpu": "1"}),
            (
                "spec.containers[0].resources.limits: Required value: Limit must be set for non "
                "overcommitable resources"
            ),
        ),
        (
            requesting(requests={"cpu": "-1"}),
            (
                'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater '
                "than or equal to 0"
            ),
        ),
        (
            requesting(limits={"hugepages-2Mi": "2Mi"}),
            "spec.containers[0].resources: Forbidden: HugePages require cpu or memory",
        ),
        (
            pod(tolerations=[{"operator": "Exists", "value": "x"}]),
            (
                'spec.tolerations[0].operator: Invalid value: "x": value must be empty when '
                "`operator` is 'Exists'"
            ),
        ),
    ],
)
def test_one_cause_is_said_with_the_name_of_the_object(
    manifest: dict[str, Any], words: str
) -> None:
    error = refusal(manifest)
    kind = {"Deployment": "Deployment.apps", "Pod": "Pod"}[manifest["kind"]]
    assert (error.code, error.reason) == (422, "Invalid")
    assert error.text == f'{kind} "a" is invalid: {words}'


def test_several_causes_are_said_in_the_order_of_the_api() -> None:
    quota = made("v1", "ResourceQuota", hard={"foo": "1"})
    assert refusal(quota).text == (
        'ResourceQuota "a" is invalid: [spec.hard[foo]: Invalid value: "foo": must be a standard '
        'resource type or fully qualified, spec.hard[foo]: Invalid value: "foo": must be a '
        "standard resource for quota]"
    )


def test_a_refusal_is_a_status_with_its_causes() -> None:
    status = refusal(deployment(replicas=-1)).status
    assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", 422)
    (cause,) = status["details"]["causes"]
    assert (cause["reason"], cause["field"]) == ("FieldValueInvalid", "spec.replicas")


def test_names_differ_by_kind() -> None:
    rbac = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "system:node"},
        "rules": [],
    }
    read(rbac)
    wrong = {**pod(), "metadata": {"name": "system:node"}}
    assert refusal(wrong).text == (
        'Pod "system:node" is invalid: metadata.name: Invalid value: "system:node": ' + SUBDOMAIN
    )


def test_what_is_no_object_of_its_type_is_a_bad_request() -> None:
    error = refusal(deployment(replicas="3"))
    assert (error.code, error.reason) == (400, "BadRequest")
    assert error.text == (
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
        "string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )


def test_an_amount_that_is_none_is_a_bad_request() -> None:
    assert refusal(requesting(requests={"cpu": "much"})).text == (
        'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular '
        "expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )


def test_amounts_are_rounded_up_to_thousandths() -> None:
    manifest = read(requesting(requests={"cpu": "0.1m", "memory": "1.5"})).manifest
    amounts = manifest["spec"]["containers"][0]["resources"]["requests"]
    assert amounts == {"cpu": "1m", "memory": "1500m"}


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
def test_a_stateful_set_restarts_its_containers(policy: str) -> None:
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": pod(restartPolicy=policy)["spec"],
    }
    manifest = made(
        "apps/v1", "StatefulSet", selector={"matchLabels": {"a": "b"}}, template=template
    )
    assert refusal(manifest).text == (
        'StatefulSet.apps "a" is invalid: spec.template.spec.restartPolicy: Unsupported value: '
        f'"{policy}": supported values: "Always"'
    )


def test_a_job_says_when_it_restarts_its_containers() -> None:
    job = made("batch/v1", "Job", template={"spec": pod()["spec"]})
    assert refusal(job).text == (
        'Job.batch "a" is invalid: spec.template.spec.restartPolicy: Required value: valid '
        'values: "OnFailure", "Never"'
    )
