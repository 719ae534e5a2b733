"""How good is a node for a pod? The scores of kube-scheduler, 0 to 100 each, whole numbers."""

from __future__ import annotations

import numpy as np

from simarena.cluster.codes import MAX_SCORE, Plugin
from simarena.cluster.codes.scheduling import PLUGINS
from simarena.cluster.kernel.scheduler.pod_affinity import score_pod_affinity
from simarena.cluster.kernel.scheduler.spreading import score_spread
from simarena.cluster.kernel.scheduler.verdicts import image_score
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_BY_COLUMN = {plugin.column: plugin.weight for plugin in PLUGINS if plugin.column is not None}
_WEIGHTS = np.array([_BY_COLUMN[column] for column in Plugin])
_TAINT = int(Plugin.TAINT)
_FIT = int(Plugin.FIT)
_BALANCED = int(Plugin.BALANCED)
_IMAGE = int(Plugin.IMAGE)


@inner
def _free_share(requested: int, allocatable: int) -> int:
    if requested > allocatable:
        return 0
    return (allocatable - requested) * MAX_SCORE // allocatable


@inner
def least_allocated_score(world: World, template_row: int, node_row: int) -> int:
    """Return NodeResourcesFit's score: the mean share of CPU and memory left free, 0 to 100.

    Requests count with the non-zero defaults, those of the pod as the sum of its containers'; a
    resource the node does not have is left out.
    """
    node = world.nodes[node_row]
    template = world.templates[template_row]
    total = 0
    weight = 0
    if node["cpu_milli"] > 0:
        requested = node["cpu_nonzero_milli"] + template["cpu_scored_milli"]
        total += _free_share(requested, node["cpu_milli"])
        weight += 1
    if node["memory_bytes"] > 0:
        requested = node["memory_nonzero_bytes"] + template["memory_scored_bytes"]
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
def node_score(world: World, template_row: int, node_row: int) -> int:
    """Return the weighted sum of the scores for which other nodes do not matter."""
    total = (
        _WEIGHTS[_FIT] * least_allocated_score(world, template_row, node_row)
        + _WEIGHTS[_BALANCED] * balanced_allocation_score(world, template_row, node_row)
        + _WEIGHTS[_IMAGE] * image_score(world, template_row, node_row)
    )
    if not world.templates[template_row]["scores_taints"]:
        total += _WEIGHTS[_TAINT] * MAX_SCORE
    return total


@inner
def _score_taints(world: World, template_row: int, num_candidates: int) -> None:
    """Turn counts of untolerated PreferNoSchedule taints into scores: none is 100."""
    candidates = world.candidates
    ask = world.templates[template_row]["ask"]
    most = 0
    for index in range(num_candidates):
        verdict = world.verdicts[ask, world.nodes[candidates[index]["node"]]["sort"]]
        candidates[index]["score"] = verdict["num_preferred_taints"]
        most = max(most, candidates[index]["score"])
    for index in range(num_candidates):
        if most == 0:
            candidates[index]["score"] = MAX_SCORE
        else:
            candidates[index]["score"] = MAX_SCORE - MAX_SCORE * candidates[index]["score"] // most


@inner
def _score_affinity(world: World, template_row: int, num_candidates: int) -> None:
    """Scale sums of preferred node affinity weights so that the best feasible node has 100."""
    candidates = world.candidates
    ask = world.templates[template_row]["ask"]
    most = 0
    for index in range(num_candidates):
        verdict = world.verdicts[ask, world.nodes[candidates[index]["node"]]["sort"]]
        candidates[index]["score"] = verdict["affinity_weight"]
        most = max(most, candidates[index]["score"])
    if most > 0:
        for index in range(num_candidates):
            candidates[index]["score"] = MAX_SCORE * candidates[index]["score"] // most


@inner
def _add(world: World, plugin: int, num_candidates: int, told: int) -> None:
    """Add a plugin's scores to the totals, by its weight; with `told` 1 also write them down."""
    weight = _WEIGHTS[plugin]
    for index in range(num_candidates):
        candidate = world.candidates[index]
        candidate["total"] += weight * candidate["score"]
        if told:
            world.scores[index, plugin] = candidate["score"]


@inner
def compare_candidates(world: World, template_row: int, num_candidates: int, told: int) -> None:
    """Add to each candidate's total, which is its `node_score`, what plugins say that compare them.

    With `told` 1 also write their scores, 0 to 100, into the table of scores.
    """
    template = world.templates[template_row]
    if template["scores_taints"]:
        _score_taints(world, template_row, num_candidates)
        _add(world, Plugin.TAINT, num_candidates, told)
    if template["scores_affinity"]:
        _score_affinity(world, template_row, num_candidates)
        _add(world, Plugin.AFFINITY, num_candidates, told)
    if template["scores_spread"]:
        score_spread(world, template_row, num_candidates)
        _add(world, Plugin.SPREAD, num_candidates, told)
    if template["scores_pods"]:
        score_pod_affinity(world, template_row, num_candidates)
        _add(world, Plugin.POD_AFFINITY, num_candidates, told)


@inner
def tell_scores(world: World, template_row: int, num_candidates: int) -> None:
    """Write every plugin's score, 0 to 100, and the weighted total of each candidate."""
    for index in range(num_candidates):
        candidate = world.candidates[index]
        node_row = candidate["node"]
        candidate["total"] = node_score(world, template_row, node_row)
        scores = world.scores[index]
        for plugin in range(scores.shape[0]):
            scores[plugin] = 0
        scores[_TAINT] = MAX_SCORE
        scores[_FIT] = least_allocated_score(world, template_row, node_row)
        scores[_BALANCED] = balanced_allocation_score(world, template_row, node_row)
        scores[_IMAGE] = image_score(world, template_row, node_row)
    compare_candidates(world, template_row, num_candidates, 1)
