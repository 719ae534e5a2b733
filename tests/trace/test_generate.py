from __future__ import annotations

import pytest
from tests.trace._objects import deployment, pod

from simarena.errors import TraceError
from simarena.trace import Trace, new_trace


def test_a_new_trace_is_complete() -> None:
    thing = {
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "t", "namespace": "a"},
    }
    trace = new_trace([deployment(namespace=None), pod(), thing], ts=9)
    assert trace.events[0].ts == 9
    assert trace.config == {
        "trackedObjects": {
            "apps/v1.Deployment": {"podSpecTemplatePaths": ["/spec/template"]},
            "v1.Pod": {"podSpecTemplatePaths": [""]},
        }
    }
    assert {kind: list(names) for kind, names in trace.index.items()} == {
        "apps/v1.Deployment": ["default/web"],
        "v1.Pod": ["default/solo"],
        "example.com/v1.Thing": ["a/t"],
    }
    assert Trace.from_bytes(trace.to_bytes()) == trace


def test_manifests_are_copied() -> None:
    manifest = deployment(namespace=None)
    trace = new_trace([manifest])
    trace.events[0].applied_objs[0]["spec"]["replicas"] = 9
    assert manifest == deployment(namespace=None)


def test_an_unsound_manifest_is_refused() -> None:
    with pytest.raises(TraceError, match="new trace: event 0: Deployment default/web"):
        new_trace([deployment(replicas=-1)])
