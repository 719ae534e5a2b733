from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simarena.errors import ManifestError
from simarena.files import yaml_nodes
from simarena.files.bounded import FACTOR_VARIABLE
from simarena.files.yaml_nodes import read_values

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def bomb(levels: int, merges: bool = False) -> str:
    """Return YAML whose last line stands for ten times as many values as the one before it."""
    lines = ["a0: &a0 {k: v}"]
    for level in range(1, levels + 1):
        inside = ", ".join([f"*a{level - 1}"] * 10)
        value = f"{{<<: [{inside}]}}" if merges else f"[{inside}]"
        lines.append(f"a{level}: &a{level} {value}")
    return "\n".join(lines)


def test_documents_come_back_as_plain_python(tmp_path: Path) -> None:
    path = written(tmp_path / "a.yaml", "a: [1, 2.5, x]\n---\n---\nb: {c: null}\n")
    assert read_values(path) == [{"a": [1, 2.5, "x"]}, None, {"b": {"c": None}}]


def test_aliases_within_the_limit_stand_for_what_they_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.yaml", "a: &a {k: 1}\nb: {<<: *a, l: 2}\nc: [*a, *a]\n")
    assert read_values(path) == [{"a": {"k": 1}, "b": {"k": 1, "l": 2}, "c": [{"k": 1}] * 2}]


@pytest.mark.parametrize("merges", [False, True])
@pytest.mark.parametrize("levels", [7, 2_000])
def test_aliases_that_multiply_are_refused_with_the_limit_and_how_to_raise_it(
    tmp_path: Path, levels: int, *, merges: bool
) -> None:
    path = written(tmp_path / "bomb.yaml", bomb(levels, merges))
    with pytest.raises(ManifestError, match=rf"limit is 5,000,000; .*{FACTOR_VARIABLE}=\d+"):
        read_values(path)


def test_the_limit_can_be_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_nodes, "MAX_VALUES", 10)
    path = written(tmp_path / "a.yaml", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]")
    with pytest.raises(ManifestError, match="stands for 11 values"):
        read_values(path)
    monkeypatch.setenv(FACTOR_VARIABLE, "2")
    assert read_values(path) == [list(range(1, 11))]


@pytest.mark.parametrize("text", ["&a [*a]", "a: &a {b: [1, {c: *a}]}", "&a {? *a : 1}"])
def test_what_holds_itself_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ManifestError, match="holds itself"):
        read_values(written(tmp_path / "a.yaml", text))


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 3_000, "a: [1", "2026-13-45", "!!python/object:os.system {}", "\x00", "{[1]: 2}"),
        *("{{a: b}: 1}", "1" * 5_000, "!!timestamp x", "!!int x", "!!int ''"),
        *("!!bool x", "!!float 1e", "!!binary 'a'", "*a"),
    ],
)
def test_what_is_no_plain_yaml_is_an_error_in_a_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ManifestError) as failed:
        read_values(written(tmp_path / "a.yaml", text))
    assert str(failed.value).startswith(str(tmp_path / "a.yaml"))
    assert "\n" not in str(failed.value)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii"), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcde", min_size=1, max_size=4), inner, max_size=4)
    ),
)


@given(documents=st.lists(values.filter(lambda value: value is not None), max_size=3))
def test_what_the_yaml_library_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, documents: list[object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    assert read_values(written(path, yaml.safe_dump_all(documents))) == documents
