"""The MCP server's tools as Inspect's, over a connection in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from inspect_ai.tool import ToolDef, ToolError, ToolParams
from mcp.types import TextContent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp import Client

ACT: Final = "act"
"""The tool that takes a step; all others only look."""


async def tools_of(client: Client, *, with_act: bool) -> list[ToolDef]:
    """Return the tools that the server behind `client` offers, with `act` or without.

    Their names, descriptions and arguments are the server's; an answer is its text, and what the
    server refuses comes to the model as an error in kubectl's words.
    """
    offered = (await client.list_tools()).tools
    tools = []
    for each in offered:
        if each.name == ACT and not with_act:
            continue
        parameters = ToolParams.model_validate(each.input_schema)
        for name, parameter in parameters.properties.items():
            parameter.description = parameter.description or name
        tools.append(
            ToolDef(
                _caller(client, each.name),
                name=each.name,
                description=each.description,
                parameters=parameters,
            )
        )
    return tools


def _caller(client: Client, name: str) -> Callable[..., Awaitable[str]]:
    prefix = f"Error executing tool {name}: "

    async def execute(**arguments: object) -> str:
        answer = await client.call_tool(name, arguments)
        text = "\n".join(each.text for each in answer.content if isinstance(each, TextContent))
        if answer.is_error:
            raise ToolError(text.removeprefix(prefix))
        return text

    return execute
