"""Gemini's generateContent, whole and streamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.benchmark._provider_words import Request, streamed, text_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmark._provider_words import Answer, Refuses, Says

ERRORS = {
    400: ("INVALID_ARGUMENT", "The request is not valid."),
    401: ("UNAUTHENTICATED", "The key is not valid."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
}


def read(path: str, headers: Mapping[str, str], body: dict[str, Any], number: int) -> Request:
    """Return what is asked for."""
    parts = [
        part
        for content in body["contents"]
        if content["role"] != "model"
        for part in content["parts"]
    ]
    results = [part["functionResponse"] for part in parts if "functionResponse" in part]
    is_result = "functionResponse" in parts[-1]
    return Request(
        provider="google",
        model=path.partition("/models/")[2].partition(":")[0],
        tool_names=tuple(
            function["name"]
            for tool in body.get("tools", ())
            for function in tool.get("functionDeclarations", ())
        ),
        tool_choice=choice(body),
        num_tool_results=len(results),
        last_text=said(results[-1]["response"]) if is_result else parts[-1].get("text", ""),
        system=text_of(body.get("systemInstruction", {}).get("parts")),
        is_streamed=":streamGenerateContent" in path,
        number=number,
        key=headers.get("x-goog-api-key", ""),
        body=body,
    )


def write(says: Says, path: str, request: Request) -> Answer:
    """Return an answer of the model; like the API of Gemini 2, it gives calls no ids."""
    parts: list[dict[str, Any]] = [{"text": says.text}] if says.text else []
    parts += [{"functionCall": {"name": call.name, "args": call.arguments}} for call in says.calls]
    usage = {
        "promptTokenCount": says.input_tokens,
        "candidatesTokenCount": says.output_tokens,
        "totalTokenCount": says.input_tokens + says.output_tokens,
    }
    if not request.is_streamed:
        return whole(chunk(parts, request) | {"usageMetadata": usage})
    chunks = [chunk([part], request) for part in parts or [{"text": ""}]]
    chunks[-1]["usageMetadata"] = usage
    return streamed([f"data: {json.dumps(part)}" for part in chunks])


def refuse(refusal: Refuses) -> Answer:
    """Return an error as this API words it: how long to wait is in the body, in no header."""
    kind, message = ERRORS.get(refusal.status, ("INTERNAL", "An internal error has occurred."))
    error: dict[str, Any] = {"code": refusal.status, "message": message, "status": kind}
    if refusal.retry_after_s is not None:
        delay = {"retryDelay": f"{refusal.retry_after_s}s"}
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", **delay}]
    return whole({"error": error}, refusal.status)


def chunk(parts: list[dict[str, Any]], request: Request) -> dict[str, Any]:
    """Return one response with these parts."""
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
    return {
        "candidates": [candidate],
        "modelVersion": request.model,
        "responseId": f"response-{request.number}",
    }


def choice(body: dict[str, Any]) -> str:
    """Return which tools may be called: one name if only one is allowed."""
    config = body.get("toolConfig", {}).get("functionCallingConfig", {})
    allowed = config.get("allowedFunctionNames", [])
    return allowed[0] if len(allowed) == 1 else str(config.get("mode", "AUTO")).lower()


def said(response: dict[str, Any]) -> str:
    """Return the text of a tool's result, whatever the client calls the field it is in."""
    return "\n".join(text_of(value) for value in response.values())
