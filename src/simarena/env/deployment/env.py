"""`SimArena/Deployment-v0`, one at a time."""

from __future__ import annotations

from typing import Unpack

from simarena.env.codes import RewardKind
from simarena.env.deployment.options import OptionNames, Options
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.kernel.deployment.components import (
    NUM_DIAGNOSTIC,
    NUM_FULL,
    CountComponent,
    DeploymentComponent,
)
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_env import ArenaEnv, check_render_mode
from simarena.env.playing.documenting import (
    action_table,
    component_table,
    documented,
    reward_list,
)


@documented(
    counts=component_table(CountComponent),
    full=component_table(each for each in DeploymentComponent if each < NUM_FULL),
    diagnostic=component_table(
        each for each in DeploymentComponent if NUM_FULL <= each < NUM_DIAGNOSTIC
    ),
    neighbours=component_table(each for each in DeploymentComponent if each >= NUM_DIAGNOSTIC),
    rewards=reward_list(RewardKind),
    actions=action_table(),
)
class DeploymentEnv(ArenaEnv):
    """A Deployment in a Kubernetes cluster that has too few ready pods, or too many: repair it.

    ## Description

    An episode is one scenario: a recorded or generated trace, a cluster, a Deployment to look
    after, and how many pods of it should be ready. Each step changes the Deployment in the trace,
    replays the trace from its start for the scenario's duration of virtual time, and shows how the
    cluster looks at the end. Nothing is carried over from one replay to the next but the changed
    trace, so a step's outcome depends on the actions so far and not on their order in time.

    What can be wrong: pods ask for more CPU or memory than any node has free, so they stay Pending;
    their containers are killed for want of memory; there are too few replicas, or too many; many
    times what is used is requested; or several of these at once. It may also be that nothing is
    wrong.

    ## Action Space

    `Discrete(7)`, or the first `num_actions` of these:

    {actions}

    Requests are those of the first container, in every event of the trace that applies the
    Deployment; where the container has a limit, that is scaled along. An action that would cross
    one of `limits` (CPU 50m to 16, memory 64Mi to 32Gi, replicas 1 to 100) in an event leaves that
    event as it is. Where it changes none it is *blocked*, and the replay shows the same again. A
    scenario may begin outside of the limits; actions that lead back are not blocked.
    `info["action_mask"]` and `action_masks()` tell beforehand which actions are.

    ## Observation Space

    A `Box` of float32. Counts are of the Deployment's pods when the replay ends; those being
    deleted count until they are gone. With `noise` > 0 Gaussian noise is added to the counts
    ready, pending and total, which are then clipped to [0, 4 × most replicas]; rewards and infos
    stay exact.

    `observation="base"`, with 15 in place of 5 and of 8 `observation="scale"`:

    {counts}

    `observation="full"`, "diagnostic" (the default) and "neighbours" are relative, so that what is
    learned on one cluster holds on another: each number is in [0, 1], or in [−1, 1] where marked ±.
    s(x) stands for x / (1 + |x|), c2(x) for min(x, 2) / 2, c4(x) for min(x, 4) / 4, t for the
    target. A *room* is what a node has free when the Deployment's own pods are left aside; a *slot*
    is a place in a room for one pod. Only nodes count on which nothing but resources can keep the
    pods off. "full" is 0 to 34:

    {full}

    "diagnostic" adds 35 to 44, which tell how containers fare. *Usage* is the most that one uses by
    its pods' annotations, W the goal's ceiling on waste:

    {diagnostic}

    "neighbours" adds how other workloads fare:

    {neighbours}

    ## Rewards

    With r ready, p pending, n total pods, target t, CPU request c, memory request m; *at goal*
    means r = n = t and p = 0, and what the scenario's `Goal` asks for beyond that; by default that
    no other workload fares worse than it does without any edit (`info["harmed"]`).

    {rewards}

    ## Starting State

    A scenario, chosen evenly by the environment's seed (`sampling="random"`) or in turn ("cycle"),
    its trace unedited, replayed once. `reset(options={"scenario": ...})` takes a row of
    `scenarios` or a name instead. Chances inside the cluster come from the scenario's seed, not the
    environment's: the same actions in the same scenario always have the same outcome.

    ## Episode End

    1. Termination: the goal is met after a step. A scenario that is healthy from the start ends
       with the first step that leaves it so, which may be "nothing".
    2. Truncation: `max_steps` steps were taken (the scenario's number unless given), or the return
       fell under `min_return`.

    Stepping on raises EpisodeError.

    ## Arguments

    ```python
    >>> import gymnasium, simarena
    >>> env = gymnasium.make("SimArena/Deployment-v0", scenarios="classic", reward="scale")
    >>> env = gymnasium.make(
    ...     "SimArena/Deployment-v0",
    ...     trace="dsb-scaling.sktrace",
    ...     deploy="nginx-thrift",
    ...     target=8,
    ...     duration_s=120,
    ... )

    ```

    `scenarios`: "train", "held-out", "classic", a `Scenario` or several; or `trace`, `deploy`,
    `target`, `nodes`, `namespace`, `kubelet`. `observation`, `reward`, `num_actions`, `noise`,
    `step_penalty`, `min_return`, `max_steps`, `duration_s`, `limits`, `sampling`, `remember`: see
    `Options`. `render_mode`: None, "ansi" (`render` returns a line about the last step), "human"
    (each step prints it) or "rgb_array" (`render` returns a picture, drawn by matplotlib).

    ## Vectorized environment

    `gymnasium.make_vec("SimArena/Deployment-v0", num_envs=64)` gives a `DeploymentVectorEnv`, which
    steps all of them in one call; for Stable-Baselines3, `simarena.env.Sb3VecEnv` adapts it.

    ## Version History

    * v0: first version
    """

    def __init__(self, *, render_mode: str | None = None, **options: Unpack[OptionNames]) -> None:
        check_render_mode(render_mode)
        check_arguments(DeploymentEnv, Options, options)
        members = DeploymentVectorEnv(1, autoreset_mode="Disabled", **options)
        super().__init__(members, render_mode)
        self.options = members.options
