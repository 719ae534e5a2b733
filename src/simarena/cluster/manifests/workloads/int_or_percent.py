"""Fields that are a number of pods or a percentage, such as maxSurge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from simarena.checks.bounds import MAX_INT32
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields

_PERCENT = re.compile(r"[0-9]{1,10}%", re.ASCII)


class IntOrPercent(NamedTuple):
    """A number of pods, or per cent of the wanted ones."""

    value: int
    is_percent: bool = False

    @property
    def plain(self) -> int | str:
        """As the API has it."""
        return f"{self.value}%" if self.is_percent else self.value

    def of(self, number: int, *, up: bool) -> int:
        """Return how many of so many pods that is, a percentage rounded up or down."""
        if not self.is_percent:
            return self.value
        return -(-self.value * number // 100) if up else self.value * number // 100


def read_int_or_percent(parent: Fields, name: str, where: str, default: int | str) -> IntOrPercent:
    """Return a field that is a number or a percentage; ManifestError if it is neither."""
    value = parent.get(name)
    if value is None:
        value = default
    found = None
    if isinstance(value, int) and not isinstance(value, bool):
        found = IntOrPercent(value)
    elif isinstance(value, str) and _PERCENT.fullmatch(value):
        found = IntOrPercent(int(value[:-1]), is_percent=True)
    if found is not None and 0 <= found.value <= MAX_INT32:
        return found
    message = (
        f"{where}.{name} must be a number of pods or a percentage as '25%', got {shown(value)}"
    )
    raise ManifestError(message)
