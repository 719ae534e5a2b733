"""Owner references: which object controls another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields


def is_controller(reference: Fields) -> bool:
    """Return whether an owner reference names a controller."""
    return bool(reference.get("controller"))


def controller_of(manifest: Fields) -> Fields | None:
    """Return the reference to what controls an object, None where nothing does."""
    return next(filter(is_controller, manifest["metadata"].get("ownerReferences") or ()), None)
