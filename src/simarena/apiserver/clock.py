"""The clock of a served cluster: how fast virtual time passes, and how clients drive it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.controllers import act
from simarena.apiserver.status import bad_request
from simarena.errors import SimArenaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.api import Api
    from simarena.cluster.manifests.fields import Manifest

MAX_SPEED: Final = 100_000.0
_MOST_SNAPSHOTS: Final = 32
_ORDERS: Final = ("advanceSeconds", "settleSeconds", "speed", "pause", "snapshot", "restore")


def advance(api: Api, seconds: float) -> None:
    """Let virtual time pass; what the cluster makes of it shows in the store."""
    api.cluster.advance(seconds)
    act(api)


def settle(api: Api, limit_seconds: float) -> bool:
    """Let time pass until nothing moves; return False if the limit comes first."""
    settled = api.cluster.settle(limit_seconds)
    act(api)
    return settled


def clock_object(api: Api) -> Manifest:
    """Return the clock as clients see it."""
    clock = api.clock
    return {
        "kind": "Clock",
        "apiVersion": "simarena.dev/v1",
        "metadata": {"name": "clock", "creationTimestamp": None},
        "status": {
            "now": api.now,
            "nowMilliseconds": api.cluster.now_ms,
            "speed": clock.speed,
            "paused": clock.paused,
            "snapshots": sorted(clock.snapshots),
        },
    }


def order(api: Api, body: Mapping[str, Any]) -> Manifest:
    """Do what a client wants of the clock, and return it. Raises ApiError."""
    spec = body.get("spec") or {}
    unknown = sorted(spec.keys() - set(_ORDERS))
    if unknown or not spec:
        what = f"unknown field spec.{unknown[0]}" if unknown else "spec says nothing"
        message = f"Clock: {what}; give one of {', '.join(_ORDERS)}"
        raise bad_request(message)
    settled = None
    try:
        if "restore" in spec:
            _restore(api, spec["restore"])
        if "pause" in spec:
            api.clock.paused = bool(spec["pause"])
        if "speed" in spec:
            api.clock.speed = _number(spec, "speed", MAX_SPEED)
        if "advanceSeconds" in spec:
            advance(api, _number(spec, "advanceSeconds", float("inf")))
        if "settleSeconds" in spec:
            settled = settle(api, _number(spec, "settleSeconds", float("inf")))
        if "snapshot" in spec:
            _snapshot(api, spec["snapshot"])
    except SimArenaError as error:
        if hasattr(error, "status"):
            raise
        message = f"Clock: {error}"
        raise bad_request(message) from None
    result = clock_object(api)
    if settled is not None:
        result["status"]["settled"] = settled
    return result


def _number(spec: Mapping[str, Any], name: str, most: float) -> float:
    value = spec[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        message = f"Clock: spec.{name} must be a number of at least 0"
        raise bad_request(message)
    return float(value)


def _snapshot(api: Api, name: object) -> None:
    if not isinstance(name, str) or not name:
        message = "Clock: spec.snapshot must be a name"
        raise bad_request(message)
    if name not in api.clock.snapshots and len(api.clock.snapshots) >= _MOST_SNAPSHOTS:
        message = f"Clock: there are {_MOST_SNAPSHOTS} snapshots already; take one of their names"
        raise bad_request(message)
    api.clock.snapshots[name] = api.saved()


def _restore(api: Api, name: object) -> None:
    saved = api.clock.snapshots.get(name) if isinstance(name, str) else None
    if saved is None:
        known = ", ".join(sorted(api.clock.snapshots)) or "none"
        message = f"Clock: there is no snapshot {name!r}; known: {known}"
        raise bad_request(message)
    api.restore(saved)
