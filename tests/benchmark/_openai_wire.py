"""OpenAI's two APIs: Responses and chat completions, whole and streamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.benchmark._provider_words import Request, streamed, text_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmark._provider_words import Answer, Call, Refuses, Says

ERRORS = {
    400: ("invalid_request_error", None, "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests per minute."),
    503: ("service_unavailable_error", None, "The engine is currently overloaded."),
}


def read(path: str, headers: Mapping[str, str], body: dict[str, Any], number: int) -> Request:
    """Return what is asked for."""
    given = body["messages"] if "messages" in body else items_of(body["input"])
    roles = [item.get("role") or item["type"] for item in given]
    results = [
        item
        for item, role in zip(given, roles, strict=True)
        if role in {"tool", "function_call_output"}
    ]
    heard = [item for item in given if item.get("role") == "user" or item in results]
    instructions = [
        text_of(item["content"])
        for item, role in zip(given, roles, strict=True)
        if role in {"system", "developer"}
    ]
    return Request(
        provider="openai",
        model=body["model"],
        tool_names=tuple((tool.get("function") or tool)["name"] for tool in body.get("tools", ())),
        tool_choice=choice(body.get("tool_choice", "auto")),
        num_tool_results=len(results),
        last_text=text_of(heard[-1].get("content", heard[-1].get("output"))),
        system="\n".join(instructions),
        is_streamed=body.get("stream", False),
        number=number,
        key=headers.get("authorization", "").removeprefix("Bearer "),
        body=body,
    )


def write(says: Says, path: str, request: Request) -> Answer:
    """Return an answer of the model."""
    if path.endswith("/responses"):
        answer = response(says, request)
        return response_stream(answer) if request.is_streamed else whole(answer)
    return (
        completion_stream(says, request)
        if request.is_streamed
        else whole(completion(says, request))
    )


def refuse(refusal: Refuses) -> Answer:
    """Return an error as this API words it."""
    other = ("server_error", None, "The server had an error while processing your request.")
    kind, code, message = ERRORS.get(refusal.status, other)
    after = refusal.retry_after_s
    return whole(
        {"error": {"message": message, "type": kind, "param": None, "code": code}},
        refusal.status,
        {} if after is None else {"retry-after": str(after)},
    )


def items_of(given: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the input of the Responses API as items; text alone is short for one message."""
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def choice(asked: str | dict[str, Any]) -> str:
    """Return which tools may be called."""
    if isinstance(asked, str):
        return "any" if asked == "required" else asked
    return str((asked.get("function") or asked)["name"])


def response(says: Says, request: Request) -> dict[str, Any]:
    """Return an answer of the Responses API."""
    text = {"type": "output_text", "text": says.text, "annotations": []}
    message = {"type": "message", "id": f"msg_{request.number}", "role": "assistant"}
    output = [message | {"status": "completed", "content": [text]}] if says.text else []
    output += [
        {
            "type": "function_call",
            "id": f"fc_{request.number}_{index}",
            "call_id": f"call_{request.number}_{index}",
            "status": "completed",
            **called(call),
        }
        for index, call in enumerate(says.calls)
    ]
    return {
        "id": f"resp_{request.number}",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": request.model,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": says.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": says.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": says.input_tokens + says.output_tokens,
        },
    }


def response_stream(answer: dict[str, Any]) -> Answer:
    """Return the events around an answer; what lies between repeats what the last one holds."""
    begun = answer | {"status": "in_progress", "output": [], "usage": None}
    events = [
        {"type": "response.created", "sequence_number": 0, "response": begun},
        {"type": "response.completed", "sequence_number": 1, "response": answer},
    ]
    return streamed([f"event: {event['type']}\ndata: {json.dumps(event)}" for event in events])


def completion(says: Says, request: Request) -> dict[str, Any]:
    """Return an answer of the chat completions API."""
    message: dict[str, Any] = {"role": "assistant", "content": says.text or None, "refusal": None}
    if says.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{request.number}_{index}",
                "type": "function",
                "function": called(call),
            }
            for index, call in enumerate(says.calls)
        ]
    reason = "tool_calls" if says.calls else "stop"
    return {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": 0,
        "model": request.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": says.input_tokens,
            "completion_tokens": says.output_tokens,
            "total_tokens": says.input_tokens + says.output_tokens,
        },
    }


def completion_stream(says: Says, request: Request) -> Answer:
    """Return the chunks of an answer: text, each call, the reason to stop, usage."""
    answer = completion(says, request) | {"object": "chat.completion.chunk"}
    message = answer["choices"][0]["message"]
    calls = message.pop("tool_calls", [])
    deltas = [message]
    deltas += [{"tool_calls": [{"index": index, **call}]} for index, call in enumerate(calls)]
    reason = {"index": 0, "delta": {}, "finish_reason": answer["choices"][0]["finish_reason"]}
    bare = answer | {"usage": None}
    chunks = [
        bare | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    chunks += [bare | {"choices": [reason]}, answer | {"choices": []}]
    return streamed([*(f"data: {json.dumps(chunk)}" for chunk in chunks), "data: [DONE]"])


def called(call: Call) -> dict[str, str]:
    """Return a call as both APIs name it."""
    return {"name": call.name, "arguments": json.dumps(call.arguments)}
