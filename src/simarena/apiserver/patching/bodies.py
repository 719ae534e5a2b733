"""What the bodies of patches say, before anything is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import yaml

from simarena.apiserver.status import failure
from simarena.checks.plain import foreign
from simarena.files.yaml_plain import PlainLoader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.errors import ApiError


_PATCH: Final = "error decoding patch"
_YAML: Final = "error decoding YAML"
_MOST_REASON: Final = 300  # characters of what a reader of YAML says


def decode_patch(body: bytes) -> object:
    """Return what the body of a JSON, merge or strategic patch says.

    Raises ApiError, 400, for what is no JSON, or more than an object may hold.
    """
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _refused(_PATCH, str(error)) from error
    return _checked(found, _PATCH)


def decode_apply(body: bytes) -> dict[str, object]:
    """Return what the body of an apply says, YAML or JSON. Raises ApiError, 400."""
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        try:
            found = yaml.load(body, Loader=PlainLoader)  # noqa: S506 - it makes plain values only
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise _refused(_YAML, str(error)) from error
    checked = _checked(found, _YAML)
    if checked is None:
        return {}
    if not isinstance(checked, dict):
        wrong = f"json: cannot unmarshal {type(checked).__name__} into Go value of type map"
        raise _refused(_YAML, wrong)
    return checked


def _checked(found: object, where: str) -> object:
    wrong = foreign(found)
    if wrong is not None:
        raise _refused(where, " ".join(wrong))
    return found


def _refused(where: str, reason: str) -> ApiError:
    text = " ".join(reason.split())[:_MOST_REASON]
    return failure(400, "BadRequest", f"{where}: {text}")


def strict_error(body: bytes) -> ApiError | None:
    """Return the refusal of an applied body that names a field twice; None if it does not.

    It is made where fields are checked strictly, after all else has gone well.
    """
    try:
        root = yaml.compose(body, Loader=PlainLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    lines = "".join(f"\n  {each}" for each in _repeated(root)) if root is not None else ""
    if not lines:
        return None
    wrong = f"error converting YAML to JSON: yaml: unmarshal errors:{lines}"
    return failure(400, "BadRequest", f"error strict decoding YAML: {wrong}")


def _repeated(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _repeated(each)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield f'line {key.start_mark.line + 1}: key "{name}" already set in map'
            seen.add(name)
            yield from _repeated(value)
