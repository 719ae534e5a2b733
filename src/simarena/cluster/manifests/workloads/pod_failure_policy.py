"""Pod failure policies of Jobs: checked, completed, and matched with the ways in which pods end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import FailureAction, PodEnd, RestartPolicy
from simarena.cluster.manifests.fields import choice, mapping, objects, sequence, string
from simarena.cluster.messages.kubelet import OOM_EXIT_CODE
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.spec import PodSpec

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


class ExitCodes(NamedTuple):
    """Exit codes that a rule means."""

    values: frozenset[int]
    is_in: bool
    """It means these, and not all others."""
    container: str
    """Of which container; empty: of any."""


class Rule(NamedTuple):
    """What to do about pods that fail in a way: with some exit codes, or with a condition."""

    action: FailureAction
    codes: ExitCodes | None
    conditions: tuple[tuple[str, str], ...]
    """Type and status of each."""


class FailurePolicy(NamedTuple):
    """What a Job does about pods that fail; without a rule that matches, they count."""

    rules: tuple[Rule, ...] = ()
    containers: tuple[str, ...] = ()
    """Names of the pods' containers."""

    def match(self, end: PodEnd, exit_code: int) -> Match:
        """Return what it says about a pod that failed in a way: what the first matching rule says.

        `exit_code` is that with which its containers end of themselves.
        """
        if end != PodEnd.EXITED:
            exit_code = OOM_EXIT_CODE
        conditions = {"DisruptionTarget": "True"} if end in _DISRUPTED else {}
        conditions |= _CONDITIONS
        for number, rule in enumerate(self.rules):
            if rule.codes is not None:
                container = self._matching(rule.codes, exit_code)
                if container:
                    return Match(rule.action, number, container, exit_code, "")
                continue
            for condition in conditions.items():
                if condition in rule.conditions:
                    return Match(rule.action, number, "", 0, condition[0])
        return _NO_MATCH

    def actions(self, exit_code: int) -> list[int]:
        """Return what it does about each PodEnd: (NUM_POD_ENDS,) FailureActions."""
        return [int(self.match(end, exit_code).action) for end in PodEnd]

    def message(self, end: PodEnd, exit_code: int, pod: str) -> str:
        """Return why a pod (namespace/name) that failed in a way has failed its whole Job."""
        match = self.match(end, exit_code)
        if match.condition:
            return (
                f"Pod {pod} has condition {match.condition} matching FailJob rule at index "
                f"{match.rule}"
            )
        return (
            f"Container {match.container} for pod {pod} failed with exit code {match.exit_code} "
            f"matching FailJob rule at index {match.rule}"
        )

    def _matching(self, codes: ExitCodes, exit_code: int) -> str:
        """Return the first container that ended with a code that is meant, empty if none did."""
        if exit_code == 0 or (exit_code in codes.values) != codes.is_in:
            return ""
        if not codes.container:
            return self.containers[0]
        return codes.container if codes.container in self.containers else ""


def read_failure_policy(spec: Manifest, pod: PodSpec, where: str) -> FailurePolicy:
    """Check the policy of a Job's spec and fill in its defaults, in place; return what it says.

    Limits must have been completed. Raises ManifestError where the API would refuse it.
    """
    names = tuple(each.name for each in pod.containers)
    if spec.get("podFailurePolicy") is None:
        return FailurePolicy(containers=names)
    at = f"{where}.podFailurePolicy"
    if pod.restart_policy != RestartPolicy.NEVER:
        message = f"{at} needs pods that are not restarted; set restartPolicy to Never"
        raise ManifestError(message)
    given = objects(mapping(spec, "podFailurePolicy", where), "rules", at)
    if len(given) > _MAX_RULES:
        message = f"{at}.rules: at most {_MAX_RULES} rules are allowed, got {len(given)}"
        raise ManifestError(message)
    by_index = spec.get("backoffLimitPerIndex") is not None
    known = {*names, *(each.name for each in pod.init_containers)}
    completed, rules = [], []
    for number, rule in enumerate(given):
        here = f"{at}.rules[{number}]"
        completed.append(_completed_rule(rule, here, by_index=by_index, names=known))
        rules.append(_rule(completed[-1]))
    spec["podFailurePolicy"] = {"rules": completed}
    return FailurePolicy(tuple(rules), names)


def _rule(completed: Fields) -> Rule:
    codes = completed.get("onExitCodes")
    return Rule(
        _ACTIONS[completed["action"]],
        None
        if codes is None
        else ExitCodes(
            frozenset(codes["values"]), codes["operator"] == "In", codes.get("containerName") or ""
        ),
        tuple((each["type"], each["status"]) for each in completed.get("onPodConditions") or ()),
    )


def _completed_rule(
    rule: Fields, where: str, *, by_index: bool, names: AbstractSet[str]
) -> Manifest:
    action = choice(rule, "action", where, tuple(_ACTIONS), "")
    if action == "FailIndex" and not by_index:
        message = f"{where}.action FailIndex needs backoffLimitPerIndex; set it"
        raise ManifestError(message)
    codes = mapping(rule, "onExitCodes", where)
    conditions = objects(rule, "onPodConditions", where)
    if bool(codes) == bool(conditions):
        message = f"{where} must have either onExitCodes or onPodConditions"
        raise ManifestError(message)
    if codes:
        _check_exit_codes(codes, names, f"{where}.onExitCodes")
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


def _check_exit_codes(codes: Fields, names: AbstractSet[str], where: str) -> None:
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
    name = string(codes, "containerName", where)
    if name and name not in names:
        message = f"{where}.containerName {shown(name)} is no container of the template"
        raise ManifestError(message)
