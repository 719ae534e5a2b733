"""Which kubelets a trace is played with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import container, trace_of, workload

from simarena.cluster.replay.kubelet_choice import kubelet_for, tells_usage
from simarena.errors import UnknownNameError

if TYPE_CHECKING:
    from simarena.trace import Trace

USES = {"kwok.x-k8s.io/usage-memory": "50Mi"}


def made(annotations: dict[str, str]) -> Trace:
    web = workload("web", 1, container(requests={"cpu": "1"}))
    web["spec"]["template"]["metadata"]["annotations"] = annotations
    return trace_of((0, [workload("other", 1, container(requests={"cpu": "1"}))]), (5, [web]))


def test_kubelets_are_real_where_a_pod_tells_what_it_uses_and_nobody_says_otherwise() -> None:
    assert kubelet_for(made(USES)) == "real"
    assert kubelet_for(made({"team": "shop"})) == "kwok"
    assert kubelet_for(made(USES), "kwok") == "kwok"
    assert kubelet_for(made({}), "real") == "real"
    with pytest.raises(UnknownNameError, match="did you mean 'kwok'"):
        kubelet_for(made({}), "kwik")


@pytest.mark.parametrize(
    "manifest",
    [
        {"kind": "Pod", "metadata": {"annotations": USES}},
        {
            "kind": "CronJob",
            "spec": {"jobTemplate": {"spec": {"template": {"metadata": {"annotations": USES}}}}},
        },
    ],
)
def test_pods_and_templates_within_templates_are_looked_at(manifest: dict[str, Any]) -> None:
    trace = made({})
    event = trace.events[0]
    assert not tells_usage(trace)
    told = trace.with_events([type(event)(0, [*event.applied_objs, manifest])])
    assert tells_usage(told)
