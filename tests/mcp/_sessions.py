"""What the tests of the MCP server share: scenarios, and calls through the SDK's own client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mcp import Client
from tests.env.cases import container, scenario, trace_of, workload

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.manifests.node_words import make_node
from simarena.mcp import LivingSession, ScenarioSession, build_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.types import CallToolResult

    from simarena.mcp import Session
    from simarena.trace import Trace

Call = tuple[str, dict[str, Any]]
NODES = [make_node("n1", "4", "8Gi"), make_node("n2", "4", "8Gi")]


def session(memory: str = "33Gi", **settings: Any) -> ScenarioSession:
    """Return an episode in which three pods fit nowhere as long as they ask for 33Gi."""
    options = {
        name: settings.pop(name)
        for name in ("allow_what_if", "max_steps", "reward", "limits")
        if name in settings
    }
    return ScenarioSession(scenario(3, "500m", memory, **settings), **options)


def web(replicas: int, cpu: str = "500m") -> dict[str, object]:
    return workload("web", replicas, container(requests={"cpu": cpu, "memory": "1Gi"}))


def growing() -> Trace:
    """Return a trace in which web has 1, from 100 s on 2, and from 200 s on 3 replicas."""
    return trace_of((0, [web(1)]), (100, [web(2)]), (200, [web(3)]))


def living(**settings: object) -> LivingSession:
    return LivingSession(NODES, growing(), **settings)  # type: ignore[arg-type]


def shop() -> Cluster:
    """Return a cluster with one Deployment that runs, and one that fits nowhere."""
    cluster = Cluster(
        [make_node("n1", "4", "8Gi"), make_node("n2", "4", "8Gi")],
        config=ClusterConfig(kubelet="real"),
    )
    for name, cpu in (("web", "500m"), ("api", "5")):
        manifest = workload(name, 2, container(requests={"cpu": cpu, "memory": "1Gi"}))
        manifest["metadata"]["namespace"] = "shop"
        manifest["spec"]["template"]["spec"]["tolerations"] = [{"operator": "Exists"}]
        cluster.apply(manifest)
    cluster.advance(60)
    return cluster


def call(served: Session, *calls: Call) -> list[CallToolResult]:
    """Return what tools answer, called in turn by one client in memory."""

    async def connected() -> list[CallToolResult]:
        async with Client(build_server(served, log_level="CRITICAL")) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(connected())


def said(result: CallToolResult) -> str:
    """Return the text of an answer."""
    assert len(result.content) == 1
    (block,) = result.content
    assert block.type == "text"
    return block.text


def ask(served: Session, name: str, /, **arguments: Any) -> str:
    """Return what one tool answers, which must not be an error."""
    (result,) = call(served, (name, arguments))
    assert not result.is_error, said(result)
    return said(result)


def refusal(served: Session, name: str, /, **arguments: Any) -> str:
    """Return the error that one tool answers with."""
    (result,) = call(served, (name, arguments))
    assert result.is_error, said(result)
    return said(result)


def placed(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest that leaves its namespace to the session."""
    manifest["metadata"].pop("namespace", None)
    return manifest


def names(results: Sequence[CallToolResult]) -> list[str]:
    """Return the texts of answers."""
    return [said(result) for result in results]
