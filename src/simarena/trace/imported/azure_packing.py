"""Azure's trace for packing of 2020: its tables `vm` and `vmType`, each as a CSV file.

Of requests: `vmId`, `tenantId`, `vmTypeId`, `priority` (0: high, 1: low), `starttime`, `endtime`
(days, negative: before the first; empty: after the last). Of types: `vmTypeId`, `machineId`,
`core`, `memory` (parts of such a machine). What else is there is not read.

All nodes are of one machine, of which a part is as much of its CPU and memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.errors import TraceError
from simarena.trace.imported.arrivals import Stay
from simarena.trace.imported.lines import lines
from simarena.trace.imported.objects import name_in, node, pod

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from simarena.trace.imported.lines import Progress
    from simarena.trace.kinds import Manifest

CPU_MILLI: Final = 64_000
"""Of a machine, which the trace does not say."""

MEMORY_MIB: Final = 512 * 1024
"""The same."""

_DAY_S: Final = 86_400
_PRIORITIES: Final = {0: 1_000, 1: 0}
_TYPES: Final = ("vmTypeId", "machineId", "core", "memory")
_VMS: Final = ("vmId", "tenantId", "vmTypeId", "priority", "starttime", "endtime")


class VmType(NamedTuple):
    """What a type of virtual machines takes of a machine."""

    cpu_milli: int
    memory_mib: int


def azure_types(path: Path, machine: int) -> Mapping[int, VmType]:
    """Return the types that a machine can run, by their ids. TraceError if there are none."""
    types: dict[int, VmType] = {}
    machines: set[int] = set()
    for line in lines(path, _TYPES):
        machines.add(line.whole("machineId"))
        parts = [line.number(column, least=0) for column in ("core", "memory")]
        for column, part in zip(("core", "memory"), parts, strict=True):
            if part > 1:
                line.refuse(column, "must be a part of a machine, at most 1")
        if line.whole("machineId") == machine:
            amounts = VmType(round(CPU_MILLI * parts[0]), round(MEMORY_MIB * parts[1]))
            types[line.whole("vmTypeId")] = amounts
    if not types:
        known = ", ".join(map(str, sorted(machines)[:20]))
        message = f"{path}: there is no type for machine {machine}; machines are {known}"
        raise TraceError(message)
    return types


def azure_nodes(number: int) -> Iterator[Manifest]:
    """Yield so many machines."""
    for row in range(1, number + 1):
        amounts = {"cpu": f"{CPU_MILLI}m", "memory": f"{MEMORY_MIB}Mi"}
        yield node(f"machine-{row}", amounts, {})


def azure_vms(
    path: Path, types: Mapping[int, VmType], progress: Progress | None = None
) -> Iterator[Stay]:
    """Yield the virtual machines of types that there are, as pods; others are left out."""
    for line in lines(path, _VMS, progress):
        amounts = types.get(line.whole("vmTypeId"))
        if amounts is None:
            continue
        start_s = max(0, round(_DAY_S * line.number("starttime")))
        end_s = None
        if not line.is_missing("endtime"):
            end_s = round(_DAY_S * line.number("endtime"))
            if end_s < 0 or line.number("endtime") < line.number("starttime"):
                line.refuse("endtime", "must not be before starttime, nor before the first day")
        priority = line.whole("priority")
        if priority not in _PRIORITIES:
            line.refuse("priority", "must be 0 or 1")
        manifest = pod(
            f"vm-{name_in(line, 'vmId')}",
            {"cpu": f"{amounts.cpu_milli}m", "memory": f"{amounts.memory_mib}Mi"},
            {"priority": _PRIORITIES[priority]},
            {"simarena.io/tenant": line.values["tenantId"]},
        )
        yield Stay(start_s, None if end_s is None else max(end_s, start_s), manifest)
