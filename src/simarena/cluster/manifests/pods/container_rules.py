"""What a pod template tells the kubelet, as fields of its row: limits, probes, ends, restarts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.codes import NONE
from simarena.cluster.manifests.pods.probes import killed_after_ms, probe_answers, ready_after_ms
from simarena.cluster.manifests.pods.requests import CPU, MEMORY
from simarena.cluster.manifests.pods.taints import PRESSURE, tolerates
from simarena.cluster.manifests.pods.usage import Usage, parse_duration_ms
from simarena.errors import ManifestError, QuantityError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.pods.spec import PodSpec
    from simarena.cluster.manifests.pods.usage import Schedule

EXIT_ANNOTATION: Final = "simarena.io/exit"
"""On a pod: "30s" or "30s=1": its containers end so long after each start, with that exit code."""

_EXIT_CODE: Final = re.compile(r"[0-9]{1,3}")
_MAX_EXIT_CODE = 255
_KILLED = 137


@dataclass(frozen=True, slots=True)
class ContainerRules:
    """What the kubelet needs to know of a pod template."""

    fields: Mapping[str, int]
    """Fields of its TEMPLATE row."""
    cpu: tuple[tuple[int, int, int], ...]
    """Rows of USAGE: age, millicores of each container, of all but the first and of sidecars within
    limits."""
    memory: tuple[tuple[int, int, int], ...]
    """The same of bytes."""


def container_rules(
    spec: PodSpec, annotations: Mapping[str, str], usage: Usage, where: str
) -> ContainerRules:
    """Return what the kubelet needs of a pod; `where` begins ManifestErrors about annotations."""
    others = [each.resources.limits for each in spec.containers[1:]]
    beside = [each.resources.limits for each in spec.sidecars]
    limited = _most_limited([amounts.get(MEMORY, 0) for amounts in others])
    answers = probe_answers(annotations, where)
    exit_ms, exit_code = _exit(annotations, where)
    kills = [killed_after_ms(each.probes, answers) for each in spec.containers]
    killed_ms = min((age_ms for age_ms in kills if age_ms != NONE), default=NONE)
    if killed_ms != NONE and (exit_ms == NONE or killed_ms < exit_ms):
        exit_ms, exit_code = killed_ms, _KILLED
    return ContainerRules(
        fields={
            "limited_memory_bytes": NONE if limited == NONE else others[limited][MEMORY],
            "limited_cpu_milli": NONE if limited == NONE else others[limited].get(CPU, NONE),
            "limited_container": NONE if limited == NONE else limited + 1,
            "exit_ms": exit_ms,
            "exit_code": exit_code,
            "readiness_ms": NONE
            if spec.readiness_gates
            else max(ready_after_ms(each.probes, answers) for each in spec.containers),
            "grace_ms": min(1_000 * spec.grace_s, MAX_INT32),  # longer than any termination_ms
            "num_containers": len(spec.containers),
            "num_sidecars": len(beside),
            "restart_policy": spec.restart_policy,
            "tolerates_pressure": tolerates(spec.placement.tolerations, PRESSURE),
        },
        cpu=_rows(usage.cpu, [amounts.get(CPU, 0) for amounts in (*others, *beside)]),
        memory=_rows(usage.memory, [0] * len(others)),
    )


def _most_limited(limits: Sequence[int]) -> int:
    """Return the index of the smallest limit, the first of equal ones; NONE if there is none."""
    best = NONE
    for index, limit in enumerate(limits):
        if limit > 0 and (best == NONE or limit < limits[best]):
            best = index
    return best


def _rows(schedule: Schedule, limits: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (step.since_ms, step.value, sum(min(step.value, limit or step.value) for limit in limits))
        for step in schedule
    )


def _exit(annotations: Mapping[str, str], where: str) -> tuple[int, int]:
    """Return when containers end of themselves, and with which code; NONE and 0: never."""
    text = annotations.get(EXIT_ANNOTATION)
    if text is None:
        return NONE, 0
    age, _, code = text.partition("=")
    try:
        age_ms = parse_duration_ms(age.strip())
    except QuantityError as error:
        message = f"{where}.annotations[{EXIT_ANNOTATION}]: {error}"
        raise ManifestError(message) from error
    code = code.strip() or "0"
    if not _EXIT_CODE.fullmatch(code) or int(code) > _MAX_EXIT_CODE:
        message = (
            f"{where}.annotations[{EXIT_ANNOTATION}]: {shown(code)} is no exit code; "
            f"use a number from 0 to {_MAX_EXIT_CODE}"
        )
        raise ManifestError(message)
    return age_ms, int(code)
