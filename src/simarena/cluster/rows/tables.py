"""The tables of a World: taken at the start, grown between two calls of the kernel."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster import records
from simarena.cluster.codes import NONE, NUM_COUNTS, NUM_SAMPLES, Plugin, Status
from simarena.cluster.records import World
from simarena.errors import SimulationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIN_ROWS = 4
_MARGIN = 16
_ELSEWHERE = {
    "extended": ("node_extended", 1),
    "queue": ("active", 0),
    "keys": ("node_domains", 1),
    "domains": ("domain_counts", 1),
}
"""Table and axis of the capacities that are not the rows of a table of their name."""
_REMEMBERED_NODES = 100


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
    terms: int = 32
    budgets: int = 0
    usage: int = 0


def fit_rows(num_nodes: int, num_templates: int) -> int:
    """Return how many rows `fits` has; on few nodes, judging anew is as fast as remembering."""
    return num_templates + 1 if num_nodes >= _REMEMBERED_NODES else 0


def empty_world(capacities: Capacities) -> World:
    """Return a World without objects, its memory taken."""
    c = capacities
    world = World(
        state=_byte_by_byte(records.BLANK_STATE),
        settings=np.zeros(1, records.SETTINGS),
        nodes=np.zeros(c.nodes, records.NODE),
        node_extended=np.zeros((c.nodes, c.extended, 2), np.int64),
        node_list=np.zeros(c.nodes, np.int32),
        templates=np.repeat(records.BLANK_TEMPLATE, c.templates),
        template_extended=np.zeros((c.templates, c.extended), np.int64),
        template_nodes=np.zeros((c.templates, c.nodes), records.TEMPLATE_NODE),
        node_domains=np.full((c.nodes, c.keys), NONE, np.int32),
        terms=np.zeros(c.terms, records.TERM),
        usage=np.zeros(c.usage, records.USAGE),
        specs=np.zeros(c.specs, records.SPEC),
        timeline=np.zeros(c.timeline, records.TIMELINE),
        workloads=np.zeros(c.workloads, records.WORKLOAD),
        bare=np.zeros(c.bare, records.BARE),
        counters=np.zeros(c.counters, records.COUNTER),
        domain_counts=np.zeros((c.counters + 1, c.domains), np.int32),
        budgets=np.zeros(c.budgets, records.BUDGET),
        pods=np.zeros(c.pods, records.POD),
        ranked=np.zeros(c.pods, np.int32),
        heap=np.zeros(c.heap, records.ENTRY),
        active=np.zeros(c.queue, records.ENTRY),
        backoff=np.zeros(c.queue, records.ENTRY),
        diagnoses=np.zeros((c.pods + 1, NUM_COUNTS), np.int32),
        log=np.zeros(c.log, records.LOG),
        log_counts=np.zeros((c.log, NUM_COUNTS), np.int32),
        fits=np.zeros((fit_rows(c.nodes, c.templates), c.nodes), records.FIT),
        candidates=np.zeros(c.nodes, records.CANDIDATE),
        scores=np.zeros((c.nodes, len(Plugin)), np.int64),
        costs=np.zeros(c.nodes, records.COST),
        autoscalers=np.zeros(c.autoscalers, records.AUTOSCALER),
        autoscaler_samples=np.zeros((c.autoscalers, 3, NUM_SAMPLES), records.SAMPLE),
    )
    world.node_domains[:, 0] = np.arange(c.nodes)
    return world


def capacities_of(world: World) -> Capacities:
    """Return the rows that a World's tables have."""
    found = {}
    for name in _names():
        table, axis = _ELSEWHERE.get(name, (name, 0))
        found[name] = getattr(world, table).shape[axis]
    return Capacities(**found)


def grown(world: World, capacities: Capacities) -> World:
    """Return a World with the same contents and at least as many rows as both have."""
    before = capacities_of(world)
    target = Capacities(
        **{name: max(getattr(before, name), getattr(capacities, name)) for name in _names()}
    )
    larger = empty_world(target)
    for name in World._fields:
        old, new = _as_bytes(getattr(world, name)), _as_bytes(getattr(larger, name))
        new[tuple(slice(0, size) for size in old.shape)] = old
    return larger


def room_for(world: World, **rows: int) -> World:
    """Return a World in which the named tables have at least so many rows, doubling them."""
    wanted = {}
    for name, number in rows.items():
        table, axis = _ELSEWHERE.get(name, (name, 0))
        have = getattr(world, table).shape[axis]
        if number > have:
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
    )


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
