"""Answers of the tools that change objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final, TypedDict

from pydantic import BeforeValidator, Field

from simarena.mcp.answers.answer import Answer

if TYPE_CHECKING:
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.tools.operating import OperatedSession

_MAX_TEXT_CHARS: Final = 60_000

DryRun = Annotated[
    bool, Field(description="Only check that the change would be made; nothing changes.")
]
Document = Annotated[
    str,
    BeforeValidator(lambda value: json.dumps(value) if isinstance(value, dict | list) else value),
    Field(max_length=_MAX_TEXT_CHARS),
]
"""A text of YAML or JSON; models that send the object itself are understood."""


class WriteRecord(TypedDict):
    """What was done to which object."""

    kind: str
    name: str
    namespace: str
    result: str
    """In the word that kubectl has for it."""
    dry_run: bool


def written(
    session: OperatedSession,
    kind: ApiKind,
    namespace: str,
    name: str,
    result: str,
    *,
    dry_run: bool,
    text: str = "",
) -> Answer[WriteRecord]:
    """Return that an object was changed, as kubectl says it; `text` says it otherwise."""
    told = text or f"{kind.printed}/{name} {result}"
    if dry_run:
        told += " (server dry run)\nNothing has changed."
    else:
        told += f"\n{session.time_note}"
    return Answer(
        told,
        {
            "kind": kind.kind,
            "name": name,
            "namespace": namespace,
            "result": result,
            "dry_run": dry_run,
        },
    )
