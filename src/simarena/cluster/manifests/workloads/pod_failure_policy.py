"""Pod failure policies of Jobs: checked, completed, and matched with the ways in which pods end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import FailureAction, PodEnd
from simarena.cluster.manifests.fields import choice, mapping, objects, sequence, string
from simarena.cluster.messages.kubelet import OOM_EXIT_CODE
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

_ACTIONS: Final = {
    "Count": FailureAction.COUNT,
    "Ignore": FailureAction.IGNORE,
    "FailIndex": FailureAction.FAIL_INDEX,
    "FailJob": FailureAction.FAIL_JOB,
}
_MAX_RULES: Final = 20
_MAX_EXIT_CODES: Final = 255
_DISRUPTED: Final = frozenset({PodEnd.EVICTED, PodEnd.DISRUPTED})
_CONDITIONS: Final[Mapping[str, str]] = {
    "PodReadyToStartContainers": "False",
    "Initialized": "True",
    "Ready": "False",
    "ContainersReady": "False",
    "PodScheduled": "True",
}
"""Of a pod that ran and failed, in the order of its status, after DisruptionTarget."""


class Match(NamedTuple):
    """What a policy says about a pod that failed."""

    action: FailureAction
    rule: int
    """Number of the rule that decides; -1: none does."""
    container: str
    """The container whose exit code matched; empty where the rule is about conditions."""
    exit_code: int
    condition: str
    """Type of the condition that matched."""


_NO_MATCH: Final = Match(FailureAction.COUNT, -1, "", 0, "")


def complete_failure_policy(spec: Manifest, where: str) -> None:
    """Check the policy of a Job's spec, if it has one, and fill in its defaults, in place.

    Template and limits must have been completed. Raises ManifestError where the API would.
    """
    if spec.get("podFailurePolicy") is None:
        return
    at = f"{where}.podFailurePolicy"
    if spec["template"]["spec"]["restartPolicy"] != "Never":
        message = f"{at} needs pods that are not restarted; set restartPolicy to Never"
        raise ManifestError(message)
    rules = objects(mapping(spec, "podFailurePolicy", where), "rules", at)
    if len(rules) > _MAX_RULES:
        message = f"{at}.rules: at most {_MAX_RULES} rules are allowed, got {len(rules)}"
        raise ManifestError(message)
    completed = [
        _completed_rule(rule, spec, f"{at}.rules[{number}]") for number, rule in enumerate(rules)
    ]
    spec["podFailurePolicy"] = {"rules": completed}


def _completed_rule(rule: Fields, spec: Fields, where: str) -> Manifest:
    action = choice(rule, "action", where, tuple(_ACTIONS), "")
    if action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        message = f"{where}.action FailIndex needs backoffLimitPerIndex; set it"
        raise ManifestError(message)
    codes = mapping(rule, "onExitCodes", where)
    conditions = objects(rule, "onPodConditions", where)
    if bool(codes) == bool(conditions):
        message = f"{where} must have either onExitCodes or onPodConditions"
        raise ManifestError(message)
    if codes:
        _check_exit_codes(codes, spec, f"{where}.onExitCodes")
        return {"action": action, "onExitCodes": dict(codes)}
    patterns = []
    for number, pattern in enumerate(conditions):
        at = f"{where}.onPodConditions[{number}]"
        if not string(pattern, "type", at):
            message = f"{at}.type is missing; name a condition of pods"
            raise ManifestError(message)
        status = choice(pattern, "status", at, ("True", "False", "Unknown"), "True")
        patterns.append({"type": pattern["type"], "status": status})
    return {"action": action, "onPodConditions": patterns}


def _check_exit_codes(codes: Fields, spec: Fields, where: str) -> None:
    operator = choice(codes, "operator", where, ("In", "NotIn"), "")
    values = sequence(codes, "values", where)
    if not values or any(
        type(value) is not int or not 0 <= value <= _MAX_EXIT_CODES for value in values
    ):
        message = f"{where}.values must be exit codes from 0 to {_MAX_EXIT_CODES}, at least one"
        raise ManifestError(message)
    if list(values) != sorted(set(values)):
        message = f"{where}.values must be in order, each once"
        raise ManifestError(message)
    if operator == "In" and 0 in values:
        message = f"{where}.values must not hold 0 with the operator In"
        raise ManifestError(message)
    pod = spec["template"]["spec"]
    names = {each["name"] for each in [*pod["containers"], *(pod.get("initContainers") or ())]}
    name = string(codes, "containerName", where)
    if name and name not in names:
        message = f"{where}.containerName {shown(name)} is no container of the template"
        raise ManifestError(message)


def match_failure_policy(spec: Fields, end: PodEnd, exit_code: int) -> Match:
    """Return what a completed Job's spec says about a pod that failed in a way.

    `exit_code` is that with which its containers end of themselves. The first rule that matches
    decides; without one the failure counts.
    """
    if end != PodEnd.EXITED:
        exit_code = OOM_EXIT_CODE
    conditions = {"DisruptionTarget": "True"} if end in _DISRUPTED else {}
    conditions |= _CONDITIONS
    rules = (spec.get("podFailurePolicy") or {}).get("rules") or ()
    for number, rule in enumerate(rules):
        action = _ACTIONS[rule["action"]]
        if "onExitCodes" in rule:
            container = _matching_container(rule["onExitCodes"], spec, exit_code)
            if container:
                return Match(action, number, container, exit_code, "")
            continue
        patterns = [(each["type"], each["status"]) for each in rule["onPodConditions"]]
        for condition in conditions.items():
            if condition in patterns:
                return Match(action, number, "", 0, condition[0])
    return _NO_MATCH


def _matching_container(codes: Fields, spec: Fields, exit_code: int) -> str:
    """Return the first container that ended with a code that is meant, empty if none did."""
    if exit_code == 0 or (exit_code in codes["values"]) != (codes["operator"] == "In"):
        return ""
    names = [container["name"] for container in spec["template"]["spec"]["containers"]]
    name = codes.get("containerName")
    if not name:
        return str(names[0])
    return str(name) if name in names else ""


def failure_actions(spec: Fields, exit_code: int) -> list[int]:
    """Return what a completed Job's spec does about each PodEnd: (NUM_POD_ENDS,) FailureActions."""
    return [int(match_failure_policy(spec, end, exit_code).action) for end in PodEnd]


def failure_message(spec: Fields, end: PodEnd, exit_code: int, pod: str) -> str:
    """Return why a pod (namespace/name) that failed in a way has failed its whole Job."""
    match = match_failure_policy(spec, end, exit_code)
    if match.condition:
        return (
            f"Pod {pod} has condition {match.condition} matching FailJob rule at index {match.rule}"
        )
    return (
        f"Container {match.container} for pod {pod} failed with exit code {match.exit_code} "
        f"matching FailJob rule at index {match.rule}"
    )
