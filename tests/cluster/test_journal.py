"""The journal: the log in order, and copies that go on apart."""

from __future__ import annotations

from simarena.cluster.journal import Journal
from simarena.cluster.tables import Capacities, empty_world


def logged(*times_ms: int) -> Journal:
    journal = Journal([], [])
    write(journal, *times_ms)
    return journal


def write(journal: Journal, *times_ms: int) -> None:
    world = empty_world(Capacities(log=8))
    for row, time_ms in enumerate(times_ms):
        world.log[row]["time_ms"] = time_ms
        world.log_counts[row] = time_ms
    world.state[0]["num_log"] = len(times_ms)
    journal.read(world)
    assert world.state[0]["num_log"] == 0
    world.log["time_ms"] = -1


def test_reading_moves_the_log_over_and_keeps_its_order() -> None:
    journal = logged(1, 2)
    write(journal)
    write(journal, 3)
    assert journal.table()["time_ms"].tolist() == [1, 2, 3]
    assert [(int(r["time_ms"]), int(c[0])) for r, c in journal.entries()] == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]


def test_an_empty_journal_is_an_empty_table() -> None:
    assert len(Journal([], []).table()) == 0
    assert list(Journal([], []).entries()) == []


def test_a_copy_goes_on_apart() -> None:
    journal = logged(1)
    copied = journal.copy()
    write(copied, 2)
    assert journal.table()["time_ms"].tolist() == [1]
    assert copied.table()["time_ms"].tolist() == [1, 2]
