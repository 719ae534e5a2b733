"""Anthropic's Messages API, whole and streamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.benchmark._provider_words import Request, streamed, text_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmark._provider_words import Answer, Refuses, Says

ERRORS = {
    400: ("invalid_request_error", "The request is not valid."),
    401: ("authentication_error", "invalid x-api-key"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    503: ("api_error", "Service unavailable"),
    529: ("overloaded_error", "Overloaded"),
}


def read(path: str, headers: Mapping[str, str], body: dict[str, Any], number: int) -> Request:
    """Return what is asked for."""
    choice = body.get("tool_choice", {"type": "auto"})
    blocks = [
        block
        for message in body["messages"]
        if message["role"] == "user"
        for block in blocks_of(message["content"])
    ]
    return Request(
        provider="anthropic",
        model=body["model"],
        tool_names=tuple(tool["name"] for tool in body.get("tools", ())),
        tool_choice=choice.get("name") or choice["type"],
        num_tool_results=sum(block["type"] == "tool_result" for block in blocks),
        last_text=blocks[-1].get("text") or text_of(blocks[-1].get("content")),
        system=text_of(body.get("system")),
        is_streamed=body.get("stream", False),
        number=number,
        key=headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer "),
        body=body,
    )


def write(says: Says, path: str, request: Request) -> Answer:
    """Return an answer of the model."""
    message = {
        "id": f"msg_{request.number}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": content(says, request.number),
        "stop_reason": "tool_use" if says.calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": says.input_tokens, "output_tokens": says.output_tokens},
    }
    if not request.is_streamed:
        return whole(message)
    return streamed(
        [f"event: {event['type']}\ndata: {json.dumps(event)}" for event in events(message)]
    )


def refuse(refusal: Refuses) -> Answer:
    """Return an error as this API words it."""
    kind, message = ERRORS.get(refusal.status, ("api_error", "Internal server error"))
    after = refusal.retry_after_s
    return whole(
        {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"},
        refusal.status,
        {} if after is None else {"retry-after": str(after)},
    )


def blocks_of(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a message's content as blocks; text alone is short for one block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def content(says: Says, number: int) -> list[dict[str, Any]]:
    """Return the blocks of an answer; an empty text has none, as the API allows none."""
    text = [{"type": "text", "text": says.text}] if says.text else []
    calls = [
        {
            "type": "tool_use",
            "id": f"toolu_{number}_{index}",
            "name": call.name,
            "input": call.arguments,
        }
        for index, call in enumerate(says.calls)
    ]
    return [*text, *calls]


def events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the events that build a message: blocks start empty and grow by two deltas."""
    usage = message["usage"]
    start = message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    yield {"type": "message_start", "message": start}
    yield {"type": "ping"}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty, kind, field, grown = block | {"text": ""}, "text_delta", "text", block["text"]
        else:
            grown = json.dumps(block["input"])
            empty, kind, field = block | {"input": {}}, "input_json_delta", "partial_json"
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        half = len(grown) // 2
        for piece in (grown[:half], grown[half:]):
            delta = {"type": kind, field: piece}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    output = {"output_tokens": usage["output_tokens"]}
    yield {"type": "message_delta", "delta": stop, "usage": output}
    yield {"type": "message_stop"}
