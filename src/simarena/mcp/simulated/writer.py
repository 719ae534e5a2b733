"""Changes of a simulated cluster that clients make."""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.check import normalise
from simarena.cluster.manifests.pods.taints import (
    NOT_READY,
    PRESSURE,
    UNREACHABLE,
    UNSCHEDULABLE,
    Taint,
    read_tolerations,
    tolerates,
)
from simarena.cluster.operations.drain import controller_kind
from simarena.cluster.replay.driver import TOLERATION
from simarena.errors import NotFoundError, RefusedError
from simarena.mcp.change import check_resources
from simarena.mcp.kubectl.describing import hidden
from simarena.mcp.writing import Drained, Place
from simarena.trace.kinds import KINDS, POD_SPEC_FIELDS, kind_key, pod_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.simulated.backend import SimulatedBackend
    from simarena.mcp.writing import Applied, DrainFlags, Edit, Held

_COMPUTED_TAINTS: Final = frozenset({NOT_READY, UNREACHABLE, UNSCHEDULABLE.key, PRESSURE.key})
"""Taints that the cluster itself puts on nodes and takes off again."""

_VIRTUAL_TAINT: Final = Taint(TOLERATION["key"], "true", "NoSchedule")

_STATED: Final = ("capacity", "allocatable", "images")
"""Parts of a node's status that are given, and not found out."""


@dataclass(frozen=True, slots=True)
class AppliedManifest:
    """An object as a client has stated it: what a trace says of it later does not count."""

    place: Place
    manifest: Fields

    def made_in(self, manifest: Fields) -> Manifest:
        """Return what the client has applied, where the trace has it."""
        stated: Manifest = copy.deepcopy(dict(self.manifest))
        stated["metadata"].pop("namespace", None)
        if "namespace" in manifest["metadata"]:
            stated["metadata"]["namespace"] = manifest["metadata"]["namespace"]
        return stated


@dataclass(frozen=True, slots=True)
class SimulatedWriter:
    """Changes the cluster of a session, and notes down what is to hold against its trace."""

    backend: SimulatedBackend
    changes: list[Held]

    def patch(self, edit: Edit, *, dry_run: bool) -> Fields:
        """Patch an object; return it as it is then."""
        cluster = self._cluster(dry_run=dry_run)
        kind, namespace, name = edit.place
        before = cluster.get(kind, name, namespace)
        _refuse_owned(edit.kind, before)
        after = edit.made_in(before)
        if _place(after) != edit.place:
            message = f'error: {edit.kind.resource} "{name}": kind, namespace and name stay'
            raise RefusedError(message)
        cluster.replace(_completed(after, before))
        self._done([edit], dry_run=dry_run)
        return cluster.get(kind, name, namespace)

    def apply(
        self, kind: ApiKind, manifest: Fields, *, dry_run: bool, force_conflicts: bool
    ) -> Applied:
        """Create an object, or make an existing one like a manifest."""
        del force_conflicts  # there are no field managers
        cluster = self._cluster(dry_run=dry_run)
        place = _place(manifest)
        before: Manifest | None = None
        with suppress(NotFoundError):
            before = cluster.get(kind.kind, place.name, place.namespace)
        if before is not None:
            _refuse_owned(kind, before)
        wanted = _completed(manifest, before)
        cluster.apply(wanted)
        after = cluster.get(kind.kind, place.name, place.namespace)
        if not dry_run:
            self.changes[:] = [each for each in self.changes if each.place != place]
        self._done([AppliedManifest(place, normalise(wanted))], dry_run=dry_run)
        if before is None:
            return "created"
        return "unchanged" if _stated(before) == _stated(after) else "configured"

    def delete(self, kind: ApiKind, name: str, namespace: str, *, dry_run: bool) -> None:
        """Delete an object, and what it owns; of its changes nothing holds any more."""
        self._cluster(dry_run=dry_run).delete(kind.kind, name, namespace)
        if not dry_run:
            place = Place(kind.kind, namespace, name)
            self.changes[:] = [each for each in self.changes if each.place != place]
        self._done([], dry_run=dry_run)

    def set_unschedulable(self, node: str, *, unschedulable: bool, dry_run: bool) -> None:
        """Cordon a node, or uncordon it; a drain of it then ends."""
        cluster = self._cluster(dry_run=dry_run)
        if unschedulable:
            cluster.cordon(node)
        else:
            cluster.uncordon(node)
        self._done([], dry_run=dry_run)

    def drain(self, node: str, flags: DrainFlags, *, dry_run: bool) -> Drained:
        """Cordon a node and evict its pods; those held back are tried again as time passes."""
        cluster = self._cluster(dry_run=dry_run)
        staying = {pod["metadata"]["uid"]: pod for pod in _pods_on(cluster, node) if not _goes(pod)}
        try:
            held_back = cluster.drain(node, **flags.options)
        finally:
            self._done([], dry_run=dry_run)
        left = {pod["metadata"]["uid"] for pod in _pods_on(cluster, node) if not _goes(pod)}
        return Drained(
            evicted=[_named(pod) for uid, pod in staying.items() if uid not in left],
            held_back=held_back,
            ignored=[
                _named(pod) for pod in staying.values() if controller_kind(pod) == "DaemonSet"
            ],
        )

    def _cluster(self, *, dry_run: bool) -> Cluster:
        return self.backend.cluster.copy() if dry_run else self.backend.cluster

    def _done(self, changes: list[Held], *, dry_run: bool) -> None:
        if not dry_run:
            self.changes.extend(changes)
            self.backend.changed()


def _place(manifest: Fields) -> Place:
    metadata = manifest.get("metadata") or {}
    return Place(
        str(manifest.get("kind") or ""),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or ""),
    )


def _refuse_owned(kind: ApiKind, manifest: Manifest) -> None:
    if kind.kind != "Pod" and controller_kind(manifest):
        (owner, *_) = manifest["metadata"]["ownerReferences"]
        message = (
            f'error: {kind.resource} "{manifest["metadata"]["name"]}" is controlled by '
            f"{owner['kind']} {owner['name']}, which would undo this; change that one"
        )
        raise RefusedError(message)


def _completed(manifest: Fields, before: Fields | None) -> Manifest:
    """Return a manifest as the cluster is to get it. Raises ManifestError if it is malformed.

    It keeps what clients are not shown. Its pods may run on virtual nodes, as those of a replay.
    """
    checked = normalise(manifest)
    completed: Manifest = copy.deepcopy(dict(manifest))
    if checked["kind"] == "Node":
        return _plain_node(completed)
    completed["metadata"].pop("managedFields", None)
    _keep_hidden(completed, before)
    spec = pod_spec(completed)
    if spec is not None:
        what = f'{checked["kind"]} "{checked["metadata"]["name"]}"'
        check_resources(what, spec, ".".join(POD_SPEC_FIELDS[kind_key(checked)]))
        if not tolerates(read_tolerations(spec, "spec"), _VIRTUAL_TAINT):
            spec["tolerations"] = [*(spec.get("tolerations") or ()), dict(TOLERATION)]
    return completed


def _plain_node(node: Manifest) -> Manifest:
    """Return a node without what the cluster itself finds out about it."""
    spec = dict(node.get("spec") or {})
    taints = [each for each in spec.get("taints") or () if each["key"] not in _COMPUTED_TAINTS]
    spec["taints"] = taints
    status = {key: value for key, value in (node.get("status") or {}).items() if key in _STATED}
    return {**node, "spec": spec, "status": status}


def _keep_hidden(manifest: Manifest, before: Fields | None) -> None:
    """Give an object, in place, the annotations that it had and clients are not shown."""
    if before is None:
        return
    for mine, former in zip(_metadata(manifest), _metadata(dict(before)), strict=False):
        kept = hidden(former.get("annotations"))
        if kept:
            mine["annotations"] = {**kept, **(mine.get("annotations") or {})}


def _metadata(manifest: Manifest) -> Iterator[Manifest]:
    """Yield the metadata of an object, then of its pod template if it has one."""
    yield manifest["metadata"]
    known = KINDS.get(manifest["kind"])
    template: Manifest = {}
    if known is not None and known.template:
        template = manifest
        for field in known.template:
            template = template.get(field) or {}
    if template:
        if not template.get("metadata"):
            template["metadata"] = {}
        yield template["metadata"]


def _stated(manifest: Fields) -> Manifest:
    """Return what of an object somebody has stated."""
    metadata = {key: manifest["metadata"].get(key) or {} for key in ("labels", "annotations")}
    parts = {key: value for key, value in manifest.items() if key not in {"metadata", "status"}}
    return {**parts, "metadata": metadata}


def _pods_on(cluster: Cluster, node: str) -> list[Manifest]:
    return [pod for pod in cluster.list("Pod") if pod["spec"].get("nodeName") == node]


def _goes(pod: Fields) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def _named(pod: Fields) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
