"""All that a cluster is made of, as values that can be compared."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simarena.cluster import Cluster


def tables(cluster: Cluster) -> dict[str, Any]:
    """Return the tables of a cluster's World, byte by byte."""
    world = cluster._objects.live.catalogue.world
    return {name: getattr(world, name).tobytes() for name in world._fields}


def contents(cluster: Cluster) -> dict[str, Any]:
    """Return the tables, and in words what names, manifests and relations lie behind them."""
    objects = cluster._objects
    catalogue = objects.live.catalogue
    named = {
        field.name: repr(getattr(catalogue, field.name))
        for field in fields(catalogue)
        if field.name not in {"world", "config"}
    }
    named["stored"] = repr(objects.stored)
    named["controllers"] = repr(objects.live.controllers)
    return {**tables(cluster), **named}
