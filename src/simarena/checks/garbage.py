"""Times at which nothing can be garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_collection() -> Iterator[None]:
    """Collect no garbage while millions of new objects cannot be any (up to 6 times faster).

    What was made meanwhile is then as if it had outlived collections: nobody looks through it
    before the next full one.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():  # else they would be unfrozen who were frozen by others
                gc.freeze()
                gc.unfreeze()
            gc.enable()
