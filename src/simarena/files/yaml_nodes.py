"""YAML files as nodes and as values, within bounds on what they stand for.

An alias writes down in three letters what may have a million values, and aliases of aliases
multiply. So all values are counted as if every alias were written out, and too many are refused
before any of them is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.errors import ManifestError
from simarena.files.bounded import bound, how_to_raise, read_text

if TYPE_CHECKING:
    from pathlib import Path

    import yaml

MAX_BYTES: Final = 64 << 20
"""Largest YAML file that is read, in bytes."""

MAX_VALUES: Final = 5_000_000
"""Most values that a YAML file may stand for, with its aliases written out."""

_SHOWN: Final = 10**12  # values up to which they are counted


def read_documents(path: Path, max_bytes: int = MAX_BYTES) -> list[yaml.Node]:
    """Return the root of each document in a YAML file that is not empty.

    Raises:
        StorageError: it cannot be read, or is larger than `max_bytes`.
        ManifestError: it is not YAML, or stands for too many values; `line` of it says where.
    """
    import yaml

    text = read_text(path, max_bytes)
    try:
        roots = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"{path}:{line}: is not YAML: {_one_line(error.problem or str(error))}"
        raise ManifestError(message) from error
    except RecursionError as error:
        message = f"{path}: is not YAML that can be read: it is nested too deeply"
        raise ManifestError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        message = f"{path}: is not YAML: {_one_line(str(error))}"
        raise ManifestError(message) from error
    _check_size(path, roots)
    return roots


def read_values(path: Path, max_bytes: int = MAX_BYTES) -> list[Any]:
    """Return the documents of a YAML or JSON file as plain Python.

    Raises:
        StorageError: it cannot be read, or is larger than `max_bytes`.
        ManifestError: it is not YAML, or stands for too many values.
    """
    return [plain(path, root) for root in read_documents(path, max_bytes)]


def plain(path: Path, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever YAML can hold
    """Return a node as plain Python.

    Raises:
        ManifestError: it holds a value that YAML's safe types cannot have, as a date of no month.
    """
    import yaml

    constructor = yaml.SafeLoader("")
    try:
        return constructor.construct_document(node)
    except RecursionError as error:
        message = f"{path}:{node.start_mark.line + 1}: is nested too deeply"
        raise ManifestError(message) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or node.start_mark
        message = f"{path}:{mark.line + 1}: cannot be read: {_one_line(error.problem or '')}"
        raise ManifestError(message) from error
    except (
        yaml.YAMLError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        message = f"{path}:{node.start_mark.line + 1}: cannot be read: {_one_line(str(error))}"
        raise ManifestError(message) from error
    finally:
        constructor.dispose()


def _check_size(path: Path, roots: list[yaml.Node]) -> None:
    """Refuse documents that stand for too many values, or for one that holds itself."""
    sizes: dict[int, int] = {}
    total = 0
    for root in roots:
        waiting = [root]
        under_way: set[int] = set()
        while waiting:
            node = waiting[-1]
            inside = [part for part in _parts(node) if id(part) not in sizes]
            if id(node) in sizes:
                waiting.pop()
            elif id(node) in under_way:
                waiting.pop()
                under_way.discard(id(node))
                size = 1 + sum(sizes.get(id(part), 0) for part in _parts(node))
                sizes[id(node)] = min(size, _SHOWN)
            elif any(id(part) in under_way or part is node for part in inside):
                message = f"{path}:{node.start_mark.line + 1}: holds itself by an alias"
                raise ManifestError(message)
            else:
                under_way.add(id(node))
                waiting.extend(inside)
        total += sizes[id(root)]
    if total > bound(MAX_VALUES):
        number = f"{total:,}" if total < _SHOWN else f"{_SHOWN:,} or more"
        message = (
            f"{path}: stands for {number} values with its aliases written out, the limit is "
            f"{bound(MAX_VALUES):,}; {how_to_raise(total, MAX_VALUES)}"
        )
        raise ManifestError(message)


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node.value, str):
        return []
    return [part for each in node.value for part in (each if isinstance(each, tuple) else (each,))]


def _one_line(text: str) -> str:
    return " ".join(text.split())
