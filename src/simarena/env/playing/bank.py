"""Compiled scenarios side by side, and the room in which environments play them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster import records
from simarena.cluster.codes import NUM_COUNTS, Plugin, Status
from simarena.cluster.rows.tables import Capacities, capacities_of, fit_rows, grown
from simarena.env.records.bank import Bank, Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simarena.cluster.records import World

_EXTRA_WORKLOADS = 4  # ReplicaSets of rollouts, beyond one for each Deployment
_FIRST_PODS = 32


def bank_of(worlds: Sequence[World]) -> Bank:
    """Return the starts of scenarios side by side, all with as many rows as the largest needs."""
    capacities = _common_capacities(worlds)
    larger = [grown(world, capacities) for world in worlds]
    return Bank(*(np.stack([getattr(world, name) for world in larger]) for name in Bank._fields))


def _common_capacities(worlds: Sequence[World]) -> Capacities:
    sizes = [capacities_of(world) for world in worlds]
    return Capacities(
        **{
            field.name: max(getattr(size, field.name) for size in sizes)
            for field in fields(Capacities)
        }
    )


def new_batch(bank: Bank, num_envs: int) -> Batch:
    """Return room for so many environments; tables grow when one finds them full."""
    sizes: dict[str, tuple[tuple[int, ...], Any]] = {
        name: (table.shape[1:], table.dtype)
        for name, table in bank._asdict().items()
        if name in Batch._fields
    }
    num_nodes = bank.nodes.shape[1]
    num_fits = fit_rows(num_nodes, bank.templates.shape[1])
    num_workloads = 2 * bank.workloads.shape[1] + _EXTRA_WORKLOADS
    sizes |= {
        "workloads": ((num_workloads,), records.WORKLOAD),
        "pods": ((_FIRST_PODS,), records.POD),
        "ranked": ((_FIRST_PODS,), np.int32),
        "heap": ((4 * _FIRST_PODS,), records.ENTRY),
        "active": ((2 * _FIRST_PODS,), records.ENTRY),
        "backoff": ((2 * _FIRST_PODS,), records.ENTRY),
        "diagnoses": ((_FIRST_PODS + 1, NUM_COUNTS), np.int32),
        "log": ((0,), records.LOG),
        "log_counts": ((0, NUM_COUNTS), np.int32),
        "fits": ((num_fits, num_nodes), records.FIT),
        "fit_keys": ((num_fits,), records.FIT_KEY),
        "candidates": ((num_nodes,), records.CANDIDATE),
        "scores": ((num_nodes, len(Plugin)), np.int64),
        "costs": ((num_nodes,), records.COST),
    }
    tables: dict[str, Any] = {
        name: np.zeros((num_envs, *sizes[name][0]), sizes[name][1]) for name in Batch._fields
    }
    return Batch(**tables)


_GROWS = {
    Status.PODS_FULL: ("pods", "ranked", "diagnoses", "heap", "active", "backoff"),
    Status.WORKLOADS_FULL: ("workloads",),
    Status.EVENTS_FULL: ("heap",),
    Status.QUEUE_FULL: ("active", "backoff"),
    Status.COUNTS_FULL: ("tallies",),
}


def grown_batch(batch: Batch, status: Status) -> Batch:
    """Return a batch with twice the rows in the tables that `status` found full.

    Contents are kept.
    """
    grows = _GROWS[status]
    tables: list[Any] = [
        _doubled(table) if name in grows else table for name, table in batch._asdict().items()
    ]
    return Batch(*tables)


def _doubled(table: NDArray[Any]) -> NDArray[Any]:
    larger = np.zeros(
        (table.shape[0], max(2 * table.shape[1], _FIRST_PODS), *table.shape[2:]), table.dtype
    )
    larger[:, : table.shape[1]] = table
    return larger
