"""Tool calls of the MCP server, by the SDK's own client in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client

from simarena.env import Scenario, load_suite
from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import default_nodes
from simarena.mcp import ScenarioSession, build_server
from simarena.trace import new_trace

if TYPE_CHECKING:
    from benchmarks.conftest import Rate

CALLS = 20
TOOLS: dict[str, dict[str, Any]] = {
    "get_pods": {},
    "describe_deployment": {"deploy": "web"},
    "get_events": {"deploy": "web"},
    "get_nodes": {},
    "explain_scheduling": {"deploy": "web"},
}


def call_again_and_again(
    rate: Rate,
    session: ScenarioSession,
    *calls: tuple[str, dict[str, Any]],
    number: int = CALLS,
    forget: bool = True,
) -> None:
    """Time rounds of calls of a client that stays connected.

    With `forget` the cluster's objects are made anew for each call, as after an action.
    """
    with start_blocking_portal() as portal:
        client = Client(build_server(session))

        async def call() -> None:
            for name, arguments in calls * (number // len(calls)):
                if forget:
                    session.backend.changed()
                assert not (await client.call_tool(name, arguments)).is_error

        with portal.wrap_async_context_manager(client):
            rate(lambda: portal.call(call), number=number, unit="calls", rounds=10)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_that_looks_at_a_scenario(rate: Rate, name: str) -> None:
    session = ScenarioSession(load_suite("classic")[0])
    call_again_and_again(rate, session, (name, TOOLS[name]))


def test_an_action_and_a_look_at_what_it_did(rate: Rate) -> None:
    session = ScenarioSession(load_suite("classic")[0], max_steps=100_000)
    calls = [
        ("act", {"action": "increase_cpu"}),
        ("get_pods", {}),
        ("act", {"action": "decrease_cpu"}),
        ("get_pods", {}),
    ]
    call_again_and_again(rate, session, *calls)


@pytest.mark.parametrize("forget", [True, False], ids=["first look", "next look"])
def test_a_list_of_a_thousand_pods(rate: Rate, forget: bool) -> None:  # noqa: FBT001
    large = Scenario(
        name="large",
        family="large",
        trace=new_trace([deployment("web", 1_000, "100m", "128Mi")]),
        nodes=default_nodes(12),
        deploy="web",
        target=1_000,
        duration_s=20,
    )
    call_again_and_again(rate, ScenarioSession(large), ("get_pods", {}), number=2, forget=forget)
