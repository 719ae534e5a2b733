from __future__ import annotations

import numpy as np
from tests.env.cases import scenario

from simarena.cluster.records import World
from simarena.env.deployment.compiled import compile_scenarios
from simarena.env.kernel.playing.worlds import start_of, world_of
from simarena.env.playing.bank import new_batch
from simarena.env.records.bank import Bank, Batch


def test_bank_and_batch_have_every_table_of_a_world_between_them() -> None:
    assert {*Bank._fields, *Batch._fields} == set(World._fields)


def test_worlds_are_put_together_in_the_order_of_their_tables() -> None:
    compiled = compile_scenarios([scenario(), scenario(5, nodes=2)])
    batch = new_batch(compiled.bank, 3)
    for make, first, second in (
        (world_of, batch, compiled.bank),
        (start_of, compiled.bank, batch),
    ):
        world = getattr(make, "py_func", make)(compiled.bank, batch, 2, 1)
        for name in World._fields:
            home = first if name in first._fields else second
            row = 2 if home is batch else 1
            assert np.shares_memory(getattr(world, name), getattr(home, name)[row]) or (
                getattr(world, name).size == 0
            )
            assert getattr(world, name).dtype == getattr(home, name).dtype


def test_the_same_scenarios_are_compiled_once() -> None:
    one, two = scenario(), scenario()
    assert compile_scenarios([one, two]) is compile_scenarios((one, two))
    assert compile_scenarios([two, one]) is not compile_scenarios([one, two])
