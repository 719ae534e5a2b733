"""Answers, and how they are written."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import yaml

from simarena.apiserver.protobuf.objects import encoded
from simarena.apiserver.wire.negotiation import JSON, PROTOBUF, YAML, Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Send

    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept

encode = msgspec.json.Encoder().encode

_SMALL_BYTES: Final = 128 * 1024
"""Up to so many are sent as they are."""

_PRIVATE: Final = (b"cache-control", b"no-cache, private")


@dataclass(slots=True)
class Answer:
    """What is sent back at once."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()


def answered(value: Any, form: Form | None = None, status: int = 200) -> Answer:  # noqa: ANN401
    """Return an answer with a JSON value, in the form that was asked for.

    What has no message of protocol buffers is answered in JSON.
    """
    if form is not None and form.media_type == YAML:
        text = yaml.dump(
            msgspec.json.decode(encode(value)), Dumper=yaml.SafeDumper, allow_unicode=True
        )
        return Answer(status, text.encode(), YAML)
    if form is not None and form.media_type == PROTOBUF:
        binary = encoded(value) if isinstance(value, dict) else None
        if binary is not None:
            return Answer(status, binary, PROTOBUF)
    return Answer(status, encode(value))


def plain(text: str, status: int = 200) -> Answer:
    """Return an answer in plain text."""
    headers = {"x-content-type-options": "nosniff"}
    return Answer(status, text.encode(), "text/plain; charset=utf-8", headers)


def whole(resource: Resource, kept: Kept) -> bytes:
    """Return an object as JSON with its kind and version."""
    inner = kept.inner
    head = b'{"kind":"%s","apiVersion":"%s"' % (
        resource.kind.encode(),
        resource.api_version.encode(),
    )
    return head + (b"," + inner[1:] if len(inner) > len(b"{}") else b"}")


def compress(answer: Answer, accepted: str) -> None:
    """Compress a large answer for a client that can read that."""
    if len(answer.body) <= _SMALL_BYTES or "gzip" not in re.split(r"[,;\s]+", accepted):
        return
    answer.body = gzip.compress(answer.body, compresslevel=1, mtime=0)
    answer.headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}


async def write(send: Send, answer: Answer, *, head: bool = False) -> None:
    """Send an answer."""
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if "cache-control" not in answer.headers:
        headers.append(_PRIVATE)
    headers += [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in answer.headers.items()
    ]
    headers += [(b"warning", warning_header(text)) for text in answer.warnings]
    if answer.status == 204:  # noqa: PLR2004 - No Content
        headers = [each for each in headers if each[0] not in {b"content-type", b"content-length"}]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


def warning_header(text: str) -> bytes:
    """Return a warning as the header has it."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    printable = "".join(each if each.isprintable() else " " for each in quoted)
    return f'299 - "{printable}"'.encode()
