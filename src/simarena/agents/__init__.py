"""Who decides: agents that follow rules, that draw lots, and that have learned."""

from __future__ import annotations

from simarena.agents.fixed import BlindAgent, FixedAgent, RandomAgent, ReplicaScaler
from simarena.agents.greedy import GreedyAgent
from simarena.agents.networks import (
    NETWORKS,
    DqnAgent,
    MaskablePpoAgent,
    NetworkAgent,
    PpoAgent,
    QrDqnAgent,
)
from simarena.agents.oracle import OracleAgent
from simarena.agents.protocol import Agent, BatchAgent, TaskShape
from simarena.agents.registry import AGENTS, LEARNERS, OneByOne, make_agent
from simarena.agents.rules import RulesAgent

__all__ = [
    "AGENTS",
    "LEARNERS",
    "NETWORKS",
    "Agent",
    "BatchAgent",
    "BlindAgent",
    "DqnAgent",
    "FixedAgent",
    "GreedyAgent",
    "MaskablePpoAgent",
    "NetworkAgent",
    "OneByOne",
    "OracleAgent",
    "PpoAgent",
    "QrDqnAgent",
    "RandomAgent",
    "ReplicaScaler",
    "RulesAgent",
    "TaskShape",
    "make_agent",
]
