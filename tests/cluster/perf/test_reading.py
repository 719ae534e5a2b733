"""Files of scheduler_perf: what is read of them, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.cluster.perf.reading import (
    CONFIG_NAME,
    UnsupportedError,
    read_folder,
    template_objects,
)
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CASES = """
- name: Basic
  defaultPodTemplatePath: ../templates/pod.yaml
  workloadTemplate:
  - opcode: createNodes
    countParam: $nodes
  - opcode: createPods
    countParam: $pods
    collectMetrics: true
  workloads:
  - name: Small
    labels: [short]
    threshold: 12.5
    params: {nodes: 3, pods: 6}
  - name: Unknown
    params: {nodes: 3}
"""


def folder_of(folder: Path, cases: str, part: str = "misc") -> Path:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "pod.yaml").write_text("kind: Pod\n")
    (folder / part).mkdir(exist_ok=True)
    (folder / part / CONFIG_NAME).write_text(cases)
    return folder


def test_workloads_have_their_parameters_and_files(tmp_path: Path) -> None:
    small, unknown = read_folder(folder_of(tmp_path, CASES))
    assert (small.name, small.threshold, small.reason) == ("misc/Basic/Small", 12.5, "")
    nodes, pods = small.steps
    assert (nodes.opcode, nodes.count()) == ("createNodes", 3)
    assert pods.fields == {
        "count": 6,
        "collectMetrics": True,
        "podTemplatePath": tmp_path / "templates" / "pod.yaml",
    }
    assert unknown.reason == "parameter $pods, which the workload does not give"
    assert unknown.steps == ()


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("{opcode: createResourceDriver}", "operation createResourceDriver"),
        ("{opcode: createPods, count: 1, steadyState: true}", "steadyState of createPods"),
        ("{opcode: createPods, count: 1, podTemplatePath: no.yaml}", "file no.yaml, which"),
        ("{opcode: churn, templatePaths: [no.yaml]}", "file no.yaml, which is not there"),
        ("{opcode: createPodSets, createPodsOp: {opcode: x, duration: 1s}}", "duration of createP"),
    ],
)
def test_what_is_not_simulated_is_named(tmp_path: Path, step: str, reason: str) -> None:
    cases = f"- name: A\n  workloadTemplate: [{step}]\n  workloads: [{{name: B}}]\n"
    (workload,) = read_folder(folder_of(tmp_path, cases))
    assert workload.reason.startswith(reason)


def test_a_configuration_of_the_scheduler_is_not_simulated(tmp_path: Path) -> None:
    cases = "- {name: A, schedulerConfigPath: x, workloadTemplate: [], workloads: [{name: B}]}"
    (workload,) = read_folder(folder_of(tmp_path, cases))
    assert workload.reason == "schedulerConfigPath of a test case"


@pytest.mark.parametrize(
    "cases", ["", "a: b", "- 1", "- {name: A}", "- {name: A, workloads: [], workloadTemplate: 1}"]
)
def test_other_files_are_refused(tmp_path: Path, cases: str) -> None:
    if not cases:
        assert read_folder(folder_of(tmp_path, cases)) == []
        return
    with pytest.raises(ConfigError, match="must be a list of test cases"):
        read_folder(folder_of(tmp_path, cases))


def test_a_folder_without_such_files_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match=r"there is no performance-config.yaml in it"):
            read_folder(folder)


def test_counts_are_bounded(tmp_path: Path) -> None:
    cases = CASES.replace("pods: 6", "pods: 1000000000000")
    small, _ = read_folder(folder_of(tmp_path, cases))
    with pytest.raises(ConfigError, match="count must be from 0 to 1000000"):
        small.steps[1].count()


def test_templates_know_their_index(tmp_path: Path) -> None:
    path = tmp_path / "made.yaml"
    path.write_text("metadata: {name: 'x-{{.Index}}-of-{{.Count}}'}\n")
    (made,) = template_objects(path, {"Index": 3, "Count": 9})
    assert made["metadata"]["name"] == "x-3-of-9"
    path.write_text("metadata: {name: 'x-{{Mod .Index 3}}'}\n")
    with pytest.raises(UnsupportedError, match=r"file made.yaml, which computes values"):
        template_objects(path, {"Index": 3})
    path.write_text("- 1\n")
    with pytest.raises(UnsupportedError, match="which holds no object"):
        template_objects(path, {})
