"""Where a list that was cut goes on."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

from simarena.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Each = TypeVar("Each")

_WRITTEN: Final = re.compile(r"([0-9]{1,9})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last object that was shown: how many there were up to it, and which one it is.

    Lists change between two calls. The next one goes on after that object wherever it has got to,
    and, if it is gone, at the place where it was.
    """

    passed: int = 0
    mark: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what a text stands for; empty: the beginning. RefusedError if it is no cursor."""
        if not text:
            return cls()
        found = _WRITTEN.fullmatch(text)
        if found is None:
            message = "error: cursor: give next_cursor of an earlier answer, or nothing to begin"
            raise RefusedError(message)
        return cls(int(found[1]), found[2])

    @classmethod
    def after(cls, passed: int, identity: str) -> Self:
        """Return a cursor behind so many objects, the last of them being this one."""
        return cls(passed, _mark(identity))

    def __str__(self) -> str:
        """Return it as clients give it back."""
        return f"{self.passed}-{self.mark}"

    def position(self, found: Sequence[Each], identity: Callable[[Each], str]) -> int:
        """Return at which of the objects found the list goes on."""
        if not self.passed:
            return 0
        before = self.passed - 1
        if before < len(found) and _mark(identity(found[before])) == self.mark:
            return self.passed
        for number, each in enumerate(found):
            if _mark(identity(each)) == self.mark:
                return number + 1
        return min(before, len(found))


def _mark(identity: str) -> str:
    digest = hashlib.blake2s(identity.encode(errors="surrogatepass"), digest_size=4)
    return digest.hexdigest()
