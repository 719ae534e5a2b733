"""Fields that may not be changed, and what the API says of those who try."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster.manifests.validation.test_words import deployment, made, pod

from simarena.cluster.manifests.check import checked
from simarena.errors import ApiRefusalError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest

RUN_ONCE = {"metadata": {"labels": {"a": "b"}}, "spec": pod(restartPolicy="Never")["spec"]}
LABELLED = {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]}
SELECTOR = {"matchLabels": {"a": "b"}}


class There:
    """An object that is there already."""

    def __init__(self, before: Manifest) -> None:
        self.before = before

    def existing(self, manifest: Manifest) -> Manifest:
        del manifest
        return self.before

    def admit(self, manifest: Manifest, before: Manifest | None) -> None: ...

    def check(self, manifest: Manifest, before: Manifest | None) -> None: ...


def changed(manifest: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    result = copy.deepcopy(manifest)
    *keys, last = path.split(".")
    found: Any = result
    for key in keys:
        found = found[int(key)] if key.isdigit() else found.setdefault(key, {})
    found[last] = value
    return result


def update(before: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return an object as it is after a change."""
    return checked(changed(before, path, value), admission=There(checked(before)))


STATEFULSET = made(
    "apps/v1", "StatefulSet", selector=SELECTOR, template=LABELLED, serviceName="web"
)
JOB = made("batch/v1", "Job", template=RUN_ONCE, completions=1)
SERVICE = made("v1", "Service", clusterIP="10.96.0.7", ports=[{"port": 80}])
CLASS = {
    "apiVersion": "scheduling.k8s.io/v1",
    "kind": "PriorityClass",
    "metadata": {"name": "a"},
    "value": 5,
}
FROZEN = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a"},
    "data": {"a": "b"},
    "immutable": True,
}


@pytest.mark.parametrize(
    ("before", "path", "value", "words"),
    [
        (
            deployment(),
            "spec.selector.matchLabels",
            {"app": "web", "more": "x"},
            "spec.selector: Invalid value: ",
        ),
        (STATEFULSET, "spec.serviceName", "other", "spec: Forbidden: updates to statefulset spec"),
        (JOB, "spec.template.spec.hostname", "x", "spec.template: Invalid value: "),
        (JOB, "spec.completions", 7, "spec.completions: Invalid value: 7: field is immutable"),
        (SERVICE, "spec.clusterIP", "10.96.0.8", "spec.clusterIPs[0]: Invalid value: "),
        (CLASS, "value", 6, "value: Forbidden: may not be changed in an update."),
        (FROZEN, "data.a", "c", "data: Forbidden: field is immutable when `immutable` is set"),
        (
            pod(),
            "spec.hostNetwork",
            True,
            "spec: Forbidden: pod updates may not change fields other than",
        ),
    ],
)
def test_what_is_immutable_stays(
    before: dict[str, Any], path: str, value: object, words: str
) -> None:
    with pytest.raises(ApiRefusalError) as caught:
        update(before, path, value)
    assert caught.value.code == 422
    assert words in caught.value.text


@pytest.mark.parametrize(
    ("before", "path", "value"),
    [
        (deployment(), "spec.replicas", 5),
        (deployment(), "spec.template.spec.hostname", "x"),
        (STATEFULSET, "spec.replicas", 5),
        (STATEFULSET, "spec.template.spec.hostname", "x"),
        (STATEFULSET, "spec.updateStrategy", {"type": "OnDelete"}),
        (JOB, "spec.parallelism", 5),
        (JOB, "spec.suspend", True),
        (SERVICE, "spec.ports", [{"port": 81}]),
        (pod(), "spec.containers.0.image", "web:2"),
        (pod(), "metadata.labels", {"a": "b"}),
        (pod(), "spec.tolerations", [{"operator": "Exists"}]),
    ],
)
def test_what_may_be_changed_is(before: dict[str, Any], path: str, value: object) -> None:
    *keys, last = path.split(".")
    found: Any = update(before, path, value)
    for key in keys:
        found = found[int(key) if key.isdigit() else key]
    if path == "spec.ports":
        assert found[last][0]["port"] == 81
    else:
        assert found[last] == value


def test_a_suspended_jobs_template_may_be_changed_where_pods_are_placed() -> None:
    job = changed(JOB, "spec.suspend", True)
    after = update(job, "spec.template.spec.nodeSelector", {"disk": "ssd"})
    assert after["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}
    with pytest.raises(ApiRefusalError, match="field is immutable"):
        update(JOB, "spec.template.spec.nodeSelector", {"disk": "ssd"})
