"""Compiled starts of scenarios."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.env.cases import scenario, trace_of, workload

from simarena.env.deployment.start import compile_start


def test_what_a_trace_holds_that_is_not_simulated_is_named_in_a_warning() -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "most", "namespace": "default"},
        "spec": {},
    }
    web = workload("web", 3, {"image": "x"})
    case = replace(scenario(), trace=trace_of((0, [web, quota])))
    with pytest.warns(UserWarning, match="scenario 'case': not simulated: ResourceQuota most"):
        compile_start(case)
