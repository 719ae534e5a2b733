"""Rules for Leases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_STRATEGIES = ("OldestEmulationVersion",)


def check_lease(spec: Fields, causes: Causes) -> None:
    """Check a Lease's spec."""
    seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if seconds is not None and seconds <= 0:
        causes.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    causes.negative("spec.leaseTransitions", transitions)
    holder, preferred = spec.get("holderIdentity"), spec.get("preferredHolder")
    if holder is not None and not holder:
        causes.invalid("spec.holderIdentity", holder, "must not be empty")
    if preferred and not spec.get("strategy"):
        causes.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined")
