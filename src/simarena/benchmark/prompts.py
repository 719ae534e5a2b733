"""What a model is told. Nothing here, nor in a scenario's name, says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.trace import Action

if TYPE_CHECKING:
    from simarena.benchmark.rules import Rules
    from simarena.mcp import ScenarioSession

SYSTEM: Final = (
    "You operate a Kubernetes cluster. You are given one workload and what is wanted of it. Look "
    "at the cluster with the tools you have, work out what keeps the workload from being as "
    "wanted, and change it step by step. You see what each step has led to before you take the "
    "next one."
)

_BY_TOOL: Final = (
    "Take every step by calling `act`; text alone changes nothing. Before each step you may look "
    "at most {rounds} times. If everything is as wanted already, act with noop to say so."
)

_ACTIONS: Final = "; ".join(
    f"{int(each)}: {'change ' if each == Action.NOOP else ''}{each.words}" for each in Action
)
_BY_JSON: Final = (
    "Take every step by answering with JSON and nothing else, without calling a tool:\n"
    '{{"action_index": <0 to 6>, "reasoning": "<why, in a sentence>"}}\n'
    f"{_ACTIONS}. Limits of a container are "
    "scaled along with its requests. Before each step you may call tools at most {rounds} times. "
    "If everything is as wanted already, answer with action 0 to say so."
)

_REMINDERS: Final = {
    "tool": "Nothing was changed. Take the next step by calling `act`.",
    "json": (
        "That names no action. Take the next step by answering with JSON and nothing else: "
        '{"action_index": <0 to 6>, "reasoning": "<why>"}'
    ),
}

_NO_MORE_LOOKS: Final = {
    "tool": "No looks are left before the next step. Take it now, by calling `act`.",
    "json": "No looks are left before the next step. Take it now, by answering with JSON.",
}

ACTION_BESIDE_CALLS: Final = (
    "The action in that answer was not taken, as the answer called tools, too. Take the next step "
    "by answering with JSON and nothing else."
)
"""What follows an answer that looks and acts at once, where actions are written."""


def task_text(session: ScenarioSession, rules: Rules) -> str:
    """Return the first message to a model: what is wanted, and how to act."""
    how = _BY_TOOL if rules.answer == "tool" else _BY_JSON
    return f"{session.task}\n\n{how.format(rounds=rules.max_tool_rounds)}"


def no_more_looks(rules: Rules) -> str:
    """Return what a model is told once it has to act."""
    return _NO_MORE_LOOKS[rules.answer]


def reminder(rules: Rules) -> str:
    """Return what follows an answer that named no action."""
    return _REMINDERS[rules.answer]
