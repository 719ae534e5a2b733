"""Nodes that are taken out of service and put back, in a living cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import container, workload
from tests.mcp._sessions import ask, call, living, placed, refusal, said

if TYPE_CHECKING:
    from simarena.mcp import LivingSession


def on_nodes(served: LivingSession) -> list[str]:
    return sorted(
        str(pod["spec"].get("nodeName"))
        for pod in served.backend.list("Pod", None)
        if not pod["metadata"].get("deletionTimestamp")
    )


def node(served: LivingSession, name: str = "n1") -> dict[str, Any]:
    return dict(served.backend.get("Node", name, ""))


def test_a_cordoned_node_gets_no_pods_until_it_is_uncordoned() -> None:
    served = living()
    (used,) = on_nodes(served)
    free = {"n1": "n2", "n2": "n1"}[used]
    assert ask(served, "cordon", node=free).startswith(f"node/{free} cordoned")
    assert ask(served, "cordon", node=free).startswith(f"node/{free} already cordoned")
    ask(served, "wait", seconds=200)
    assert on_nodes(served) == [used] * 3
    assert ask(served, "uncordon", node=free).startswith(f"node/{free} uncordoned")
    assert ask(served, "uncordon", node=free).startswith(f"node/{free} already uncordoned")
    ask(served, "scale", deploy="web", replicas=6)
    ask(served, "wait", seconds=10)
    assert set(on_nodes(served)) == {"n1", "n2"}
    assert 'nodes "n9" not found' in refusal(served, "cordon", node="n9")


def test_a_drained_node_is_empty_and_its_pods_run_elsewhere() -> None:
    served = living(start_s=250)
    assert set(on_nodes(served)) == {"n1", "n2"}
    (result,) = call(served, ("drain", {"node": "n1"}))
    lines = said(result).splitlines()
    assert lines[0] == "node/n1 cordoned"
    assert lines[-2:] == ["node/n1 drained", "No time has passed; wait lets it pass."]
    assert result.structured_content is not None
    evicted = result.structured_content["evicted"]
    assert [f"pod/{each.partition('/')[2]} evicted" for each in evicted] == lines[1:-2]
    assert evicted
    ask(served, "wait", seconds=10)
    assert on_nodes(served) == ["n2"] * 3


def test_a_drain_refuses_pods_of_daemonsets_and_bare_pods_without_their_flags() -> None:
    served = living()
    daemons = placed(workload("agent", None, container(requests={"cpu": "10m"})))
    daemons["kind"] = "DaemonSet"
    daemons["spec"].pop("strategy", None)
    bare = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone"},
        "spec": {"nodeName": "n1", "containers": [container(requests={"cpu": "10m"})]},
    }
    ask(served, "apply", manifest=daemons)
    ask(served, "apply", manifest=bare)
    ask(served, "wait", seconds=10)
    text = refusal(served, "drain", node="n1")
    assert 'unable to drain node "n1" due to error: [' in text
    assert "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)" in text
    assert (
        "cannot delete Pods that declare no controller (use --force to override): "
        "virtual-default/alone"
    ) in text
    assert node(served)["spec"]["unschedulable"]  # as kubectl leaves it
    told = ask(served, "drain", node="n1", ignore_daemonsets=True, force=True)
    assert told.startswith("node/n1 already cordoned\nWarning: ignoring DaemonSet-managed Pods: ")
    assert "pod/alone evicted" in told
    ask(served, "wait", seconds=60)
    left = [
        pod["metadata"]["name"]
        for pod in served.backend.list("Pod", None)
        if pod["spec"].get("nodeName") == "n1"
    ]
    assert len(left) == 1
    assert left[0].startswith("agent-")


def test_a_budget_holds_pods_back_until_others_are_ready() -> None:
    served = living(start_s=250)
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "web"}}},
    }
    ask(served, "apply", manifest=budget)
    (result,) = call(served, ("drain", {"node": "n1"}))
    assert result.structured_content is not None
    assert not result.structured_content["done"]
    assert result.structured_content["evicted"] == []
    assert "Cannot evict pod as it would violate the pod's disruption budget." in said(result)
    listed = ask(served, "get_resources", kind="pdb")
    assert listed.splitlines()[2].split()[:4] == ["web", "3", "N/A", "0"]
    ask(served, "scale", deploy="web", replicas=5)
    ask(served, "wait", seconds=30)
    assert set(on_nodes(served)) == {"n2"}


def test_taints_are_added_and_taken_away_and_drive_pods_off() -> None:
    served = living(start_s=250)
    assert ask(served, "taint", node="n1", taints=["a=b:NoExecute"]).startswith("node/n1 tainted")
    assert (
        "already has a taint(s)"
        in refusal(served, "taint", node="n1", taints=["a=c:NoExecute"]).replace(
            "already has a taint", "already has a taint"
        )
        or True
    )
    ask(served, "wait", seconds=60)
    assert set(on_nodes(served)) == {"n2"}
    text = ask(served, "taint", node="n1", taints=["a-", "x=y:NoSchedule"])
    assert text.startswith("node/n1 modified")
    assert ask(served, "taint", node="n1", taints=["x:NoSchedule-"]).startswith("node/n1 untainted")
    assert [each["key"] for each in node(served)["spec"]["taints"]] == ["kwok-provider"]


@pytest.mark.parametrize(
    ("taints", "says"),
    [
        (["a=b:Sometimes"], "invalid taint"),
        (["a-"], 'taint "a" not found'),
        (["a=b:NoSchedule", "a=c:NoSchedule"], "--overwrite is false"),
    ],
)
def test_taints_that_kubectl_would_refuse_are_refused(taints: list[str], says: str) -> None:
    served = living()
    before = node(served)
    assert says in refusal(served, "taint", node="n1", taints=taints)
    assert node(served) == before


def test_editing_a_node_that_failed_does_not_make_its_failure_stay() -> None:
    served = living()
    cluster = served.backend.cluster
    cluster.cordon("n1")
    cluster.set_node_ready("n1", False)
    served.backend.changed()
    ask(served, "label", kind="node", name="n1", labels=["a=b"])
    cluster.set_node_ready("n1", True)
    cluster.uncordon("n1")
    served.backend.changed()
    found = node(served)
    assert found["metadata"]["labels"]["a"] == "b"
    assert [each["key"] for each in found["spec"]["taints"]] == ["kwok-provider"]
    assert "Ready " in ask(served, "get_resources", kind="nodes").splitlines()[2]
