"""`SimArena/Online-v0`, one at a time."""

from __future__ import annotations

from typing import Unpack

from simarena.env.kernel.online.components import OnlineComponent
from simarena.env.online.options import OnlineOptionNames, OnlineOptions
from simarena.env.online.vector_env import OnlineVectorEnv
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_env import ArenaEnv, check_render_mode
from simarena.env.playing.documenting import component_table, documented


@documented(components=component_table(OnlineComponent))
class OnlineEnv(ArenaEnv):
    """A Deployment whose load changes while the agent looks after it: serve well, and cheaply.

    ## Description

    Time flows. Every `interval_s` virtual seconds the agent sees the load, what pods use and
    request, which are ready, and what happened since it looked last, and changes the running
    Deployment by one action. Another number of replicas is scaled to; another request is rolled
    out, both by the real Deployment controller of the simulated cluster, pod by pod, with the
    scheduler finding nodes. Nothing is replayed: pods take their time to start, and what was done
    stays done.

    Requests come as a load profile says, in requests a second, and divide evenly over the ready
    pods. With λ the load, n the ready pods and a = λ / n, each pod

    - wants `idle_cpu_milli` + a · `cpu_per_request_ms` of CPU. It gets at most its limit, and at
      most its request plus its share of what nobody requested on its node (divided by the node's
      pods);
    - uses `idle_memory_bytes` + a · `memory_per_rps_bytes` of memory. Under a real kubelet a
      container over its limit is killed, restarted, and waits longer each time; its part of the
      load goes to the others;
    - answers a request within the objective d = `objective_ms` with probability
      1 − exp(−(m − a)·d), where m is the rate at which its CPU lasts; 0 if a ≥ m. That is the time
      in system of a queue with Poisson arrivals and one server (M/M/1).

    The load is one number for each second. Usage, readiness and what is served are reckoned anew
    each second.

    ## Action Space

    `Discrete(7)`: 0 nothing; 1, 4 CPU request plus, minus `cpu_step_milli`; 2, 5 memory request
    plus, minus `memory_step_bytes`; 3, 6 replicas plus, minus 1. Requests are the first
    container's; a limit is scaled along. An action that would cross one of `limits` is *blocked*:
    nothing changes. So is one that finds eight different requests of the Deployment in use at once.
    `info["action_mask"]` and `action_masks()` tell beforehand which actions are.

    ## Observation Space

    A `Box` of 48 float32, each in [0, 1], or in [−1, 1] where marked ±. s(x) stands for x / (1 +
    |x|), c2(x) for min(x, 2) / 2, c4(x) for min(x, 4) / 4, t for the replicas wanted now, λ for the
    load. *Since* means since the last observation. A *room* is what a node has free when the
    Deployment's own pods are left aside; a *slot* is a place in a room for one pod.

    {components}

    ## Rewards

    `weights.service` · S − `weights.cost` · C − `weights.change` · D (1, 0.25 and 0 unless given).
    S is the share of the interval's requests that were answered within the objective, 1 if there
    were none. C is what the Deployment's pods reserved on nodes, averaged over the interval, as a
    share of what the trace's own settings reserve: CPUs plus 0.11 for each GiB, about the ratio of
    public list prices. D is 1 if the action changed something. So the trace's own allocation,
    serving everything, earns 0.75 a step.

    ## Starting State

    A scenario, chosen evenly by the environment's seed (`sampling="random"`) or in turn ("cycle"):
    the cluster with its Deployment up and under the profile's first load, or under that of any
    second (`random_start`). `reset(options={"scenario": ...})` takes a row of `scenarios` or a
    name. Chances inside the cluster follow from the scenario's seed, so equal seeds and actions
    give equal episodes.

    ## Episode End

    Truncation after `horizon_s`. There is no goal and no termination. Stepping on raises
    EpisodeError.

    ## Arguments

    ```python
    >>> import gymnasium, simarena
    >>> env = gymnasium.make("SimArena/Online-v0", profile="daily", interval_s=30)
    >>> env = gymnasium.make(
    ...     "SimArena/Online-v0",
    ...     trace="dsb-scaling.sktrace",
    ...     deploy="nginx-thrift",
    ...     rps_per_replica=50,
    ... )

    ```

    `profile`: "steps", "ramp", "daily", "spikes", "all" (the default), a `LoadProfile`, or several;
    or "trace", the replicas that a recorded Deployment was scaled to, times `rps_per_replica`.
    `trace`, `deploy`, `nodes`, `namespace`, `config`: a recorded cluster in place of the built-in
    service; the recorded changes of the Deployment itself are left out. `hpa`: a
    HorizontalPodAutoscaler in the cluster. `service`, `weights`, `interval_s`, `horizon_s`, `noise`
    (relative standard deviation of the load from interval to interval), `random_start`,
    `cpu_step_milli`, `memory_step_bytes`, `limits`, `sampling`, `scenarios`: see `OnlineOptions`.
    `render_mode`: None, "ansi" (`render` returns a line about the last step), "human" (each step
    prints it) or "rgb_array" (`render` returns a picture, drawn by matplotlib).

    ## Vectorized environment

    `gymnasium.make_vec("SimArena/Online-v0", num_envs=64)` gives an `OnlineVectorEnv`, which steps
    all of them in one call; for Stable-Baselines3, `simarena.env.Sb3VecEnv` adapts it.

    ## Version History

    * v0: first version
    """

    def __init__(
        self, *, render_mode: str | None = None, **options: Unpack[OnlineOptionNames]
    ) -> None:
        check_render_mode(render_mode)
        check_arguments(OnlineEnv, OnlineOptions, options)
        members = OnlineVectorEnv(1, autoreset_mode="Disabled", **options)
        super().__init__(members, render_mode)
        self.options = members.options
