from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster.codes import NONE
from simarena.cluster.kernel import entry
from simarena.cluster.kernel.scheduler.search import num_nodes_to_find
from simarena.cluster.kernel.sources import CACHE_FOLDER
from simarena.cluster.rows.tables import Capacities, empty_world
from simarena.jit.decorators import entry_point
from simarena.jit.references import by_reference

if TYPE_CHECKING:
    from pathlib import Path

ASK = """
from simarena.cluster.kernel.entry import next_due_ms
from simarena.cluster.rows.tables import Capacities, empty_world
assert next_due_ms(empty_world(Capacities())) == -1
"""


def told_at_a_terminal(cache: Path) -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    subprocess.run([sys.executable, "-c", ASK], env=environment, stderr=theirs, check=True)
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 4096):
            told += part
    except OSError:  # what Linux says at the end of a terminal
        pass
    os.close(ours)
    return told.decode()


@pytest.mark.jit
def test_who_waits_for_the_first_compilation_is_told_once(tmp_path: Path) -> None:
    assert told_at_a_terminal(tmp_path).count("compiling for this machine") == 1
    assert told_at_a_terminal(tmp_path) == ""


@pytest.mark.jit
def test_machine_code_is_kept_in_a_folder_named_after_the_sources() -> None:
    dispatcher: Any = entry.next_due_ms
    assert dispatcher._cache.cache_path.startswith(str(CACHE_FOLDER))


@pytest.mark.jit
def test_an_entry_is_compiled_once_for_worlds_of_all_sizes() -> None:
    for pods in (1, 64):
        assert entry.next_due_ms(empty_world(Capacities(pods=pods))) == NONE
    dispatcher: Any = entry.next_due_ms
    assert len(dispatcher.signatures) == 1


def test_an_inner_kernel_called_from_python_is_the_plain_function() -> None:
    compiled = list(getattr(num_nodes_to_find, "signatures", []))
    assert num_nodes_to_find(250) == 120
    assert list(getattr(num_nodes_to_find, "signatures", [])) == compiled


def test_a_reference_taken_by_python_has_the_tables_of_the_world() -> None:
    world = empty_world(Capacities())
    reference = by_reference(world)
    for name, table in world._asdict().items():
        assert getattr(reference, name).base is table


def test_rows_below_0_are_refused_where_kernels_are_interpreted() -> None:
    reference = by_reference(empty_world(Capacities()))
    with pytest.raises(IndexError, match="row -1"):
        reference.pods[NONE]
    with pytest.raises(IndexError, match="row -1"):
        reference.diagnoses[0, NONE] = 1


def test_the_entry_for_certain_types_does_what_the_kernel_does() -> None:
    world = empty_world(Capacities())
    next_due_ms = entry_point(entry.next_due_ms, world)
    assert next_due_ms(world) == NONE
    world.state[0]["num_heap"] = 1
    world.heap[0]["first"] = 250
    assert next_due_ms(world) == entry.next_due_ms(world) == 250
