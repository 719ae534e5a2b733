"""Tool calls of the MCP server, by the SDK's own client in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client

from simarena.env import Scenario, load_suite
from simarena.env.classic import deployment
from simarena.env.scenario import default_nodes
from simarena.mcp import ScenarioSession, build_server
from simarena.trace import new_trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.conftest import Rate

CALLS = 20
TOOLS: dict[str, dict[str, Any]] = {
    "get_pods": {},
    "describe_deployment": {"deploy": "web"},
    "get_events": {"deploy": "web"},
    "get_nodes": {},
    "explain_scheduling": {"deploy": "web"},
}


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


def call_again_and_again(
    rate: Rate, runner: asyncio.Runner, session: ScenarioSession, *calls: tuple[str, dict[str, Any]]
) -> None:
    """Time rounds of calls of a client that stays connected; nothing seen is kept between them."""
    client = Client(build_server(session))
    runner.run(client.__aenter__())

    async def call() -> None:
        for _ in range(CALLS // len(calls)):
            for name, arguments in calls:
                session.backend.changed()
                assert not (await client.call_tool(name, arguments)).is_error

    try:
        rate(lambda: runner.run(call()), number=CALLS, unit="calls", rounds=20)
    finally:
        runner.run(client.__aexit__(None, None, None))


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_that_looks_at_a_scenario(rate: Rate, runner: asyncio.Runner, name: str) -> None:
    session = ScenarioSession(load_suite("classic")[0])
    call_again_and_again(rate, runner, session, (name, TOOLS[name]))


def test_an_action_and_a_look_at_what_it_did(rate: Rate, runner: asyncio.Runner) -> None:
    session = ScenarioSession(load_suite("classic")[0], max_steps=100_000)
    calls = [
        ("act", {"action": "increase_cpu"}),
        ("get_pods", {}),
        ("act", {"action": "decrease_cpu"}),
        ("get_pods", {}),
    ]
    call_again_and_again(rate, runner, session, *calls)


def test_a_list_of_a_thousand_pods(rate: Rate, runner: asyncio.Runner) -> None:
    large = Scenario(
        name="large",
        family="large",
        trace=new_trace([deployment("web", 1_000, "100m", "128Mi")]),
        nodes=default_nodes(12),
        deploy="web",
        target=1_000,
        duration_s=20,
    )
    call_again_and_again(rate, runner, ScenarioSession(large), ("get_pods", {}))
