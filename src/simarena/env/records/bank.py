"""Tables of many clusters side by side, and what is told of them, whatever is played."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows


class Bank(NamedTuple):
    """The compiled starts of all scenarios. Nothing here ever changes."""

    state: Rows  # (num_scenarios, 1) of STATE
    settings: Rows  # (num_scenarios, 1) of SETTINGS
    nodes: Rows  # (num_scenarios, num_nodes) of NODE
    node_extended: NDArray[np.int64]  # (num_scenarios, num_nodes, num_extended, 2)
    node_list: NDArray[np.int32]  # (num_scenarios, num_nodes)
    templates: Rows  # (num_scenarios, num_templates) of TEMPLATE
    template_extended: NDArray[np.int64]  # (num_scenarios, num_templates, num_extended)
    verdicts: Rows  # (num_scenarios, num_asks, num_sorts) of VERDICT
    image_scores: NDArray[np.int32]  # (num_scenarios, num_image_asks, num_image_sorts)
    node_domains: NDArray[np.int32]  # (num_scenarios, num_nodes, num_keys)
    terms: Rows  # (num_scenarios, num_terms) of TERM
    usage: Rows  # (num_scenarios, num_usage) of USAGE
    specs: Rows  # (num_scenarios, num_specs) of SPEC
    timeline: Rows  # (num_scenarios, num_timeline) of TIMELINE
    workloads: Rows  # (num_scenarios, num_workloads) of WORKLOAD
    bare: Rows  # (num_scenarios, num_bare) of BARE
    counters: Rows  # (num_scenarios, num_counters) of COUNTER
    domain_counts: NDArray[np.int32]  # (num_scenarios, num_rows + 1, num_domains)
    unfolded: Rows  # (num_scenarios, num_rows) of UNFOLDED; no rows where there are few counters
    tallies: Rows  # (num_scenarios, num_tallies) of TALLY
    budgets: Rows  # (num_scenarios, num_budgets) of BUDGET
    bounds: Rows  # (num_scenarios, num_bounds) of BOUND
    charges: Rows  # (num_scenarios, num_charges) of CHARGE
    autoscalers: Rows  # (num_scenarios, num_autoscalers) of AUTOSCALER
    autoscaler_samples: Rows  # (num_scenarios, num_autoscalers, 3, NUM_SAMPLES) of SAMPLE


class Batch(NamedTuple):
    """What each environment changes: its own templates, specs and usage, and a cluster of them."""

    state: Rows  # (num_envs, 1) of STATE
    nodes: Rows  # (num_envs, num_nodes) of NODE
    node_extended: NDArray[np.int64]  # (num_envs, num_nodes, num_extended, 2)
    templates: Rows  # (num_envs, num_templates) of TEMPLATE
    specs: Rows  # (num_envs, num_specs) of SPEC
    usage: Rows  # (num_envs, num_usage) of USAGE
    workloads: Rows  # (num_envs, num_workloads) of WORKLOAD
    bare: Rows  # (num_envs, num_bare) of BARE
    counters: Rows  # (num_envs, num_counters) of COUNTER
    domain_counts: NDArray[np.int32]  # (num_envs, num_rows + 1, num_domains)
    unfolded: Rows  # (num_envs, num_rows) of UNFOLDED
    tallies: Rows  # (num_envs, num_tallies) of TALLY
    budgets: Rows  # (num_envs, num_budgets) of BUDGET
    bounds: Rows  # (num_envs, num_bounds) of BOUND
    pods: Rows  # (num_envs, num_pods) of POD
    ranked: NDArray[np.int32]  # (num_envs, num_pods)
    heap: Rows  # (num_envs, num_heap) of ENTRY
    active: Rows  # (num_envs, num_queue) of ENTRY
    backoff: Rows  # (num_envs, num_queue) of ENTRY
    diagnoses: NDArray[np.int32]  # (num_envs, num_pods + 1, NUM_COUNTS)
    log: Rows  # (num_envs, 0) of LOG: nothing is logged
    log_counts: NDArray[np.int32]  # (num_envs, 0, NUM_COUNTS)
    fits: Rows  # (num_envs, num_fits, num_nodes) of FIT; no rows where there are few nodes
    fit_keys: Rows  # (num_envs, num_fits) of FIT_KEY
    candidates: Rows  # (num_envs, num_nodes) of CANDIDATE
    scores: NDArray[np.int64]  # (num_envs, num_nodes, num_plugins)
    costs: Rows  # (num_envs, num_nodes) of COST
    autoscalers: Rows  # (num_envs, num_autoscalers) of AUTOSCALER
    autoscaler_samples: Rows  # (num_envs, num_autoscalers, 3, NUM_SAMPLES) of SAMPLE


class Edited(NamedTuple):
    """Those of the tables that actions edit."""

    templates: Rows
    specs: Rows
    usage: Rows


class Told(NamedTuple):
    """What a call is to write for its caller, who alone holds these arrays."""

    observations: NDArray[np.float32]  # (num_envs, observation size)
    episodes: Rows  # (num_envs,)
    rewards: NDArray[np.float64]  # (num_envs,)
    terminated: NDArray[np.bool_]  # (num_envs,)
    truncated: NDArray[np.bool_]  # (num_envs,)
