"""Documentation of environments that is made from what their kernels go by."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, TypeVar

from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simarena.env.codes import Component, RewardKind

Kind = TypeVar("Kind", bound=type[Any])


def documented(**parts: str) -> Callable[[Kind], Kind]:
    """Return a decorator for classes: where `{name}` stands on a line, comes the part of that name.

    Without docstrings (`python -OO`) nothing happens.
    """

    def fill(made: Kind) -> Kind:
        text: str = made.__doc__ or ""
        for name, part in parts.items():
            text = text.replace(f"    {{{name}}}\n", textwrap.indent(part, "    ") + "\n")
        made.__doc__ = text or None
        return made

    return fill


def component_table(components: Iterable[Component]) -> str:
    """Return a table of an observation's numbers: ± marks those from −1 on."""
    rows = ["| number | component | meaning |", "| --- | --- | --- |"]
    for each in components:
        sign = "± " if each.low < 0 else ""
        rows.append(f"| {int(each)} | `{each.name.lower()}` | {sign}{each.meaning} |")
    return "\n".join(rows)


def reward_list(rewards: Iterable[RewardKind]) -> str:
    """Return what each reward is worth, a list."""
    return "\n".join(
        textwrap.indent(f'- `"{each.name.lower()}"`: {each.meaning}', "  ")[2:] for each in rewards
    )


def action_table() -> str:
    """Return a table of what can be done to a Deployment."""
    rows = ["| number | action |", "| --- | --- |"]
    return "\n".join([*rows, *(f"| {int(each)} | {each.words} |" for each in Action)])
