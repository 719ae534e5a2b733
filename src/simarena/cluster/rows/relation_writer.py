"""What pod templates ask of other pods, as tables that kernels count and look up in.

Selectors are evaluated here, once for each kind of pod (namespace and labels) that they may mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from simarena.cluster.codes import NONE, Budget, TermKind
from simarena.cluster.manifests.pods.affinity import PodSelection, pod_terms
from simarena.cluster.manifests.pods.spreading import HOSTNAME_LABEL, default_constraints
from simarena.cluster.manifests.selectors import selects
from simarena.cluster.rows.counter_writer import CounterWriter
from simarena.cluster.rows.measures import usage_rows
from simarena.cluster.rows.relations import PodKind
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.budgets import DisruptionBudget
    from simarena.cluster.manifests.pods.affinity import PodTerm
    from simarena.cluster.manifests.pods.host_ports import HostPort
    from simarena.cluster.manifests.pods.spec import PodSpec
    from simarena.cluster.manifests.pods.spreading import SpreadConstraint
    from simarena.cluster.manifests.pods.usage import Schedule
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.rows.relations import PodFacts, Selection

_ITSELF = 0  # column of node_domains in which each node is a domain
_HARD_AFFINITY_WEIGHT = 1
_LISTS = {
    TermKind.COUNTED: "first_counted",
    TermKind.BUDGET: "first_budget",
    TermKind.SELECTED: "first_selected",
    TermKind.MEASURED: "first_metric",
}
_FLAGS = {
    TermKind.HOST_PORT: "has_ports",
    TermKind.SPREAD: "filters_pods",
    TermKind.AFFINITY: "filters_pods",
    TermKind.ANTI_AFFINITY: "filters_pods",
    TermKind.EXISTING_ANTI_AFFINITY: "filters_pods",
    TermKind.SPREAD_SCORE: "scores_spread",
    TermKind.PREFERENCE: "scores_pods",
}


@dataclass(slots=True)
class RelationWriter(CounterWriter):
    """Writes relations into a World, which may be replaced by a larger one on the way."""

    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Labels of each namespace that has an object."""
    budgets: Sequence[DisruptionBudget] = ()
    """PodDisruptionBudgets, by row."""

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
        for workload_row, selection in self.relations.selections.items():
            if selection.owner != facts.owner and _selects(selection, kind):
                self._select(row, workload_row)
        for number in self.relations.measures.values():
            self.measure(row, facts.spec, facts.metrics, number)
        self._add_ports(row, facts.spec.host_ports)
        self._add_constraints(row, facts)
        self._add_pod_terms(row, facts)
        new = range(before, len(relations.counters))
        for counter_row in new:
            for other in relations.kinds.values():
                self._relate(counter_row, other, other.rows)
        if new and row > 0:
            self.recount(new)

    def add_selection(
        self, workload_row: int, selection: Selection, owners: Sequence[tuple[str, ...]]
    ) -> None:
        """Write which templates a scaled workload's selector means; `owners` are those of all."""
        self.relations.selections[workload_row] = selection
        for kind in self.relations.kinds.values():
            for row in kind.rows if _selects(selection, kind) else ():
                if owners[row] != selection.owner:
                    self._select(row, workload_row)

    def _select(self, row: int, workload_row: int) -> None:
        self._append(row, TermKind.SELECTED, workload_row)
        self.world.state[0]["num_selected"] += 1

    def measure(
        self, row: int, spec: PodSpec, metrics: Mapping[str, Schedule], number: int
    ) -> None:
        """Write what a template's pods tell of a measure, if anything."""
        found = self.relations.measured.get((row, number))
        if found is None:
            measure = next(each for each, n in self.relations.measures.items() if n == number)
            rows = usage_rows(measure, spec, metrics)
            if not rows:
                return
            first = int(self.world.state[0]["num_usage"])
            self.world = room_for(self.world, usage=first + len(rows))
            self.world.state[0]["num_usage"] = first + len(rows)
            for index, values in enumerate(rows):
                self.world.usage[first + index] = values
            found = self.relations.measured[row, number] = (first, len(rows))
        self._append(row, TermKind.MEASURED, number, key=found[0], weight=found[1])

    def _kind(self, facts: PodFacts) -> PodKind:
        key = msgspec.json.encode((facts.namespace, facts.labels), order="deterministic")
        return self.relations.kinds.setdefault(key, PodKind(facts.namespace, facts.labels))

    def _relate(self, counter_row: int, kind: PodKind, rows: Sequence[int]) -> None:
        """Write for templates of one kind what a counter is to them."""
        counter = self.relations.counters[counter_row]
        if counter.pods is not None and self._means(counter.pods, kind):
            for row in rows:
                self._append(row, TermKind.COUNTED, counter_row)
        if counter.about is not None and self._means(counter.about, kind):
            key = int(self.world.counters[counter_row]["key"])
            for row in rows:
                self._append(row, counter.kind, counter_row, key=key, weight=counter.weight)

    def _means(self, pods: PodSelection | tuple[PodSelection, ...], kind: PodKind) -> bool:
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
        constraints = [each.of(facts.labels) for each in facts.spec.placement.spreading]
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
        nodes = self._node_set(facts.spec.placement, constraint, others)
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
            self_match=selects(constraint.selector, facts.labels),
        )

    def _add_pod_terms(self, row: int, facts: PodFacts) -> None:
        asked = facts.spec.placement
        terms = pod_terms(asked.near, asked.apart, facts.namespace, facts.labels)
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
        for name in ("num_terms", "num_counters", "num_budgets", "num_selected"):
            state[name] = 0
        for name in ("first_term", *_LISTS.values()):
            self.world.templates[name] = NONE
        for name in {*_FLAGS.values(), "spreads_by_default", "affine_to_itself"}:
            self.world.templates[name] = 0

    def write_budgets(self) -> None:
        """Write the PodDisruptionBudgets; templates that are added after are told by them."""
        self.world = room_for(self.world, budgets=len(self.budgets))
        self.world.state[0]["num_budgets"] = len(self.budgets)
        for row, budget in enumerate(self.budgets):
            kind = Budget.MAX_UNAVAILABLE if budget.of_unavailable else Budget.MIN_AVAILABLE
            limit = budget.limit
            self.world.budgets[row] = (limit.value, kind, limit.is_percent, 0, 0, 0, 0)

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


def _selects(selection: Selection, kind: PodKind) -> bool:
    return selection.namespace == kind.namespace and selection.selector.matches(kind.labels)


def _is_empty(selector: LabelSelector | None) -> bool:
    """Return whether a selector names nothing: the scheduler then counts no pods by it."""
    return selector is not None and selector.is_empty
