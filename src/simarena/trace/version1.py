"""What a file older than version 2 lacks, made up from its events.

Two things went by that name: hand-written maps (`version: 1`, `events`, perhaps `metadata`), and
the four-part list that SimKube up to 1.1.1 wrote (config, events, index, lifecycles), whose index
and lifecycles do not yet name kinds.
"""

# ruff: noqa: ANN401 (values from a file have no type until they are checked)
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.errors import TraceError
from simarena.trace.kinds import (
    CLUSTER_SCOPED,
    POD_TEMPLATE_PATHS,
    kind_key,
    namespaced_name,
)
from simarena.trace.siphash import spec_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.trace.kinds import Manifest

_LIST_PARTS = ("config", "events", "index", "pod_lifecycles")


def version_of(values: object, source: str) -> int:
    """Return 1 or 2, the format of a decoded file; TraceError for anything else."""
    if type(values) is list and len(values) == len(_LIST_PARTS):
        return 1
    if type(values) is not dict or not all(type(key) is str for key in values):
        message = f"{source}: is not a trace: a map with version and events was expected"
        raise TraceError(message)
    version = values.get("version")
    if type(version) is not int or version not in (1, 2):
        said = "is missing" if version is None else "must be 1 or 2"
        message = f"{source}: version: {said}; this is not a trace that SimArena reads"
        raise TraceError(message)
    return version


def as_map(values: Any, source: str) -> dict[str, Any]:
    """Return the fields of a version-1 file by name."""
    if type(values) is dict:
        return values
    if type(values[0]) is not dict:
        message = f"{source}: is not a trace: its first part is not a configuration"
        raise TraceError(message)
    return dict(zip(_LIST_PARTS, values, strict=True))


def with_namespace(manifest: Manifest) -> Manifest:
    """Return the manifest with the namespace that SimKube insists on, "default" if it had none."""
    metadata = manifest["metadata"]
    if metadata.get("namespace") or manifest["kind"] in CLUSTER_SCOPED:
        return manifest
    return {**manifest, "metadata": {**metadata, "namespace": "default"}}


def config_for(applied: Iterable[Manifest]) -> dict[str, Any]:
    """Return a tracer configuration for the kinds that occur, as far as SimKube knows them."""
    kinds = sorted({kind_key(manifest) for manifest in applied} & POD_TEMPLATE_PATHS.keys())
    tracked = {kind: {"podSpecTemplatePaths": [POD_TEMPLATE_PATHS[kind]]} for kind in kinds}
    return {"trackedObjects": tracked}


def renamed_paths(config: Any) -> Any:
    """Return a configuration with the old `podSpecTemplatePath` under its present name."""
    if type(config) is not dict or type(config.get("trackedObjects")) is not dict:
        return config
    tracked = {}
    for kind, settings in config["trackedObjects"].items():
        tracked[kind] = settings
        if type(settings) is dict and "podSpecTemplatePath" in settings:
            rest = {key: settings[key] for key in settings if key != "podSpecTemplatePath"}
            if not rest.get("podSpecTemplatePaths"):
                rest["podSpecTemplatePaths"] = [settings["podSpecTemplatePath"]]
            tracked[kind] = rest
    return {**config, "trackedObjects": tracked}


def index_for(applied: Iterable[Manifest]) -> dict[str, dict[str, int]]:
    """Return SimKube's index of the objects: the hash of the last spec of each."""
    last = {(kind_key(manifest), namespaced_name(manifest)): manifest for manifest in applied}
    index: dict[str, dict[str, int]] = {}
    for (kind, name), manifest in last.items():
        index.setdefault(kind, {})[name] = spec_hash(manifest.get("spec"))
    return index


def lifecycles_for(applied: Iterable[Manifest], lifecycles: Any, source: str) -> Any:
    """Return pod lifecycles whose owners name their kind, looked up in the events if need be."""
    if not lifecycles or type(lifecycles) is not dict:
        return {} if lifecycles is None else lifecycles
    kinds = {namespaced_name(manifest): kind_key(manifest) for manifest in applied}
    named = {}
    for owner, hashes in lifecycles.items():
        if type(owner) is str and owner not in kinds:
            message = f"{source}: pod_lifecycles[{owner!a}]: no event applies this owner"
            raise TraceError(message)
        named[(kinds[owner], owner) if type(owner) is str else owner] = hashes
    return named
