"""The table of commands. A new command is a module beside this one and a line here."""

from __future__ import annotations

from typing import Final

from simarena.cli._lazy import Target

COMMANDS: Final[dict[str, Target]] = {
    "train": Target("simarena.cli.train", "app", "Train an agent, measure it, write a report."),
    "evaluate": Target("simarena.cli.evaluate", "app", "Measure agents on scenarios."),
    "compare": Target(
        "simarena.cli.compare", "app", "Compare runs and agents: one table, one set of plots."
    ),
    "leaderboard": Target(
        "simarena.cli.leaderboard", "app", "Put the agents of run folders on one HTML page."
    ),
    "sweep": Target("simarena.cli.sweep", "app", "Search for settings of a training."),
    "run": Target("simarena.cli.run", "app", "Show one episode step by step."),
    "step": Target("simarena.cli.step", "app", "Observe a trace, decide, write the edited trace."),
    "scenarios": Target("simarena.cli.scenarios", "app", "List, show and export scenarios."),
    "replay": Target("simarena.cli.replay", "app", "Replay a trace: print and plot what happens."),
    "collect": Target(
        "simarena.cli.collect", "app", "Write an agent's transitions as a Minari dataset."
    ),
    "jobs": Target("simarena.cli.jobs", "app", "Submit, list, show and cancel jobs of a bucket."),
    "worker": Target("simarena.cli.worker", "app", "Take jobs from a bucket and do them."),
    "coordinator": Target(
        "simarena.cli.coordinator", "app", "Close the rounds of a group in a bucket."
    ),
    "conformance": Target(
        "simarena.cli.conformance", "app", "Judge the simulator by recorded decisions."
    ),
    "perf": Target(
        "simarena.cli.perf", "app", "Run workloads of Kubernetes' scheduler_perf, in pods a second."
    ),
    "serve": Target(
        "simarena.cli.serve", "app", "Serve a cluster as a Kubernetes API, in virtual time."
    ),
    "preflight": Target(
        "simarena.cli.preflight", "app", "Check whether a cluster can run SimKube's simulations."
    ),
    "clean": Target("simarena.cli.clean", "app", "Remove what simulations have left in a cluster."),
    "mcp": Target("simarena.cli.mcp", "app", "Serve a cluster to language models (MCP)."),
    "bench": Target(
        "simarena.cli.bench", "app", "Measure language models, and agents beside them."
    ),
    "fleet": Target(
        "simarena.cli.fleet", "app", "Workers on Amazon EC2: launch, list, stop, terminate."
    ),
    "trace": Target("simarena.cli.trace", "app", "Show, check, convert, edit and import traces."),
}
"""Name on the command line: where it is, what it does. Help lists them in this order."""

EXTRAS: Final = {
    "boto3": "aws",
    "botocore": "aws",
    "cryptography": "serve",
    "dotenv": "llm",
    "inspect_ai": "llm",
    "jinja2": "llm",
    "kubernetes": "mcp",
    "matplotlib": "plot",
    "mcp": "mcp",
    "minari": "offline",
    "optuna": "sweep",
    "ray": "ray",
    "sb3_contrib": "rl",
    "stable_baselines3": "rl",
    "starlette": "serve",
    "tensorboard": "rl",
    "torch": "rl",
    "uvicorn": "serve",
}
"""Modules that a plain install lacks, and the extra that brings them."""
