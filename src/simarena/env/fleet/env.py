"""`SimArena/Cluster-v0`, one at a time."""

from __future__ import annotations

from typing import Unpack

from simarena.env.fleet.options import ClusterOptionNames, ClusterOptions
from simarena.env.fleet.vector_env import ClusterVectorEnv
from simarena.env.kernel.fleet.components import ClusterComponent, MemberComponent
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_env import ArenaEnv, check_render_mode
from simarena.env.playing.documenting import component_table, documented


@documented(members=component_table(MemberComponent), cluster=component_table(ClusterComponent))
class ClusterEnv(ArenaEnv):
    """Many Deployments in one cluster, some of them ill: make all of their pods healthy.

    ## Description

    An episode is one trace in one cluster. The whole trace happens first, and a minute passes; then
    the agent changes one Deployment each step, and `interval_s` virtual seconds pass. The cluster
    lives on: nothing is replayed, another request is rolled out pod by pod by the real Deployment
    controller, and what one Deployment takes from a node another cannot have.

    Each Deployment has a target: the replicas that the trace asks for last, or in a generated
    scenario those it was healthy with. It is *healthy* when ready = total = target and nothing is
    pending. The goal is met when all are, and no other workload of the trace (a StatefulSet, a
    DaemonSet, a pod of its own) fares worse than if nobody had acted: has fewer ready pods than the
    same cluster has at the same moment without any action, or has lost more of them to eviction or
    preemption by then (`info["harmed"]`).

    ## Action Space

    `Discrete(1 + 6·W)`, W being the most Deployments of a scenario: 0 is nothing, 1 + 6·w + c is
    change c of Deployment w: 0 CPU request plus `cpu_step_milli`, 1 memory request plus
    `memory_step_bytes`, 2 replicas plus 1, 3 to 5 the same less. One number, not a pair, so that a
    mask can forbid a change of one Deployment only. `action_masks()`, `info["action_mask"]` and the
    observation say which actions the next step would not block: for a limit, or because six
    different requests of the Deployment are in use. A blocked action changes nothing.

    ## Observation Space

    Numbers in [0, 1], or in [−1, 1] where marked ±. s(x) stands for x / (1 + |x|), c2(x) for
    min(x, 2) / 2, c4(x) for min(x, 4) / 4, t for the target. `observation="flat"` (the default) is
    one float32 vector: W rows of 16, 9 of the cluster, then the mask of actions.
    `observation="dict"` has them as `workloads` (W, 16), `cluster` (9,), `action_mask` and, once
    more, `present` (W,): which rows stand for a Deployment. Other rows are 0.

    A Deployment's row:

    {members}

    The cluster's row:

    {cluster}

    ## Rewards

    1 when the goal is met. Else h − 1, where h is the mean over the Deployments, with r
    ready and n total pods, of max(0, 1 − (|r − t| + |n − t|) / 2t).

    ## Starting State

    A scenario, chosen evenly by the environment's seed (`sampling="random"`) or in turn ("cycle").
    `reset(options={"scenario": ...})` takes a row of `scenarios` or a name. Chances inside the
    cluster follow from the scenario's seed.

    ## Episode End

    1. Termination: the goal is met after a step.
    2. Truncation: `max_steps` steps were taken.

    ## Arguments

    ```python
    >>> import gymnasium, simarena
    >>> env = gymnasium.make("SimArena/Cluster-v0", num_workloads=8, observation="dict")
    >>> env = gymnasium.make("SimArena/Cluster-v0", trace="dsb-scaling.sktrace", nodes=2)

    ```

    `trace`, `nodes` and `kubelet`: a recorded one, all of its Deployments, of which not all may be
    healthy to begin with; without it `num_scenarios` of
    `num_workloads` Deployments are generated. `scenarios`, `observation`, `interval_s`,
    `max_steps`, `cpu_step_milli`, `memory_step_bytes`, `limits`, `sampling`: see `ClusterOptions`.
    `render_mode`: None, "ansi", "human" or "rgb_array".

    ## Vectorized environment

    `gymnasium.make_vec("SimArena/Cluster-v0", num_envs=16)` gives a `ClusterVectorEnv`, which steps
    all of them in one call; for Stable-Baselines3, `simarena.env.Sb3VecEnv` adapts it, masks
    included.

    ## Version History

    * v0: first version
    """

    def __init__(
        self, *, render_mode: str | None = None, **options: Unpack[ClusterOptionNames]
    ) -> None:
        check_render_mode(render_mode)
        check_arguments(ClusterEnv, ClusterOptions, options)
        members = ClusterVectorEnv(1, autoreset_mode="Disabled", **options)
        super().__init__(members, render_mode)
        self.options = members.options
