"""Rules in CEL, as far as schemas of custom resources use them."""

from __future__ import annotations

from simarena.apiserver.cel.checking import first_fault
from simarena.apiserver.cel.evaluating import CelError, evaluated, names_in
from simarena.apiserver.cel.parsing import CelSyntaxError, Node, parsed

__all__ = [
    "CelError",
    "CelSyntaxError",
    "Node",
    "evaluated",
    "first_fault",
    "names_in",
    "parsed",
]
