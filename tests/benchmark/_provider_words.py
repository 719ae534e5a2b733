"""What a provider is asked and what it answers, whichever protocol carries it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Request:
    """One request for an answer, as the provider received it."""

    provider: str
    model: str
    tool_names: tuple[str, ...]
    tool_choice: str  # auto, any, none, or the name of the one tool to call
    num_tool_results: int
    last_text: str  # of the last message of the user, or the last result of a tool
    system: str
    is_streamed: bool
    number: int  # counted over all providers, from one
    key: str
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Call:
    """One call of a tool by the model."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Says:
    """A whole answer of the model."""

    text: str
    calls: Sequence[Call] = ()
    input_tokens: int = 11
    output_tokens: int = 7


@dataclass(frozen=True)
class Refuses:
    """An error of the API: 429, 500, 503, 529 and the like."""

    status: int
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Waits:
    """No answer for so long, then a closed connection."""

    seconds: float


@dataclass(frozen=True)
class Cuts:
    """Headers, part of a body and a closed connection.

    Unless told else, the answer would call the first tool and ends within the call's arguments.
    """

    after_bytes: int | None = None
    of: Says | None = None


@dataclass(frozen=True)
class Babbles:
    """A body that is no JSON, under a status that promises success."""

    content_type: str = "application/json"


Reply = Says | Refuses | Waits | Cuts | Babbles


@dataclass(frozen=True)
class Answer:
    """What goes over the wire: one body, or the events of a stream."""

    chunks: tuple[bytes, ...]
    streamed: bool = False
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Wire(Protocol):
    """One provider's protocol."""

    def read(
        self, path: str, headers: Mapping[str, str], body: dict[str, Any], number: int
    ) -> Request:
        """Return what is asked for."""

    def write(self, says: Says, path: str, request: Request) -> Answer:
        """Return an answer of the model."""

    def refuse(self, refusal: Refuses) -> Answer:
        """Return an error as this API words it."""


def whole(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer in one piece of JSON."""
    return Answer((json.dumps(body).encode(),), status=status, headers=headers or {})


def streamed(events: Sequence[str]) -> Answer:
    """Return an answer as a stream of events."""
    chunks = tuple(f"{event}\n\n".encode() for event in events)
    return Answer(chunks, streamed=True, content_type="text/event-stream")


def text_of(content: object) -> str:
    """Return the text in a message's content: text itself, or blocks that have some."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(block["text"] for block in content if "text" in block)
