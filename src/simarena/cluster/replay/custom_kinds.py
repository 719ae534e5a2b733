"""Objects of kinds that only a trace knows: the pods that its configuration says they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.api_object import ObjectKey
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.workloads.batch import Job, JobSpec
from simarena.cluster.manifests.workloads.workload import ended_template
from simarena.errors import ManifestError
from simarena.trace.kinds import kind_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.cluster.manifests.fields import Manifest
    from simarena.trace import Trace

_COUNTS: Final = ("replicas", "parallelism")
_POLICIES: Final = ("Always", "Never", "OnFailure")


def template_paths(trace: Trace, manifest: Manifest) -> tuple[str, ...]:
    """Return where a trace's configuration finds pod templates in an object, as JSON pointers."""
    tracked = (trace.config.get("trackedObjects") or {}).get(kind_key(manifest)) or {}
    return tuple(tracked.get("podSpecTemplatePaths") or ())


def custom_workloads(manifest: Manifest, paths: Sequence[str]) -> list[Job]:
    """Return, for each pod template in an object, a workload that keeps its pods.

    There are as many as `replicas` or `parallelism` beside the template say, else one. They are
    made once: what has run to its end does not come back, what is deleted does. Raises
    ManifestError if a template is malformed.
    """
    metadata = manifest["metadata"]
    where = f"{manifest['kind']} {metadata.get('name')}"
    key = ObjectKey(manifest["kind"], metadata["namespace"], metadata["name"])
    workloads = []
    for path, given, number in _templates(manifest, paths):
        spec: Manifest = {"template": copied(given)}
        template = ended_template(spec, f"{where}: {path}", _POLICIES)
        job = JobSpec(template=template, selector=None, parallelism=number, completions=number)
        workloads.append(
            Job(
                key=key,
                manifest={
                    "apiVersion": manifest["apiVersion"],
                    "kind": manifest["kind"],
                    "metadata": {**metadata, "path": path},
                    "spec": spec,
                },
                template=template,
                selector=None,
                job=job,
                path=path,
            )
        )
    return workloads


def templates_at(manifest: Manifest, paths: Sequence[str]) -> list[Manifest]:
    """Return the pod templates in an object. Raises ManifestError if one is none."""
    return [template for _, template, _ in _templates(manifest, paths)]


def _templates(
    manifest: Manifest, paths: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Yield each path with its template and the number of pods; "*" stands for all of a list."""
    for path in paths:
        places: list[tuple[str, Any, Any]] = [("", manifest, {})]
        for key in path.split("/")[1:]:
            places = [
                (f"{at}/{name}", value, found)
                for at, found, _ in places
                for name, value in _members(found, key)
            ]
        for at, found, beside in places:
            if not isinstance(found, dict) or not isinstance(found.get("spec"), dict):
                where = f"{manifest['kind']} {manifest['metadata'].get('name')}"
                message = f"{where}: {at} must be a pod template, an object with a spec"
                raise ManifestError(message)
            numbers = [beside.get(name) for name in _COUNTS] if isinstance(beside, dict) else []
            number = next((n for n in numbers if isinstance(n, int) and 0 <= n <= MAX_INT32), 1)
            yield at, found, number


def _members(parent: object, key: str) -> list[tuple[str, Any]]:
    if isinstance(parent, list) and key == "*":
        return [(str(index), value) for index, value in enumerate(parent)]
    if isinstance(parent, list) and key.isdigit() and int(key) < len(parent):
        return [(key, parent[int(key)])]
    if isinstance(parent, dict):
        name = key.replace("~1", "/").replace("~0", "~")
        return [(key, parent[name])] if name in parent else []
    return []
