"""Arguments of tools, checked before anything happens; refusals take one short line."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from simarena.errors import RefusedError
from simarena.mcp.answers.bounds import shortened, size
from simarena.mcp.answers.escaping import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

MAX_CHARS: Final = 4_096
"""Most characters of a text that does not declare its own bound."""

MAX_NAME_CHARS: Final = 253
"""Most characters that the API allows a name."""

_MAX_JSON_BYTES: Final = 65_536
_MOST_TOLD: Final = 3
_MOST_QUOTED: Final = 60


def check_arguments(
    tool: str, arguments: Mapping[str, Any], schema: Mapping[str, Any], model: type[BaseModel]
) -> None:
    """Raise RefusedError for arguments that the tool does not have, or that do not fit."""
    known: Mapping[str, Any] = schema.get("properties") or {}
    unknown = [name for name in arguments if name not in known]
    if unknown:
        raise RefusedError(_unknown_text(tool, unknown, known))
    for name, value in arguments.items():
        _check_length(tool, name, value, known[name])
    try:
        model.model_validate(dict(arguments))
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors(include_url=False)[:_MOST_TOLD]))
        message = f"error: {tool}: {problems}"
        raise RefusedError(message) from error


def _unknown_text(tool: str, unknown: list[str], known: Iterable[str]) -> str:
    names = list(known)
    told = []
    for name in unknown[:_MOST_TOLD]:
        near = _near(name[:MAX_NAME_CHARS].lower(), names)
        told.append(quoted(name) + (f" (did you mean {' or '.join(near)}?)" if near else ""))
    more = f" and {len(unknown) - _MOST_TOLD} more" if len(unknown) > _MOST_TOLD else ""
    return (
        f"error: {tool} has no argument {', '.join(told)}{more}; nothing was done; "
        f"it takes {', '.join(names) or 'none'}"
    )


def _near(name: str, names: list[str]) -> list[str]:
    """Return what somebody may have meant: the most similar name, or those that contain it."""
    similar = get_close_matches(name, names, n=1)
    return similar or [each for each in names if name in each.split("_")][:_MOST_TOLD]


def _check_length(tool: str, name: str, value: object, schema: Mapping[str, Any]) -> None:
    if isinstance(value, str):
        most, length, unit = schema.get("maxLength", MAX_CHARS), len(value), "characters"
    elif isinstance(value, dict | list):
        most, length, unit = _MAX_JSON_BYTES, size(value), "bytes"
    else:
        return
    if length > most:
        message = f"error: {tool}: {name} may have at most {most} {unit}, got {length}"
        raise RefusedError(message)


def _problem(error: Any) -> str:  # noqa: ANN401 - pydantic's
    where = ".".join(str(part) for part in error["loc"]) or "arguments"
    if error["type"] == "missing":
        return f"{where} is required"
    return f"{where}: {error['msg']}, got {quoted(error['input'])}"


def quoted(value: object) -> str:
    """Return a value of a client's as an error may repeat it."""
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return shortened(escaped(text), _MOST_QUOTED)
