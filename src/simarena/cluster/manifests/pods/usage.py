"""What containers use of CPU and memory: KWOK's annotations, constant or a schedule.

`kwok.x-k8s.io/usage-cpu` and `kwok.x-k8s.io/usage-memory` on a pod hold for each of its containers,
as in KWOK. Besides a quantity ("250m", "100Mi") they take a schedule over the age of the container:
"0s=100Mi,30s=600Mi" is 100Mi from its start and 600Mi from half a minute on. A restarted container
begins at 0s again.

What an autoscaler may read besides, `simarena.io/metric.NAME` says in the same form: of a pod by
the age of its containers; on an autoscaler, of its object and external metrics by its own age.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.pods.requests import MAX_AMOUNT
from simarena.errors import ManifestError, QuantityError, shown
from simarena.trace.quantity import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CPU_ANNOTATION: Final = "kwok.x-k8s.io/usage-cpu"
MEMORY_ANNOTATION: Final = "kwok.x-k8s.io/usage-memory"

METRIC_ANNOTATION: Final = "simarena.io/metric."

DEFAULT_CPU_MILLI: Final = 1
DEFAULT_MEMORY_BYTES: Final = 1024**2
"""What each container of a pod without the annotation uses, as KWOK reports it."""

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_MAX_MS = 10 * 365 * 86_400_000


class Step(NamedTuple):
    """A value that holds from an age on."""

    since_ms: int
    value: int


Schedule = tuple[Step, ...]
"""Steps by age, the first at 0; empty where nothing was said."""


class Usage(NamedTuple):
    """What each container of a pod wants: millicores and bytes."""

    cpu: Schedule
    memory: Schedule
    metrics: tuple[tuple[str, Schedule], ...] = ()
    """Of the whole pod, by name, in thousandths."""


def pod_usage(annotations: Mapping[str, str], where: str) -> Usage:
    """Return what a pod's annotations say; ManifestError, begun with `where`, if they are wrong."""
    return Usage(
        _read(annotations, CPU_ANNOTATION, parse_cpu_milli, where),
        _read(annotations, MEMORY_ANNOTATION, parse_memory_bytes, where),
        metric_schedules(annotations, where),
    )


def metric_schedules(
    annotations: Mapping[str, str], where: str
) -> tuple[tuple[str, Schedule], ...]:
    """Return what annotations say of metrics, by name; ManifestError if they are wrong."""
    return tuple(
        (name.removeprefix(METRIC_ANNOTATION), _read(annotations, name, parse_cpu_milli, where))
        for name in annotations
        if name.startswith(METRIC_ANNOTATION)
    )


def value_at(schedule: Schedule, age_ms: int, default: int) -> int:
    """Return the value that holds at an age; `default` where the schedule is empty."""
    value = default
    for step in schedule:
        if step.since_ms <= age_ms:
            value = step.value
    return value


def parse_duration_ms(text: str) -> int:
    """Return a duration such as "90s", "1m30s" or "500ms" in milliseconds.

    Raises QuantityError if it is none, or longer than ten years.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        message = f"{shown(text)} is no duration; write it as 90s, 1m30s or 500ms"
        raise QuantityError(message)
    total_ms = sum(float(number) * _UNITS_MS[unit] for number, unit in parts)
    if total_ms > _MAX_MS:
        message = f"{shown(text)} is longer than ten years"
        raise QuantityError(message)
    return round(total_ms)


def _read(
    annotations: Mapping[str, str], name: str, parse: Callable[[object], int], where: str
) -> Schedule:
    text = annotations.get(name)
    if text is None:
        return ()
    try:
        if "=" in text:
            steps = [_step(part, parse) for part in text.split(",")]
            _check_order(steps)
        else:
            steps = [Step(0, parse(text))]
        _check_values(steps)
    except QuantityError as error:
        message = f"{where}.annotations[{name}]: {error}"
        raise ManifestError(message) from error
    return tuple(steps)


def _step(part: str, parse: Callable[[object], int]) -> Step:
    age, equals, value = part.strip().partition("=")
    if not equals:
        message = f"{shown(part)} is no step of a schedule; write it as 30s=100Mi"
        raise QuantityError(message)
    return Step(parse_duration_ms(age.strip()), parse(value.strip()))


def _check_values(steps: Sequence[Step]) -> None:
    if any(step.value > MAX_AMOUNT for step in steps):
        message = f"a container can use at most {MAX_AMOUNT} of anything to be simulated"
        raise QuantityError(message)


def _check_order(steps: Sequence[Step]) -> None:
    last_ms = NONE
    for step in steps:
        if step.since_ms <= last_ms:
            message = "the ages of a schedule must increase"
            raise QuantityError(message)
        last_ms = step.since_ms
    if steps[0].since_ms != 0:
        message = "a schedule must begin with 0s"
        raise QuantityError(message)
