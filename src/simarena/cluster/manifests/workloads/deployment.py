"""How far a Deployment's rolling update may go at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.fields import choice, mapping
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest

MAX_PERCENT: Final = 100

_PERCENT = re.compile(r"[0-9]{1,10}%", re.ASCII)


class IntOrPercent(NamedTuple):
    """A number of pods, or per cent of the wanted ones."""

    value: int
    is_percent: bool


def int_or_percent(parent: Fields, name: str, where: str, default: int | str) -> IntOrPercent:
    """Return a field that is a number or a percentage, such as maxSurge."""
    value = parent.get(name)
    if value is None:
        value = default
    found = None
    if isinstance(value, int) and not isinstance(value, bool):
        found = IntOrPercent(value, is_percent=False)
    elif isinstance(value, str) and _PERCENT.fullmatch(value):
        found = IntOrPercent(int(value[:-1]), is_percent=True)
    if found is not None and 0 <= found.value <= MAX_INT32:
        return found
    message = (
        f"{where}.{name} must be a number of pods or a percentage as '25%', got {shown(value)}"
    )
    raise ManifestError(message)


def rolling_bounds(deployment_spec: Fields) -> tuple[int, int]:
    """Return how many pods a rollout may add, and may leave unavailable, of a normalised spec.

    A percentage of surge rounds up and one of unavailability down; if both come to nothing, one
    pod may be unavailable. Without a rolling update both are 0.
    """
    rolling = deployment_spec["strategy"].get("rollingUpdate")
    if rolling is None:
        return 0, 0
    replicas: int = deployment_spec["replicas"]
    surge = int_or_percent(rolling, "maxSurge", "spec.strategy.rollingUpdate", 0)
    down = int_or_percent(rolling, "maxUnavailable", "spec.strategy.rollingUpdate", 0)
    num_surge = -(-surge.value * replicas // 100) if surge.is_percent else surge.value
    num_down = down.value * replicas // 100 if down.is_percent else down.value
    if num_surge == 0 and num_down == 0:
        num_down = 1
    return num_surge, min(num_down, replicas)


def complete_strategy(strategy: Fields, where: str) -> Manifest:
    """Return a Deployment's checked strategy with the API's defaults filled in."""
    kind = choice(strategy, "type", where, ("RollingUpdate", "Recreate"), "RollingUpdate")
    if kind == "Recreate":
        if strategy.get("rollingUpdate") is not None:
            message = f"{where}.rollingUpdate must not be set when type is Recreate"
            raise ManifestError(message)
        return {"type": kind}
    at = f"{where}.rollingUpdate"
    rolling = dict(mapping(strategy, "rollingUpdate", where))
    bounds = []
    for name in ("maxSurge", "maxUnavailable"):
        bound = int_or_percent(rolling, name, at, "25%")
        rolling[name] = f"{bound.value}%" if bound.is_percent else bound.value
        bounds.append(bound)
    surge, down = bounds
    if surge.value == 0 and down.value == 0:
        message = f"{at}.maxUnavailable must not be 0 when maxSurge is 0"
        raise ManifestError(message)
    if down.is_percent and down.value > MAX_PERCENT:
        message = f"{at}.maxUnavailable must be at most 100%"
        raise ManifestError(message)
    return {"type": kind, "rollingUpdate": rolling}
