"""Steps that are known to be answered in another way than recorded, each with its reason."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Known(NamedTuple):
    """Steps of one kind that differ, and why they may."""

    family: str
    what: re.Pattern[str]
    reason: str


KNOWN: Final = (
    Known("kubectl", re.compile(r"kubectl top "), "the recorded cluster had no metrics"),
    Known("kubectl", re.compile(r"kubectl logs "), "the recorded cluster had no kubelet with logs"),
    Known(
        "kubectl",
        re.compile(r"kubectl (?:exec|attach|cp|port-forward) "),
        "the recorder let no upgraded connection through; ours says that no container runs",
    ),
    Known("kubectl", re.compile(r"kubectl auth whoami"), "the recorder had another name"),
)
"""This list may only become shorter."""


def is_known(family: str, what: str) -> bool:
    """Return whether a step of a family is known to differ."""
    return any(each.family == family and each.what.match(what) for each in KNOWN)
