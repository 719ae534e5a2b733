"""Rows of the simulated cluster: one dtype for each kind of thing, and the World made of them.

Field names carry their units. Fields named after a table hold a row of it, or NONE. Where a new row
does not hold 0 throughout, a blank one stands beside its dtype.
"""

from __future__ import annotations

from simarena.cluster.records.cluster import (
    BLANK_LOG,
    BLANK_STATE,
    ENTRY,
    LOG,
    SETTINGS,
    STATE,
    TIMELINE,
)
from simarena.cluster.records.nodes import BLANK_NODE, CANDIDATE, COST, FIT, NODE, TEMPLATE_NODE
from simarena.cluster.records.pods import BARE, BLANK_BARE, BLANK_POD, POD
from simarena.cluster.records.templates import (
    BLANK_TEMPLATE,
    BUDGET,
    COUNTER,
    TEMPLATE,
    TERM,
    USAGE,
)
from simarena.cluster.records.workloads import (
    AUTOSCALER,
    BLANK_SPEC,
    BLANK_WORKLOAD,
    SAMPLE,
    SPEC,
    WORKLOAD,
)
from simarena.cluster.records.world import Rows, World

__all__ = [
    "AUTOSCALER",
    "BARE",
    "BLANK_BARE",
    "BLANK_LOG",
    "BLANK_NODE",
    "BLANK_POD",
    "BLANK_SPEC",
    "BLANK_STATE",
    "BLANK_TEMPLATE",
    "BLANK_WORKLOAD",
    "BUDGET",
    "CANDIDATE",
    "COST",
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
    "WORKLOAD",
    "Rows",
    "World",
]
