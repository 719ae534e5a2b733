from __future__ import annotations

from tests.trace._objects import deployment, pod, trace_of

from simarena.trace import timeline
from simarena.trace.timeline import TimelineRow


def test_a_timeline_tells_what_became_different() -> None:
    relabelled = deployment(replicas=3, requests={"cpu": "200m"})
    relabelled["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    trace = trace_of(
        (100, [deployment(replicas=1, requests={"cpu": "100m"}), pod()], []),
        (130, [deployment(replicas=3, requests={"cpu": "0.2"})], []),
        (140, [deployment(replicas=3, requests={"cpu": "0.2"})], []),
        (150, [relabelled], [pod()]),
        (160, [pod()], []),
    )
    web, solo = "default/web", "default/solo"
    assert timeline(trace) == [
        TimelineRow(0, 0, "Deployment", web, "created", "replicas 1, cpu 100m, memory 0"),
        TimelineRow(0, 0, "Pod", solo, "created", ""),
        TimelineRow(1, 30, "Deployment", web, "changed", "replicas 1→3, cpu 100m→200m"),
        TimelineRow(2, 40, "Deployment", web, "unchanged", ""),
        TimelineRow(3, 50, "Deployment", web, "changed", "spec.template.metadata.labels.app"),
        TimelineRow(3, 50, "Pod", solo, "deleted", ""),
        TimelineRow(4, 60, "Pod", solo, "created", ""),
    ]


def test_many_differences_are_counted() -> None:
    manifest = deployment()
    manifest["spec"].update(a=1, b=2, c=3, d=4, e=5)
    trace = trace_of((0, [deployment()], []), (1, [manifest], []))
    assert timeline(trace)[1].changes == "spec.a, spec.b, spec.c, 2 more"


def test_a_trace_without_events_has_an_empty_timeline() -> None:
    assert timeline(trace_of((0, [], [])).with_events([])) == []
