"""Steps and resets of a slice of environments in which time flows.

A step is: edit the running Deployment, let the interval pass second by second under its load, look,
judge. An environment that found a table full goes on where it stopped once the table has grown.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Status
from simarena.cluster.kernel.advance import advance, rewind
from simarena.env.codes import Call, Edit, Stage
from simarena.env.kernel.living.editing import edit_deployment, mask_edits
from simarena.env.kernel.online.observing import (
    clear_changes,
    count_service_pods,
    observe_service,
    read_usage,
)
from simarena.env.kernel.online.rewards import reward_of
from simarena.env.kernel.online.service import (
    add_second,
    look_at_pods,
    reckon_second,
    use_resources,
)
from simarena.env.kernel.playing.episodes import begin_episode, call_for, is_followed, judge_step
from simarena.env.kernel.playing.sampling import gaussian, uniform
from simarena.env.kernel.playing.sharing import begin_turn, call_of, end_turn, next_env
from simarena.env.kernel.playing.telling import tell
from simarena.env.kernel.playing.worlds import start_of, world_of
from simarena.env.kernel.sources import CACHE_FOLDER
from simarena.jit.decorators import inner, kernel
from simarena.jit.references import by_reference

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.bank import Bank, Batch
    from simarena.env.records.episode import Row
    from simarena.env.records.online import Seat

_SECOND_MS = 1_000


@inner
def _begin_episode(bank: Bank, batch: Batch, seat: Seat, env: int) -> None:
    scenario = begin_episode(bank, batch, seat, env)
    episode = seat.episodes[env]
    rules = seat.rules[0]
    task = seat.tasks[scenario]
    episode["target"] = task["target"]
    episode["max_steps"] = rules["max_steps"]
    episode["time_s"] = 0
    episode["changed"] = 0
    episode["offset_s"] = 0
    if rules["random_start"]:
        episode["offset_s"] = int(uniform(episode) * task["num_seconds"])
    episode["tick"] = NONE


@inner
def _begin_step(seat: Seat, env: int) -> None:
    episode = seat.episodes[env]
    episode["step"] += 1
    episode["tick"] = NONE
    episode["stage"] = Stage.STEPPED


@inner
def _clear_sums(episode: Row) -> None:
    episode["offered"] = 0.0
    episode["answered"] = 0.0
    episode["sum_utilisation"] = 0.0
    episode["peak_utilisation"] = 0.0
    episode["sum_cost"] = 0.0


@inner
def _load_rps(seat: Seat, episode: Row, task: Row) -> float:
    """Return the load of the second that begins now.

    Before the first step it is that of the first second, of which the pods that are ready already
    get their part only: otherwise the first of them would be overrun.
    """
    second = episode["offset_s"]
    part = 1.0
    if episode["stage"] == Stage.STEPPED:
        second += episode["time_s"] + episode["tick"]
    else:
        part = min(1.0, episode["ready_now"] / max(task["target"], 1))
    if second >= task["num_seconds"]:  # seldom, and to divide takes long
        second %= task["num_seconds"]
    load = seat.loads[episode["scenario"], second]
    return float(load * episode["noise_factor"] * part)


@inner
def _pass_time(world: World, seat: Seat, episode: Row, task: Row, seconds: int) -> int:
    """Let the rest of an interval pass, second by second; return a Status."""
    while episode["tick"] < seconds:
        if episode["measured"] == 0:
            happened = look_at_pods(world, task, episode)
            rps = _load_rps(seat, episode, task)
            if happened or rps != episode["second_rps"]:
                if use_resources(world, task, episode, rps):
                    episode["num_events"] = NONE
                    return Status.EVENTS_FULL
                reckon_second(task, episode, rps)
            add_second(task, episode)
            episode["measured"] = 1
        # The interval began at observed_ms, except that time before an episode begins at 0.
        until_ms = episode["observed_ms"] + _SECOND_MS * (episode["tick"] + 1)
        status = advance(world, until_ms)
        if status != Status.OK:
            return status
        episode["measured"] = 0
        episode["tick"] += 1
    return Status.OK


@inner
def _sum_up(episode: Row, seconds: int) -> None:
    """Write what the interval was like."""
    episode["last_load_rps"] = episode["load_rps"]
    episode["load_rps"] = episode["offered"] / seconds
    episode["served"] = 1.0
    if episode["offered"] > 0.0:
        episode["served"] = episode["answered"] / episode["offered"]
    episode["utilisation"] = episode["sum_utilisation"] / seconds
    episode["cost"] = episode["sum_cost"] / seconds


@inner
def _take_last_second(task: Row, episode: Row) -> None:
    """Write what the last second before an episode was like: those before it are no matter."""
    episode["load_rps"] = episode["second_rps"]
    episode["last_load_rps"] = episode["second_rps"]
    episode["served"] = episode["second_answered"] if episode["second_rps"] > 0.0 else 1.0
    episode["utilisation"] = episode["second_utilisation"]
    episode["peak_utilisation"] = episode["second_utilisation"]
    episode["cost"] = episode["reserved"] / task["reference_cost"]


@inner
def _begin_interval(bank: Bank, batch: Batch, seat: Seat, env: int, world: World, task: Row) -> int:
    """Do what comes before time passes: the action, or the start of a cluster; return a Status."""
    episode = seat.episodes[env]
    rules = seat.rules[0]
    episode["noise_factor"] = 1.0
    if episode["stage"] == Stage.STARTED:
        rewind(world, by_reference(start_of(bank, batch, env, episode["scenario"])))
        episode["observed_ms"] = 0
        episode["load_rps"] = 0.0
    else:
        edit = edit_deployment(
            world, seat.families[episode["scenario"]], task["workload"], rules, seat.actions[env]
        )
        if edit == Edit.NO_ROOM:
            return Status.EVENTS_FULL
        episode["blocked"] = edit == Edit.BLOCKED
        episode["changed"] = edit == Edit.CHANGED
        if rules["noise"] > 0.0:
            episode["noise_factor"] = max(0.0, 1.0 + rules["noise"] * gaussian(episode))
    episode["num_events"] = NONE
    episode["measured"] = 0
    episode["tick"] = 0
    _clear_sums(episode)
    return Status.OK


@inner
def _settle(bank: Bank, batch: Batch, seat: Seat, env: int) -> bool:
    """Do what an environment's stage asks for; return whether a table was found full."""
    episode = seat.episodes[env]
    rules = seat.rules[0]
    while episode["stage"] != Stage.IDLE:
        task = seat.tasks[episode["scenario"]]
        world = by_reference(world_of(bank, batch, env, episode["scenario"]))
        started = episode["stage"] == Stage.STARTED
        seconds = task["warmup_s"] if started else rules["interval_s"]
        status: int = Status.OK
        if episode["tick"] == NONE:
            status = _begin_interval(bank, batch, seat, env, world, task)
        if status == Status.OK:
            status = _pass_time(world, seat, episode, task, seconds)
        episode["status"] = status
        if status != Status.OK:
            return True
        _sum_up(episode, seconds)
        # Where nothing happened, what was counted and seen the last time still holds.
        num_events = world.state[0]["num_events"]
        is_still = (
            not started and episode["observed_events"] == num_events and episode["changed"] == 0
        )
        if not is_still:
            count_service_pods(world, task, episode)
            families = seat.families[episode["scenario"]]
            mask_edits(world, families, task["workload"], rules, episode)
        else:
            clear_changes(episode)
        read_usage(world, task, episode)
        if started:
            _take_last_second(task, episode)
        else:
            episode["time_s"] += seconds
            judge_step(episode, reward_of(episode, rules), False, -math.inf)  # noqa: FBT003
        observe_service(world, task, episode, rules, seat.observations[env], is_still)
        episode["observed_ms"] = world.state[0]["now_ms"]
        episode["observed_events"] = num_events
        if is_followed(seat, env):
            _begin_episode(bank, batch, seat, env)
    return False


@inner
def _play_one(bank: Bank, batch: Batch, seat: Seat, call: int, env: int) -> bool:
    """Do in an environment what `call` (a Call) says; return whether a table was found full."""
    asked = call_for(seat, call, env)
    if asked == Call.RESET:
        _begin_episode(bank, batch, seat, env)
    elif asked == Call.STEP:
        _begin_step(seat, env)
    return _settle(bank, batch, seat, env)


@kernel(cached_in=CACHE_FOLDER)
def play(bank: Bank, batch: Batch, seat: Seat, call: int, turn: int, part: int) -> int:
    """Do what `call` says in environments that no other thread takes in this turn.

    Return how many found a table full, as `sharing.end_turn` says.
    """
    bank = by_reference(bank)
    batch = by_reference(batch)
    seat = by_reference(seat)
    env = begin_turn(seat.progress, call, turn, part)
    while env != NONE:
        is_full = _play_one(bank, batch, seat, call_of(seat.progress, part), env)
        tell(seat, env)
        env = next_env(seat.progress, part, is_full)
    return end_turn(seat.progress, part)
