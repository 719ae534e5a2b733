"""What pod templates ask of other pods, as tables that kernels count and look up in.

Selectors are evaluated here, once for each kind of pod (namespace and labels) that they may mean.
What comes out are counters (which pods are counted together, by which topology key) and terms: for
each template the counters that its pods count in, and those that decide where they may go.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from simarena.cluster.affinity_terms import PodSelection, pod_terms
from simarena.cluster.codes import NONE, Budget, Phase, TermKind
from simarena.cluster.host_ports import host_ports
from simarena.cluster.matching import (
    first_untolerated_taint,
    matches_label_selector,
    matches_node_affinity,
    node_labels,
)
from simarena.cluster.spreading import HOSTNAME_LABEL, default_constraints, spread_constraints
from simarena.cluster.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from simarena.cluster.affinity_terms import PodTerm
    from simarena.cluster.budgets import DisruptionBudget
    from simarena.cluster.fields import Fields, Manifest
    from simarena.cluster.host_ports import HostPort
    from simarena.cluster.images import ImageState
    from simarena.cluster.records import Rows, World
    from simarena.cluster.spreading import SpreadConstraint

_ITSELF = 0  # column of node_domains in which each node is a domain
_HARD_AFFINITY_WEIGHT = 1
_LISTS = {TermKind.COUNTED: "first_counted", TermKind.BUDGET: "first_budget"}
_FLAGS = {
    TermKind.HOST_PORT: "has_ports",
    TermKind.SPREAD: "filters_pods",
    TermKind.AFFINITY: "filters_pods",
    TermKind.ANTI_AFFINITY: "filters_pods",
    TermKind.EXISTING_ANTI_AFFINITY: "filters_pods",
    TermKind.SPREAD_SCORE: "scores_spread",
    TermKind.PREFERENCE: "scores_pods",
}


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What a template is to other pods, and what it asks of them."""

    pod: Fields
    """metadata and spec"""
    namespace: str
    labels: Mapping[str, str]
    """Those that its pods have, also those that controllers add."""
    selector: Fields | None
    """Of default spreading: of the controller and of Services; None without either."""


@dataclass(slots=True)
class _Kind:
    """Pods that no selector can tell apart."""

    namespace: str
    labels: Mapping[str, str]
    rows: list[int] = field(default_factory=list)
    """Templates."""


@dataclass(frozen=True, slots=True)
class _NodeSet:
    """Nodes whose pods count for a constraint."""

    spec: Fields | None
    """Of the pod whose node affinity they must satisfy."""
    tolerations: Sequence[Fields] | None
    """Of their taints."""
    keys: tuple[str, ...]
    """Labels that they must have."""

    def has(self, node: Fields) -> bool:
        """Return whether a node belongs to the set."""
        labels = node_labels(node)
        if any(key not in labels for key in self.keys):
            return False
        if self.spec is not None and not matches_node_affinity(self.spec, node):
            return False
        if self.tolerations is None:
            return True
        taints = (node.get("spec") or {}).get("taints") or ()
        return first_untolerated_taint(self.tolerations, taints) is None


class _Counter(NamedTuple):
    """A row of the counters."""

    pods: PodSelection | tuple[PodSelection, ...] | None
    """Which pods count: those that all selections mean. None: those whose template says so."""
    about: PodSelection | None
    """Pods that have this term are counted; which pods does it mean?"""
    kind: TermKind
    """What it is to the pods that `about` means."""
    weight: int


@dataclass(slots=True)
class Relations:
    """The counters and terms of one World, and what they were made from."""

    keys: dict[str, int] = field(default_factory=dict)
    """Columns of node_domains that stand for labels."""
    domains: list[dict[str, int]] = field(default_factory=lambda: [{}])
    """By column: the domain of each value."""
    kinds: dict[bytes, _Kind] = field(default_factory=dict)
    sets: dict[bytes, int] = field(default_factory=dict)
    """Columns of node_domains that stand for sets of nodes."""
    node_sets: dict[int, _NodeSet] = field(default_factory=dict)
    """By column."""
    counter_rows: dict[tuple[object, ...], int] = field(default_factory=dict)
    counters: list[_Counter] = field(default_factory=list)
    ports: dict[HostPort, int] = field(default_factory=dict)
    """Counters of host ports."""
    port_users: list[tuple[int, tuple[HostPort, ...]]] = field(default_factory=list)
    """Templates with host ports."""
    last_terms: dict[tuple[int, str], int] = field(default_factory=dict)
    """Ends of the lists of terms."""
    images: Mapping[str, ImageState] = field(default_factory=dict)
    """Of all nodes, by name."""

    def copied(self) -> Relations:
        """Return relations that can be changed apart."""
        return Relations(
            keys=dict(self.keys),
            domains=[dict(values) for values in self.domains],
            kinds={key: replace(kind, rows=list(kind.rows)) for key, kind in self.kinds.items()},
            sets=dict(self.sets),
            node_sets=dict(self.node_sets),
            counter_rows=dict(self.counter_rows),
            counters=list(self.counters),
            ports=dict(self.ports),
            port_users=list(self.port_users),
            last_terms=dict(self.last_terms),
            images=self.images,
        )


@dataclass(slots=True)
class RelationWriter:
    """Writes relations into a World, which may be replaced by a larger one on the way."""

    world: World
    relations: Relations
    nodes: Sequence[Manifest | None]
    namespaces: Mapping[str, Mapping[str, str]]
    """Labels of each namespace that has an object."""
    budgets: Sequence[DisruptionBudget] = ()
    """PodDisruptionBudgets, by row."""

    # templates

    def add_template(self, row: int, facts: PodFacts) -> None:
        """Write the terms of a new template, and what it is to those that are there."""
        relations = self.relations
        before = len(relations.counters)
        kind = self._kind(facts)
        for counter_row in range(before):
            self._relate(counter_row, kind, [row])
        kind.rows.append(row)
        for number, budget in enumerate(self.budgets):
            if budget.matches(facts.namespace, facts.labels):
                self._append(row, TermKind.BUDGET, number)
        self._add_ports(row, host_ports(facts.pod["spec"]))
        self._add_constraints(row, facts)
        self._add_pod_terms(row, facts)
        new = range(before, len(relations.counters))
        for counter_row in new:
            for other in relations.kinds.values():
                self._relate(counter_row, other, other.rows)
        if new and row > 0:
            self.recount(new)

    def _kind(self, facts: PodFacts) -> _Kind:
        key = msgspec.json.encode((facts.namespace, facts.labels), order="deterministic")
        return self.relations.kinds.setdefault(key, _Kind(facts.namespace, facts.labels))

    def _relate(self, counter_row: int, kind: _Kind, rows: Sequence[int]) -> None:
        """Write for templates of one kind what a counter is to them."""
        counter = self.relations.counters[counter_row]
        if counter.pods is not None and self._means(counter.pods, kind):
            for row in rows:
                self._append(row, TermKind.COUNTED, counter_row)
        if counter.about is not None and self._means(counter.about, kind):
            key = int(self.world.counters[counter_row]["key"])
            for row in rows:
                self._append(row, counter.kind, counter_row, key=key, weight=counter.weight)

    def _means(self, pods: PodSelection | tuple[PodSelection, ...], kind: _Kind) -> bool:
        selections = (pods,) if isinstance(pods, PodSelection) else pods
        labels = {
            **self.namespaces.get(kind.namespace, {}),
            "kubernetes.io/metadata.name": kind.namespace,
        }
        return all(one.matches(kind.namespace, kind.labels, labels) for one in selections)

    def _add_ports(self, row: int, wanted: tuple[HostPort, ...]) -> None:
        if not wanted:
            return
        relations = self.relations
        for port in wanted:
            if port not in relations.ports:
                relations.ports[port] = self._counter(("port", port), _ITSELF)
                for user, theirs in relations.port_users:
                    if any(port.conflicts(other) for other in theirs):
                        self._append(user, TermKind.HOST_PORT, relations.ports[port])
            self._append(row, TermKind.COUNTED, relations.ports[port])
        for port, counter_row in relations.ports.items():
            if any(port.conflicts(mine) for mine in wanted):
                self._append(row, TermKind.HOST_PORT, counter_row)
        relations.port_users.append((row, wanted))

    def _add_constraints(self, row: int, facts: PodFacts) -> None:
        constraints = spread_constraints(facts.pod["spec"], facts.labels)
        by_default = not constraints
        if by_default:
            constraints = default_constraints(facts.selector)
            self.world.templates[row]["spreads_by_default"] = bool(constraints)
        for hard in (True, False):
            alike = [constraint for constraint in constraints if constraint.hard == hard]
            keys = () if by_default else {constraint.key for constraint in alike}
            for constraint in alike:
                others = tuple(sorted(key for key in keys if key != constraint.key))
                self._add_constraint(row, facts, constraint, others)

    def _add_constraint(
        self, row: int, facts: PodFacts, constraint: SpreadConstraint, others: tuple[str, ...]
    ) -> None:
        key = self._key(constraint.key)
        nodes = self._node_set(facts.pod["spec"], constraint, others)
        column = key
        if not constraint.hard and constraint.key == HOSTNAME_LABEL:
            column, nodes = _ITSELF, NONE  # counted node by node, on each node
        pods = PodSelection((facts.namespace,), None, constraint.selector)
        counter_row = self._counter(
            ("spread", pods.identity, column, nodes),
            column,
            pods=None if _is_empty(constraint.selector) else pods,
            nodes=nodes,
            terminating=False,
        )
        self._append(
            row,
            TermKind.SPREAD if constraint.hard else TermKind.SPREAD_SCORE,
            counter_row,
            key=key,
            max_skew=constraint.max_skew,
            min_domains=constraint.min_domains,
            self_match=matches_label_selector(constraint.selector, facts.labels),
        )

    def _add_pod_terms(self, row: int, facts: PodFacts) -> None:
        terms = pod_terms(facts.pod["spec"], facts.namespace, facts.labels)
        kind = self._kind(facts)
        if terms.affinity:
            everyone = tuple(term.pods for term in terms.affinity)
            identity = tuple(sorted({pods.identity for pods in everyone}))
            self.world.templates[row]["affine_to_itself"] = self._means(everyone, kind)
            for term in terms.affinity:
                key = self._key(term.key)
                counter_row = self._counter(("pods", identity, key), key, pods=everyone)
                self._append(row, TermKind.AFFINITY, counter_row, key=key)
                self._own(row, term, TermKind.PREFERENCE, _HARD_AFFINITY_WEIGHT)
        for term in terms.anti_affinity:
            key = self._key(term.key)
            counter_row = self._counter(("pods", (term.pods.identity,), key), key, pods=term.pods)
            self._append(row, TermKind.ANTI_AFFINITY, counter_row, key=key)
            self._own(row, term, TermKind.EXISTING_ANTI_AFFINITY, 0)
        for weight, term in terms.preferred:
            key = self._key(term.key)
            counter_row = self._counter(("pods", (term.pods.identity,), key), key, pods=term.pods)
            self._append(row, TermKind.PREFERENCE, counter_row, key=key, weight=weight)
            self._own(row, term, TermKind.PREFERENCE, weight)

    def _own(self, row: int, term: PodTerm, kind: TermKind, weight: int) -> None:
        """Count a template's pods as ones that have a term, for the pods that the term means."""
        key = self._key(term.key)
        counter_row = self._counter(
            ("owners", term.pods.identity, key, kind, weight),
            key,
            about=term.pods,
            kind=kind,
            weight=weight,
        )
        self._append(row, TermKind.COUNTED, counter_row)

    def clear(self) -> None:
        """Forget all terms, counters and budgets."""
        state = self.world.state[0]
        for name in ("num_terms", "num_counters", "num_budgets"):
            state[name] = 0
        for name in ("first_term", "first_counted", "first_budget"):
            self.world.templates[name] = NONE
        for name in {*_FLAGS.values(), "spreads_by_default", "affine_to_itself"}:
            self.world.templates[name] = 0

    def write_budgets(self) -> None:
        """Write the PodDisruptionBudgets; templates that are added after are told by them."""
        self.world = room_for(self.world, budgets=len(self.budgets))
        self.world.state[0]["num_budgets"] = len(self.budgets)
        for row, budget in enumerate(self.budgets):
            kind = Budget.MAX_UNAVAILABLE if budget.of_unavailable else Budget.MIN_AVAILABLE
            self.world.budgets[row] = (budget.value, kind, budget.is_percent, 0, 0, 0, 0)

    # rows

    def _append(
        self,
        row: int,
        kind: TermKind,
        counter_row: int,
        *,
        key: int = _ITSELF,
        weight: int = 1,
        max_skew: int = 0,
        min_domains: int = 0,
        self_match: bool = False,
    ) -> None:
        """Add a term to the end of its list of a template."""
        number = int(self.world.state[0]["num_terms"])
        self.world = room_for(self.world, terms=number + 1)
        self.world.state[0]["num_terms"] = number + 1
        self.world.terms[number] = (
            kind,
            counter_row,
            NONE,
            key,
            weight,
            max_skew,
            min_domains,
            self_match,
        )
        first = _LISTS.get(kind, "first_term")
        last = self.relations.last_terms.get((row, first))
        if last is None:
            self.world.templates[row][first] = number
        else:
            self.world.terms[last]["next"] = number
        self.relations.last_terms[row, first] = number
        if kind in _FLAGS:
            self.world.templates[row][_FLAGS[kind]] = 1

    def _counter(
        self,
        identity: tuple[object, ...],
        key: int,
        *,
        pods: PodSelection | tuple[PodSelection, ...] | None = None,
        about: PodSelection | None = None,
        kind: TermKind = TermKind.COUNTED,
        weight: int = 1,
        nodes: int = NONE,
        terminating: bool = True,
    ) -> int:
        """Return the row of a counter, a new one if there is none like it."""
        row = self.relations.counter_rows.get(identity)
        if row is None:
            row = len(self.relations.counters)
            self.relations.counter_rows[identity] = row
            self.relations.counters.append(_Counter(pods, about, kind, weight))
            self.world = room_for(self.world, counters=row + 1)
            self.world.state[0]["num_counters"] = row + 1
            self.world.counters[row] = (key, nodes, 0, 0, 0, 0, 0, terminating)
            self.world.domain_counts[row] = 0
            self._write_num_domains(row)
        return row

    # nodes

    def write_node(self, row: int) -> None:
        """Write the domains and sets of a node that is new, has changed or was removed."""
        for key, column in self.relations.keys.items():
            self._write_domain(row, key, column)
        for column, node_set in self.relations.node_sets.items():
            self._write_membership(row, node_set, column)
        for counter_row in range(len(self.relations.counters)):
            self._write_num_domains(counter_row)

    def recount(self, counters: range | None = None) -> None:
        """Count the pods that are there anew, for all counters or some."""
        world = self.world
        counters = range(len(self.relations.counters)) if counters is None else counters
        world.domain_counts[counters.start : counters.stop] = 0
        pods = world.pods[: int(world.state[0]["num_pods"])]
        bound = (pods["present"] != 0) & (pods["node"] != NONE) & (pods["phase"] <= Phase.RUNNING)
        pods = pods[bound]
        for template_row in np.unique(pods["template"]).tolist():
            mine = pods[pods["template"] == template_row]
            for term in self._counted(template_row):
                if int(term["counter"]) in counters:
                    self._count(mine, int(term["counter"]), int(term["weight"]))
        totals = world.domain_counts[counters.start : counters.stop].sum(axis=1)
        world.counters["total"][counters.start : counters.stop] = totals
        world.counters["num_least"][counters.start : counters.stop] = 0

    def _counted(self, template_row: int) -> Iterator[np.void]:
        term = int(self.world.templates[template_row]["first_counted"])
        while term != NONE:
            yield self.world.terms[term]
            term = int(self.world.terms[term]["next"])

    def _count(self, pods: Rows, counter_row: int, amount: int) -> None:
        """Add pods to the domains of their nodes."""
        counter = self.world.counters[counter_row]
        if not counter["terminating"]:
            pods = pods[pods["deleting"] == 0]
        nodes = pods["node"]
        there = self._members(counter_row)[nodes]
        domains = self.world.node_domains[nodes[there], counter["key"]]
        np.add.at(self.world.domain_counts[counter_row], domains, amount)

    def _key(self, key: str) -> int:
        """Return the column that stands for a label of nodes, a new one if it is new."""
        column = self.relations.keys.get(key)
        if column is None:
            column = self.relations.keys[key] = self._new_column()
            for row in range(len(self.nodes)):
                self._write_domain(row, key, column)
        return column

    def _new_column(self) -> int:
        column = len(self.relations.domains)
        self.relations.domains.append({})
        self.world = room_for(self.world, keys=column + 1)
        return column

    def _write_domain(self, row: int, key: str, column: int) -> None:
        manifest = self.nodes[row]
        value = None if manifest is None else node_labels(manifest).get(key)
        domain = NONE
        if value is not None:
            values = self.relations.domains[column]
            domain = values.setdefault(value, len(values))
            self.world = room_for(self.world, domains=domain + 1)
        self.world.node_domains[row, column] = domain

    def _node_set(self, spec: Fields, constraint: SpreadConstraint, others: tuple[str, ...]) -> int:
        """Return the column of the nodes whose pods count for a constraint, NONE if all do."""
        asked = {"nodeSelector": spec.get("nodeSelector"), "affinity": _required(spec)}
        chooses = constraint.honours_affinity and any(asked.values())
        tolerations = spec.get("tolerations") or () if constraint.honours_taints else None
        if not chooses and tolerations is None and not others:
            return NONE
        node_set = _NodeSet(asked if chooses else None, tolerations, others)
        key = msgspec.json.encode(
            (node_set.spec, node_set.tolerations, node_set.keys), order="deterministic"
        )
        column = self.relations.sets.get(key)
        if column is None:
            column = self.relations.sets[key] = self._new_column()
            self.relations.node_sets[column] = copy.deepcopy(node_set)
            for row in range(len(self.nodes)):
                self._write_membership(row, node_set, column)
        return column

    def _write_membership(self, row: int, node_set: _NodeSet, column: int) -> None:
        """Write whether a node belongs to a set: the set's column then has a domain for it."""
        manifest = self.nodes[row]
        belongs = manifest is not None and node_set.has(manifest)
        self.world.node_domains[row, column] = 0 if belongs else NONE

    def _members(self, counter_row: int) -> NDArray[np.bool_]:
        """Return which rows of nodes count for a counter."""
        counter = self.world.counters[counter_row]
        number = len(self.nodes)
        there = self.world.node_domains[:number, counter["key"]] != NONE
        if counter["nodes"] != NONE:
            there = there & (self.world.node_domains[:number, counter["nodes"]] != NONE)
        return np.asarray(there, np.bool_)

    def _write_num_domains(self, counter_row: int) -> None:
        counter = self.world.counters[counter_row]
        there = self._members(counter_row) & (self.world.nodes["exists"][: len(self.nodes)] != 0)
        domains = self.world.node_domains[: len(self.nodes), counter["key"]][there]
        counter["num_nodes"] = len(domains)
        counter["num_domains"] = len(np.unique(domains))
        counter["num_least"] = 0


def _required(spec: Fields) -> object:
    """Return the required part of a pod's node affinity."""
    node_affinity = ((spec.get("affinity") or {}).get("nodeAffinity")) or {}
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    required = node_affinity.get(key)
    return None if required is None else {"nodeAffinity": {key: required}}


def _is_empty(selector: Fields | None) -> bool:
    """Return whether a selector names nothing: the scheduler then counts no pods by it."""
    return selector is not None and not (
        selector.get("matchLabels") or selector.get("matchExpressions")
    )
