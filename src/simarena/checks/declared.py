"""Settings of which each field declares all that is known of it: meaning, bounds, option, uses.

    @dataclass(frozen=True, kw_only=True)
    class Settings:
        steps: int = setting(300_000, "Steps to train for.", least=1, most=10**12)

Checks, the command line and whatever else goes through settings read the declaration, so that a
further setting is written in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import ConfigError, SimArenaError, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_DECLARED: Final = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared of a setting."""

    says: str
    """What it is, in a sentence: the help of its option."""

    least: float | None = None
    """Bounds of a number, both or none."""

    most: float | None = None

    option: str = ""
    """Its name on a command line, if it is not the field's."""

    panel: str = ""
    """Panel of the help in which its option stands; without one it has no option."""

    uses: frozenset[str] = frozenset()
    """Words for what goes through settings and takes up this one: see `used_for`."""


def setting(
    default: Any = None,  # noqa: ANN401 - of the kind that the field is declared to be
    says: str = "",
    *uses: str,
    made_by: Callable[[], Any] | None = None,
    least: float | None = None,
    most: float | None = None,
    option: str = "",
    panel: str = "",
) -> Any:  # noqa: ANN401 - a field of any kind
    """Return a field of a dataclass; `made_by` makes its default where that is not at hand."""
    declared = Declared(
        says=says, least=least, most=most, option=option, panel=panel, uses=frozenset(uses)
    )
    metadata = {_DECLARED: declared}
    if made_by is not None:
        return field(default_factory=made_by, metadata=metadata)
    return field(default=default, metadata=metadata)


def declarations(settings: Any) -> dict[str, Declared]:  # noqa: ANN401 - any dataclass, or its class
    """Return what the fields of settings declare, by name, in their order."""
    return {
        each.name: each.metadata[_DECLARED]
        for each in fields(settings)
        if _DECLARED in each.metadata
    }


def used_for(settings: Any, use: str) -> tuple[str, ...]:  # noqa: ANN401 - the same
    """Return the names of the settings that declare this use."""
    return tuple(name for name, each in declarations(settings).items() if use in each.uses)


def check_bounds(
    settings: Any,  # noqa: ANN401 - the same
    error: type[SimArenaError] = ConfigError,
) -> None:
    """Raise `error` if a number is out of the bounds that its field declares; None never is."""
    for name, each in declarations(settings).items():
        value = getattr(settings, name)
        if each.least is None or each.most is None or value is None:
            continue
        if not each.least <= value <= each.most:
            message = f"{name} must be from {each.least} to {each.most}, got {shown(value)}"
            raise error(message)
