"""The agent that a run has trained, ready to act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.agents import NETWORKS, GreedyAgent
from simarena.errors import CheckpointError
from simarena.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from simarena.agents import BatchAgent, TaskShape
    from simarena.evaluation.run_folder import RunFolder


def trained_agent(run: RunFolder, shape: TaskShape) -> BatchAgent:
    """Return the agent of the run's latest checkpoint, for tasks of `shape`.

    Raises:
        CheckpointError: there is no checkpoint, it is damaged, or of another shape.
    """
    if not run.latest.exists():
        message = (
            f"{run.path}: has no checkpoint yet; go on with 'simarena train --resume {run.path}'"
        )
        raise CheckpointError(message)
    checkpoint = Checkpoint(run.latest)
    checkpoint.require(checkpoint.agent, shape)
    return agent_from(checkpoint)


def agent_from(checkpoint: Checkpoint) -> BatchAgent:
    """Return the agent that `checkpoint` holds.

    Raises:
        CheckpointError: it is damaged, or of an agent that this release does not have.
    """
    weights = checkpoint.arrays("weights")
    if checkpoint.agent in NETWORKS:
        return NETWORKS[checkpoint.agent](checkpoint.shape, weights)
    if checkpoint.agent == "greedy":
        agent = GreedyAgent(checkpoint.shape)
        agent.restore(weights)
        return agent
    message = f"{checkpoint.path}: is of agent {checkpoint.agent!r}, which this release cannot load"
    raise CheckpointError(message)
