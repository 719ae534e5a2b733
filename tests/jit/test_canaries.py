"""What kernels expect of Numba's private parts; a release in which one of these fails is not taken.

`docs/jit.md` lists the names, and which test here looks at each.
"""

from __future__ import annotations

import ast
import re
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core import config, types
from numba.core.errors import NumbaError, TypingError
from numba.np import arrayobj

from simarena.errors import ConfigError
from simarena.jit import pipeline
from simarena.jit.cache import cache_folder
from simarena.jit.decorators import entry_point, inner, kernel
from simarena.jit.references import by_reference
from simarena.jit.release import MINOR_RELEASE, require_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
JIT = ROOT / "src" / "simarena" / "jit"
NAME_ROW = re.compile(r"^\| `((?:numba|llvmlite)[\w.]*)` \| .* \| (.*) \|$", re.MULTILINE)

CACHE_FOLDER = cache_folder([Path(__file__)])
NUMBERS = np.arange(4)


class Pair(NamedTuple):
    left: NDArray[np.int64]
    right: NDArray[np.int64]


class Side(IntEnum):
    LEFT = 0
    RIGHT = 1


@inner
def twice(number: int) -> int:
    return 2 * number


@inner
def sum_of_ends(pair: Any, row: int) -> Any:
    pair.left[row] += 1
    return twice(pair.left[row]) + twice(pair.right[0])


def fresh(function: Callable[..., Any], folder: Path) -> Any:
    """Return a kernel that no cache knows."""
    return kernel(cached_in=folder)(function)


def add_ends(left: NDArray[np.int64], right: NDArray[np.int64], row: int) -> int:
    pair = by_reference(Pair(left, right))
    return int(sum_of_ends(by_reference(pair), row))


def third(numbers: NDArray[np.int64]) -> int:
    return int(numbers[2])


def in_the_documentation() -> dict[str, str]:
    return dict(NAME_ROW.findall((ROOT / "docs" / "jit.md").read_text()))


def imported_by(path: Path) -> set[str]:
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("numba", "llvmlite"))
        for alias in node.names
    }


def last_of_own_compiled() -> int:
    @numba.njit  # type: ignore[untyped-decorator]
    def last(numbers: NDArray[np.int64]) -> int:
        return int(numbers[-1])

    return int(last(NUMBERS))


def test_the_page_lists_every_name_of_numba_that_is_imported() -> None:
    listed = in_the_documentation()
    imported = {name for path in JIT.glob("*.py") for name in imported_by(path)}
    missing = {name for name in imported if not any(row.startswith(name) for row in listed)}
    assert imported
    assert missing == set()


@pytest.mark.parametrize("name", sorted(in_the_documentation()))
def test_a_name_that_is_leaned_on_is_there(name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return
    pytest.fail(f"{name} is nowhere")


def test_each_test_that_the_page_names_exists() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for name, tests in in_the_documentation().items():
        named = re.findall(r"`(\w+)`", tests)
        assert named, name
        for test in named:
            assert f"def test_{test}(" in text, test


def test_only_one_minor_release_is_taken() -> None:
    require_release(f"{MINOR_RELEASE}.7")
    for other in ("0.67.0", "0.69.0rc1", "0.680.1", "1.0"):
        with pytest.raises(ConfigError, match=rf"numba {other} is installed.*pip install 'numba~="):
            require_release(other)


def test_the_release_that_is_declared_is_the_one_that_is_taken() -> None:
    assert f'"numba~={MINOR_RELEASE}.0"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.jit
def test_tables_are_handed_on_by_reference(tmp_path: Path) -> None:
    left, right = NUMBERS.copy(), NUMBERS + 10
    assert fresh(add_ends, tmp_path)(left, right, 3) == 2 * (3 + 1) + 2 * 10
    assert left.tolist() == [0, 1, 2, 4]


@pytest.mark.jit
def test_machine_code_is_linked_from_kernels_that_have_none_of_their_own(tmp_path: Path) -> None:
    compiled = fresh(add_ends, tmp_path)
    assert compiled(NUMBERS.copy(), NUMBERS, 3) == 2 * (3 + 1)
    inside: Any = twice
    (part,) = inside.overloads.values()
    assert part.library.texts
    assert not hasattr(part.library, "_compiled")
    (whole,) = compiled.overloads.values()
    defined = [part.name for part in whole.library._final_module.functions]
    assert defined
    assert all(len(name) < 200 for name in defined)


@pytest.mark.jit
def test_the_disk_keeps_machine_code_in_the_folder_that_was_named(tmp_path: Path) -> None:
    before = config.CACHE_DIR
    compiled = fresh(third, tmp_path)
    assert before == config.CACHE_DIR
    assert compiled(NUMBERS) == 2
    assert list(tmp_path.rglob("*.nbc"))
    again = fresh(third, tmp_path)
    assert again(NUMBERS) == 2
    assert sum(again.stats.cache_hits.values()) == 1


@pytest.mark.jit
def test_a_kernel_that_would_allocate_does_not_compile(tmp_path: Path) -> None:
    def makes_an_array(number: int) -> int:
        return int(np.zeros(number)[0])

    with pytest.raises(NumbaError):
        fresh(makes_an_array, tmp_path)(3)


@pytest.mark.jit
def test_an_inner_kernel_is_compiled_once_for_all_widths_of_numbers(tmp_path: Path) -> None:
    @inner
    def thrice(number: int) -> int:
        return 3 * number

    def of_all_kinds(small: NDArray[np.int32]) -> int:
        return int(thrice(small[0]) + thrice(2) + thrice(Side.RIGHT))

    assert fresh(of_all_kinds, tmp_path)(np.array([5], np.int32)) == 15 + 6 + 3
    inside: Any = thrice
    assert inside.nopython_signatures == [types.int64(types.int64)]


@pytest.mark.jit
def test_the_machine_code_for_certain_types_is_called_without_a_look_at_them(
    tmp_path: Path,
) -> None:
    compiled = fresh(third, tmp_path)
    exact = entry_point(compiled, NUMBERS)
    assert exact(NUMBERS) == 2
    assert exact is not compiled
    assert entry_point(third, NUMBERS) is third


@pytest.mark.jit
@pytest.mark.parametrize("ours", ["_plain_index", "_short_name", "_store_into", "_remembered"])
def test_our_way_is_taken_while_a_kernel_compiles(
    ours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    way = getattr(pipeline, ours)

    def told(*arguments: Any, **keywords: Any) -> Any:
        taken.append(ours)
        return way(*arguments, **keywords)

    def write_and_read(numbers: NDArray[np.int64]) -> int:
        numbers[1] = numbers[0]
        return int(twice(numbers[1]))

    monkeypatch.setattr(pipeline, ours, told)
    assert fresh(write_and_read, tmp_path)(NUMBERS + 7) == 14
    assert taken


@pytest.mark.jit
def test_functions_of_a_user_count_from_the_end_right_after_a_kernel(tmp_path: Path) -> None:
    assert fresh(third, tmp_path)(NUMBERS) == 2
    assert last_of_own_compiled() == 3


@pytest.mark.jit
def test_numba_is_as_it_was_after_a_kernel_that_did_not_compile(tmp_path: Path) -> None:
    def not_a_kernel(numbers: NDArray[np.int64]) -> Any:
        return numbers.no_such_thing  # type: ignore[attr-defined]

    before = arrayobj.fix_integer_index, types.BaseFunction.get_call_type
    refused = fresh(not_a_kernel, tmp_path)
    with pytest.raises(TypingError):
        refused(NUMBERS)
    assert before == (arrayobj.fix_integer_index, types.BaseFunction.get_call_type)
    assert not {"mangler", "pack_value"} & set(vars(refused.targetctx))
    assert "resolve_getattr" not in vars(refused.typingctx)
    assert last_of_own_compiled() == 3


@pytest.mark.jit
def test_a_kernel_that_is_compiled_within_another_leaves_it_its_ways(tmp_path: Path) -> None:
    compiled = fresh(third, tmp_path)
    typing, target = compiled.typingctx, compiled.targetctx
    plain = arrayobj.fix_integer_index
    with pipeline.quick(typing, target):
        with pipeline.quick(typing, target):
            assert arrayobj.fix_integer_index is pipeline._plain_index
        assert arrayobj.fix_integer_index is pipeline._plain_index
        assert compiled(NUMBERS) == 2
        assert arrayobj.fix_integer_index is pipeline._plain_index
    assert arrayobj.fix_integer_index is plain
