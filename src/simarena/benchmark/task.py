"""The benchmark as an Inspect task: `inspect eval simarena/arena --model ...`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig

from simarena.benchmark.identity import ENDPOINTS, endpoints
from simarena.benchmark.inspect_errors import refused_by_inspect
from simarena.benchmark.prompts import SYSTEM, task_text
from simarena.benchmark.rules import Rules
from simarena.benchmark.scorer import end_of_episode
from simarena.benchmark.selection import Selection
from simarena.benchmark.solver import operate

if TYPE_CHECKING:
    from simarena.env import Scenario

_CPU_ONLY: Final = re.compile(r"\d+x[\d.]+m?cpu")

VERSION: Final = 2
"""Moved when results of before and after cannot be compared."""


@task
def arena(
    suite: str | None = None,
    scenario: str | list[str] | None = None,
    family: str | list[str] | None = None,
    split: str | None = None,
    trace: str | None = None,
    deploy: str | None = None,
    namespace: str | None = None,
    target: int | None = None,
    nodes: str | list[str] | None = None,
    kubelet: str | None = None,
    steps: int | None = None,
    max_tool_rounds: int = 8,
    answer: str = "tool",
    epochs: int = 1,
    *,
    what_if: bool = False,
) -> Task:
    """Return the task: a broken cluster for each sample, to be looked at and repaired.

    Args:
        suite: a suite's name or a YAML file; without any, `arena-v2`, of which `held-out`.
        scenario: scenarios by name, in place of a suite.
        family: only scenarios of these families.
        split: only scenarios of this part of the suite; `all` for every one.
        trace: a trace or a folder of traces, in place of a suite; with `deploy` and `target`.
        deploy: the trace's workload to look after.
        namespace: its namespace, where several have that name.
        target: pods of it that shall be ready.
        nodes: nodes for the trace, as `3x16cpu,32Gi`.
        kubelet: `kwok` or `real`; without, `real` where pods of the trace tell what they use.
        steps: steps of an episode; without, the scenario's.
        max_tool_rounds: answers that only look, before each step.
        answer: `tool`, or `json` for `{"action_index": ..., "reasoning": ...}`.
        epochs: how often each scenario is played.
        what_if: whether the model may try actions out on a copy.
    """
    with refused_by_inspect():
        selection = Selection(
            suite=suite,
            scenario=_several(scenario),
            family=_several(family),
            split=split,
            trace=trace,
            deploy=deploy,
            namespace=namespace,
            target=target,
            nodes=_nodes(nodes),
            kubelet=kubelet,  # type: ignore[arg-type]  # looked up with the trace
        )
        rules = Rules(
            steps=steps,
            max_tool_rounds=max_tool_rounds,
            answer=answer,  # type: ignore[arg-type]  # Rules checks it
            what_if=what_if,
        )
        samples = [_sample(each, selection, rules) for each in selection.scenarios()]
    return Task(
        dataset=MemoryDataset(samples, name=selection.title),
        solver=operate(**rules.to_json()),
        scorer=end_of_episode(),
        config=GenerateConfig(parallel_tool_calls=False),
        epochs=epochs,
        # What a provider breaks off is played again by a retry; the others' results are kept.
        continue_on_fail=True,
        version=VERSION,
        metadata={
            "selection": selection.to_json(),
            "rules": rules.to_json(),
            ENDPOINTS: endpoints(),
        },
    )


def _sample(scenario: Scenario, selection: Selection, rules: Rules) -> Sample:
    session = rules.session(scenario)
    return Sample(
        id=scenario.name,
        input=[
            ChatMessageSystem(content=SYSTEM),
            ChatMessageUser(content=task_text(session, rules)),
        ],
        target=f"{scenario.target} pods of {scenario.deploy} ready",
        metadata={
            "family": scenario.family,
            "severity": scenario.severity,
            "split": scenario.split,
            "optimal_steps": scenario.optimal_steps,
            "harmless": scenario.goal.harmless,
            "kubelet": scenario.config.kubelet,
            "max_steps": session.max_steps,
            "selection": selection.to_json(),
        },
    )


def _nodes(names: Any) -> tuple[str, ...]:  # noqa: ANN401 - as the command line parses it
    """Return specifications of nodes; Inspect's command line takes theirs apart at the commas."""
    found: list[str] = []
    for piece in _several(names):
        if found and _CPU_ONLY.fullmatch(found[-1]):
            found[-1] += f",{piece}"
        else:
            found.append(piece)
    return tuple(found)


def _several(names: Any) -> tuple[str, ...]:  # noqa: ANN401 - as the command line parses it
    """Return names from a list, or from one string with commas."""
    if names is None:
        return ()
    return tuple(names.split(",") if isinstance(names, str) else map(str, names))
