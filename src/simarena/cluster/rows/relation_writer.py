"""What pod templates ask of other pods, as tables that kernels count and look up in.

Selectors are evaluated here, once for each kind of pod (namespace and labels) that they may mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from simarena.cluster.codes import NONE, Budget, TermKind
from simarena.cluster.manifests.pods.affinity import PodSelection, pod_terms
from simarena.cluster.manifests.pods.spreading import HOSTNAME_LABEL, default_constraints
from simarena.cluster.manifests.selectors import selects
from simarena.cluster.rows.counter_writer import ITSELF, CounterWriter
from simarena.cluster.rows.measures import usage_rows
from simarena.cluster.rows.relations import PodKind, selections_of
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
    from simarena.cluster.rows.relations import Counter, PodFacts, Selection
    from simarena.cluster.rows.surroundings import Surroundings

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

    around: Surroundings

    def add_template(self, row: int, facts: PodFacts) -> None:
        """Write the terms of a new template, and what it is to those that are there."""
        relations = self.relations
        before = len(relations.counters)
        kind = self._kind(facts)
        met = {
            *relations.counting.found(kind.namespace, kind.labels),
            *relations.concerning.found(kind.namespace, kind.labels),
        }
        for counter_row in sorted(met):
            self._relate(counter_row, kind, [row])
        kind.rows.append(row)
        for number in self.around.budgets_of(facts.namespace, facts.labels):
            self._append(row, TermKind.BUDGET, number)
        for workload_row, selection in relations.selections.items():
            if selection.owner != facts.owner and _selects(selection, kind):
                self._select(row, workload_row)
        for number in relations.measures.values():
            self.measure(row, facts.spec, facts.metrics, number)
        self._add_ports(row, facts.spec.host_ports)
        self._add_constraints(row, facts)
        self._add_pod_terms(row, facts)
        new = range(before, len(relations.counters))
        others_count = False
        for counter_row in new:
            for other in self._met_by(relations.counters[counter_row]):
                counted = self._relate(counter_row, other, other.rows)
                others_count = others_count or (counted and other.rows != [row])
        if others_count:
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
        kind = self.relations.kinds.get(key)
        if kind is None:
            kind = self.relations.kinds[key] = PodKind(facts.namespace, facts.labels)
            self.relations.kind_index.add(key, facts.namespace, facts.labels)
        return kind

    def _met_by(self, counter: Counter) -> list[PodKind]:
        """Return the kinds of pods that a counter may mean, in order of arrival."""
        index, kinds = self.relations.kind_index, self.relations.kinds
        found: dict[bytes, None] = {}
        if counter.pods is not None:
            found.update(dict.fromkeys(index.found(selections_of(counter.pods))))
        if counter.about is not None:
            found.update(dict.fromkeys(index.found((counter.about,))))
        return [kinds[key] for key in found]

    def _relate(self, counter_row: int, kind: PodKind, rows: Sequence[int]) -> bool:
        """Write for templates of one kind what a counter is to them; return if it counts them."""
        counter = self.relations.counters[counter_row]
        counted = counter.pods is not None and self._means(counter.pods, kind)
        if counted:
            for row in rows:
                self._append(row, TermKind.COUNTED, counter_row)
        if counter.about is not None and self._means(counter.about, kind):
            key = int(self.world.counters[counter_row]["key"])
            for row in rows:
                self._append(row, counter.kind, counter_row, key=key, weight=counter.weight)
        return counted

    def _means(self, pods: PodSelection | tuple[PodSelection, ...], kind: PodKind) -> bool:
        labels = {
            **self.around.namespaces.get(kind.namespace, {}),
            "kubernetes.io/metadata.name": kind.namespace,
        }
        return all(one.matches(kind.namespace, kind.labels, labels) for one in selections_of(pods))

    def _add_ports(self, row: int, wanted: tuple[HostPort, ...]) -> None:
        relations = self.relations
        conflicting: set[int] = set()
        for port in wanted:
            users = relations.port_users.setdefault((port.protocol, port.port), {})
            if port not in relations.ports:
                counter_row = relations.ports[port] = self._counter(("port", port), ITSELF)
                theirs = (rows for its, rows in users.items() if port.conflicts(its))
                for user in sorted(set().union(*theirs) - {row}):
                    self._append(user, TermKind.HOST_PORT, counter_row)
            self._append(row, TermKind.COUNTED, relations.ports[port])
            users.setdefault(port, []).append(row)
            conflicting.update(relations.ports[its] for its in users if port.conflicts(its))
        for counter_row in sorted(conflicting):
            self._append(row, TermKind.HOST_PORT, counter_row)

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
            column, nodes = ITSELF, NONE  # counted node by node, on each node
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
        if not any(asked.near) and not any(asked.apart):
            return
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
        self._clear_counts()
        for name in ("num_terms", "num_counters", "num_budgets", "num_selected", "most_counted"):
            state[name] = 0
        for name in ("first_term", *_LISTS.values()):
            self.world.templates[name] = NONE
        for name in {*_FLAGS.values(), "spreads_by_default", "affine_to_itself"}:
            self.world.templates[name] = 0

    def write_budgets(self) -> None:
        """Write the PodDisruptionBudgets; templates that are added after are told by them."""
        for row, budget in enumerate(self.around.budgets):
            self._write_budget(row, budget)

    def add_budget(self, budget: DisruptionBudget) -> None:
        """Write a new PodDisruptionBudget, the last of all, and tell it to the templates it means.

        The surroundings have it already.
        """
        row = len(self.around.budgets) - 1
        self._write_budget(row, budget)
        selection = PodSelection((budget.key.namespace,), None, budget.selector)
        for kind in self.relations.kinds_of(selection):
            if budget.matches(kind.namespace, kind.labels):
                for template_row in kind.rows:
                    self._append(template_row, TermKind.BUDGET, row)

    def _write_budget(self, row: int, budget: DisruptionBudget) -> None:
        self.world = room_for(self.world, budgets=row + 1)
        self.world.state[0]["num_budgets"] = row + 1
        kind = Budget.MAX_UNAVAILABLE if budget.of_unavailable else Budget.MIN_AVAILABLE
        limit = budget.limit
        self.world.budgets[row] = (limit.value, kind, limit.is_percent, 0, 0, 0, 0)

    def _append(
        self,
        row: int,
        kind: TermKind,
        counter_row: int,
        *,
        key: int = ITSELF,
        weight: int = 1,
        max_skew: int = 0,
        min_domains: int = 0,
        self_match: bool = False,
    ) -> None:
        """Add a term to the end of its list of a template."""
        number = int(self.world.state[0]["num_terms"])
        if number == len(self.world.terms):
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
        self._note_length(row, first)
        if kind in _FLAGS:
            self.world.templates[row][_FLAGS[kind]] = 1

    def _note_length(self, row: int, first: str) -> None:
        """Take note that a list of terms of a template has one more."""
        relations = self.relations
        length = relations.num_terms.get((row, first), 0) + 1
        relations.num_terms[row, first] = length
        if first == "first_counted" and length > relations.most_counted:
            relations.most_counted = length
            self.world.state[0]["most_counted"] = length
        if length > relations.most_terms:
            relations.most_terms = length
            self._check_unfolded()


def _selects(selection: Selection, kind: PodKind) -> bool:
    return selection.namespace == kind.namespace and selection.selector.matches(kind.labels)


def _is_empty(selector: LabelSelector | None) -> bool:
    """Return whether a selector names nothing: the scheduler then counts no pods by it."""
    return selector is not None and selector.is_empty
