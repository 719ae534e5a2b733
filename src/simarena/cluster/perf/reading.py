"""The files of scheduler_perf: what each workload does, and why some cannot be run here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import is_finite
from simarena.cluster.perf.field_case import in_case
from simarena.errors import ConfigError, ManifestError, StorageError, shown
from simarena.files.bounded import read_file
from simarena.files.yaml_nodes import MAX_BYTES, read_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from simarena.cluster.manifests.fields import Manifest

CONFIG_NAME: Final = "performance-config.yaml"

_MAX_COUNT: Final = 1_000_000
_MOST_TOLD: Final = 500
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "createNodes": frozenset(
        {"count", "nodeTemplatePath", "labelNodePrepareStrategy", "uniqueNodeLabelStrategy"}
    ),
    "createNamespaces": frozenset({"count", "prefix", "namespaceTemplatePath"}),
    "createPods": frozenset(
        {"count", "namespace", "podTemplatePath", "collectMetrics", "skipWaitToCompletion"}
    ),
    "createPodSets": frozenset({"count", "namespacePrefix", "createPodsOp"}),
    "deletePods": frozenset({"namespace", "deletePodsPerSecond", "skipWaitToCompletion"}),
    "churn": frozenset({"mode", "number", "intervalMilliseconds", "namespace", "templatePaths"}),
    "barrier": frozenset({"stageRequirement", "namespaces"}),
    "createAny": frozenset({"namespace", "templatePath", "count"}),
    "sleep": frozenset({"duration"}),
}
"""Operations that can be run, and the fields of each that are heeded."""
_CASE_FIELDS: Final = frozenset(
    {"name", "workloadTemplate", "workloads", "defaultPodTemplatePath", "featureGates", "labels"}
)
_PATHS: Final = ("nodeTemplatePath", "namespaceTemplatePath", "podTemplatePath", "templatePath")
_TEXTS: Final = frozenset({"prefix", "namespace", "namespacePrefix", "duration", *_PATHS})
_LISTS: Final = frozenset({"templatePaths", "namespaces"})
_LABELLING: Final = frozenset({"labelNodePrepareStrategy", "uniqueNodeLabelStrategy"})
_NUMBERS: Final = frozenset({"number", "deletePodsPerSecond", "intervalMilliseconds"})
_NEEDED: Final[Mapping[str, str]] = {
    "createNamespaces": "prefix",
    "createPodSets": "namespacePrefix",
    "deletePods": "namespace",
    "churn": "templatePaths",
    "createAny": "templatePath",
}


class UnsupportedError(Exception):
    """A workload that does what is not simulated; its text says what, in a printable line."""

    def __init__(self, text: str) -> None:
        """Tell this, whatever names from the files are in it."""
        if not text.isprintable():
            text = text.encode("unicode_escape").decode()
        super().__init__(text[:_MOST_TOLD])


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a workload, its parameters filled in and its files found."""

    opcode: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def count(self) -> int:
        """Return how many objects it makes."""
        number = self.fields.get("count", 1 if self.opcode == "createAny" else 0)
        if type(number) is not int or not 0 <= number <= _MAX_COUNT:
            message = f"{self.opcode}: count must be from 0 to {_MAX_COUNT}, got {shown(number)}"
            raise ConfigError(message)
        return number


@dataclass(frozen=True, slots=True)
class PerfWorkload:
    """A workload of a file."""

    name: str
    """Folder of the file, test case and workload."""
    threshold: float
    """Pods a second that Kubernetes asks of itself; 0: none."""
    steps: tuple[Step, ...] = ()
    reason: str = ""
    """Why it cannot be run; empty if it can."""


def read_folder(folder: Path) -> list[PerfWorkload]:
    """Return the workloads of all files of a folder and those below, by path.

    Raises ConfigError if there is none, and if one is no such file.
    """
    paths = sorted(folder.rglob(CONFIG_NAME)) if folder.is_dir() else []
    if not paths:
        message = f"{folder}: there is no {CONFIG_NAME} in it; name scheduler_perf's folder"
        raise ConfigError(message)
    return [workload for path in paths for workload in _read_file(path, folder)]


def _read_file(path: Path, folder: Path) -> Iterator[PerfWorkload]:
    documents = read_values(path)
    cases = documents[0] if documents else []
    if not isinstance(cases, list) or not all(_is_case(case) for case in cases):
        message = f"{path}: must be a list of test cases, each with a name and workloads"
        raise ConfigError(message)
    group = path.parent.relative_to(folder).as_posix()
    for case in cases:
        for workload in case["workloads"]:
            name = "/".join((*((group,) if group != "." else ()), case["name"], workload["name"]))
            threshold = workload.get("threshold", 0)
            if type(threshold) not in {int, float} or threshold < 0:
                threshold = 0
            try:
                steps = tuple(_steps(case, workload.get("params") or {}, path))
            except UnsupportedError as unsupported:
                yield PerfWorkload(name, float(threshold), reason=str(unsupported))
            else:
                yield PerfWorkload(name, float(threshold), steps)


def _is_case(case: object) -> bool:
    if not isinstance(case, dict) or not isinstance(case.get("name"), str):
        return False
    workloads, steps = case.get("workloads"), case.get("workloadTemplate")
    return (
        isinstance(workloads, list)
        and all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in workloads)
        and isinstance(steps, list)
        and all(isinstance(each, dict) for each in steps)
    )


def _steps(case: Mapping[str, Any], params: Mapping[str, Any], path: Path) -> Iterator[Step]:
    other = sorted(case.keys() - _CASE_FIELDS)
    if other:
        message = f"{other[0]} of a test case"
        raise UnsupportedError(message)
    for given in case["workloadTemplate"]:
        yield _step(given, params, path, case.get("defaultPodTemplatePath"))


def _step(
    given: Mapping[str, Any], params: Mapping[str, Any], path: Path, default: str | None
) -> Step:
    opcode = given.get("opcode")
    if not isinstance(opcode, str) or opcode not in _FIELDS:
        message = f"operation {opcode}"
        raise UnsupportedError(message)
    fields = {key: value for key, value in given.items() if key != "opcode"}
    for name in [name for name in fields if name.endswith("Param")]:
        fields[name.removesuffix("Param")] = _parameter(fields.pop(name), params)
    if opcode == "createPods" and "podTemplatePath" not in fields and default:
        fields["podTemplatePath"] = default
    other = [key for key, value in fields.items() if key not in _FIELDS[opcode] and value]
    if other:
        message = f"{min(other)} of {opcode}"
        raise UnsupportedError(message)
    for name, value in fields.items():
        if not _is_sound(name, value):
            message = f"{opcode} with {name}: {shown(value)}"
            raise UnsupportedError(message)
    for name in _PATHS:
        if name in fields:
            fields[name] = _found(path, fields[name])
    if "templatePaths" in fields:
        fields["templatePaths"] = [_found(path, each) for each in fields["templatePaths"]]
    if opcode == "createPodSets":
        inner = fields.get("createPodsOp")
        nested = {**(inner if isinstance(inner, dict) else {}), "opcode": "createPods"}
        fields["createPodsOp"] = _step(nested, params, path, default)
    if _NEEDED.get(opcode, opcode) not in {*fields, opcode}:
        message = f"{opcode} without {_NEEDED[opcode]}"
        raise UnsupportedError(message)
    return Step(opcode, fields)


def _is_sound(name: str, value: object) -> bool:
    """Return whether a field of an operation, other than a count, has a value that it may have."""
    if name in _TEXTS:
        return isinstance(value, str)
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if name in _LABELLING:
        return isinstance(value, dict) and _is_labelling(value)
    if name in _NUMBERS:
        return is_finite(value) and 0 <= value <= _MAX_COUNT  # type: ignore[operator]
    return True


def _is_labelling(strategy: Mapping[str, object]) -> bool:
    values = strategy.get("labelValues") or [strategy.get("labelValue", "")]
    return isinstance(values, list) and all(
        isinstance(each, str) for each in (strategy.get("labelKey"), *values)
    )


def _parameter(name: object, params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as the file has it
    key = str(name).removeprefix("$")
    if key not in params:
        message = f"parameter {name}, which the workload does not give"
        raise UnsupportedError(message)
    return params[key]


def _found(path: Path, name: object) -> Path:
    """Return the file that a test case names, beside its own; no other may be read."""
    found = (path.parent / str(name)).resolve() if "\0" not in str(name) else path.parent
    try:
        is_there = found.is_file()
    except (OSError, ValueError):  # as of a name that no file can have
        is_there = False
    if not is_there:
        message = f"file {name}, which is not there"
        raise UnsupportedError(message)
    return found


def is_counted(path: Path) -> bool:
    """Return whether objects of a template file differ by their number."""
    return "{{" in path.read_text(encoding="utf-8", errors="replace")


def template_objects(path: Path, words: Mapping[str, int] | None = None) -> Sequence[Manifest]:
    """Return the objects of a template file, `{{.Index}}` and the like filled in.

    Fields are found whatever their case, as scheduler_perf finds them.

    Raises UnsupportedError where it computes more than that, or is no object.
    """
    try:
        values = read_values(path) if not words else _filled(path, words)
    except (ManifestError, StorageError) as error:
        raise UnsupportedError(str(error)) from error
    objects = [in_case(value) for value in values if value is not None]
    if not objects or not all(map(_is_object, objects)):
        message = f"file {path.name}, which holds no object"
        raise UnsupportedError(message)
    return objects


def _is_object(value: object) -> bool:
    """Return whether a value has the parts of an object that are looked at before it is read."""
    if not isinstance(value, dict) or not isinstance(value.get("kind", ""), str):
        return False
    metadata = value.get("metadata", {})
    return (
        isinstance(metadata, dict)
        and all(isinstance(metadata.get(name, ""), str) for name in ("name", "generateName"))
        and isinstance(metadata.get("labels", {}), dict)
    )


def _filled(path: Path, words: Mapping[str, int]) -> list[Any]:
    try:
        text = read_file(path, MAX_BYTES).decode()
    except UnicodeDecodeError as error:
        message = f"file {path.name}, which is no text"
        raise UnsupportedError(message) from error
    for word, number in words.items():
        text = text.replace("{{." + word + "}}", str(number))
    if "{{" in text:
        message = f"file {path.name}, which computes values"
        raise UnsupportedError(message)
    import yaml

    try:
        return list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        message = f"file {path.name}, which is no YAML"
        raise UnsupportedError(message) from error
