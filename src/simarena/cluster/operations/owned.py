"""What an object may own, without telling all objects of a cluster to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.kinds import MAKERS, SUPPORTED_KINDS
from simarena.cluster.objects.identity import Identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.operations.names import Objects
    from simarena.cluster.rows.catalogue import Catalogue


def owned_by(objects: Objects, owner: Fields) -> Iterator[Manifest]:
    """Yield all simulated objects whose owner references name an object, perhaps others, too."""
    catalogue = objects.live.catalogue
    for kind in sorted(SUPPORTED_KINDS - {"Node", "Pod"}):
        if _names_owners(catalogue, kind) or _is_maker(objects, owner, kind):
            yield from list(objects.view.all(kind))
    for row in _pods(catalogue, owner):
        yield objects.view.pod(row)


def reference_names(reference: Fields, owner: Fields) -> bool:
    """Return whether an owner reference names an object, by kind and name if that has no uid."""
    uid = owner["metadata"].get("uid")
    if uid is not None:
        return bool(reference.get("uid") == uid)
    return (reference.get("kind"), reference.get("name")) == (
        owner["kind"],
        owner["metadata"]["name"],
    )


def _names_owners(catalogue: Catalogue, kind: str) -> bool:
    """Return whether an applied object of a kind names owners."""
    return any(
        info.kind == kind and _has_owners(info.manifest)
        for infos in (catalogue.workloads.values(), catalogue.autoscalers)
        for info in infos
    )


def _has_owners(manifest: Mapping[str, Fields]) -> bool:
    return bool((manifest.get("metadata") or {}).get("ownerReferences"))


def _is_maker(objects: Objects, owner: Fields, kind: str) -> bool:
    """Return whether an object that is there yet makes objects of a kind."""
    metadata = owner["metadata"]
    place = (owner["kind"], metadata.get("namespace", ""), metadata["name"])
    return MAKERS.get(kind) == owner["kind"] and objects.view.workload_row(*place) is not None


def _pods(catalogue: Catalogue, owner: Fields) -> list[int]:
    """Return the rows of pods that name owners themselves, or whose controller is the object."""
    world = catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
    naming = [row for row, info in enumerate(catalogue.templates) if _has_owners(info.pod)]
    owners, present = pods["owner"].copy(), pods["present"] != 0
    rows = np.unique(owners[present & (owners != NONE)]).tolist()
    controllers = [row for row in rows if _may_be(Identities(catalogue), row, owner)]
    if not naming and not controllers:
        return []
    found = np.isin(owners, controllers) & (owners != NONE)
    found |= np.isin(pods["template"], naming)
    result: list[int] = np.flatnonzero(found & present).tolist()
    return result


def _may_be(names: Identities, workload_row: int, owner: Fields) -> bool:
    """Return whether a workload is an object, or at least of its kind if that has no uid."""
    uid = owner["metadata"].get("uid")
    if uid is not None:
        return bool(names.workload_uid(workload_row) == uid)
    return bool(names.controller_kind(names.applied_owner(workload_row)) == owner["kind"])
