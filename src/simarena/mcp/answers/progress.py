"""What a tool tells while it works, so that it can be stopped and others can be served."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from simarena.mcp.answers.answer import Answer, Data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRETCH_S: Final = 0.2
"""How long a tool that works in stretches should compute at once."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a tool is. Between two of them others are served, and a client may give up."""

    done: float
    total: float
    message: str = ""
    pause_s: float = 0.0
    """How long the tool has nothing to do but wait, in seconds of the clock on the wall."""


Steps: TypeAlias = Generator[Progress, None, Answer[Data]]
"""What a tool returns that works in steps; its answer comes with the last one."""


def stretches(
    seconds: int,
    pass_time: Callable[[int], object],
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Progress]:
    """Let whole virtual seconds pass, as many at once as are computed in a fraction of a second."""
    done, stretch = 0, 1
    while done < seconds:
        began = clock()
        part = min(stretch, seconds - done)
        pass_time(part)
        done += part
        took_s = clock() - began
        if took_s < STRETCH_S / 2:
            stretch *= 2
        elif took_s > STRETCH_S:
            stretch = max(1, stretch // 2)
        if done < seconds:
            yield Progress(done, seconds, f"{done} of {seconds} s have passed")
