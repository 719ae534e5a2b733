"""Workloads of scheduler_perf, run: all pods are where they may be, and counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cluster._objects import node, pod
from typer.testing import CliRunner

from simarena.cli.perf import app
from simarena.cluster import Cluster
from simarena.cluster.codes import NONE
from simarena.cluster.perf import running
from simarena.cluster.perf.placement import placement_faults
from simarena.cluster.perf.reading import CONFIG_NAME, UnsupportedError, read_folder
from simarena.cluster.perf.running import PerfResult, run_workload
from simarena.errors import SimulationError

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.cluster.rows.catalogue import Catalogue

TEMPLATES = {
    "pod.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: pod-, labels: {color: blue}}
spec:
  containers: [{name: main, image: pause, resources: {requests: {cpu: 100m}}}]
""",
    "apart.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: apart-, labels: {color: red}}
spec:
  affinity:
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - labelSelector: {matchLabels: {color: red}}
        topologyKey: kubernetes.io/hostname
        namespaces: [sched-0, sched-1]
  containers: [{name: main, image: pause}]
""",
    "large.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: large-}
spec:
  priority: 10
  containers: [{name: main, image: pause, resources: {requests: {cpu: "9"}}}]
""",
    "gated.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: gated-}
spec:
  schedulingGates: [{name: hold}]
  containers: [{name: main, image: pause}]
""",
    "node.yaml": """
apiVersion: v1
kind: Node
metadata: {generateName: churned-}
status: {capacity: {pods: "0"}}
""",
    "service.yaml": """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {color: blue}, ports: [{port: 80}]}
""",
    "counted-node.yaml": """
apiVersion: v1
kind: Node
metadata: {generateName: counted-}
status: {capacity: {cpu: "4", memory: 8Gi, pods: "9", "example.com/part-{{.Index}}": 1}}
""",
    "counted.yaml": """
apiVersion: v1
kind: Pod
metadata: {name: "counted-{{.Index}}"}
spec:
  containers:
  - {name: main, image: pause, resources: {limits: {"example.com/part-{{.Index}}": 1}}}
""",
    "spread.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: spread-, labels: {color: green}}
spec:
  topologySpreadConstraints:
  - labelSelector: {matchLabels: {color: green}}
    maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: DoNotSchedule
    NodeTaintsPolicy: Honor
  containers: [{name: main, image: pause}]
""",
    "claims.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: claims-}
spec:
  resourceClaims: [{name: gpu}]
  containers: [{name: main, image: pause}]
""",
}


def result_of(folder: Path, steps: str, **params: int) -> PerfResult:
    """Run a workload of these steps."""
    for name, text in TEMPLATES.items():
        (folder / name).write_text(text)
    listed = json.dumps(params)
    cases = f"""
- name: Case
  defaultPodTemplatePath: pod.yaml
  workloadTemplate:
{steps}
  workloads: [{{name: W, threshold: 3, params: {listed}}}]
"""
    (folder / CONFIG_NAME).write_text(cases)
    (workload,) = read_folder(folder)
    assert workload.reason == ""
    return run_workload(workload)


def test_pods_are_created_scheduled_and_measured(tmp_path: Path) -> None:
    steps = """
  - {opcode: createNodes, countParam: $nodes}
  - {opcode: createPods, count: 20}
  - {opcode: createPods, countParam: $pods, collectMetrics: true}
"""
    result = result_of(tmp_path, steps, nodes=5, pods=50)
    assert (result.num_pods, result.faults) == (50, ())
    assert result.seconds > 0
    assert result.rate == 50 / result.seconds


def test_namespaces_sets_labels_and_services(tmp_path: Path) -> None:
    steps = """
  - opcode: createNodes
    count: 6
    labelNodePrepareStrategy: {labelKey: topology.kubernetes.io/zone, labelValues: [a, b]}
  - {opcode: createNamespaces, prefix: sched, count: 2}
  - {opcode: createAny, templatePath: service.yaml, namespace: sched-0}
  - opcode: createPodSets
    count: 2
    namespacePrefix: sched
    createPodsOp: {opcode: createPods, count: 3, podTemplatePath: apart.yaml, collectMetrics: true}
  - {opcode: barrier}
  - {opcode: sleep, duration: 1m1.5s}
"""
    result = result_of(tmp_path, steps)
    assert (result.num_pods, result.faults) == (6, ())


def test_churn_and_deletions_go_on_meanwhile(tmp_path: Path) -> None:
    steps = """
  - {opcode: createNodes, count: 4}
  - opcode: churn
    mode: recreate
    number: 1
    templatePaths: [node.yaml, large.yaml, service.yaml]
    intervalMilliseconds: 100
  - {opcode: createPods, count: 10, podTemplatePath: gated.yaml, skipWaitToCompletion: true}
  - {opcode: barrier, stageRequirement: Attempted}
  - {opcode: createPods, count: 10, namespace: leaving}
  - {opcode: deletePods, namespace: leaving, deletePodsPerSecond: 50, skipWaitToCompletion: true}
  - {opcode: createPods, count: 100, collectMetrics: true}
"""
    result = result_of(tmp_path, steps)
    assert (result.num_pods, result.faults) == (100, ())


def test_objects_may_differ_by_their_number(tmp_path: Path) -> None:
    steps = """
  - {opcode: createNodes, count: 3, nodeTemplatePath: counted-node.yaml}
  - {opcode: createPods, count: 3, podTemplatePath: counted.yaml, collectMetrics: true}
"""
    result = result_of(tmp_path, steps)
    assert (result.num_pods, result.faults) == (3, ())


def test_fields_are_found_whatever_their_case(tmp_path: Path) -> None:
    steps = """
  - {opcode: createNodes, count: 3}
  - {opcode: createPods, count: 6, podTemplatePath: spread.yaml, collectMetrics: true}
"""
    assert result_of(tmp_path, steps).num_pods == 6


def test_pods_are_waited_for_until_they_are_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[int] = []

    def count(catalogue: Catalogue) -> list[str]:
        world = catalogue.world
        pods = world.pods[: int(world.state[0]["num_pods"])]
        bound.append(int((pods["node"] != NONE).sum()))
        return []

    monkeypatch.setattr(running, "placement_faults", count)
    steps = """
  - {opcode: createNodes, count: 5}
  - {opcode: createPods, count: 20, skipWaitToCompletion: true}
  - {opcode: createPods, count: 30, collectMetrics: true}
  - {opcode: barrier}
"""
    result_of(tmp_path, steps)
    assert bound == [50]


def test_pods_that_cannot_be_bound_are_not_taken_for_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_LIMIT_MS", 10_000)
    steps = """
  - {opcode: createPods, count: 1, podTemplatePath: large.yaml}
"""
    with pytest.raises(SimulationError, match="pods still wait"):
        result_of(tmp_path, steps)


def test_pods_that_ask_for_what_is_not_simulated_are_named(tmp_path: Path) -> None:
    steps = """
  - {opcode: createPods, count: 1, podTemplatePath: claims.yaml}
"""
    with pytest.raises(UnsupportedError, match="pods with resourceClaims"):
        result_of(tmp_path, steps)


def test_pods_that_are_where_they_may_not_be_are_found() -> None:
    apart = {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchLabels": {"app": "b"}}, "topologyKey": "disk"}
            ]
        }
    }
    cluster = Cluster([node("n1", cpu="1", labels={"disk": "ssd"}), node("n2")])
    cluster.apply(pod("a", "800m", nodeName="n1", affinity=apart))
    cluster.advance(5)
    assert list(placement_faults(cluster.catalogue)) == []
    cluster.apply(pod("b", "800m", nodeName="n1", nodeSelector={"disk": "hdd"}))
    cluster.advance(0)
    world = cluster.catalogue.world
    world.pods["node"][:2] = 0  # a kubelet would have refused the second
    world.pods["phase"][:2] = 0
    assert list(placement_faults(cluster.catalogue)) == [
        "n1 has less cpu than its pods ask for",
        "n1 does not admit Pod/default/b",
        "pods in disk ssd are near pods that they must not be near",
    ]


def test_the_command_prints_rates_beside_thresholds(tmp_path: Path) -> None:
    steps = """
  - {opcode: createNodes, count: 2}
  - {opcode: createPods, count: 5, collectMetrics: true}
"""
    result_of(tmp_path, steps)
    text = (tmp_path / CONFIG_NAME).read_text()
    other = text.replace("Case", "Other").replace("createNodes", "createDrivers")
    (tmp_path / CONFIG_NAME).write_text(text + other)
    shown = CliRunner().invoke(app, [str(tmp_path)])
    assert shown.exit_code == 0
    assert "Case/W" in shown.output
    assert "Other/W: left out: operation createDrivers" in shown.output
    told = json.loads(
        CliRunner().invoke(app, [str(tmp_path), "--workload", "Case", "--json"]).output
    )
    (workload,) = told["workloads"]
    assert (workload["name"], workload["pods"], workload["threshold"]) == ("Case/W", 5, 3)
    assert CliRunner().invoke(app, [str(tmp_path), "--workload", "None"]).exit_code == 1
