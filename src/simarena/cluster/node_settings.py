"""Settings of what watches over nodes: the node lifecycle controller and the cluster autoscaler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from simarena.checks.bounds import check_kind, check_number, check_whole, is_finite
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.fields import mapping
from simarena.cluster.manifests.nodes import Node
from simarena.errors import ConfigError, shown

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields

_MAX_MS = 86_400_000
_MAX_NODES = 1 << 20
_MAX_PREFIX = 200
_MAX_RATE = 1_000  # one for each millisecond


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLifecycleSettings:
    """What follows when nodes fail. Defaults are those of kube-controller-manager 1.36."""

    grace_ms: int = 50_000
    """From the last sign of a kubelet to its node being unreachable (node-monitor-grace-period)."""

    eviction_rate: float = 0.1
    """Nodes of a zone that get a NoExecute taint in a second (node-eviction-rate)."""

    secondary_eviction_rate: float = 0.01
    """The same while a zone of over `large_cluster` nodes is unhealthy; 0 in smaller ones."""

    unhealthy_zone: float = 0.55
    """Part of a zone's nodes, at least 3, that must be not ready for it to be unhealthy."""

    large_cluster: int = 50
    """Nodes of a zone up to which nothing is evicted while the zone is unhealthy."""

    def __post_init__(self) -> None:
        """Refuse settings that no run could use."""
        check_plain_fields(self)
        _check_ms(self)
        for name in ("eviction_rate", "secondary_eviction_rate"):
            check_number(name, getattr(self, name), 0, _MAX_RATE)
        if not (is_finite(self.unhealthy_zone) and 0 < self.unhealthy_zone <= 1):
            shown_zone = shown(self.unhealthy_zone)
            message = f"unhealthy_zone must be above 0 and at most 1, got {shown_zone}"
            raise ConfigError(message)
        check_whole("large_cluster", self.large_cluster, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGroup:
    """Nodes of one kind, of which the cluster autoscaler has more or fewer."""

    name: str
    template: Fields
    """Manifest of such a node; its name is replaced by `<group>-<number>`."""

    min_size: int = 0
    max_size: int = 10

    boot_ms: int = 60_000
    """From asking for a node to its being ready."""

    def __post_init__(self) -> None:
        """Refuse a group that could have no node."""
        check_plain_fields(self)
        _check_ms(self)
        check_kind("a node group's name", self.name, str, "text")
        check_kind("a node group's template", self.template, Mapping, "a Node manifest")
        check_whole("min_size", self.min_size, 0, _MAX_NODES)
        check_whole("max_size", self.max_size, 0, _MAX_NODES)
        if not self.name or len(self.name) > _MAX_PREFIX:
            message = f"a node group's name must have 1 to {_MAX_PREFIX} characters"
            raise ConfigError(message)
        if self.min_size > self.max_size:
            message = (
                f"node group {self.name}: min_size {self.min_size} and max_size {self.max_size} "
                "must be in order"
            )
            raise ConfigError(message)
        self.node(0)

    def node(self, number: int) -> Node:
        """Return a new node. Raises ManifestError if the template is malformed."""
        where = f"node group {self.name}: template"
        metadata = {**mapping(self.template, "metadata", where), "name": f"{self.name}-{number}"}
        labels = {
            **mapping(metadata, "labels", f"{where}.metadata"),
            "kubernetes.io/hostname": metadata["name"],
        }
        metadata["labels"] = labels
        return read_as({**self.template, "metadata": metadata}, Node)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoscalerSettings:
    """The cluster autoscaler's node groups and flags. Delays default to its own."""

    groups: tuple[NodeGroup, ...]
    """A node belongs to the group whose name its own begins with, followed by a dash and digits."""

    scan_interval_ms: int = 10_000
    """Between two looks at the cluster."""

    new_pod_delay_ms: int = 0
    """Pods younger than this do not bring up nodes (new-pod-scale-up-delay)."""

    max_nodes_total: int = 0
    """Nodes of the cluster, those of no group included; 0: any number."""

    expander: Literal["least-waste", "most-pods", "first"] = "least-waste"
    """Which of several groups grows; ties go to the first."""

    scale_down: bool = True
    """Whether idle nodes are removed."""

    utilisation_threshold: float = 0.5
    """Nodes whose pods request less than this part, of CPU and of memory, may go."""

    unneeded_ms: int = 600_000
    """How long a node must be unneeded before it is removed."""

    unready_ms: int = 1_200_000
    """How long a node that is not ready must be so."""

    delay_after_add_ms: int = 600_000
    """From the last scale-up to the next scale-down."""

    delay_after_delete_ms: int = 0
    """From the last removal to the next scale-down."""

    delay_after_failure_ms: int = 180_000
    """From a scale-down that failed to the next."""

    max_bulk_removals: int = 10
    """Empty nodes that are removed at once (max-empty-bulk-delete)."""

    eviction_timeout_ms: int = 120_000
    """How long evictions are tried before a node is kept after all (max-pod-eviction-time)."""

    skip_system_pods: bool = True
    """Nodes with pods of kube-system that no budget covers stay."""

    skip_local_storage: bool = True
    """Nodes with pods that have emptyDir or hostPath volumes stay."""

    expendable_priority: int = -10
    """Pods of lower priority neither bring up nodes nor keep them."""

    def __post_init__(self) -> None:
        """Refuse settings that no run could use."""
        check_plain_fields(self)
        _check_ms(self)
        if self.scan_interval_ms < 1:
            message = f"scan_interval_ms must be at least 1, got {self.scan_interval_ms}"
            raise ConfigError(message)
        check_kind("groups", self.groups, tuple, "a tuple of node groups")
        for group in self.groups:
            check_kind("groups", group, NodeGroup, "a tuple of node groups")
        names = [group.name for group in self.groups]
        if not names or len(set(names)) < len(names):
            message = "groups must name at least one node group, and each only once"
            raise ConfigError(message)
        if self.expander not in ("least-waste", "most-pods", "first"):
            message = (
                "expander must be 'least-waste', 'most-pods' or 'first', "
                f"got {shown(self.expander)}"
            )
            raise ConfigError(message)
        check_number("utilisation_threshold", self.utilisation_threshold, 0, 1)
        for name in ("max_nodes_total", "max_bulk_removals"):
            check_whole(name, getattr(self, name), 0)
        check_whole("expendable_priority", self.expendable_priority, -(2**31), 2**31)


def _check_ms(settings: NodeLifecycleSettings | NodeGroup | AutoscalerSettings) -> None:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name.endswith("_ms") and not (isinstance(value, int) and 0 <= value <= _MAX_MS):
            message = f"{field.name} must be from 0 to {_MAX_MS} milliseconds, got {shown(value)}"
            raise ConfigError(message)
