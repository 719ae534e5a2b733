"""The seven actions on one workload of a trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from simarena.checks.bounds import check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError, UnknownNameError
from simarena.trace.limits import crosses, outgrows, scaled_limit
from simarena.trace.quantity import (
    format_cpu_milli,
    format_memory_bytes,
    parse_cpu_milli,
    parse_memory_bytes,
)
from simarena.trace.siphash import spec_hash
from simarena.trace.workload_ref import replicas_of, request_of, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.trace.kinds import Manifest
    from simarena.trace.model import Trace
    from simarena.trace.workload_ref import WorkloadRef

CPU_STEP_MILLI = 500
"""What a CPU action adds or takes, in millicores."""

MEMORY_STEP_BYTES = 256 * 2**20
"""What a memory action adds or takes, in bytes."""

REPLICAS_STEP = 1
"""What a replicas action adds or takes."""


class Action(IntEnum):
    """What an agent can do to a workload. A smaller action space is the first N of these."""

    NOOP = 0
    INCREASE_CPU = 1
    INCREASE_MEMORY = 2
    INCREASE_REPLICAS = 3
    DECREASE_CPU = 4
    DECREASE_MEMORY = 5
    DECREASE_REPLICAS = 6

    @property
    def words(self) -> str:
        """What it does, for people and models: "CPU request +500m"."""
        return _WORDS[self]

    @classmethod
    def parse(cls, text: str) -> Action:
        """Return the action with this number or name ("increase-cpu"); UnknownNameError if none."""
        name = text.strip().upper().replace("-", "_")
        if name in cls.__members__:
            return cls[name]
        if name.isascii() and name.isdigit() and len(name) == 1 and int(name) < len(cls):
            return cls(int(name))
        raise UnknownNameError("action", text, (a.name.lower() for a in cls))  # noqa: EM101


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that no action may cross. A value that is already outside may come back."""

    min_cpu_milli: int = 50
    """Smallest CPU request that an action may lead to, in millicores."""

    max_cpu_milli: int = 16_000
    """Largest CPU request that an action may lead to, in millicores."""

    min_memory_bytes: int = 64 * 2**20
    """Smallest memory request that an action may lead to, in bytes."""

    max_memory_bytes: int = 32 * 2**30
    """Largest memory request that an action may lead to, in bytes."""

    min_replicas: int = 1
    """Fewest replicas that an action may lead to."""

    max_replicas: int = 100
    """Most replicas that an action may lead to."""

    def __post_init__(self) -> None:
        """Refuse bounds that leave no room."""
        check_plain_fields(self)
        for what in ("cpu_milli", "memory_bytes", "replicas"):
            low, high = getattr(self, f"min_{what}"), getattr(self, f"max_{what}")
            check_whole(f"limits.min_{what}", low, 0)
            check_whole(f"limits.max_{what}", high, 0)
            if low > high:
                message = f"limits: min_{what} {low} and max_{what} {high} leave no room"
                raise ConfigError(message)


class _Resource(NamedTuple):
    """One resource that actions change, with how its quantities are read and written."""

    name: str
    parse: Callable[[object], int]
    format: Callable[[int], str]
    step: int


_CPU = _Resource("cpu", parse_cpu_milli, format_cpu_milli, CPU_STEP_MILLI)
_MEMORY = _Resource("memory", parse_memory_bytes, format_memory_bytes, MEMORY_STEP_BYTES)
_WORDS = {
    Action.NOOP: "nothing",
    Action.INCREASE_CPU: f"CPU request +{format_cpu_milli(CPU_STEP_MILLI)}",
    Action.INCREASE_MEMORY: f"memory request +{format_memory_bytes(MEMORY_STEP_BYTES)}",
    Action.INCREASE_REPLICAS: f"replicas +{REPLICAS_STEP}",
    Action.DECREASE_CPU: f"CPU request -{format_cpu_milli(CPU_STEP_MILLI)}",
    Action.DECREASE_MEMORY: f"memory request -{format_memory_bytes(MEMORY_STEP_BYTES)}",
    Action.DECREASE_REPLICAS: f"replicas -{REPLICAS_STEP}",
}
_INCREASES = (Action.INCREASE_CPU, Action.INCREASE_MEMORY, Action.INCREASE_REPLICAS)
_REPLICAS_ACTIONS = (Action.INCREASE_REPLICAS, Action.DECREASE_REPLICAS)
_CPU_ACTIONS = (Action.INCREASE_CPU, Action.DECREASE_CPU)


def apply_action(
    trace: Trace, ref: WorkloadRef, action: Action | int, limits: Limits | None = None
) -> tuple[Trace, bool]:
    """Return the trace after `action` on a workload, and whether the action is blocked.

    In every event that applies it, its own value changes by the same step; where the first
    container limits the resource, the limit is scaled along. An event in which the step would cross
    one of `limits` keeps its value. If none can change, the action is blocked and the same trace
    comes back. Raises NotFoundError if no event applies the workload.
    """
    action = Action(action)
    limits = limits or Limits()
    settings(trace, ref)
    if action == Action.NOOP:
        return trace, False
    events = []
    last: Manifest = {}
    blocked = True
    for event in trace.events:
        applied = event.applied_objs
        for row, manifest in enumerate(applied):
            if not ref.is_ref_of(manifest):
                continue
            edited = _edited(manifest, action, limits)
            last = manifest if edited is None else edited
            if edited is not None:
                applied = [*applied[:row], edited, *applied[row + 1 :]]
                blocked = False
        events.append(
            event if applied is event.applied_objs else replace(event, applied_objs=applied)
        )
    if blocked:
        return trace, True
    hashes = {**trace.index.get(ref.kind, {}), ref.key: spec_hash(last["spec"])}
    index = {**trace.index, ref.kind: hashes}
    return replace(trace.with_events(events), index=index), False


def _edited(manifest: Manifest, action: Action, limits: Limits) -> Manifest | None:
    """Return a changed copy that shares the rest, or None if it would cross a limit."""
    sign = 1 if action in _INCREASES else -1
    if action in _REPLICAS_ACTIONS:
        old, change = replicas_of(manifest), sign * REPLICAS_STEP
        if crosses(old, change, limits.min_replicas, limits.max_replicas):
            return None
        return {**manifest, "spec": {**manifest["spec"], "replicas": old + change}}
    if action in _CPU_ACTIONS:
        resource, low, high = _CPU, limits.min_cpu_milli, limits.max_cpu_milli
    else:
        resource, low, high = _MEMORY, limits.min_memory_bytes, limits.max_memory_bytes
    spec = manifest["spec"]
    template = spec["template"]
    containers = template["spec"]["containers"]
    old = request_of(containers[0], resource.name, resource.parse)
    change = sign * resource.step
    if crosses(old, change, low, high):
        return None
    container = _with_request(containers[0], resource, old, old + change)
    if container is None:
        return None
    pod = {**template["spec"], "containers": [container, *containers[1:]]}
    return {**manifest, "spec": {**spec, "template": {**template, "spec": pod}}}


def _with_request(container: Manifest, resource: _Resource, old: int, new: int) -> Manifest | None:
    """Return the container with a new request, its limit scaled; None if the limit has no room."""
    resources = dict(container.get("resources") or {})
    resources["requests"] = {
        **(resources.get("requests") or {}),
        resource.name: resource.format(new),
    }
    upper = resources.get("limits") or {}
    if resource.name in upper:
        limit = resource.parse(upper[resource.name])
        if outgrows(limit, old, new):
            return None
        limit = scaled_limit(limit, old, new)
        resources["limits"] = {**upper, resource.name: resource.format(limit)}
    return {**container, "resources": resources}
