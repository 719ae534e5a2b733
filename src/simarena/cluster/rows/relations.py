"""What pod templates are to each other, and the names behind the counters and terms of one World.

Counters say which pods are counted together, by which topology key; terms are, for each template,
the counters that its pods count in and those that decide where they may go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.manifests.pods.taints import first_untolerated_taint
from simarena.cluster.rows.selection_index import PodIndex, SelectionIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.codes import TermKind
    from simarena.cluster.manifests.nodes import Node, NodeTraits
    from simarena.cluster.manifests.pods.affinity import PodSelection
    from simarena.cluster.manifests.pods.host_ports import HostPort
    from simarena.cluster.manifests.pods.node_affinity import NodeChoice
    from simarena.cluster.manifests.pods.spec import PodSpec
    from simarena.cluster.manifests.pods.taints import Toleration
    from simarena.cluster.manifests.pods.usage import Schedule
    from simarena.cluster.manifests.selectors import LabelSelector


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What a template is to other pods, and what it asks of them."""

    spec: PodSpec
    namespace: str
    labels: Mapping[str, str]
    """Those that its pods have, also those that controllers add."""
    selector: LabelSelector | None
    """Of default spreading: of the controller and of Services; None without either."""
    owner: tuple[str, ...] = ("Pod",)
    """Kind, namespace and name of what a user applied."""
    metrics: Mapping[str, Schedule] = field(default_factory=dict)
    """What its pods tell of themselves."""


@dataclass(slots=True)
class PodKind:
    """Pods that no selector can tell apart."""

    namespace: str
    labels: Mapping[str, str]
    rows: list[int] = field(default_factory=list)
    """Templates."""


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Nodes whose pods count for a constraint."""

    nodes: NodeChoice | None
    """Of the pod; they must be among them."""
    tolerations: tuple[Toleration, ...] | None
    """Of their taints."""
    keys: tuple[str, ...]
    """Labels that they must have."""

    def has(self, node: Node) -> bool:
        """Return whether a node belongs to the set."""
        return self.admits(node) and all(key in node.labels for key in self.keys)

    def admits(self, node: NodeTraits) -> bool:
        """Return whether a node belongs to the set if it has the labels that it must have."""
        if self.nodes is not None and not self.nodes.allows(node):
            return False
        if self.tolerations is None:
            return True
        return first_untolerated_taint(self.tolerations, node.taints) is None


class Counter(NamedTuple):
    """A row of the counters."""

    pods: PodSelection | tuple[PodSelection, ...] | None
    """Which pods count: those that all selections mean. None: those whose template says so."""
    about: PodSelection | None
    """Pods that have this term are counted; which pods does it mean?"""
    kind: TermKind
    """What it is to the pods that `about` means."""
    weight: int


class Selection(NamedTuple):
    """The pods that a scaled workload's selector means."""

    namespace: str
    selector: LabelSelector
    owner: tuple[str, ...]
    """The workload, whose own pods it knows without looking."""


Measure = tuple[str, ...]
"""Name of a metric that pods have; or of a container, and of the resource that it uses."""


def selections_of(pods: PodSelection | tuple[PodSelection, ...]) -> tuple[PodSelection, ...]:
    """Return the selections that must all mean a pod."""
    return pods if isinstance(pods, tuple) else (pods,)


@dataclass(slots=True)
class Relations:
    """The counters and terms of one World, and what they were made from."""

    keys: dict[str, int] = field(default_factory=dict)
    """Columns of node_domains that stand for labels."""
    domains: list[dict[str, int]] = field(default_factory=lambda: [{}])
    """By column: the domain of each value."""
    kinds: dict[bytes, PodKind] = field(default_factory=dict)
    kind_index: PodIndex[bytes] = field(default_factory=PodIndex)
    counting: SelectionIndex = field(default_factory=SelectionIndex)
    """Counters by the pods that they count."""
    concerning: SelectionIndex = field(default_factory=SelectionIndex)
    """Counters by the pods that they are about."""
    extents: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """How many nodes and domains counters of one key and set of nodes have."""
    sets: dict[NodeSet, int] = field(default_factory=dict)
    """Columns of node_domains that stand for sets of nodes."""
    node_sets: dict[int, NodeSet] = field(default_factory=dict)
    """By column."""
    counter_rows: dict[tuple[object, ...], int] = field(default_factory=dict)
    counters: list[Counter] = field(default_factory=list)
    ports: dict[HostPort, int] = field(default_factory=dict)
    """Counters of host ports."""
    port_users: dict[tuple[str, int], dict[HostPort, list[int]]] = field(default_factory=dict)
    """Templates with host ports, by protocol and number, then by port."""
    last_terms: dict[tuple[int, str], int] = field(default_factory=dict)
    """Ends of the lists of terms."""
    num_terms: dict[tuple[int, str], int] = field(default_factory=dict)
    """Their lengths."""
    most_terms: int = 0
    """The length of the longest."""
    most_counted: int = 0
    """The length of the longest of those of counters."""
    selections: dict[int, Selection] = field(default_factory=dict)
    """Of workloads that autoscalers scale, by row."""
    measures: dict[Measure, int] = field(default_factory=dict)
    """What autoscalers ask of pods, and its number."""
    measured: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """First row of usage, and how many there are, by template and number of the measure."""

    @property
    def look_at_namespaces(self) -> bool:
        """Whether any selection depends on the labels of namespaces."""
        selections = (
            one
            for counter in self.counters
            for pods in (counter.pods, counter.about)
            if pods is not None
            for one in selections_of(pods)
        )
        return any(one.namespace_selector is not None for one in selections)

    def kinds_of(self, *selections: PodSelection) -> list[PodKind]:
        """Return the kinds of pods that selections may mean, in order of arrival."""
        return [self.kinds[key] for key in self.kind_index.found(selections)]

    def anew(self) -> Relations:
        """Return relations of which nothing is written but what must be asked again."""
        return Relations(selections=self.selections, measures=self.measures, measured=self.measured)

    def copied(self) -> Relations:
        """Return relations that can be changed apart."""
        return Relations(
            keys=dict(self.keys),
            domains=[dict(values) for values in self.domains],
            kinds={key: replace(kind, rows=list(kind.rows)) for key, kind in self.kinds.items()},
            kind_index=self.kind_index.copied(),
            counting=self.counting.copied(),
            concerning=self.concerning.copied(),
            extents=dict(self.extents),
            sets=dict(self.sets),
            node_sets=dict(self.node_sets),
            counter_rows=dict(self.counter_rows),
            counters=list(self.counters),
            ports=dict(self.ports),
            port_users={
                key: {port: list(rows) for port, rows in users.items()}
                for key, users in self.port_users.items()
            },
            last_terms=dict(self.last_terms),
            selections=dict(self.selections),
            measures=dict(self.measures),
            measured=dict(self.measured),
            num_terms=dict(self.num_terms),
            most_terms=self.most_terms,
            most_counted=self.most_counted,
        )
