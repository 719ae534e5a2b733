"""Rules for the kinds that keep pods running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.metadata import (
    MISMATCH,
    check_selector,
    is_empty,
    selector_matches,
)
from simarena.cluster.manifests.validation.names import dns_label, percent
from simarena.cluster.manifests.validation.pods import check_template

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_MANAGEMENT: Final = ("OrderedReady", "Parallel")
_CLAIM_POLICIES: Final = ("Retain", "Delete")
_STRATEGIES: Final = ("RollingUpdate", "OnDelete")
_MAX_PERCENT: Final = 100
_TOO_MUCH: Final = "must not be greater than 100%"
_AT: Final = "spec.template"


def check_deployment(spec: Fields, causes: Causes) -> None:
    """Check a Deployment's spec."""
    causes.negative("spec.replicas", spec.get("replicas"))
    _check_selected(
        spec, causes, owner="ReplicaSet", kind="deployment", detail="invalid label selector"
    )
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate")
    kind = strategy.get("type")
    if kind == "Recreate":
        if rolling is not None:
            detail = "may not be specified when strategy `type` is 'Recreate'"
            causes.forbidden("spec.strategy.rollingUpdate", detail)
    elif kind == "RollingUpdate":
        _check_rolling(rolling or {}, "spec.strategy.rollingUpdate", causes)
    else:
        shown = {"Type": kind, "RollingUpdate": _rolling_shown(rolling)}
        causes.unsupported("spec.strategy", shown, ("Recreate", "RollingUpdate"))
    ready_s = spec.get("minReadySeconds", 0)
    causes.negative("spec.minReadySeconds", ready_s)
    causes.negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline_s = spec.get("progressDeadlineSeconds")
    if deadline_s is not None:
        causes.negative("spec.progressDeadlineSeconds", deadline_s)
        if deadline_s <= ready_s:
            detail = "must be greater than minReadySeconds"
            causes.invalid("spec.progressDeadlineSeconds", deadline_s, detail)


def check_replicaset(spec: Fields, causes: Causes) -> None:
    """Check a ReplicaSet's spec."""
    causes.negative("spec.replicas", spec.get("replicas"))
    causes.negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    _check_selected(
        spec, causes, owner="ReplicaSet", kind="deployment", detail="invalid label selector"
    )


def check_replication_controller(spec: Fields, causes: Causes) -> None:
    """Check a ReplicationController's spec."""
    causes.negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    selector = spec.get("selector") or {}
    if not selector:
        causes.required("spec.selector")
    causes.negative("spec.replicas", spec.get("replicas"))
    template = spec.get("template")
    if template is None:
        causes.required(_AT)
        return
    _check_labels_match({"matchLabels": selector}, template, causes)
    check_template(template, _AT, causes)
    _check_ended(template, causes, owner="ReplicationController")


def check_statefulset(spec: Fields, causes: Causes, *, is_update: bool = False) -> None:
    """Check a StatefulSet's spec."""
    policy = spec.get("podManagementPolicy")
    if policy not in _MANAGEMENT:
        detail = "must be 'OrderedReady' or 'Parallel'"
        causes.invalid("spec.podManagementPolicy", policy, detail)
    strategy = spec.get("updateStrategy") or {}
    rolling, kind = strategy.get("rollingUpdate"), strategy.get("type")
    at = "spec.updateStrategy.rollingUpdate"
    if kind == "OnDelete":
        if rolling is not None:
            shown = {"Partition": rolling.get("partition", 0), "MaxUnavailable": None}
            causes.invalid(at, shown, "only allowed for updateStrategy 'RollingUpdate'")
    elif kind == "RollingUpdate":
        causes.negative(f"{at}.partition", (rolling or {}).get("partition"))
    else:
        shown = {"Type": kind, "RollingUpdate": rolling}
        causes.invalid("spec.updateStrategy", shown, "must be 'RollingUpdate' or 'OnDelete'")
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for field in ("whenDeleted", "whenScaled"):
        if retention.get(field, "Retain") not in _CLAIM_POLICIES:
            here = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            causes.unsupported(here, retention[field], _CLAIM_POLICIES)
    if not is_update:
        _check_claims(spec, causes)
    causes.negative("spec.replicas", spec.get("replicas"))
    causes.negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    causes.negative("spec.ordinals.start", (spec.get("ordinals") or {}).get("start"))
    name = spec.get("serviceName")
    if name and not is_update:
        causes.invalid_each("spec.serviceName", name, dns_label(name))
    claims = frozenset(
        (each.get("metadata") or {}).get("name") or ""
        for each in spec.get("volumeClaimTemplates") or ()
    )
    _check_selected(spec, causes, owner="StatefulSet", kind="statefulset", detail="", claims=claims)


def check_daemonset(spec: Fields, causes: Causes) -> None:
    """Check a DaemonSet's spec."""
    selector = spec.get("selector")
    template = spec.get("template") or {}
    sound = check_selector(selector, "spec.selector", causes)
    if sound:
        _check_labels_match(selector, template, causes, always=True)
    if selector is not None and is_empty(selector):
        causes.invalid("spec.selector", selector, "empty selector is invalid for daemonset")
    check_template(template, _AT, causes)
    _check_ended(template, causes, owner="DaemonSet")
    causes.negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    strategy = spec.get("updateStrategy") or {}
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "RollingUpdate":
        _check_daemons_rolling(rolling or {}, "spec.updateStrategy.rollingUpdate", causes)
    elif kind != "OnDelete":
        shown = {"Type": kind, "RollingUpdate": _rolling_shown(rolling)}
        causes.unsupported("spec.updateStrategy", shown, _STRATEGIES)
    causes.negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))


def check_int_or_percent(value: int | str, at: str, causes: Causes) -> None:
    """Check a field that is a number or a percentage."""
    if isinstance(value, str):
        causes.invalid_each(at, value, percent(value))
    else:
        causes.negative(at, value)


def check_at_most_all(value: int | str, at: str, causes: Causes) -> None:
    """Check that a percentage is at most 100 %."""
    if isinstance(value, str) and not percent(value) and int(value[:-1]) > _MAX_PERCENT:
        causes.invalid(at, value, _TOO_MUCH)


def _check_selected(
    spec: Fields,
    causes: Causes,
    *,
    owner: str,
    kind: str,
    detail: str,
    claims: frozenset[str] = frozenset(),
) -> None:
    """Check selector and template of pods that never end."""
    selector = spec.get("selector")
    if selector is None:
        causes.required("spec.selector")
    usable = check_selector(selector, "spec.selector", causes)
    if selector is not None and is_empty(selector):
        causes.invalid("spec.selector", selector, f"empty selector is invalid for {kind}")
    if not usable:
        causes.invalid("spec.selector", selector, detail)
    template = spec.get("template") or {}
    if usable:
        _check_labels_match(selector, template, causes)
        check_template(template, _AT, causes, claims)
    if usable or owner == "StatefulSet":
        _check_ended(template, causes, owner=owner)


def _check_labels_match(
    selector: Fields | None, template: Fields, causes: Causes, *, always: bool = False
) -> None:
    if selector is not None and is_empty(selector) and not always:
        return
    labels = (template.get("metadata") or {}).get("labels")
    if selector is None or not selector_matches(selector, labels or {}):
        causes.invalid(f"{_AT}.metadata.labels", labels, MISMATCH)


def _check_ended(template: Fields, causes: Causes, *, owner: str) -> None:
    spec = template.get("spec") or {}
    policy = spec.get("restartPolicy")
    if policy != "Always":
        causes.unsupported(f"{_AT}.spec.restartPolicy", policy or "", ("Always",))
    if "activeDeadlineSeconds" in spec:
        detail = f"activeDeadlineSeconds in {owner} is not Supported"
        causes.forbidden(f"{_AT}.spec.activeDeadlineSeconds", detail)


def _check_rolling(rolling: Fields, at: str, causes: Causes) -> None:
    down, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    check_int_or_percent(down, f"{at}.maxUnavailable", causes)
    check_int_or_percent(surge, f"{at}.maxSurge", causes)
    if not _number(down) and not _number(surge):
        detail = "may not be 0 when `maxSurge` is 0"
        causes.invalid(f"{at}.maxUnavailable", down, detail)
    check_at_most_all(down, f"{at}.maxUnavailable", causes)


def _check_daemons_rolling(rolling: Fields, at: str, causes: Causes) -> None:
    down, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    for check in (check_int_or_percent, check_at_most_all):
        check(down, f"{at}.maxUnavailable", causes)
        check(surge, f"{at}.maxSurge", causes)
    if _number(down) and _number(surge):
        detail = "may not be set when maxUnavailable is non-zero"
        causes.invalid(f"{at}.maxSurge", surge, detail)
    elif not _number(down) and not _number(surge):
        causes.required(f"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def _check_claims(spec: Fields, causes: Causes) -> None:
    for index, each in enumerate(spec.get("volumeClaimTemplates") or ()):
        claim, here = each.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec"
        if not claim.get("accessModes"):
            causes.required(f"{here}.accessModes", "at least 1 access mode is required")
        if "storage" not in ((claim.get("resources") or {}).get("requests") or {}):
            causes.required(f"{here}.resources[storage]")


def _number(value: int | str) -> int:
    """Return the number in a field as Go's reader finds it: 0 where there is none."""
    if isinstance(value, int):
        return value
    digits = value.removesuffix("%")
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _rolling_shown(rolling: Fields | None) -> dict[str, Any] | None:
    """Return a rolling update as the API's own types show it."""
    if rolling is None:
        return None
    return {
        "MaxUnavailable": rolling.get("maxUnavailable", 0),
        "MaxSurge": rolling.get("maxSurge", 0),
    }
