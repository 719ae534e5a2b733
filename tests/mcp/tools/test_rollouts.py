"""Rollouts, looked at and steered in a living cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import container, workload
from tests.mcp._sessions import ask, call, living, names, placed, refusal, session

from simarena.errors import RefusedError
from simarena.mcp.kubectl.kinds import BUILT_IN
from simarena.mcp.kubectl.rollouts import rollout_state

if TYPE_CHECKING:
    from simarena.mcp import LivingSession

IMAGE_Y = {"spec": {"template": {"spec": {"containers": [{"name": "c0", "image": "y"}]}}}}


def image_of(served: LivingSession) -> str:
    manifest = served.backend.get("Deployment", "web", "virtual-default")
    return str(manifest["spec"]["template"]["spec"]["containers"][0]["image"])


def pods_of(served: LivingSession) -> set[str]:
    return {pod["metadata"]["name"] for pod in served.backend.list("Pod", None)}


def test_the_status_goes_on_until_the_rollout_is_through() -> None:
    served = living()
    before, _, during, _, after = names(
        call(
            served,
            ("rollout_status", {"name": "web"}),
            ("patch", {"kind": "deploy", "name": "web", "patch": IMAGE_Y}),
            ("rollout_status", {"name": "web"}),
            ("wait", {"seconds": 10}),
            ("rollout_status", {"name": "web"}),
        )
    )
    assert before == after == 'deployment "web" successfully rolled out'
    assert during == (
        'Waiting for deployment "web" rollout to finish: '
        "0 out of 1 new replicas have been updated..."
    )


def test_an_undo_goes_back_to_the_revision_before_and_holds_against_the_trace() -> None:
    served = living()
    call(
        served,
        ("patch", {"kind": "deploy", "name": "web", "patch": IMAGE_Y}),
        ("wait", {"seconds": 10}),
    )
    history = ask(served, "rollout_history", name="web").splitlines()
    assert history[0] == "deployment.apps/web"
    assert [line.split() for line in history[1:]] == [
        ["REVISION", "CHANGE-CAUSE"],
        ["1", "<none>"],
        ["2", "<none>"],
    ]
    shown = ask(served, "rollout_history", name="web", revision=2)
    assert shown.startswith("deployment.apps/web with revision #2\nPod Template:")
    assert "Image: y" in shown
    assert "pod-template-hash" not in shown
    undone = ask(served, "rollout_undo", name="web")
    assert undone == "deployment.apps/web rolled back\nNo time has passed; wait lets it pass."
    assert image_of(served) == "x"
    ask(served, "wait", seconds=10)
    assert [line.split()[0] for line in ask(served, "rollout_history", name="web").splitlines()][
        2:
    ] == ["2", "3"]
    newest = pods_of(served)
    ask(served, "wait", seconds=200)
    assert image_of(served) == "x"
    assert newest < pods_of(served)  # the trace has added replicas, and replaced none
    assert len(pods_of(served)) == 3


def test_an_undo_names_its_revision_or_says_why_not() -> None:
    served = living()
    assert refusal(served, "rollout_undo", name="web").endswith(
        'error: no rollout history found for deployment "web"'
    )
    call(
        served,
        ("patch", {"kind": "deploy", "name": "web", "patch": IMAGE_Y}),
        ("wait", {"seconds": 10}),
    )
    assert "unable to find specified revision 7 in history" in refusal(
        served, "rollout_undo", name="web", to_revision=7
    )
    same = ask(served, "rollout_undo", name="web", to_revision=2)
    assert "skipped rollback (current template already matches revision 2)" in same
    assert image_of(served) == "y"
    ask(served, "rollout_undo", name="web", to_revision=1)
    assert image_of(served) == "x"


def test_a_restart_replaces_the_pods_and_not_twice_within_a_second() -> None:
    served = living()
    before = pods_of(served)
    assert ask(served, "rollout_restart", name="web").startswith("deployment.apps/web restarted")
    assert "already been triggered within the past second" in refusal(
        served, "rollout_restart", name="web"
    )
    ask(served, "wait", seconds=20)
    assert len(pods_of(served)) == 1
    assert not before & pods_of(served)


def test_a_paused_deployment_waits_until_it_is_resumed() -> None:
    served = living()
    assert ask(served, "rollout_pause", name="web").startswith("deployment.apps/web paused")
    texts = names(
        call(
            served,
            ("rollout_pause", {"name": "web"}),
            ("rollout_undo", {"name": "web"}),
            ("rollout_restart", {"name": "web"}),
            ("patch", {"kind": "deploy", "name": "web", "patch": IMAGE_Y}),
            ("wait", {"seconds": 10}),
            ("rollout_status", {"name": "web"}),
        )
    )
    assert 'deployments.apps "web" is already paused' in texts[0]
    assert "cannot rollback a paused deployment" in texts[1]
    assert "can't restart paused deployment" in texts[2]
    assert "0 out of 1 new replicas" in texts[5]
    assert ask(served, "rollout_resume", name="web").startswith("deployment.apps/web resumed")
    assert "is not paused" in refusal(served, "rollout_resume", name="web")
    ask(served, "wait", seconds=10)
    assert "successfully rolled out" in ask(served, "rollout_status", name="web")


def test_a_dry_run_of_every_kind_leaves_everything_as_it_is() -> None:
    served = living()
    ask(served, "patch", kind="deploy", name="web", patch=IMAGE_Y)
    ask(served, "wait", seconds=10)
    before = served.backend.cluster.list("Deployment"), served.backend.cluster.list("Node")
    noted = list(served.changes)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("rollout_undo", {"name": "web"}),
        ("rollout_restart", {"name": "web"}),
        ("rollout_pause", {"name": "web"}),
        ("cordon", {"node": "n1"}),
        ("drain", {"node": "n2"}),
        ("taint", {"node": "n1", "taints": ["a=b:NoExecute"]}),
        ("label", {"kind": "deploy", "name": "web", "labels": ["a=b"]}),
        ("annotate", {"kind": "deploy", "name": "web", "annotations": ["a=b"]}),
        ("patch", {"kind": "deploy", "name": "web", "patch": {"spec": {"replicas": 4}}}),
        ("delete", {"kind": "deploy", "name": "web"}),
    ]
    for result in call(served, *[(name, {**given, "dry_run": True}) for name, given in calls]):
        assert result.structured_content is not None
        assert not result.is_error
        assert result.structured_content["dry_run"]
    ask(served, "wait", seconds=1)
    assert (
        served.backend.cluster.list("Deployment"),
        served.backend.cluster.list("Node"),
    ) == before
    assert served.changes == noted


def test_an_episode_shows_rollouts_and_lets_nobody_steer_them() -> None:
    played = session("1Gi")
    status, history = names(
        call(played, ("rollout_status", {"name": "web"}), ("rollout_history", {"name": "web"}))
    )
    assert status == 'deployment "web" successfully rolled out'
    assert history.splitlines()[-1].split() == ["1", "<none>"]
    for name in ("rollout_undo", "rollout_restart", "patch", "apply", "delete", "cordon", "label"):
        assert "Unknown tool" in refusal(played, name)


def test_what_has_no_rollouts_says_so() -> None:
    served = living()
    pod = next(iter(pods_of(served)))
    assert "has no rollouts" in refusal(served, "rollout_restart", name=pod, kind="pod")
    assert "no status viewer has been implemented for Pod" in refusal(
        served, "rollout_status", name=pod, kind="pod"
    )
    assert "deployment" in refusal(served, "rollout_status", name="x")


def stateful(updated: int, ready: int, revision: str, **rolling: int) -> dict[str, Any]:
    return {
        "metadata": {"name": "db", "generation": 2},
        "spec": {"replicas": 3, "updateStrategy": {"rollingUpdate": rolling}},
        "status": {
            "observedGeneration": 2,
            "readyReplicas": ready,
            "updatedReplicas": updated,
            "currentReplicas": 3 - updated if revision != "b" else 3,
            "updateRevision": "b",
            "currentRevision": revision,
        },
    }


def test_statefulsets_and_daemonsets_tell_their_state_as_kubectl_does() -> None:
    kind = BUILT_IN["StatefulSet"]
    assert rollout_state(kind, stateful(1, 2, "a")).text == "Waiting for 1 pods to be ready..."
    assert rollout_state(kind, stateful(1, 3, "a")) == (
        "waiting for statefulset rolling update to complete 1 pods at revision b...",
        False,
    )
    assert rollout_state(kind, stateful(3, 3, "b")) == (
        "statefulset rolling update complete 3 pods at revision b...",
        True,
    )
    assert rollout_state(kind, stateful(1, 3, "a", partition=2)).done
    assert not rollout_state(kind, stateful(1, 3, "a", partition=1)).done
    late = stateful(3, 3, "b")
    late["metadata"]["generation"] = 3
    assert "spec update to be observed" in rollout_state(kind, late).text
    daemons = {
        "metadata": {"name": "agent", "generation": 1},
        "spec": {},
        "status": {
            "observedGeneration": 1,
            "desiredNumberScheduled": 3,
            "updatedNumberScheduled": 3,
            "numberAvailable": 2,
        },
    }
    kind = BUILT_IN["DaemonSet"]
    assert rollout_state(kind, daemons).text == (
        'Waiting for daemon set "agent" rollout to finish: 2 of 3 updated pods are available...'
    )
    daemons["spec"] = {"updateStrategy": {"type": "OnDelete"}}
    with pytest.raises(RefusedError, match="only available for RollingUpdate"):
        rollout_state(kind, daemons)


def test_a_deployment_beyond_its_deadline_is_an_error() -> None:
    served = living()
    never = placed(workload("never", 1, container(requests={"cpu": "99"})))
    never["spec"]["progressDeadlineSeconds"] = 30
    ask(served, "apply", manifest=never)
    ask(served, "wait", seconds=20)
    assert "0 of 1 updated replicas are available" in ask(served, "rollout_status", name="never")
    ask(served, "wait", seconds=20)
    assert 'deployment "never" exceeded its progress deadline' in refusal(
        served, "rollout_status", name="never"
    )


def test_a_simulated_statefulset_can_be_restarted_and_keeps_no_history() -> None:
    served = living()
    db = placed(workload("db", 1, container(requests={"cpu": "100m"})))
    db["kind"], db["spec"]["serviceName"] = "StatefulSet", "db"
    db["spec"].pop("strategy", None)
    ask(served, "apply", manifest=db)
    ask(served, "wait", seconds=10)
    first = served.backend.get("Pod", "db-0", "virtual-default")["metadata"]["uid"]
    text = ask(served, "rollout_restart", name="db", kind="sts")
    assert text.startswith("statefulset.apps/db restarted")
    ask(served, "wait", seconds=60)
    assert served.backend.get("Pod", "db-0", "virtual-default")["metadata"]["uid"] != first
    assert "keeps no history" in refusal(served, "rollout_history", name="db", kind="sts")
