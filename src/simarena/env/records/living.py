"""Rows of environments whose cluster lives on from step to step. Field names carry their units."""

from __future__ import annotations

import numpy as np

FAMILY = np.dtype(
    [
        ("base", np.int32),  # template that the trace has
        ("first", np.int32),  # first of the rows kept for what agents make of it
        ("number", np.int32),  # such rows; 0: nobody may edit it
    ],
    align=True,
)

LIVE_RULES = np.dtype(
    [
        ("noise", np.float64),  # of the load, relative standard deviation from step to step
        ("service_weight", np.float64),
        ("cost_weight", np.float64),
        ("change_weight", np.float64),
        ("min_cpu_milli", np.int64),
        ("max_cpu_milli", np.int64),
        ("min_memory_bytes", np.int64),
        ("max_memory_bytes", np.int64),
        ("min_replicas", np.int64),
        ("max_replicas", np.int64),
        ("cpu_step_milli", np.int64),
        ("memory_step_bytes", np.int64),
        ("num_envs", np.int64),
        ("num_scenarios", np.int64),
        ("interval_s", np.int32),
        ("max_steps", np.int32),
        ("random_start", np.int8),  # an episode begins anywhere in the load's profile
        ("sampling", np.int8),  # Sampling
        ("autoreset", np.int8),  # Autoreset
    ],
    align=True,
)
