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
from simarena.cluster.records.nodes import BLANK_NODE, CANDIDATE, COST, FIT, FIT_KEY, NODE, VERDICT
from simarena.cluster.records.pods import BARE, BLANK_BARE, BLANK_POD, POD
from simarena.cluster.records.quotas import BOUND, CHARGE
from simarena.cluster.records.templates import (
    BLANK_COUNTER,
    BLANK_TEMPLATE,
    BLANK_UNFOLDED,
    BUDGET,
    COUNTER,
    NUM_TOUCHED,
    TALLY,
    TEMPLATE,
    TERM,
    UNFOLDED,
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
    "BLANK_COUNTER",
    "BLANK_LOG",
    "BLANK_NODE",
    "BLANK_POD",
    "BLANK_SPEC",
    "BLANK_STATE",
    "BLANK_TEMPLATE",
    "BLANK_UNFOLDED",
    "BLANK_WORKLOAD",
    "BOUND",
    "BUDGET",
    "CANDIDATE",
    "CHARGE",
    "COST",
    "COUNTER",
    "ENTRY",
    "FIT",
    "FIT_KEY",
    "LOG",
    "NODE",
    "NUM_TOUCHED",
    "POD",
    "SAMPLE",
    "SETTINGS",
    "SPEC",
    "STATE",
    "TALLY",
    "TEMPLATE",
    "TERM",
    "TIMELINE",
    "UNFOLDED",
    "USAGE",
    "VERDICT",
    "WORKLOAD",
    "Rows",
    "World",
]
