"""Clusters put together from the tables of a bank and of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.records import World
from simarena.env.records.bank import Edited
from simarena.jit.decorators import inner
from simarena.jit.references import tables_at

if TYPE_CHECKING:
    from simarena.env.records.bank import Bank, Batch


@inner
def start_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the compiled start of a scenario; tables that are empty at a start are the batch's."""
    return tables_at(World, bank, scenario, batch, env)


@inner
def world_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the cluster of an environment: its own tables, and the scenario's fixed ones."""
    return tables_at(World, batch, env, bank, scenario)


@inner
def unedited_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the same with the scenario's own templates, specs and usage, as before any action."""
    unedited = Edited(bank.templates, bank.specs, bank.usage)
    return tables_at(World, unedited, scenario, batch, env, bank, scenario)
