"""How good is a node for a pod? The scores of kube-scheduler, 0 to 100 each, whole numbers."""

from __future__ import annotations

from simarena.cluster.codes import MAX_SCORE
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.pod_affinity import score_pod_affinity
from simarena.cluster.kernel.spreading import score_spread
from simarena.cluster.records import Rows, World

_TAINT_WEIGHT = 3
_AFFINITY_WEIGHT = 2
_SPREAD_WEIGHT = 2
_POD_AFFINITY_WEIGHT = 2


@inner
def _free_share(requested: int, allocatable: int) -> int:
    if requested > allocatable:
        return 0
    return (allocatable - requested) * MAX_SCORE // allocatable


@inner
def least_allocated_score(world: World, template_row: int, node_row: int) -> int:
    """Return NodeResourcesFit's score: the mean share of CPU and memory left free, 0 to 100.

    Requests count with the non-zero defaults; a resource the node does not have is left out.
    """
    node = world.nodes[node_row]
    template = world.templates[template_row]
    total = 0
    weight = 0
    if node["cpu_milli"] > 0:
        requested = node["cpu_nonzero_milli"] + template["cpu_nonzero_milli"]
        total += _free_share(requested, node["cpu_milli"])
        weight += 1
    if node["memory_bytes"] > 0:
        requested = node["memory_nonzero_bytes"] + template["memory_nonzero_bytes"]
        total += _free_share(requested, node["memory_bytes"])
        weight += 1
    if weight == 0:
        return 0
    return total // weight


@inner
def _balance(
    cpu_requested_milli: int, cpu_milli: int, memory_requested_bytes: int, memory_bytes: int
) -> int:
    """Return (1 − standard deviation of the two resources' use) · 100, cut to a whole number."""
    if cpu_milli <= 0 or memory_bytes <= 0:
        return MAX_SCORE
    cpu = min(1.0, cpu_requested_milli / cpu_milli)
    memory = min(1.0, memory_requested_bytes / memory_bytes)
    return int((1.0 - abs((cpu - memory) / 2.0)) * MAX_SCORE)


@inner
def balanced_allocation_score(world: World, template_row: int, node_row: int) -> int:
    """Return NodeResourcesBalancedAllocation's score from exact requests.

    Since 1.35 it is 50 + half of 50 plus the change in balance that the pod brings (50 to 100);
    before, the balance with the pod (0 to 100). A pod that asks for nothing is not scored.
    """
    node = world.nodes[node_row]
    template = world.templates[template_row]
    if template["cpu_milli"] == 0 and template["memory_bytes"] == 0:
        return 0
    after = _balance(
        node["cpu_requested_milli"] + template["cpu_milli"],
        node["cpu_milli"],
        node["memory_requested_bytes"] + template["memory_bytes"],
        node["memory_bytes"],
    )
    if world.settings[0]["release_136"] == 0:
        return after
    before = _balance(
        node["cpu_requested_milli"],
        node["cpu_milli"],
        node["memory_requested_bytes"],
        node["memory_bytes"],
    )
    return MAX_SCORE // 2 + (MAX_SCORE // 2 + after - before) // 2


@inner
def _normalise_taints(candidates: Rows, num_candidates: int) -> None:
    """Turn counts of untolerated PreferNoSchedule taints into scores: none is 100."""
    most = 0
    for row in range(num_candidates):
        most = max(most, candidates[row]["taint"])
    for row in range(num_candidates):
        if most == 0:
            candidates[row]["taint"] = MAX_SCORE
        else:
            candidates[row]["taint"] = MAX_SCORE - MAX_SCORE * candidates[row]["taint"] // most


@inner
def _normalise_affinity(candidates: Rows, num_candidates: int) -> None:
    """Scale sums of preferred node affinity weights so that the best feasible node has 100."""
    most = 0
    for row in range(num_candidates):
        most = max(most, candidates[row]["affinity"])
    if most > 0:
        for row in range(num_candidates):
            candidates[row]["affinity"] = MAX_SCORE * candidates[row]["affinity"] // most


@inner
def score_candidates(world: World, template_row: int, num_candidates: int) -> None:
    """Write every plugin's score, 0 to 100, and the weighted total of each candidate."""
    template = world.templates[template_row]
    candidates = world.candidates
    for row in range(num_candidates):
        candidate = candidates[row]
        node_row = candidate["node"]
        verdict = world.template_nodes[template_row, node_row]
        candidate["taint"] = verdict["num_preferred_taints"]
        candidate["affinity"] = verdict["affinity_weight"]
        candidate["fit"] = least_allocated_score(world, template_row, node_row)
        candidate["balanced"] = balanced_allocation_score(world, template_row, node_row)
        candidate["spread"] = 0
        candidate["pod_affinity"] = 0
        candidate["image"] = verdict["image"]
    if template["scores_taints"]:
        _normalise_taints(candidates, num_candidates)
    else:
        for row in range(num_candidates):
            candidates[row]["taint"] = MAX_SCORE
    if template["scores_affinity"]:
        _normalise_affinity(candidates, num_candidates)
    if template["scores_spread"]:
        score_spread(world, template_row, num_candidates)
    if template["scores_pods"]:
        score_pod_affinity(world, template_row, num_candidates)
    for row in range(num_candidates):
        candidate = candidates[row]
        candidate["total"] = (
            _TAINT_WEIGHT * candidate["taint"]
            + _AFFINITY_WEIGHT * candidate["affinity"]
            + candidate["fit"]
            + candidate["balanced"]
            + _SPREAD_WEIGHT * candidate["spread"]
            + _POD_AFFINITY_WEIGHT * candidate["pod_affinity"]
            + candidate["image"]
        )
