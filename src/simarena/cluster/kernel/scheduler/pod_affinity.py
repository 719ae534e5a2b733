"""Affinity and anti-affinity between pods (kube-scheduler's InterPodAffinity)."""

from __future__ import annotations

from simarena.cluster.codes import MAX_SCORE, NONE, UNRESOLVABLE, Reason, TermKind
from simarena.cluster.kernel.pods.folding import row_of, unfold
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_AFFINITY = 1 << Reason.POD_AFFINITY | UNRESOLVABLE
_ANTI_AFFINITY = 1 << Reason.POD_ANTI_AFFINITY
_EXISTING = 1 << Reason.EXISTING_ANTI_AFFINITY


@inner
def _is_first_of_its_kind(world: World, template_row: int) -> bool:
    """Return whether no pod satisfies the required affinity and the pod itself would.

    Such a pod may go anywhere where the labels are: it begins the group it wants to be in.
    """
    if not world.templates[template_row]["affine_to_itself"]:
        return False
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if term["kind"] == TermKind.AFFINITY and world.counters[term["counter"]]["total"] > 0:
            return False
        row = term["next"]
    return True


@inner
def pod_affinity_reasons(world: World, template_row: int, node_row: int) -> int:
    """Return which required term a node fails: own affinity, own anti-affinity, other pods'."""
    missing = False
    repelled = False
    repelling = False
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        kind = term["kind"]
        if (
            kind == TermKind.AFFINITY
            or kind == TermKind.ANTI_AFFINITY
            or kind == TermKind.EXISTING_ANTI_AFFINITY
        ):
            domain = world.node_domains[node_row, term["key"]]
            if domain == NONE:
                if kind == TermKind.AFFINITY:
                    return _AFFINITY
            else:
                found = world.domain_counts[row_of(world, term["counter"]), domain] > 0
                if kind == TermKind.AFFINITY:
                    missing = missing or not found
                elif kind == TermKind.ANTI_AFFINITY:
                    repelled = repelled or found
                else:
                    repelling = repelling or found
        row = term["next"]
    if missing and not _is_first_of_its_kind(world, template_row):
        return _AFFINITY
    if repelled:
        return _ANTI_AFFINITY
    if repelling:
        return _EXISTING
    return 0


@inner
def score_pod_affinity(world: World, template_row: int, num_candidates: int) -> None:
    """Write each candidate's score: preferred terms, both ways, scaled from worst to best."""
    candidates = world.candidates
    for index in range(num_candidates):
        candidates[index]["score"] = 0
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if term["kind"] == TermKind.PREFERENCE and world.counters[term["counter"]]["total"] != 0:
            counts_row = unfold(world, term["counter"])
            for index in range(num_candidates):
                candidate = candidates[index]
                domain = world.node_domains[candidate["node"], term["key"]]
                if domain != NONE:
                    candidate["score"] += term["weight"] * world.domain_counts[counts_row, domain]
        row = term["next"]
    least = candidates[0]["score"]
    most = least
    for index in range(1, num_candidates):
        least = min(least, candidates[index]["score"])
        most = max(most, candidates[index]["score"])
    span = most - least
    for index in range(num_candidates):
        candidate = candidates[index]
        if span == 0:
            candidate["score"] = 0
        else:
            share = (candidate["score"] - least) / span
            candidate["score"] = int(MAX_SCORE * share)
