"""`SimArena/Deployment-v0`, one at a time."""

from __future__ import annotations

from typing import Unpack

from simarena.env.deployment.options import OptionNames, Options
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_env import ArenaEnv, check_render_mode


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

    | number | action |
    | --- | --- |
    | 0 | nothing |
    | 1 | CPU request +500m |
    | 2 | memory request +256Mi |
    | 3 | replicas +1 |
    | 4 | CPU request −500m |
    | 5 | memory request −256Mi |
    | 6 | replicas −1 |

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

    `observation="base"`: CPU request in millicores / 4000; memory request in Mi / 4096;
    pending / 5; (target − total) / 5; min(1, replicas / 8).

    `observation="scale"`: the same with 15 in place of 5 and of 8.

    `observation="full"` has 35 components, each in [0, 1], or in [−1, 1] where marked
    ±. They are relative, so that what is learned on one cluster holds on another. s(x) stands for
    x / (1 + |x|), c2(x) for min(x, 2) / 2, c4(x) for min(x, 4) / 4. A *room* is what a node has
    free when the Deployment's own pods are left aside; a *slot* is a place in a room for one pod.
    Only nodes count on which nothing but resources can keep the pods off.

    | number | component |
    | --- | --- |
    | 0-4 | c2 of ready, pending, total, waiting (no node yet), starting (not ready yet) / target |
    | 5, 6 | ± s(target − replicas), s(target − total) |
    | 7 | s(target / 8) |
    | 8, 9 | s(CPU request / 2 CPUs), s(memory request / 2Gi) |
    | 10, 11 | c2 of a pod's CPU, memory / the largest node's |
    | 12, 13 | ± s of steps by which a pod's CPU, memory is larger than the largest room |
    | 14-16 | c2 of slots / target: by CPU alone, by memory alone, by both and by number of pods |
    | 17, 18 | largest free CPU, memory on a node / the largest node's |
    | 19, 20 | c4 of the largest free CPU, memory on a node / a pod's |
    | 21, 22 | share of the waiting pods for which CPU, memory was short on some node |
    | 23-25 | share of nodes, over waiting pods: short of CPU, of memory, refusing otherwise |
    | 26 | s(nodes / 4) |
    | 27 | steps left / steps of an episode |
    | 28 | 1 if the last action was blocked |
    | 29-34 | 1 if one more of action 1 to 6 stays within the limits |

    `observation="diagnostic"` (the default) adds 10 that tell how containers fare. *Usage* is the
    most that one uses by its pods' annotations, W the goal's ceiling on waste; where nothing says
    what is used, 39 to 41 and 44 are 0, 0, 1 and 0.

    | number | component |
    | --- | --- |
    | 35 | s(ends of containers that nobody asked for / target) |
    | 36 | c2 of pods whose container ended last for want of memory / target |
    | 37 | s(pods that were evicted, or failed otherwise / target) |
    | 38 | 1 / W, 0 without a ceiling |
    | 39, 40 | ± s of steps by which the CPU, memory request is above the usage |
    | 41 | ± s of steps by which the memory limit is above the usage; 1 without a limit |
    | 42, 43 | ± s of steps by which the request is above W × usage; −1 without a ceiling |
    | 44 | 1 if usage of both is known |

    ## Rewards

    With r ready, p pending, n total pods, target t, CPU request c, memory request m; *at goal*
    means r = n = t and p = 0, and what the scenario's `Goal` asks for beyond that; by default that
    no other workload fares worse than it does without any edit (`info["harmed"]`).

    - `"base"`: 1 at goal, else 0.
    - `"shaped"`: 1 at goal; else −0.1·|r − t| − 0.05·p − (0.15·(n − t) if n > t;
      0.08·(t − n) if n < t), clamped to [−1, 1].
    - `"scale"`: 1 at goal; else −0.02·p/t − (0.07·(n − t) if n > t; 0.03·(t − n)/t if n < t),
      clamped to [−1, 1].
    - `"max_punish"`: base − 0.5 for each of c > 16, m > 32Gi, replicas > 100.
    - `"cost_aware_v2"`: with r/t and p/t clamped to [0, 1], health = (r/t)² − 0.85·p/t −
      0.75·max(0, t − n)/t and cost = 0.45·x_c + 0.45·x_m + 0.60·min(1, max(0, n − t)/t), where
      x_c = min(1, max(0, c − 500m)/(C − 500m)), C = max(501m, 16/t), and x_m likewise from 256Mi
      and 32Gi/t. At goal 0; else, less 1: 0.9 − 0.6·cost if r ≥ t and p = 0, health − 0.08·cost if
      p > 0, health − 0.12·cost otherwise; clamped to [−1, 0]. Then less `step_penalty`, less 0.12
      if the action was blocked, and clamped again.

    - `"guided"` (the default): 1 at goal; else −0.1 − 0.2·(1 − min(r/t, 1)) − 0.03·min(k, 15),
      with k the actions that settings alone tell of: replicas missing or too many, requests above
      the ceiling on waste, the memory limit below the usage.

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
