"""The journal: the log in order, and copies that go on apart."""

from __future__ import annotations

from simarena.cluster.codes import LogKind
from simarena.cluster.objects.journal import Journal
from simarena.cluster.rows.tables import Capacities, empty_world


def logged(*times_ms: int) -> Journal:
    journal = Journal([], [])
    write(journal, *times_ms)
    return journal


def write(journal: Journal, *times_ms: int) -> None:
    world = empty_world(Capacities(log=8))
    for row, time_ms in enumerate(times_ms):
        world.log[row]["time_ms"] = time_ms
        world.log[row]["kind"] = LogKind.POD_UNSCHEDULABLE
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


def append(journal: Journal, now_ms: int, rows: list[tuple[int, LogKind, int, int]]) -> None:
    """Let a journal read rows of time, kind, subject and diagnosis."""
    world = empty_world(Capacities(log=len(rows)))
    for index, (time_ms, kind, subject, diagnosis) in enumerate(rows):
        world.log[index]["time_ms"] = time_ms
        world.log[index]["kind"] = kind
        world.log[index]["subject"] = subject
        world.log_counts[index] = diagnosis
    world.state[0]["num_log"] = len(rows)
    world.state[0]["now_ms"] = now_ms
    journal.read(world)


def test_what_is_told_between_the_first_and_the_last_time_is_folded() -> None:
    failed = LogKind.POD_UNSCHEDULABLE
    number = 70_000
    rows = [(time_ms, failed, time_ms % 2, 5) for time_ms in range(number)]
    rows[30_000] = (30_000, LogKind.POD_READY, 0, 0)
    rows[40_000] = (40_000, failed, 0, 6)
    journal = Journal()
    append(journal, number, rows)
    assert [(int(r["time_ms"]), int(r["subject"]), int(c[0])) for r, c in journal.entries()] == [
        (0, 0, 5),
        (1, 1, 5),
        (30_000, 0, 0),
        (39_998, 0, 5),
        (40_000, 0, 6),
        (40_002, 0, 5),
        (number - 2, 0, 5),
        (number - 1, 1, 5),
    ]


def test_beyond_its_limit_a_journal_forgets_pods_that_are_gone_whole_and_old_events() -> None:
    hour_ms = 3_600_000
    life = (LogKind.POD_CREATED, LogKind.POD_READY, LogKind.POD_DELETED, LogKind.POD_GONE)
    lives_on, just_gone = 1 << 30, 1 << 31
    kept = [
        (1, LogKind.POD_CREATED, lives_on, 0),
        (2, LogKind.POD_CREATED, just_gone, 0),
        (hour_ms, LogKind.POD_GONE, just_gone, 0),
        (hour_ms + 1, LogKind.JOB_CREATED, 0, 0),
    ]
    rows = [*kept[:2], (3, LogKind.JOB_CREATED, 0, 0)]
    rows += [(4, kind, pod, 0) for pod in range(20_000) for kind in life]
    rows += kept[2:]
    journal, unlimited = Journal(max_rows=70_000), Journal()
    for each in (journal, unlimited):
        append(each, 2 * hour_ms, rows)
    times_ms = [time_ms for time_ms, *_ in kept]
    assert journal.table()["time_ms"].tolist() == times_ms
    assert journal.since_ms == hour_ms
    assert len(unlimited.table()) == len(rows)
    assert unlimited.since_ms == 0
    assert journal.copy().num_rows == len(kept)
