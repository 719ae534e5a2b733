"""The rate at which a component's client sends requests: so many at once, then one by one.

Each controller of kube-controller-manager has a client of its own, which lets a burst through and
then so many requests a second (--kube-api-burst, --kube-api-qps). Requests that must wait are sent
in the order in which they were made. The scheduler has one, too (clientConnection.qps and .burst of
its configuration): it decides about pods as fast as ever, and binds them at that rate. Here it
decides when it may bind, and so knows what has happened until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Client
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import Rows

_MICRO = 1_000


@inner
def may_send(state: Rows, settings: Rows, workloads: Rows, row: int, client: int) -> bool:
    """Return whether a workload's controller may send one more request for it now.

    If not, its turn is kept: it may at `turn_ms`, and the caller sees that it looks again then. It
    is called from many places, so it takes tables: a World that is handed on takes time to compile.
    """
    gap_us = int(settings[0]["client_gap_us"])
    if gap_us == 0:
        return True
    workload = workloads[row]
    now_ms = int(state[0]["now_ms"])
    if workload["turn_ms"] != NONE:
        if workload["turn_ms"] > now_ms:
            return False
        workload["turn_ms"] = NONE
        return True
    next_us = max(int(state[0]["client_us"][client]), _MICRO * now_ms)
    state[0]["client_us"][client] = next_us + gap_us
    turn_us = next_us - (int(settings[0]["client_burst"]) - 1) * gap_us
    if turn_us <= _MICRO * now_ms:
        return True
    workload["turn_ms"] = (turn_us + _MICRO - 1) // _MICRO
    return False


@inner
def note_binding(state: Rows, settings: Rows) -> None:
    """Count a pod that the scheduler binds now."""
    gap_us = int(settings[0]["binding_gap_us"])
    if gap_us > 0:
        now_us = _MICRO * int(state[0]["now_ms"])
        state[0]["client_us"][Client.SCHEDULER] = gap_us + max(
            int(state[0]["client_us"][Client.SCHEDULER]), now_us
        )


@inner
def may_bind_ms(state: Rows, settings: Rows) -> int:
    """Return when the scheduler may bind its next pod; that may have passed."""
    gap_us = int(settings[0]["binding_gap_us"])
    if gap_us == 0:
        return 0
    spare_us = (int(settings[0]["binding_burst"]) - 1) * gap_us
    turn_us = int(state[0]["client_us"][Client.SCHEDULER]) - spare_us
    return (turn_us + _MICRO - 1) // _MICRO
