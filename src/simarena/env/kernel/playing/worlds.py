"""Clusters put together from the tables of a bank and of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.records import World
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.env.records.bank import Bank, Batch


@inner
def start_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the compiled start of a scenario; tables that are empty at a start are the batch's."""
    return World(
        bank.state[scenario],
        bank.settings[scenario],
        bank.nodes[scenario],
        bank.node_extended[scenario],
        bank.node_list[scenario],
        bank.templates[scenario],
        bank.template_extended[scenario],
        bank.template_nodes[scenario],
        bank.node_domains[scenario],
        bank.terms[scenario],
        bank.usage[scenario],
        bank.specs[scenario],
        bank.timeline[scenario],
        bank.workloads[scenario],
        bank.bare[scenario],
        bank.counters[scenario],
        bank.domain_counts[scenario],
        bank.budgets[scenario],
        batch.pods[env],
        batch.heap[env],
        batch.active[env],
        batch.backoff[env],
        batch.diagnoses[env],
        batch.log[env],
        batch.log_counts[env],
        batch.fits[env],
        batch.candidates[env],
        batch.verdicts[env],
        bank.autoscalers[scenario],
        bank.autoscaler_samples[scenario],
    )


@inner
def world_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the cluster of an environment: its own tables, and the scenario's fixed ones."""
    return World(
        batch.state[env],
        bank.settings[scenario],
        batch.nodes[env],
        batch.node_extended[env],
        bank.node_list[scenario],
        batch.templates[env],
        bank.template_extended[scenario],
        bank.template_nodes[scenario],
        bank.node_domains[scenario],
        bank.terms[scenario],
        batch.usage[env],
        batch.specs[env],
        bank.timeline[scenario],
        batch.workloads[env],
        batch.bare[env],
        batch.counters[env],
        batch.domain_counts[env],
        batch.budgets[env],
        batch.pods[env],
        batch.heap[env],
        batch.active[env],
        batch.backoff[env],
        batch.diagnoses[env],
        batch.log[env],
        batch.log_counts[env],
        batch.fits[env],
        batch.candidates[env],
        batch.verdicts[env],
        batch.autoscalers[env],
        batch.autoscaler_samples[env],
    )


@inner
def unedited_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the same with the scenario's own templates, specs and usage, as before any action."""
    return World(
        batch.state[env],
        bank.settings[scenario],
        batch.nodes[env],
        batch.node_extended[env],
        bank.node_list[scenario],
        bank.templates[scenario],
        bank.template_extended[scenario],
        bank.template_nodes[scenario],
        bank.node_domains[scenario],
        bank.terms[scenario],
        bank.usage[scenario],
        bank.specs[scenario],
        bank.timeline[scenario],
        batch.workloads[env],
        batch.bare[env],
        batch.counters[env],
        batch.domain_counts[env],
        batch.budgets[env],
        batch.pods[env],
        batch.heap[env],
        batch.active[env],
        batch.backoff[env],
        batch.diagnoses[env],
        batch.log[env],
        batch.log_counts[env],
        batch.fits[env],
        batch.candidates[env],
        batch.verdicts[env],
        batch.autoscalers[env],
        batch.autoscaler_samples[env],
    )
