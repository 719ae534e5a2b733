"""The World: the tables of one cluster, or of a batch of them."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.void]
"""Records of one of the dtypes of this package."""


class World(NamedTuple):
    """One cluster. All that changes as time passes is here: copying it saves the simulation.

    The tables of a batch have one more axis in front, for the environments. Column 0 of
    node_domains makes each node a domain of its own; others stand for labels, or for sets of nodes.
    """

    state: Rows  # (1,) of STATE
    settings: Rows  # (1,) of SETTINGS
    nodes: Rows  # (num_nodes,) of NODE
    node_extended: NDArray[np.int64]  # (num_nodes, num_extended, 2): allocatable, requested
    node_list: NDArray[np.int32]  # (num_nodes,): rows of nodes in the scheduler's order
    templates: Rows  # (num_templates,) of TEMPLATE
    template_extended: NDArray[np.int64]  # (num_templates, num_extended): requested
    verdicts: Rows  # (num_asks, num_sorts) of VERDICT: of templates and nodes by themselves
    image_scores: NDArray[np.int32]  # (num_image_asks, num_image_sorts); row 0: no image is there
    node_domains: NDArray[np.int32]  # (num_nodes, num_keys): domain by topology key, or NONE
    terms: Rows  # (num_terms,) of TERM
    usage: Rows  # (num_usage,) of USAGE: what containers use, as their age
    specs: Rows  # (num_specs,) of SPEC
    timeline: Rows  # (num_timeline,) of TIMELINE, by time
    workloads: Rows  # (num_workloads,) of WORKLOAD
    bare: Rows  # (num_bare,) of BARE
    counters: Rows  # (num_counters,) of COUNTER: pods that are counted together
    domain_counts: NDArray[np.int32]  # (num_rows + 1, num_domains): pods; last row: scratch, 0
    unfolded: Rows  # (num_rows,) of UNFOLDED: whose counts each has; no rows: num_counters have one
    tallies: Rows  # (num_tallies,) of TALLY: counts of the other counters
    budgets: Rows  # (num_budgets,) of BUDGET
    bounds: Rows  # (num_bounds,) of BOUND: what quotas bound
    charges: Rows  # (num_charges,) of CHARGE
    pods: Rows  # (num_pods,) of POD
    ranked: NDArray[np.int32]  # (num_pods,): a list of pods, or notes of one sync; scratch
    heap: Rows  # (num_heap,) of ENTRY: what will happen
    active: Rows  # (num_queue,) of ENTRY: pods to schedule, a heap
    backoff: Rows  # (num_queue,) of ENTRY: pods that wait for their back-off, a heap
    diagnoses: NDArray[np.int32]  # (num_pods + 1, NUM_COUNTS): why the last attempt failed; scratch
    log: Rows  # (num_log,) of LOG; no rows: nothing is logged
    log_counts: NDArray[np.int32]  # (num_log, NUM_COUNTS): diagnoses of failed attempts
    fits: Rows  # (num_fits, num_nodes) of FIT; no rows where there are few nodes
    fit_keys: Rows  # (num_fits,) of FIT_KEY: what each row is about
    candidates: Rows  # (num_nodes,) of CANDIDATE: feasible nodes of one scheduling cycle
    scores: NDArray[np.int64]  # (num_nodes, num_plugins): of the i-th candidate, where asked for
    costs: Rows  # (num_nodes,) of COST: what preemption costs on each node
    autoscalers: Rows  # (num_autoscalers,) of AUTOSCALER
    autoscaler_samples: Rows  # (num_autoscalers, 3, NUM_SAMPLES) of SAMPLE
