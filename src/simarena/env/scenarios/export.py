"""A scenario as files: for a live cluster, and to be changed and read again."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from simarena.cluster.config import ClusterConfig
from simarena.errors import StorageError
from simarena.files.whole_folder import whole_folder

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.env.scenarios.scenario import Scenario

_FIELDS = (
    *("name", "family", "severity", "deploy", "namespace", "target", "max_steps", "duration_s"),
    *("seed", "split", "optimal_steps"),
)


def export_scenario(scenario: Scenario, folder: Path) -> tuple[Path, ...]:
    """Write a scenario into a new folder: `trace.sktrace`, `nodes.yaml`, `scenario.yaml`.

    Returns their paths. The trace is what SimKube replays, the nodes are Node manifests for
    `kubectl apply`, and the third is a file that `load_suite` reads. The folder appears whole or
    not at all. Raises StorageError if it exists already or cannot be written.
    """
    import yaml

    if folder.exists():
        message = f"{folder}: exists already; name a folder that does not"
        raise StorageError(message)
    texts = {
        "trace.sktrace": scenario.trace.to_bytes(),
        "nodes.yaml": yaml.safe_dump_all(scenario.nodes, sort_keys=False).encode(),
        "scenario.yaml": yaml.safe_dump(
            {"scenarios": [_described(scenario)]}, sort_keys=False
        ).encode(),
    }
    try:
        with whole_folder(folder) as part:
            for name, data in texts.items():
                (part / name).write_bytes(data)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return tuple(folder / name for name in texts)


def _described(scenario: Scenario) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(scenario, name)
        for name in _FIELDS
        if getattr(scenario, name) not in {None, ""}
    }
    values["trace"] = "trace.sktrace"
    values["nodes"] = ["nodes.yaml"]
    goal = {
        field.name: getattr(scenario.goal, field.name)
        for field in fields(scenario.goal)
        if getattr(scenario.goal, field.name) is not None
    }
    if goal:
        values["goal"] = goal
    usual = ClusterConfig(kube_api_qps=0)
    changed = {
        field.name: getattr(scenario.config, field.name)
        for field in fields(usual)
        if (
            field.name == "kubelet"  # without it the trace would decide
            or getattr(scenario.config, field.name) != getattr(usual, field.name)
        )
        and isinstance(getattr(usual, field.name), (bool, int, float, str))
    }
    values["cluster"] = changed
    return values


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(f"{folder}: cannot be written: {error.strerror}; choose another place")
