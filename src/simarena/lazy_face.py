"""The face of a package: its public names, whose modules are loaded when they are first used."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_face(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package that offers names of modules.

        __getattr__, __dir__ = lazy_face(__name__, {"simarena.env.playing.bank": ["Bank"]})

    What was loaded is kept in the package, so that it is looked for once. Importing the package
    alone costs nothing.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> object:
        """Load the module that a public name is in, and return what goes by the name."""
        if name not in home_of:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=sys.modules.get(package))
        found: object = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    def names() -> list[str]:
        """Return the public names."""
        return sorted(home_of)

    return load, names
