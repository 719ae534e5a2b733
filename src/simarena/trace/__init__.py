"""SimKube traces: read, check, edit, write, generate; Kubernetes quantities."""

from __future__ import annotations

from simarena.files.storage import read_bytes, write_bytes
from simarena.trace.check import check
from simarena.trace.edit import (
    CPU_STEP_MILLI,
    MEMORY_STEP_BYTES,
    REPLICAS_STEP,
    Action,
    Limits,
    apply_action,
)
from simarena.trace.generate import new_trace
from simarena.trace.limits import scaled_limit
from simarena.trace.model import VERSION, Trace, TraceEvent
from simarena.trace.quantity import (
    format_cpu_milli,
    format_memory_bytes,
    parse_count,
    parse_cpu_milli,
    parse_memory_bytes,
    parse_quantity,
)
from simarena.trace.timeline import TimelineRow, timeline
from simarena.trace.workload_ref import (
    Settings,
    WorkloadRef,
    replicas_of,
    settings,
    workload,
    workloads,
)

__all__ = [
    "CPU_STEP_MILLI",
    "MEMORY_STEP_BYTES",
    "REPLICAS_STEP",
    "VERSION",
    "Action",
    "Limits",
    "Settings",
    "TimelineRow",
    "Trace",
    "TraceEvent",
    "WorkloadRef",
    "apply_action",
    "check",
    "format_cpu_milli",
    "format_memory_bytes",
    "new_trace",
    "parse_count",
    "parse_cpu_milli",
    "parse_memory_bytes",
    "parse_quantity",
    "read_bytes",
    "replicas_of",
    "scaled_limit",
    "settings",
    "timeline",
    "workload",
    "workloads",
    "write_bytes",
]
