"""Arguments that tools do not have, or that are too long, on every kind of session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from tests.mcp._api_server import kubeconfig, serving
from tests.mcp._sessions import call, living, said, session, shop

from simarena.mcp import KubeSession, build_server
from simarena.mcp.answers.bounds import MAX_BYTES
from simarena.mcp.live.permissions import Permissions

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.types import Tool

    from simarena.mcp import Session

HUGE = "x" * 1_000_000


def episode() -> Session:
    return session(allow_what_if=True)


def tools_of(served: Session) -> list[Tool]:
    async def listed() -> list[Tool]:
        async with Client(build_server(served)) as client:
            return list((await client.list_tools()).tools)

    return asyncio.run(listed())


def filled(tool: Tool) -> dict[str, Any]:
    """Return what a tool requires, and nothing else."""
    properties = tool.input_schema["properties"]
    values = {"string": "web", "integer": 1}
    return {
        name: properties[name].get("enum", [values.get(properties[name]["type"])])[0]
        for name in tool.input_schema.get("required", ())
    }


@pytest.mark.parametrize("opened", [episode, living])
def test_every_tool_refuses_an_argument_that_it_does_not_have(opened: Any) -> None:
    served = opened()
    offered = tools_of(served)
    before = served.backend.now
    results = call(served, *[(tool.name, {**filled(tool), "colour": "red"}) for tool in offered])
    for tool, result in zip(offered, results, strict=True):
        assert result.is_error, tool.name
        assert f"error: {tool.name} has no argument 'colour'; nothing was done" in said(result)
        assert tool.input_schema["additionalProperties"] is False
    assert served.backend.now == before


def test_a_misspelt_argument_is_corrected_and_nothing_is_done_by_half(tmp_path: Path) -> None:
    with serving(shop()) as api:
        served = KubeSession.from_kubeconfig(
            kubeconfig(tmp_path / "config", api.url),
            permissions=Permissions(namespaces=frozenset({"shop"})),
        )
        half, other = call(
            served,
            ("set_resources", {"deploy": "web", "cpu": "1", "memory_limit": "2Gi"}),
            ("set_resources", {"deploy": "web", "memoryLimit": "2Gi"}),
        )
        assert half.is_error
        assert "has no argument 'cpu' (did you mean cpu_request or cpu_limit?)" in said(half)
        assert "'memoryLimit' (did you mean memory_limit?)" in said(other)
        assert api.patches == []


def test_what_does_not_fit_is_told_in_one_line() -> None:
    wrong, missing, unknown = call(
        session(),
        ("get_pods", {"limit": 0}),
        ("describe_pod", {}),
        ("get_pod", {}),
    )
    assert said(wrong).endswith(
        "error: get_pods: limit: Input should be greater than or equal to 1, got 0"
    )
    assert said(missing).endswith("error: describe_pod: pod_name is required")
    assert said(unknown) == "Unknown tool: 'get_pod'; did you mean get_pods?"


@pytest.mark.parametrize("opened", [episode, living])
def test_answers_keep_their_bound_whatever_is_asked(opened: Any) -> None:
    served = opened()
    asked: list[tuple[str, dict[str, Any]]] = [("no" + HUGE, {})]
    for tool in tools_of(served):
        required = filled(tool)
        asked.append((tool.name, {**required, HUGE: 1}))
        asked += [(tool.name, {**required, name: HUGE}) for name in tool.input_schema["properties"]]
        asked += [
            (tool.name, {**required, name: "y" * schema.get("maxLength", 4_096)})
            for name, schema in tool.input_schema["properties"].items()
            if schema.get("type") == "string" and "enum" not in schema
        ]
    for (name, _), result in zip(asked, call(served, *asked), strict=True):
        whole = len(result.model_dump_json().encode())
        assert whole < 2 * MAX_BYTES, (name[:30], whole)
        assert len(said(result).encode()) <= MAX_BYTES
