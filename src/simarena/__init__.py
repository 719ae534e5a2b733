"""SimArena: agents learn, and are measured at, operating Kubernetes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from simarena.env.registration import register_envs_with_gymnasium

if TYPE_CHECKING:
    from simarena.cluster import Cluster
    from simarena.trace import Trace

__all__ = ["Cluster", "Trace"]

_HOMES = {"Cluster": "simarena.cluster", "Trace": "simarena.trace"}

register_envs_with_gymnasium()


def __getattr__(name: str) -> object:
    """Load the package that a public name is in."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
