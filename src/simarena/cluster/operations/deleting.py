"""Deleting objects, and what they own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, Literal, get_args

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.manifests.api_object import ObjectKey
from simarena.cluster.manifests.kinds import SUPPORTED_KINDS
from simarena.cluster.operations.drain import drains_of
from simarena.cluster.operations.node_lifecycle import lifecycle_of
from simarena.cluster.operations.owned import owned_by, reference_names
from simarena.cluster.operations.ownership import orphan_dependents
from simarena.cluster.rows.quotas import put_quota
from simarena.cluster.rows.template_relations import remove_surrounding
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.operations.names import Objects


Propagation = Literal["Background", "Foreground", "Orphan"]
"""What becomes of what a deleted object owns, as `kubectl delete --cascade` says it."""

PROPAGATIONS: Final[tuple[Propagation, ...]] = get_args(Propagation)


def delete_object(
    objects: Objects,
    kind: str,
    name: str,
    namespace: str = "default",
    *,
    propagation: Propagation = "Background",
) -> None:
    """Delete an object, and what it owns. Raises NotFoundError if it does not exist.

    With a Namespace goes everything in it. What is orphaned stays, and nobody owns it; of the two
    other propagations both are carried out at once.
    """
    if kind == "Namespace" and any(_keys_in(objects, name)):
        _delete_namespace(objects, name)
        return
    found = objects.get(kind, name, namespace)
    catalogue = objects.live.catalogue
    if kind == "Node":
        drains_of(objects.live).stop(name)
        lifecycle_of(objects.live).remove(objects.live, name)
    elif kind == "HorizontalPodAutoscaler":
        autoscaler = catalogue.autoscaler_rows[namespace, name]
        objects.live.do(Operation.DELETE_AUTOSCALER, autoscaler)
    elif kind == "Pod":
        row = objects.view.pod_row(namespace, name)
        objects.live.do(Operation.DELETE_POD_ROW, NONE if row is None else row)
    elif (row := objects.view.workload_row(kind, namespace, name)) is not None:
        if row in catalogue.workloads:
            catalogue.workloads[row].deleted()
        if propagation == "Orphan":
            orphan_dependents(objects, row)
        objects.live.put_schedule(row, None)
        objects.live.do(Operation.DELETE_WORKLOAD, row)
    else:
        stored = objects.stored_key(kind, namespace, name)
        remove_surrounding(catalogue, stored)
        del objects.stored[stored]
        put_quota(catalogue, stored, None)
        for each in _custom_rows(objects, kind, namespace, name):
            catalogue.workloads[each].deleted()
            objects.live.do(Operation.DELETE_WORKLOAD, each)
    if propagation == "Orphan":
        _forget_owner(objects, found)
    else:
        _collect_garbage(objects, found)


def _delete_namespace(objects: Objects, namespace: str) -> None:
    for name in _keys_in(objects, namespace):
        if name.kind != "Pod":
            delete_object(objects, *name[::2], namespace)
    for pod in objects.list("Pod", namespace):
        if not pod["metadata"].get("deletionTimestamp"):
            delete_object(objects, "Pod", pod["metadata"]["name"], namespace)
    stored = ObjectKey("Namespace", "", namespace)
    if stored in objects.stored:
        remove_surrounding(objects.live.catalogue, stored)
        del objects.stored[stored]


def _keys_in(objects: Objects, namespace: str) -> list[ObjectKey]:
    """Return what a namespace holds, owned objects left out."""
    names = [name for name in objects.stored if name.namespace == namespace]
    for kind in sorted(SUPPORTED_KINDS - {"Node"}):
        names.extend(
            ObjectKey(kind, namespace, manifest["metadata"]["name"])
            for manifest in objects.view.all(kind)
            if manifest["metadata"]["namespace"] == namespace
            and not manifest["metadata"].get("ownerReferences")
        )
    return names


def _custom_rows(objects: Objects, kind: str, namespace: str, name: str) -> list[int]:
    return [
        row
        for row, info in objects.live.catalogue.workloads.items()
        if (info.kind, info.namespace, info.name) == (kind, namespace, name)
    ]


def _collect_garbage(objects: Objects, owner: Manifest) -> None:
    """Delete what only an object that is gone owned, by the references in its metadata."""
    namespace = owner["metadata"].get("namespace", "")
    for manifest in [*objects.stored.values(), *owned_by(objects, owner)]:
        metadata = manifest["metadata"]
        references = metadata.get("ownerReferences") or ()
        dead = [each for each in references if reference_names(each, owner)]
        same_place = namespace in {"", metadata.get("namespace", "")}
        if not references or len(dead) < len(references) or not same_place:
            continue
        if not metadata.get("deletionTimestamp"):
            with contextlib.suppress(NotFoundError):
                delete_object(
                    objects,
                    manifest["kind"],
                    metadata["name"],
                    metadata.get("namespace", "default"),
                )


def _forget_owner(objects: Objects, owner: Manifest) -> None:
    """Take the references to an object out of what is kept."""
    for key, manifest in list(objects.stored.items()):
        references = manifest["metadata"].get("ownerReferences") or ()
        staying = [each for each in references if not reference_names(each, owner)]
        if len(staying) < len(references):
            metadata = {**manifest["metadata"], "ownerReferences": staying}
            objects.stored[key] = {**manifest, "metadata": metadata}
