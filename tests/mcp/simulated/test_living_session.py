from __future__ import annotations

import math

import pytest
from tests.env.cases import scenario
from tests.mcp._sessions import NODES, ask, call, growing, living, names, refusal, web

from simarena.errors import ConfigError, RefusedError
from simarena.mcp import LivingSession, Pace
from simarena.mcp.change import Change
from simarena.mcp.simulated.trace_feed import TraceFeed


def ready(session: LivingSession) -> str:
    return ask(session, "get_deployments").splitlines()[2].split()[1]


def test_the_trace_happens_as_time_passes_and_only_then() -> None:
    session = living()
    assert session.namespace == "virtual-default"
    assert ready(session) == ready(session) == "1/1"
    ask(session, "wait", seconds=39)
    assert ready(session) == "1/1"
    waited = ask(session, "wait", seconds=3)
    assert waited == (
        "Waited 3 s.\nIn namespace virtual-default: 1 of 1 Deployments have all replicas; "
        "pods: 2 Running"
    )
    ask(session, "wait", seconds=600)
    assert ready(session) == "3/3"
    assert session.backend.cluster.now_ms == 702_000


def test_waiting_in_pieces_is_waiting_in_one() -> None:
    pieces, whole = living(start_s=0), living(start_s=250)
    for seconds in (1, 99, 50, 50, 50):
        pieces.pass_time(seconds)
    assert [pod["spec"].get("nodeName") for pod in pieces.backend.list("Pod", None)] == [
        pod["spec"].get("nodeName") for pod in whole.backend.list("Pod", None)
    ]
    assert ready(pieces) == ready(whole) == "3/3"


def test_scaling_and_resources_take_effect_as_time_passes() -> None:
    session = living()
    scaled, before, _, after = names(
        call(
            session,
            ("scale", {"deploy": "web", "replicas": 4}),
            ("get_pods", {}),
            ("wait", {"seconds": 10}),
            ("get_pods", {}),
        )
    )
    assert scaled.startswith("deployment.apps/web scaled\nNo time has passed; wait lets it pass.")
    assert "showing 1 of 1" in before
    assert "showing 4 of 4 (4 Running)" in after
    ask(session, "set_resources", deploy="web", cpu_request="5", memory_limit="2Gi")
    told = ask(session, "wait", seconds=20)
    assert "web has 3 of 4 replicas ready" in told
    described = ask(session, "describe_deployment", deploy="web")
    assert "Requests: cpu 5, memory 1Gi" in described
    assert "Limits: memory 2Gi" in described


def test_what_was_changed_holds_against_later_events_of_the_trace() -> None:
    session = living()
    ask(session, "scale", deploy="web", replicas=5)
    ask(session, "wait", seconds=300)
    assert ready(session) == "5/5"
    other = living()
    ask(other, "set_resources", deploy="web", cpu_request="250m")
    ask(other, "wait", seconds=300)
    assert ready(other) == "3/3"
    assert "Requests: cpu 250m" in ask(other, "describe_deployment", deploy="web")


def test_a_change_can_be_tried_out_without_making_it() -> None:
    session = living()
    text = ask(session, "what_if", deploy="web", cpu_request="5", replicas=2, seconds=30)
    assert text.startswith("What if web had replicas 2, cpu request 5?\nNow: web has 1 of 1")
    assert "Insufficient cpu" in text
    assert session.backend.cluster.now_ms == 60_000
    assert session.changes == []
    ask(session, "wait", seconds=45)
    assert ready(session) == "2/2"
    off = living(allow_what_if=False)
    assert "Unknown tool" in refusal(off, "what_if", deploy="web")


def test_time_follows_the_clock_on_the_wall_where_it_is_to() -> None:
    clock = [1_000.0]
    session = living(pace=Pace(lambda: clock[0], speed=2.0))
    assert ready(session) == "1/1"
    clock[0] += 21.4  # 42.8 s later it is 102 s
    assert ready(session) == "2/2"
    assert session.backend.cluster.now_ms == 102_000
    clock[0] += 0.2  # which makes 43.2 s
    assert ready(session) == "2/2"
    assert session.backend.cluster.now_ms == 103_000
    clock[0] += 1e9
    ask(session, "get_nodes")
    assert session.backend.cluster.now_ms == 103_000 + 3_600_000
    assert "2 s for each second" in session.instructions


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf, -math.inf, 1e7])
def test_time_cannot_pass_at_a_speed_that_is_none(speed: float) -> None:
    with pytest.raises(ConfigError, match="speed must be above 0 and at most 1000000"):
        Pace(lambda: 0.0, speed)


def test_a_dry_run_changes_a_copy() -> None:
    session = living()
    text = ask(session, "scale", deploy="web", replicas=4, dry_run=True)
    assert text.startswith("deployment.apps/web scaled (server dry run)\nNothing has changed.")
    says = refusal(session, "set_resources", deploy="web", cpu_limit="100m", dry_run=True)
    assert "less than or equal to cpu limit" in says
    ask(session, "wait", seconds=10)
    assert (ready(session), session.changes) == ("1/1", [])


def test_a_scenario_can_live_on() -> None:
    session = LivingSession.of_scenario(scenario(3, "500m", "33Gi"))
    assert session.namespace == "virtual-default"
    assert "3 Pending" in ask(session, "get_pods")
    ask(session, "set_resources", deploy="web", memory_request="1Gi")
    assert "pods: 3 Running" in ask(session, "wait", seconds=60)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("set_resources", {"deploy": "web"}, "you must specify an update"),
        ("set_resources", {"deploy": "web", "cpu_request": "x"}, "requests.cpu: 'x'"),
        ("set_resources", {"deploy": "web", "cpu_limit": "100m"}, "equal to cpu limit of 100m"),
        ("set_resources", {"deploy": "web", "cpu_request": "-1"}, "is negative"),
        ("scale", {"deploy": "api", "replicas": 1}, 'deployments.apps "api" not found'),
        ("scale", {"deploy": "web", "replicas": -1}, "greater than or equal to 0"),
        ("wait", {"seconds": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    name: str, arguments: dict[str, object], says: str
) -> None:
    session = living()
    assert says in refusal(session, name, **arguments)
    assert session.changes == []
    assert session.backend.cluster.now_ms == 60_000


def test_a_change_knows_the_containers_of_its_deployment() -> None:
    change = Change(deploy="web", namespace="a", container="y", requests={"cpu": "1"})
    with pytest.raises(RefusedError, match='"y"; web has c0'):
        change.made_in(web(1))


def test_a_feed_is_a_value_that_knows_what_has_passed() -> None:
    from simarena.cluster import Cluster

    feed = TraceFeed(growing())
    assert feed.fed(Cluster(NODES), 150).passed_s == 150
    assert feed.passed_s == 0
