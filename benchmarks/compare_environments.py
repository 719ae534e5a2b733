"""Steps a second of other environments beside ours, in one run on one machine.

    python benchmarks/compare_environments.py                    # what this Python has
    python benchmarks/compare_environments.py --envpool PYTHON   # EnvPool of another interpreter

Gymnasium's CartPole and, where it is installed, EnvPool's: C++ environments that step together in
one call. Runs take turns, so that whatever else the machine does slows all of them alike, and the
fastest round of each counts. All take random actions and use one thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import subprocess
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
BATCH = 64
SINGLE_STEPS = 10_000
BATCH_STEPS = 1_000
OURS = "SimArena/Deployment-v0"


class Contender(NamedTuple):
    """An environment that is ready to be stepped."""

    name: str
    steps: int
    """Of all its members together, in one round."""
    play: Callable[[], None]


def processor() -> str:
    """Return the name of the machine's processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - not a file
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def single(name: str, **options: Any) -> Contender:
    """Return one environment of Gymnasium's registry."""
    import gymnasium

    env = gymnasium.make(name, **options)
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(0, int(env.action_space.n), SINGLE_STEPS)  # type: ignore[attr-defined]

    def play() -> None:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()

    return Contender(f"{name}, one, through gymnasium.make", SINGLE_STEPS, play)


def batch(name: str, **options: Any) -> Contender:
    """Return a batch of Gymnasium's registry; its own vector code where it has any."""
    import gymnasium

    env = gymnasium.make_vec(name, BATCH, vectorization_mode="vector_entry_point", **options)
    env.reset(seed=0)
    num_actions = int(env.single_action_space.n)  # type: ignore[attr-defined]
    actions = np.random.default_rng(0).integers(0, num_actions, (BATCH_STEPS, BATCH))

    def play() -> None:
        for action in actions:
            env.step(action)

    return Contender(f"{name}, {BATCH} in a batch", BATCH * BATCH_STEPS, play)


def envpool() -> Contender:
    """Return EnvPool's CartPole."""
    import envpool as pool  # type: ignore[import-not-found]

    env = pool.make_gymnasium("CartPole-v1", num_envs=BATCH, num_threads=1)
    env.reset()
    actions = np.random.default_rng(0).integers(0, 2, (BATCH_STEPS, BATCH)).astype(np.int32)

    def play() -> None:
        for action in actions:
            env.step(action)

    return Contender(f"EnvPool {pool.__version__} CartPole-v1, {BATCH}", BATCH * BATCH_STEPS, play)


def seconds(contender: Contender) -> float:
    """Return how long one round took."""
    started = time.perf_counter()
    contender.play()
    return time.perf_counter() - started


def elsewhere(python: str) -> tuple[str, float]:
    """Return EnvPool's name, and its best seconds a step, in a process of another interpreter."""
    told = subprocess.run(
        [python, __file__, "--only-envpool"], check=True, capture_output=True, text=True
    ).stdout
    name, best = told.strip().rsplit("\t", 1)
    return name, float(best)


def contenders() -> list[Contender]:
    """Return ours first, then what else this interpreter has."""
    import simarena  # noqa: F401 - registers the environment
    from simarena.env import load_suite

    scenarios = [scenario for scenario in load_suite("classic") if scenario.target == 3]
    found = [
        single(OURS, scenarios=scenarios),
        batch(OURS, scenarios=scenarios),
        single("CartPole-v1"),
        batch("CartPole-v1"),
    ]
    if importlib.util.find_spec("envpool"):
        found.append(envpool())
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--envpool", metavar="PYTHON", help="interpreter that has EnvPool")
    parser.add_argument("--only-envpool", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only_envpool:
        pool = envpool()
        seconds(pool)
        print(f"{pool.name}\t{min(seconds(pool) for _ in range(ROUNDS)) / pool.steps}")
        return
    found = contenders()
    for contender in found:  # compile, warm up
        seconds(contender)
    best = {contender.name: np.inf for contender in found}
    for _ in range(ROUNDS):
        for contender in found:
            best[contender.name] = min(best[contender.name], seconds(contender) / contender.steps)
        if chosen.envpool:
            name, took = elsewhere(chosen.envpool)
            best[name] = min(best.get(name, np.inf), took)
    ours = best[found[1].name]
    day = time.strftime("%Y-%m-%d")
    print(f"{day}, {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("\n| environment | steps/s | our batch is faster by |\n| --- | --- | --- |")
    for name, took in best.items():
        print(f"| {name} | {1 / took:,.0f} | {took / ours:.2f} |")


if __name__ == "__main__":
    main()
