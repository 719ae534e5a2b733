"""The tables of a World: taken at the start, grown between two calls of the kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.checks.memory import free_bytes, gibibytes
from simarena.cluster import records
from simarena.cluster.codes import NONE, NUM_COUNTS, NUM_SAMPLES, Plugin, Status
from simarena.cluster.kernel.pods.folding import num_tallies_needed
from simarena.cluster.records import World
from simarena.errors import SimulationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MIN_ROWS = 4
_MARGIN = 16
_ELSEWHERE = {
    "extended": ("node_extended", 1),
    "queue": ("active", 0),
    "keys": ("node_domains", 1),
    "domains": ("domain_counts", 1),
    "asks": ("verdicts", 0),
    "sorts": ("verdicts", 1),
    "image_asks": ("image_scores", 0),
    "image_sorts": ("image_scores", 1),
}
"""Table and axis of the capacities that are not the rows of a table of their name."""
_REMEMBERED_NODES = 100
_MOST_FITS = 256
_MOST_CELLS = 1 << 22
"""Counts by domain beyond which not every counter has a row for itself."""
_LEAST_UNFOLDED = 64
_UNCHECKED_BYTES = 1 << 27
"""Nobody asks whether so little more is free."""
_AXES = {
    "verdicts": ("kinds of templates", "kinds of nodes"),
    "image_scores": ("kinds of templates by image", "kinds of nodes by image"),
    "node_domains": ("nodes", "labels and sets of nodes"),
    "domain_counts": ("counters", "domains"),
    "fits": ("kinds of templates", "nodes"),
    "diagnoses": ("pods",),
    "log_counts": ("lines of the log",),
}
"""What large tables have in rows and columns, for a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacities:
    """Rows of each table."""

    nodes: int = 8
    extended: int = 0
    """Names of extended resources."""
    templates: int = 4
    specs: int = 8
    timeline: int = 0
    workloads: int = 16
    bare: int = 4
    autoscalers: int = 0
    pods: int = 64
    heap: int = 256
    queue: int = 192
    log: int = 0
    """0: nothing is logged."""
    keys: int = 4
    """Topology keys, of which the first is the node itself, and sets of nodes."""
    domains: int = 8
    counters: int = 8
    unfolded: int = 0
    """Counters whose counts are at hand; 0: all."""
    tallies: int = 0
    terms: int = 32
    budgets: int = 0
    bounds: int = 0
    charges: int = 0
    usage: int = 0
    asks: int = 1
    sorts: int = 1
    image_asks: int = 1
    image_sorts: int = 1


def fit_rows(num_nodes: int, num_templates: int) -> int:
    """Return how many rows `fits` has; on few nodes, judging anew is as fast as remembering."""
    if num_nodes < _REMEMBERED_NODES:
        return 0
    return min(num_templates, _MOST_FITS) + 1


def unfolded_rows(counters: int, domains: int) -> int:
    """Return how many counters have their counts at hand, if not all have; else 0."""
    if counters * domains <= _MOST_CELLS:
        return 0
    return max(_MOST_CELLS // domains, _LEAST_UNFOLDED)


def empty_world(capacities: Capacities) -> World:
    """Return a World without objects, its memory taken."""
    tables = {name: _empty(*each) for name, each in _layout(capacities).items()}
    world = World(**{**tables, "state": _byte_by_byte(records.BLANK_STATE)})
    world.node_domains[:, 0] = np.arange(capacities.nodes)
    return world


def _layout(c: Capacities) -> dict[str, tuple[tuple[int, ...], Any]]:
    """Return the shape of each table, and its dtype or what fills it."""
    fits = fit_rows(c.nodes, c.templates)
    return {
        "state": ((1,), records.STATE),
        "settings": ((1,), records.SETTINGS),
        "nodes": ((c.nodes,), records.NODE),
        "node_extended": ((c.nodes, c.extended, 2), np.int64),
        "node_list": ((c.nodes,), np.int32),
        "templates": ((c.templates,), records.BLANK_TEMPLATE),
        "template_extended": ((c.templates, c.extended), np.int64),
        "verdicts": ((c.asks, c.sorts), records.VERDICT),
        "image_scores": ((c.image_asks, c.image_sorts), np.int32),
        "node_domains": ((c.nodes, c.keys), np.full(1, NONE, np.int32)),
        "terms": ((c.terms,), records.TERM),
        "usage": ((c.usage,), records.USAGE),
        "specs": ((c.specs,), records.SPEC),
        "timeline": ((c.timeline,), records.TIMELINE),
        "workloads": ((c.workloads,), records.WORKLOAD),
        "bare": ((c.bare,), records.BARE),
        "counters": ((c.counters,), records.BLANK_COUNTER),
        "domain_counts": (((c.unfolded or c.counters) + 1, c.domains), np.int32),
        "unfolded": ((c.unfolded,), records.BLANK_UNFOLDED),
        "tallies": ((c.tallies,), records.TALLY),
        "budgets": ((c.budgets,), records.BUDGET),
        "bounds": ((c.bounds,), records.BOUND),
        "charges": ((c.charges,), records.CHARGE),
        "pods": ((c.pods,), records.POD),
        "ranked": ((c.pods,), np.int32),
        "heap": ((c.heap,), records.ENTRY),
        "active": ((c.queue,), records.ENTRY),
        "backoff": ((c.queue,), records.ENTRY),
        "diagnoses": ((c.pods + 1, NUM_COUNTS), np.int32),
        "log": ((c.log,), records.LOG),
        "log_counts": ((c.log, NUM_COUNTS), np.int32),
        "fits": ((fits, c.nodes), records.FIT),
        "fit_keys": ((fits,), records.FIT_KEY),
        "candidates": ((c.nodes,), records.CANDIDATE),
        "scores": ((c.nodes, len(Plugin)), np.int64),
        "costs": ((c.nodes,), records.COST),
        "autoscalers": ((c.autoscalers,), records.AUTOSCALER),
        "autoscaler_samples": ((c.autoscalers, 3, NUM_SAMPLES), records.SAMPLE),
    }


def bytes_of(capacities: Capacities) -> int:
    """Return how much memory tables with so many rows take."""
    return sum(_num_bytes(*each) for each in _layout(capacities).values())


def _num_bytes(shape: tuple[int, ...], filled: Any) -> int:  # noqa: ANN401 - dtype or array
    kind = filled.dtype if isinstance(filled, np.ndarray) else np.dtype(filled)
    return math.prod(shape) * int(kind.itemsize)


def _check_memory(layout: Mapping[str, tuple[tuple[int, ...], Any]]) -> None:
    """Raise SimulationError if tables that have to be taken do not fit into memory."""
    sizes = {name: _num_bytes(*each) for name, each in layout.items()}
    needed = sum(sizes.values())
    if needed <= _UNCHECKED_BYTES or needed <= (free := free_bytes()):
        return
    largest = max(sizes, key=lambda name: sizes[name])
    axes = _AXES.get(largest, (largest,))
    words = " × ".join(
        f"{number:,} {axis}" for number, axis in zip(layout[largest][0], axes, strict=False)
    )
    message = (
        f"the cluster's tables need about {gibibytes(needed)} more: {words}; {gibibytes(free)} "
        "are free: simulate a smaller cluster"
    )
    raise SimulationError(message)


def _empty(shape: tuple[int, ...], filled: Any) -> NDArray[Any]:  # noqa: ANN401 - dtype or array
    """Return a table of zeros of a dtype, or of copies of one element."""
    if isinstance(filled, np.ndarray):
        return np.repeat(filled, math.prod(shape)).reshape(shape)
    return np.zeros(shape, filled)


def capacities_of(world: World) -> Capacities:
    """Return the rows that a World's tables have."""
    found = {}
    for name in _names():
        table, axis = _ELSEWHERE.get(name, (name, 0))
        found[name] = getattr(world, table).shape[axis]
    return Capacities(**found)


def grown(world: World, capacities: Capacities) -> World:
    """Return a World with the same contents and at least as many rows as both have.

    Tables that have enough are the same ones. Where counters become too many for a row of counts
    each, counts are folded.
    """
    before = capacities_of(world)
    target = Capacities(
        **{name: max(getattr(before, name), getattr(capacities, name)) for name in _names()}
    )
    if target.unfolded == 0:
        target = replace(target, unfolded=unfolded_rows(target.counters, target.domains))
    if target.unfolded > 0 and before.unfolded == 0:
        target = replace(target, unfolded=max(target.unfolded, _most_terms(world) + 1))
        world = _folded(world, target.unfolded)
        target = replace(target, tallies=max(target.tallies, len(world.tallies)))
    layout = _layout(target)
    _check_memory({n: each for n, each in layout.items() if getattr(world, n).shape != each[0]})
    tables = {}
    for name, (shape, filled) in layout.items():
        old = getattr(world, name)
        if old.shape != shape:
            old, new = _as_bytes(old), _empty(shape, filled)
            _as_bytes(new)[tuple(slice(0, size) for size in old.shape)] = old
            if name == "node_domains":
                new[len(old) :, 0] = np.arange(len(old), len(new))
            old = new
        tables[name] = old
    return World(**tables)


def _most_terms(world: World) -> int:
    """Return how many counters pods of one template look at, at most: all are needed together."""
    number = 0
    rows = world.templates["first_term"][: int(world.state[0]["num_templates"])]
    while len(rows := rows[rows != NONE]):
        number += 1
        rows = world.terms["next"][rows]
    return number


def _folded(world: World, number: int) -> World:
    """Return a World with `number` rows for the counts of counters at hand, of which none is."""
    used = int(world.state[0]["num_counters"])
    counters, domains = np.nonzero(world.domain_counts[:used])
    empty = np.zeros((number + 1, world.domain_counts.shape[1]), np.int32)
    result = world._replace(
        state=_byte_by_byte(world.state),
        counters=_byte_by_byte(world.counters),
        domain_counts=empty,
        unfolded=_empty((number,), records.BLANK_UNFOLDED),
    )
    counts = world.domain_counts[counters, domains]
    result.counters["row"] = result.counters["first_tally"] = NONE
    return with_tallies(result, counters, domains, counts)


def with_tallies(
    world: World,
    counters: NDArray[np.int64],
    domains: NDArray[np.int64],
    counts: NDArray[np.int32],
) -> World:
    """Return a World in which so many pods count in domains of counters that had none.

    Those are folded; the pairs come by counter.
    """
    state = world.state[0]
    first, number = int(state["num_tallies"]), len(counters)
    world = room_for(world, tallies=first + number)
    rows = np.arange(first, first + number)
    tallies = world.tallies[first : first + number]
    tallies["domain"], tallies["count"] = domains, counts
    last = np.append(counters[1:] != counters[:-1], number > 0)[:number]
    tallies["next"] = np.where(last, NONE, rows + 1)
    begins = np.append(number > 0, counters[1:] != counters[:-1])[:number]
    world.counters["first_tally"][counters[begins]] = rows[begins]
    world.state[0]["num_tallies"] += number
    world.state[0]["num_cells"] += number
    return world


def room_for(world: World, **rows: int) -> World:
    """Return a World in which the named tables have at least so many rows, doubling them."""
    wanted = None
    for name, number in rows.items():
        table, axis = _ELSEWHERE.get(name, (name, 0))
        have = getattr(world, table).shape[axis]
        if number > have:
            wanted = wanted or {}
            wanted[name] = max(number, 2 * have, _MIN_ROWS)
    return _at_least(world, **wanted) if wanted else world


def _at_least(world: World, **rows: int) -> World:
    return grown(world, Capacities(**{name: rows.get(name, 0) for name in _names()}))


def relieved(world: World, status: int, *, max_pods: int) -> World:
    """Return a World whose table that `status` found full has twice the rows.

    Raises SimulationError if that were more than `max_pods` of pods.
    """
    have = capacities_of(world)
    if status == Status.PODS_FULL:
        if have.pods >= max_pods:
            message = (
                f"at {int(world.state[0]['now_ms'])} ms: more than {max_pods} pods; delete a "
                "workload, or begin with a larger max_pods in ClusterConfig"
            )
            raise SimulationError(message)
        pods = min(2 * have.pods + 512, max_pods)
        return _at_least(world, pods=pods, queue=3 * pods, heap=4 * pods + 64)
    if status == Status.WORKLOADS_FULL:
        return room_for(world, workloads=2 * have.workloads)
    if status == Status.EVENTS_FULL:
        return room_for(world, heap=2 * have.heap + 64)
    if status == Status.COUNTS_FULL:
        return room_for(world, tallies=max(2 * have.tallies, num_tallies_needed(world)))
    if status == Status.QUEUE_FULL:
        return room_for(world, queue=2 * have.queue + 64)
    return room_for(world, log=2 * have.log + 4_096)


def roomy(world: World) -> World:
    """Return a World in which one operation from outside finds room, whatever it entails.

    At most it moves every waiting pod to another queue, ends every pod (two rows of the log and an
    event each) and wakes every controller. The kernel's main loop checks the same for its events.
    """
    state = world.state[0]
    num_pods = int(state["num_pods"])
    return room_for(
        world,
        queue=int(max(state["num_active"], state["num_backoff"])) + num_pods + 1,
        heap=int(state["num_heap"]) + num_pods + 2 * int(state["num_workloads"]) + _MARGIN,
        log=int(state["num_log"]) + 2 * num_pods + _MARGIN if len(world.log) else 0,
        tallies=_num_tallies(world),
    )


def room_for_counts(world: World) -> World:
    """Return a World in which pods find room to be counted, whatever is tried with them."""
    return room_for(world, tallies=_num_tallies(world))


def _num_tallies(world: World) -> int:
    return num_tallies_needed(world) if len(world.unfolded) else 0


def copy_world(world: World) -> World:
    """Return a copy that shares no memory."""
    return World._make(_byte_by_byte(table) for table in world)


def _byte_by_byte(table: NDArray[Any]) -> NDArray[Any]:
    """Return a copy that has the bytes between fields, too.

    NumPy copies records field by field and leaves there what the memory held, so that two copies
    of one table would not be equal as bytes.
    """
    return _as_bytes(table).copy().view(table.dtype)


def _as_bytes(table: NDArray[Any]) -> NDArray[Any]:
    """Return a view whose items NumPy takes for bytes of their size."""
    return table.view(f"V{table.itemsize}")


@cache
def _names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Capacities))
