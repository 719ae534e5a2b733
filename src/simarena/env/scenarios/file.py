"""Scenarios written down in YAML beside the traces that they are about.

    scenarios:
      - name: checkout-rush
        trace: recorded.sktrace
        nodes: 3x16cpu,32Gi
        deploy: checkout
        target: 8

Every mistake is told with its line.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import parse_nodes
from simarena.cluster.replay.kubelet_choice import kubelet_for
from simarena.env.scenarios.scenario import Goal, Scenario, scenario_from_trace
from simarena.errors import ManifestError, ScenarioError, SimArenaError, UnknownNameError
from simarena.files.yaml_nodes import plain, read_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import yaml

_MAX_BYTES: Final = 16 << 20
_REQUIRED: Final = ("name", "trace", "deploy", "target")
_OPTIONAL: Final = (
    *("family", "severity", "nodes", "namespace", "goal", "max_steps", "duration_s", "seed"),
    *("split", "cluster", "optimal_steps"),
)
_TEXTS: Final = ("name", "family", "trace", "deploy", "namespace", "split")
_COMPLAINT: Final = re.compile(r": (?:goal\.)?(\w+) must be")


def load_scenario_file(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios in a YAML file.

    Paths in it are relative to the file. Warns of scenarios that are decided before they begin
    (`simarena.env.scenarios.foregone`), and refuses a file that holds no others. Raises
    StorageError if it cannot be read, and ScenarioError, which begins with file and line, for
    whatever is wrong in it.
    """
    import yaml

    try:
        roots = read_documents(path, _MAX_BYTES)
    except ManifestError as error:
        raise ScenarioError(str(error)) from error
    if not roots:
        message = f"{path}: is empty; write a list of scenarios under 'scenarios:'"
        raise ScenarioError(message)
    if len(roots) > 1:
        _refuse(path, roots[1], "another document begins here; write one list of scenarios")
    document = _Map(path, roots[0], ("scenarios",))
    document.require(("scenarios",))
    listed = document.nodes["scenarios"]
    if not isinstance(listed, yaml.SequenceNode) or not listed.value:
        _refuse(path, listed, "scenarios must be a list of at least one")
    found: dict[str, Scenario] = {}
    for item in listed.value:
        scenario = _scenario(path, _Map(path, item, (*_REQUIRED, *_OPTIONAL)))
        if scenario.name in found:
            _refuse(path, item, f"another scenario is called {scenario.name!r}; rename one")
        found[scenario.name] = scenario
    from simarena.env.scenarios.foregone import check_open

    scenarios = tuple(found.values())
    check_open(scenarios, str(path))
    return scenarios


class _Map:
    """A map of the file whose keys are known, with the line of each."""

    def __init__(self, path: Path, node: yaml.Node, known: tuple[str, ...]) -> None:
        import yaml

        self.path = path
        self.node = node
        self.nodes: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            _refuse(path, node, f"expected a map with {', '.join(known[:4])}, ...")
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                _refuse(path, key, str(UnknownNameError("field", name, known)))
            if name in self.nodes:
                _refuse(path, key, f"{name} is given twice")
            self.nodes[name] = value

    def require(self, names: tuple[str, ...]) -> None:
        """Refuse the map where one of these is missing."""
        for name in names:
            if name not in self.nodes:
                _refuse(self.path, self.node, f"{name} is missing")

    def values(self) -> dict[str, Any]:
        """Return the values as plain Python."""
        try:
            return {name: plain(self.path, node) for name, node in self.nodes.items()}
        except ManifestError as error:
            raise ScenarioError(str(error)) from error

    @contextmanager
    def blame(self, name: str | None = None) -> Iterator[None]:
        """Put file and line before the message of whatever is refused inside."""
        try:
            yield
        except SimArenaError as error:
            told = _COMPLAINT.search(str(error))
            field = told.group(1) if name is None and told else name
            _refuse(self.path, self.nodes.get(field or "", self.node), str(error), error)


def _scenario(path: Path, item: _Map) -> Scenario:
    item.require(_REQUIRED)
    values = item.values()
    for name in _TEXTS:
        if name in values and (not isinstance(values[name], str) or not values[name]):
            _refuse(path, item.nodes[name], f"{name} must be text, got {values[name]!r}")
    if "goal" in values:
        values["goal"] = _record(path, item, "goal", Goal)
        with item.blame("goal"):
            values["goal"].check(f"scenario {values['name']!r}")
    if "cluster" in values:
        values["config"] = _record(path, item, "cluster", ClusterConfig)
    with item.blame("nodes"):
        values["nodes"] = _nodes(path, values.get("nodes", 4))
    with item.blame("trace"):
        trace = _trace(path, values.pop("trace"))
        if "kubelet" not in values.pop("cluster", {"kubelet": None}):
            values["config"] = replace(values["config"], kubelet=kubelet_for(trace))
    with item.blame("deploy"):
        namespace = values.pop("namespace", None)
        ref = _workload(trace, values["deploy"], namespace)
    with item.blame():
        return scenario_from_trace(trace, namespace=ref, **values)


def _record(path: Path, item: _Map, name: str, kind: type[Any]) -> Any:  # noqa: ANN401 - of `kind`
    part = _Map(path, item.nodes[name], tuple(field.name for field in fields(kind)))
    with part.blame():
        return kind(**part.values())


def _trace(path: Path, location: str) -> Any:  # noqa: ANN401 - a Trace
    from simarena.trace import Trace

    return Trace.from_path(location if "://" in location else path.parent / location)


def _workload(trace: Any, deploy: str, namespace: str | None) -> str:  # noqa: ANN401 - a Trace
    from simarena.trace import workload

    return workload(trace, deploy, namespace).namespace


def _nodes(path: Path, given: object) -> tuple[dict[str, Any], ...] | int:
    """Return Node manifests from shapes, files and manifests; a number stays one."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    listed = given if isinstance(given, list) else [given]
    nodes: list[dict[str, Any]] = []
    for one in listed:
        if isinstance(one, dict):
            nodes.append(one)
        elif isinstance(one, str):
            text = str(path.parent / one) if one.endswith((".yaml", ".yml", ".json")) else one
            nodes.extend(parse_nodes([text]))
        else:
            message = f"nodes must be shapes such as 3x16cpu,32Gi, files or manifests, got {one!r}"
            raise ScenarioError(message)
    names = _renumbered(nodes)
    return tuple(names)


def _renumbered(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give nodes made from several shapes, which all begin with node-1, names of their own."""
    seen: set[str] = set()
    for number, node in enumerate(nodes, start=1):
        metadata: Mapping[str, Any] = node.get("metadata") or {}
        if metadata.get("name") in seen:
            labels = {**(metadata.get("labels") or {}), "kubernetes.io/hostname": f"node-{number}"}
            node["metadata"] = {**metadata, "name": f"node-{number}", "labels": labels}
        seen.add(str((node.get("metadata") or {}).get("name")))
    return nodes


def _refuse(path: Path, node: yaml.Node, reason: str, cause: Exception | None = None) -> NoReturn:
    message = f"{path}:{node.start_mark.line + 1}: {reason}"
    raise ScenarioError(message) from cause
