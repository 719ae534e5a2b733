"""What SimKube's driver does with a trace: which object arrives or leaves, and when.

The rules are those of `sk-driver`: every namespace gets the prefix `virtual-`, pods are sent to
virtual nodes and tolerate their taint, container ports go away, and the waits between events are
cut to whole seconds after they were divided by the speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from simarena.checks.bounds import check_whole, is_finite
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.manifests.fields import copied, mapping, objects
from simarena.cluster.replay.custom_kinds import template_paths, templates_at
from simarena.cluster.replay.pod_lifecycles import lifecycles_of
from simarena.errors import ConfigError, ManifestError, shown
from simarena.trace.kinds import (
    CLUSTER_SCOPED,
    KINDS,
    kind_key,
    namespace_of,
    namespaced_name,
    pod_spec,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.cluster.manifests.fields import Manifest
    from simarena.trace import Trace

VIRTUAL_PREFIX = "virtual-"
"""Put before the name of every namespace of a trace."""

NODE_SELECTOR = {"type": "virtual"}
"""Label of the nodes that a replay may use."""

TOLERATION = {"key": "kwok-provider", "operator": "Exists", "effect": "NoSchedule"}
"""Toleration of the taint of those nodes."""

_MAX_REPLAY_S = 10 * 365 * 86_400
_MAX_SPEED = 1_000_000  # far beyond any use


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """How a trace is replayed."""

    duration_s: int | None = None
    """Events this late and later are dropped and the replay ends then; None: at the last event."""

    speed: float = 1.0
    """Waits between events, and how long pods run, are divided by this."""

    reschedule_interrupted_bare_pods: bool = False
    """A bare pod that is deleted while it runs comes back as `<name>-clone-<n>`."""

    def __post_init__(self) -> None:
        """Refuse what no replay could do."""
        check_plain_fields(self)
        if self.duration_s is not None:
            check_whole("duration_s", self.duration_s, 1, _MAX_REPLAY_S)
        if not (is_finite(self.speed) and 0 < self.speed <= _MAX_SPEED):
            message = f"speed must be above 0 and at most {_MAX_SPEED}, got {shown(self.speed)}"
            raise ConfigError(message)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object that the driver applies or deletes."""

    time_ms: int
    manifest: Manifest
    template_paths: tuple[str, ...]
    """Where the trace says that such an object has its pod templates."""
    deleted: bool
    lifecycles: tuple[int, ...] = ()
    """How long its pods ran when they were recorded, in milliseconds, NONE for ever."""


def virtual_namespace(namespace: str) -> str:
    """Return the namespace in which a replay puts the objects of `namespace`."""
    return VIRTUAL_PREFIX + namespace


def virtual_object(manifest: Manifest, paths: Sequence[str] = ()) -> Manifest:
    """Return a copy of a recorded object as the driver applies it to the virtual cluster.

    `paths` says where an object of a custom kind has its pod templates.
    """
    changed: Manifest = copied(manifest)
    if changed["kind"] not in CLUSTER_SCOPED:
        metadata = changed["metadata"]
        metadata["namespace"] = virtual_namespace(metadata.get("namespace") or "default")
    changed.pop("status", None)
    known = KINDS.get(changed["kind"])
    path = None if known is None else known.template
    if path is None:
        for template in templates_at(changed, paths):
            where = f"{changed['kind']} {changed['metadata'].get('name')}: spec of its pods"
            _make_virtual(template["spec"], where)
        return changed
    where = f"{changed['kind']} {changed['metadata'].get('name')}: {'.'.join((*path, 'spec'))}"
    found: Any = changed
    for key in (*path, "spec"):
        found = found.get(key)
        if not isinstance(found, dict):
            message = f"{where} is missing, or no object"
            raise ManifestError(message)
    if changed["kind"] == "Pod":
        found.pop("nodeName", None)  # where the scheduler put it; a template's is its author's
    _make_virtual(found, where)
    return changed


def recorded_object(manifest: Manifest) -> Manifest:
    """Return a copy of an object whose pods are not sent to virtual nodes, as a trace has it.

    What `virtual_object` adds to a pod spec is taken away, its namespace is not changed. Raises
    ManifestError where what it is added to has another form.
    """
    changed: Manifest = copied(manifest)
    spec = pod_spec(changed)
    if spec is not None:
        where = f"{changed['kind']} {changed['metadata'].get('name')}: spec of its pods"
        tolerations = [each for each in objects(spec, "tolerations", where) if each != TOLERATION]
        selector = dict(mapping(spec, "nodeSelector", where))
        if NODE_SELECTOR.items() <= selector.items():
            selector = {key: selector[key] for key in selector if key not in NODE_SELECTOR}
        for key, value in (("tolerations", tolerations), ("nodeSelector", selector)):
            if key in spec:
                spec[key] = value
    return changed


def _make_virtual(spec: Manifest, where: str) -> None:
    spec["nodeSelector"] = {**mapping(spec, "nodeSelector", where), **NODE_SELECTOR}
    spec["tolerations"] = [*objects(spec, "tolerations", where), TOLERATION]
    containers = objects(spec, "containers", where)
    spec["containers"] = [
        {name: value for name, value in container.items() if name != "ports"}
        for container in containers
    ]


def end_ms(trace: Trace, options: ReplayOptions) -> int:
    """Return how long the replay takes, in virtual milliseconds."""
    return 1_000 * _offsets_s(trace, options)[1]


def arrivals(trace: Trace, options: ReplayOptions) -> Iterator[Arrival]:
    """Yield what the driver does, in order; an event's applied objects come before deleted ones."""
    offsets_s, _ = _offsets_s(trace, options)
    templates: dict[tuple[str, str], list[object]] = {}
    for event, offset_s in zip(trace.events, offsets_s, strict=False):
        for manifest in event.applied_objs:
            seen = templates.setdefault((kind_key(manifest), namespaced_name(manifest)), [])
            template = pod_spec(manifest)
            if template not in seen:
                seen.append(template)
            number = seen.index(template)
            yield Arrival(
                1_000 * offset_s,
                *_virtual(trace, manifest),
                deleted=False,
                lifecycles=lifecycles_of(trace, manifest, number, options.speed),
            )
        for manifest in event.deleted_objs:
            yield Arrival(1_000 * offset_s, virtual_identity(manifest), (), deleted=True)


def virtual_identity(manifest: Manifest) -> Manifest:
    """Return what the driver has to know of a recorded object to delete it: kind and name."""
    metadata = {"name": manifest["metadata"]["name"]}
    if manifest["kind"] not in CLUSTER_SCOPED:
        metadata["namespace"] = virtual_namespace(namespace_of(manifest))
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": metadata,
    }


def _virtual(trace: Trace, manifest: Manifest) -> tuple[Manifest, tuple[str, ...]]:
    paths = template_paths(trace, manifest)
    return virtual_object(manifest, paths), paths


def _offsets_s(trace: Trace, options: ReplayOptions) -> tuple[list[int], int]:
    """Return when each event that is not dropped happens, and when the replay ends, in seconds.

    Raises ConfigError if that is longer than any replay may be.
    """
    times = [event.ts for event in trace.events]
    if not times:
        return [], options.duration_s or 0
    stop = times[-1]
    if options.duration_s is not None:
        stop = times[0] + options.duration_s
        times = [ts for ts in times if ts < stop]
    offsets = [0]
    for before, after in pairwise([*times, stop]):
        offset_s = offsets[-1] + (after - before) / options.speed
        if offset_s > _MAX_REPLAY_S:
            raise ConfigError(_too_long(trace))
        offsets.append(offsets[-1] + int((after - before) / options.speed))
    return offsets[:-1], offsets[-1]


def _too_long(trace: Trace) -> str:
    """Return what is said of a trace that takes longer than any replay may."""
    begin = f"{trace.source}: takes over {_MAX_REPLAY_S} seconds to replay"
    first, *others = (event.ts for event in trace.events)
    if first == 0 and others and others[0] > _MAX_REPLAY_S:
        return (
            f"{begin}, since its first event has ts 0 and the next one {others[0]}; give the first "
            f"one the time at which it happened, such as {others[0] - 1}"
        )
    return f"{begin}; end it with a duration, or replay it at a higher speed"
