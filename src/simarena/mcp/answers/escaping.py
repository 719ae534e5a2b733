"""Text of others, made safe to show: what no terminal should act on is written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def escaped(text: str) -> str:
    r"""Return a text with everything that cannot be printed written out, as `\x1b`.

    That are control characters, line ends among them, marks that turn the direction of writing,
    and halves of surrogate pairs, which no UTF-8 can hold.
    """
    if text.isprintable():
        return text
    return "".join(_sign(each) for each in text)


def escaped_lines(text: str) -> str:
    """Return a text like `escaped`; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "\n".join(
        "\t".join(escaped(part) for part in line.split("\t")) for line in text.split("\n")
    )


def escaped_data(data: Any) -> Any:  # noqa: ANN401 - JSON
    """Return data as JSON has it, with all its texts escaped; line ends and tabs stay."""
    if isinstance(data, str):
        return escaped_lines(data)
    if isinstance(data, dict):
        return _escaped_entries(data)
    if isinstance(data, list | tuple):
        return [escaped_data(each) for each in data]
    return data


def _escaped_entries(data: Mapping[str, Any]) -> dict[str, Any]:
    return {escaped(str(name)): escaped_data(value) for name, value in data.items()}


def _sign(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()
