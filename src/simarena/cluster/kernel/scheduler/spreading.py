"""Topology spread constraints (kube-scheduler's PodTopologySpread)."""

from __future__ import annotations

import math

import numpy as np

from simarena.cluster.codes import MAX_SCORE, NONE, UNRESOLVABLE, Reason, TermKind
from simarena.cluster.kernel.pods.counting import write_least
from simarena.cluster.kernel.pods.folding import row_of, unfold
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_SPREAD = 1 << Reason.SPREAD
_MISSING_LABEL = 1 << Reason.SPREAD_MISSING_LABEL | UNRESOLVABLE
_NODE_ITSELF = 0
_NUM_LOGARITHMS = 256
_LOGARITHMS = np.array([math.log(size + 2.0) for size in range(_NUM_LOGARITHMS)])


@inner
def find_least(world: World, template_row: int) -> None:
    """Find, for each constraint that filters, the domain with fewest pods. Holds for one cycle."""
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if term["kind"] == TermKind.SPREAD:
            write_least(world, term["counter"])
        row = term["next"]


@inner
def spread_reasons(world: World, template_row: int, node_row: int) -> int:
    """Return why a node breaks a constraint with DoNotSchedule; 0 if it breaks none.

    `find_least` has been called. With fewer domains than minDomains the least count is taken as 0.
    """
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if term["kind"] == TermKind.SPREAD:
            domain = world.node_domains[node_row, term["key"]]
            if domain == NONE:
                return _MISSING_LABEL
            counter_row = term["counter"]
            counter = world.counters[counter_row]
            least = counter["least"] if counter["num_domains"] >= term["min_domains"] else 0
            count = world.domain_counts[row_of(world, counter_row), domain]
            if count + term["self_match"] - least > term["max_skew"]:
                return _SPREAD
        row = term["next"]
    return 0


@inner
def _leave_out_nodes(world: World, template_row: int, num_candidates: int) -> int:
    """Mark candidates that lack a label of a constraint; return how many are not marked."""
    candidates = world.candidates
    for index in range(num_candidates):
        candidates[index]["weighted"] = 0.0
    if world.templates[template_row]["spreads_by_default"]:
        return num_candidates
    number = num_candidates
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if term["kind"] == TermKind.SPREAD_SCORE:
            for index in range(num_candidates):
                candidate = candidates[index]
                if (
                    candidate["weighted"] >= 0.0
                    and world.node_domains[candidate["node"], term["key"]] == NONE
                ):
                    candidate["weighted"] = -1.0
                    number -= 1
        row = term["next"]
    return number


@inner
def _num_candidate_domains(world: World, counter_row: int, num_candidates: int) -> int:
    """Return into how many domains the candidates fall; all that lack the label are one more.

    Where every node has a domain, no more candidates are looked at than it takes to see all.
    """
    counter = world.counters[counter_row]
    key = counter["key"]
    most = num_candidates + 1
    if counter["nodes"] == NONE and counter["num_nodes"] == world.state[0]["num_nodes"]:
        most = counter["num_domains"]
    seen = world.domain_counts[world.domain_counts.shape[0] - 1]
    number = 0
    lacking = 0
    looked = 0
    while looked < num_candidates and number < most:
        candidate = world.candidates[looked]
        looked += 1
        if candidate["weighted"] >= 0.0:
            domain = world.node_domains[candidate["node"], key]
            if domain == NONE:
                lacking = 1
            elif seen[domain] == 0:
                seen[domain] = 1
                number += 1
    for index in range(looked):
        domain = world.node_domains[world.candidates[index]["node"], key]
        if domain != NONE:
            seen[domain] = 0
    return number + lacking


@inner
def _normalise(world: World, num_candidates: int) -> None:
    """Turn weighted counts into scores: fewest pods is best; nodes left out have 0."""
    candidates = world.candidates
    least = NONE
    most = 0
    for index in range(num_candidates):
        candidate = candidates[index]
        if candidate["weighted"] >= 0.0:
            raw = int(math.floor(candidate["weighted"] + 0.5))
            candidate["score"] = raw
            most = max(most, raw)
            if least == NONE or raw < least:
                least = raw
    last_raw = NONE
    last_score = 0
    for index in range(num_candidates):
        candidate = candidates[index]
        if candidate["weighted"] < 0.0:
            candidate["score"] = 0
        elif most == 0:
            candidate["score"] = MAX_SCORE
        else:
            raw = candidate["score"]
            if raw != last_raw:  # few counts differ, and to divide takes long
                last_raw = raw
                last_score = MAX_SCORE * (most + least - raw) // most
            candidate["score"] = last_score


@inner
def _weigh(world: World, term_row: int, num_counted: int, num_candidates: int) -> None:
    """Add what one constraint makes of each candidate's pods.

    It weighs as much more as there are more domains. Where nodes are the domains, pods are counted
    node by node, whatever the label's value.
    """
    term = world.terms[term_row]
    counter_row = term["counter"]
    counts_row = unfold(world, counter_row)
    label = term["key"]
    key = world.counters[counter_row]["key"]
    size = num_counted
    if key != _NODE_ITSELF:
        size = _num_candidate_domains(world, counter_row, num_candidates)
    weight = _LOGARITHMS[size] if size < _NUM_LOGARITHMS else math.log(size + 2.0)
    offset = term["max_skew"] - 1
    for index in range(num_candidates):
        candidate = world.candidates[index]
        node_row = candidate["node"]
        if candidate["weighted"] >= 0.0 and world.node_domains[node_row, label] != NONE:
            domain = world.node_domains[node_row, key]
            count = world.domain_counts[counts_row, domain]
            candidate["weighted"] += count * weight + offset


@inner
def score_spread(world: World, template_row: int, num_candidates: int) -> None:
    """Write each candidate's score from the constraints with ScheduleAnyway.

    A constraint on a label that no node has says nothing.
    """
    num_counted = _leave_out_nodes(world, template_row, num_candidates)
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if term["kind"] == TermKind.SPREAD_SCORE:
            counter = world.counters[term["counter"]]
            if counter["nodes"] != NONE or counter["num_nodes"] > 0:
                _weigh(world, row, num_counted, num_candidates)
        row = term["next"]
    _normalise(world, num_candidates)
