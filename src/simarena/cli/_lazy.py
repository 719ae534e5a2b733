"""Sub-commands whose modules are imported when they are used, not when they are listed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_COMPLETION = {"install_completion", "show_completion"}  # belongs to the whole program, once


class Target(NamedTuple):
    """Where a command is found, and what is said of it before it is loaded."""

    module: str
    """Imported only when the command is used."""

    attribute: str
    """Name in the module of a function, or of a `typer.Typer` with commands of its own."""

    help: str
    """One line for the list of commands."""


class LazyCommand(TyperCommand):
    """A name and a line of help that becomes the command itself once somebody uses it."""

    def __init__(self, name: str, target: Target) -> None:
        """Stand for what `target` leads to; nothing is imported yet."""
        super().__init__(name=name, help=target.help)
        self._target = target

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - typer's own types
        """Return the context of the real command, which from then on takes the place of this."""
        return self.load().make_context(*args, **kwargs)

    def load(self) -> Any:  # noqa: ANN401 - the class is private to typer
        """Import the module and return its command under this name."""
        found = getattr(import_module(self._target.module), self._target.attribute)
        command = get_command(found if isinstance(found, typer.Typer) else _wrap(found))
        command.name = self.name
        command.params = [each for each in command.params if each.name not in _COMPLETION]
        _show_brackets(command)
        if not command.help:
            command.help = self._target.help
        return command


def lazy_group(commands: Mapping[str, Target]) -> type[TyperGroup]:
    """Return a class for `typer.Typer(cls=...)` that holds `commands`, in their order."""

    class LazyGroup(TyperGroup):
        def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - passed on unread
            super().__init__(**settings)
            for name, target in commands.items():
                self.add_command(LazyCommand(name, target))

    return LazyGroup


def _wrap(function: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return app


def _show_brackets(command: Any) -> None:  # noqa: ANN401 - the class is private to typer
    """Let the help of options hold square brackets, which would be taken for markup and left out.

    Also that of the commands of a group.
    """
    for option in command.params:
        if getattr(option, "help", None):
            option.help = option.help.replace("[", "\\[")
    for each in getattr(command, "commands", {}).values():
        _show_brackets(each)
