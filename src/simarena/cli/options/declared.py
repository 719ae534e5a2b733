"""Options of commands, made from settings classes whose fields declare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from simarena.checks.declared import Declared, declarations

Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Options:
    """Stands in an annotation of a command's parameter: its options are those of a class.

    Of `settings`, every field that declares a panel becomes an option. None of them has a default,
    so that the command is handed what was given and nothing else: a map, or the class itself where
    that is what the parameter is annotated with.
    """

    settings: type[Any]

    without: tuple[str, ...] = ()
    """Fields that this command has no option for."""

    says: Mapping[str, str] = field(default_factory=dict)
    """Help of options that mean something of their own here."""

    panel: str = ""
    """Panel of all of them, in place of those that they declare."""


def with_options(command: Command) -> Command:
    """Return the command as typer can read it: parameters with `Options` are spread out."""
    hints = get_type_hints(command, include_extras=True)
    parameters: list[Parameter] = []
    gathered: dict[str, tuple[type[Any], list[str]]] = {}
    for each in signature(command).parameters.values():
        kind, *extras = get_args(hints[each.name]) or (hints[each.name],)
        options = next((extra for extra in extras if isinstance(extra, Options)), None)
        if options is None:
            parameters.append(each.replace(annotation=hints[each.name]))
        else:
            spread = _spread(options)
            gathered[each.name] = (get_origin(kind) or kind, [one.name for one in spread])
            parameters += spread

    def called(**values: Any) -> None:  # noqa: ANN401 - whatever the options hold
        for name, (kind, names) in gathered.items():
            told = {each: values.pop(each) for each in names}
            given = {
                each: tuple(value) if isinstance(value, list) else value
                for each, value in told.items()
                if value is not None and value != []
            }
            values[name] = given if issubclass(kind, Mapping) else kind(**given)
        command(**values)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__module__ = command.__module__
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    # As keywords, options may stand in any order, with defaults or without.
    spread_out = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
    called.__signature__ = Signature(spread_out)  # type: ignore[attr-defined] # read by typer
    return called


def _spread(options: Options) -> list[Parameter]:
    """Return the parameters that stand for the fields of settings, in their order."""
    kinds = get_type_hints(options.settings)
    return [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=_annotation(name, kinds[name], each, options),
        )
        for name, each in declarations(options.settings).items()
        if each.panel and name not in options.without
    ]


def _annotation(name: str, kind: Any, declared: Declared, options: Options) -> Any:  # noqa: ANN401 - types are values here
    if get_origin(kind) is tuple:
        kind = list[get_args(kind)[0]]  # type: ignore[misc] # found when this runs
    option = typer.Option(
        option_of(options.settings, name),
        help=options.says.get(name, declared.says),
        rich_help_panel=options.panel or declared.panel,
    )
    return Annotated[kind | None, option]


def option_of(settings: type[Any], name: str) -> str:
    """Return the option of a setting as it is typed; of what is none, how it would be."""
    declared = declarations(settings).get(name)
    return f"--{((declared and declared.option) or name).replace('_', '-')}"
