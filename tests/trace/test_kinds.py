from __future__ import annotations

import ast
from pathlib import Path

import simarena
from simarena.trace.kinds import (
    CLUSTER_SCOPED,
    KINDS,
    POD_SPEC_FIELDS,
    POD_TEMPLATE_PATHS,
    REPLICATED,
    namespaced_name,
)

RESOURCES = {
    "ConfigMap": "configmaps",
    "CronJob": "cronjobs.batch",
    "CustomResourceDefinition": "customresourcedefinitions.apiextensions.k8s.io",
    "DaemonSet": "daemonsets.apps",
    "Endpoints": "endpoints",
    "EndpointSlice": "endpointslices.discovery.k8s.io",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers.autoscaling",
    "Ingress": "ingresses.networking.k8s.io",
    "IngressClass": "ingressclasses.networking.k8s.io",
    "NetworkPolicy": "networkpolicies.networking.k8s.io",
    "Node": "nodes",
    "PodDisruptionBudget": "poddisruptionbudgets.policy",
    "PriorityClass": "priorityclasses.scheduling.k8s.io",
    "Role": "roles.rbac.authorization.k8s.io",
    "RuntimeClass": "runtimeclasses.node.k8s.io",
    "StorageClass": "storageclasses.storage.k8s.io",
}

MOST_NAMES = 2  # in one collection; more are a list of kinds


def test_kinds_are_called_as_the_api_calls_their_resources() -> None:
    assert {name: KINDS[name].resource for name in RESOURCES} == RESOURCES


def test_kinds_without_namespace_are_those_of_kubernetes() -> None:
    assert {"CustomResourceDefinition", "RuntimeClass", "IngressClass", "Node"} <= CLUSTER_SCOPED
    assert not {"Pod", "Role", "PersistentVolumeClaim", "EndpointSlice"} & CLUSTER_SCOPED
    manifest = {"apiVersion": "v1", "kind": "CSINode", "metadata": {"name": "a", "namespace": "x"}}
    assert namespaced_name(manifest) == "a"


def test_pods_are_described_where_simkube_looks_for_them() -> None:
    assert POD_TEMPLATE_PATHS == {
        "apps/v1.DaemonSet": "/spec/template",
        "apps/v1.Deployment": "/spec/template",
        "apps/v1.ReplicaSet": "/spec",
        "apps/v1.StatefulSet": "/spec/template",
        "batch/v1.CronJob": "/spec/jobTemplate/spec/template",
        "batch/v1.Job": "/spec/template",
        "v1.Pod": "",
        "v1.ReplicationController": "/spec/template",
    }
    assert POD_SPEC_FIELDS["apps/v1.ReplicaSet"] == ("spec", "template", "spec")
    assert POD_SPEC_FIELDS["v1.Pod"] == ("spec",)
    assert REPLICATED[:3] == ("apps/v1.Deployment", "apps/v1.StatefulSet", "apps/v1.ReplicaSet")
    assert REPLICATED[3:] == ("v1.ReplicationController",)


def test_no_two_kinds_have_a_word_in_common() -> None:
    words = [
        word
        for kind in KINDS.values()
        for word in {kind.name.lower(), kind.plural, *kind.short_names}
    ]
    assert len(words) == len(set(words))


def test_nobody_keeps_a_second_list_of_kinds() -> None:
    """What belongs to a kind in one layer may be kept there by its name, and by no wrong name."""
    root = Path(simarena.__file__).parent
    lists = {
        "trace/kinds.py",
        "cluster/manifests/kinds.py",
        "apiserver/resources/built_in.py",  # what discovery says, of kinds not simulated as well
    }
    second, unknown = [], []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Set | ast.List | ast.Tuple):
                texts = _texts(node.elts)
                if place not in lists and len(texts & KINDS.keys()) > MOST_NAMES:
                    second.append(f"{place}:{node.lineno}")
            elif isinstance(node, ast.Dict):
                texts = _texts([key for key in node.keys if key is not None])
                of_api = place.startswith("apiserver/")  # serves kinds of which no trace has any
                if not of_api and len(texts & KINDS.keys()) > MOST_NAMES and texts - KINDS.keys():
                    unknown.append(f"{place}:{node.lineno}: {sorted(texts - KINDS.keys())}")
    assert second == []
    assert unknown == []


def _texts(nodes: list[ast.expr]) -> set[str]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
