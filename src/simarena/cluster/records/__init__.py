"""Rows of the simulated cluster: one dtype for each kind of thing, and the World made of them.

Field names carry their units. Fields named after a table hold a row of it, or NONE.
"""

from __future__ import annotations

from simarena.cluster.records.cluster import ENTRY, LOG, SETTINGS, STATE, TIMELINE
from simarena.cluster.records.nodes import CANDIDATE, FIT, NODE, TEMPLATE_NODE, VERDICT
from simarena.cluster.records.pods import BARE, POD
from simarena.cluster.records.templates import BUDGET, COUNTER, TEMPLATE, TERM, USAGE
from simarena.cluster.records.workloads import AUTOSCALER, SAMPLE, SPEC, WORKLOAD
from simarena.cluster.records.world import Rows, World

__all__ = [
    "AUTOSCALER",
    "BARE",
    "BUDGET",
    "CANDIDATE",
    "COUNTER",
    "ENTRY",
    "FIT",
    "LOG",
    "NODE",
    "POD",
    "SAMPLE",
    "SETTINGS",
    "SPEC",
    "STATE",
    "TEMPLATE",
    "TEMPLATE_NODE",
    "TERM",
    "TIMELINE",
    "USAGE",
    "VERDICT",
    "WORKLOAD",
    "Rows",
    "World",
]
