"""The tools of an episode: what is asked, acting, and trying an action out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypedDict

from pydantic import Field

from simarena.mcp.answers.answer import Answer
from simarena.mcp.tools.tool_server import ACTS
from simarena.trace import Action, format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from simarena.mcp.simulated.judging import Counts, StepResult
    from simarena.mcp.simulated.scenario_session import ScenarioSession
    from simarena.mcp.tools.tool_server import ToolServer

if TYPE_CHECKING:
    ActionName: TypeAlias = str
else:
    ActionName = Literal[tuple(each.name.lower() for each in Action)]

_RAISES = (Action.INCREASE_CPU, Action.INCREASE_MEMORY, Action.INCREASE_REPLICAS)
_BOTH_WAYS = [each.words.replace("+", "+/-") for each in _RAISES]

TakenAction = Annotated[
    ActionName,
    Field(
        description=f"noop; {'; '.join(_BOTH_WAYS)}. "
        "Requests are the first container's, and its limit is scaled along."
    ),
]


class WorkloadCounts(TypedDict):
    """How the workload fares: pods, what it asks for, and how often its containers have failed."""

    ready: int
    pending: int
    total: int
    target: int
    cpu_milli: int
    memory_bytes: int
    replicas: int
    failures: int


class GoalRecord(TypedDict):
    """How an episode stands."""

    deploy: str
    namespace: str
    step: int
    """How many steps were taken."""
    max_steps: int
    solved: bool
    over: bool
    counts: WorkloadCounts


class StepRecord(TypedDict):
    """What a step has led to, or would."""

    action: str
    step: int
    max_steps: int
    blocked: bool
    solved: bool
    truncated: bool
    over: bool
    reward: float
    counts: WorkloadCounts


def add_scenario_tools(tools: ToolServer, session: ScenarioSession) -> None:
    """Serve the tools of an episode; trying out only where the session allows it."""

    def get_goal() -> Answer[GoalRecord]:
        """Say what is asked for, how the workload fares now, and how many steps are left."""
        return Answer(
            f"{session.task}\nNow: {counts_text(session.deploy, session.counts)} "
            f"Steps: {session.steps} of {session.max_steps} taken"
            + (f"; the episode is over, {_end(session)}." if session.is_over else "."),
            {
                "deploy": session.deploy,
                "namespace": session.namespace,
                "step": session.steps,
                "max_steps": session.max_steps,
                "solved": session.solved,
                "over": session.is_over,
                "counts": _counts(session.counts),
            },
        )

    def act(action: TakenAction) -> Answer[StepRecord]:
        """Change the workload by one step, let time pass, and say how it fares then."""
        return result_answer(session, session.step(Action[action.upper()]), "Step")

    def what_if(action: TakenAction) -> Answer[StepRecord]:
        """Say what one step would lead to; the cluster stays as it is, and no step is used up."""
        return result_answer(session, session.what_if(Action[action.upper()]), "What if, step")

    tools.add(get_goal, "The task")
    tools.add(act, "Act", ACTS)
    if session.allow_what_if:
        tools.add(what_if, "Try an action")


def result_answer(session: ScenarioSession, result: StepResult, title: str) -> Answer[StepRecord]:
    """Return what an action has led to, or would."""
    name = result.action.name.lower()
    head = f"{title} {result.step} of {session.max_steps}, {name}: "
    if result.blocked:
        head += "blocked, it would cross a limit; nothing changed."
    else:
        head += "nothing changed." if result.action == Action.NOOP else f"{result.action.words}."
    if result.solved:
        end = "The goal is met; the episode is over."
    elif result.truncated:
        end = "The goal is not met, and no steps are left; the episode is over."
    else:
        end = "The goal is not met."
    after = f"After {session.scenario.duration_s} s: {counts_text(session.deploy, result.counts)}"
    data: StepRecord = {
        "action": name,
        "step": result.step,
        "max_steps": session.max_steps,
        "blocked": result.blocked,
        "solved": result.solved,
        "truncated": result.truncated,
        "over": result.is_over,
        "reward": float(result.reward),
        "counts": _counts(result.counts),
    }
    return Answer(f"{head}\n{after}\n{end}", data)


def counts_text(deploy: str, counts: Counts) -> str:
    """Return how a workload fares, in a sentence."""
    return (
        f"{deploy} has {counts.ready} of {counts.target} pods ready, {counts.pending} pending, "
        f"{counts.total} in all; it asks for {counts.replicas} replicas of "
        f"{format_cpu_milli(counts.cpu_milli)} CPU and "
        f"{format_memory_bytes(counts.memory_bytes)} memory"
        + (f"; its containers have failed {counts.failures} times" if counts.failures else "")
        + (f". Other workloads that fare worse by it: {counts.harmed}." if counts.harmed else ".")
    )


def _counts(counts: Counts) -> WorkloadCounts:
    return {
        "ready": counts.ready,
        "pending": counts.pending,
        "total": counts.total,
        "target": counts.target,
        "cpu_milli": counts.cpu_milli,
        "memory_bytes": counts.memory_bytes,
        "replicas": counts.replicas,
        "failures": counts.failures,
    }


def _end(session: ScenarioSession) -> str:
    return "the goal is met" if session.solved else "the goal is not met"
