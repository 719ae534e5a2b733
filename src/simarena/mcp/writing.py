"""What tools can write to a cluster: patches, manifests, deletions, and what is done to nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from simarena.mcp.patching import PatchType, patched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.mcp.kubectl.kinds import ApiKind

Applied = Literal["created", "configured", "unchanged", "serverside-applied"]
"""What kubectl says of an object that was applied."""


class Place(NamedTuple):
    """Which object: kind, namespace (empty for kinds that have none) and name."""

    kind: str
    namespace: str
    name: str


class Held(Protocol):
    """A change of an object that holds against what a trace says of the same object later."""

    @property
    def place(self) -> Place:
        """Which object it is about."""

    def made_in(self, manifest: Fields) -> Manifest:
        """Return an object with the change made. Raises RefusedError if it cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A patch of one object."""

    kind: ApiKind
    name: str
    namespace: str
    """Empty for kinds that have none."""
    patch_type: PatchType
    body: object
    freely: bool = False
    """Whether the patch is of a client's own making, and not one of an operation."""

    @property
    def place(self) -> Place:
        """Which object is patched."""
        return Place(self.kind.kind, self.namespace, self.name)

    def made_in(self, manifest: Fields) -> Manifest:
        """Return an object with this patch made. Raises RefusedError if it cannot be."""
        return patched(manifest, self.patch_type, self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainFlags:
    """What `kubectl drain` may do."""

    ignore_daemonsets: bool = False
    force: bool = False
    delete_emptydir_data: bool = False

    @property
    def options(self) -> Mapping[str, bool]:
        """The flags by name."""
        return {name: bool(getattr(self, name)) for name in self.__slots__}


class Drained(NamedTuple):
    """What a drain has come to. Pods are named as namespace/name."""

    evicted: Sequence[str]
    held_back: Sequence[str]
    """Those whose PodDisruptionBudgets do not let them go now."""
    ignored: Sequence[str]
    """Those of DaemonSets."""


class Writer(Protocol):
    """Changes one cluster. What is not allowed, or what the API refuses, is a SimArenaError.

    In a dry run everything is checked, and nothing changes.
    """

    def patch(self, edit: Edit, *, dry_run: bool) -> Fields:
        """Patch an object; return it as it is then."""

    def apply(
        self, kind: ApiKind, manifest: Fields, *, dry_run: bool, force_conflicts: bool
    ) -> Applied:
        """Create an object, or make an existing one like a manifest that has its namespace."""

    def delete(self, kind: ApiKind, name: str, namespace: str, *, dry_run: bool) -> None:
        """Delete an object, and what it owns."""

    def set_unschedulable(self, node: str, *, unschedulable: bool, dry_run: bool) -> None:
        """Cordon a node, or uncordon it."""

    def drain(self, node: str, flags: DrainFlags, *, dry_run: bool) -> Drained:
        """Cordon a node and evict its pods, as far as their budgets allow it now.

        Raises RefusedError, in kubectl's words, if there are pods that need a flag.
        """
