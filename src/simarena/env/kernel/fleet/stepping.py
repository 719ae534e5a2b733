"""Steps and resets of a slice of environments with many Deployments to look after.

A step is: edit one running Deployment, let the interval pass, count, judge, look. An environment
that found a table full goes on where it stopped once the table has grown.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Status
from simarena.cluster.kernel.advance import advance, rewind
from simarena.env.codes import Call, Edit, Stage
from simarena.env.kernel.fleet.observing import (
    NUM_CHANGES,
    count_harm,
    count_members,
    observe_fleet,
)
from simarena.env.kernel.fleet.rewards import reward_of
from simarena.env.kernel.living.editing import edit_deployment
from simarena.env.kernel.playing.episodes import begin_episode, call_for, is_followed, judge_step
from simarena.env.kernel.playing.sharing import begin_turn, call_of, end_turn, next_env
from simarena.env.kernel.playing.telling import tell
from simarena.env.kernel.playing.worlds import start_of, world_of
from simarena.env.kernel.sources import CACHE_FOLDER
from simarena.jit.decorators import inner, kernel
from simarena.jit.references import by_reference

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.bank import Bank, Batch
    from simarena.env.records.fleet import Seat

_SECOND_MS = 1_000


@inner
def _begin_episode(bank: Bank, batch: Batch, seat: Seat, env: int) -> None:
    begin_episode(bank, batch, seat, env)
    episode = seat.episodes[env]
    episode["max_steps"] = seat.rules[0]["max_steps"]
    episode["time_s"] = 0
    episode["acted_on"] = NONE
    episode["until_ms"] = NONE


@inner
def _begin_step(seat: Seat, env: int) -> None:
    episode = seat.episodes[env]
    episode["step"] += 1
    episode["until_ms"] = NONE
    episode["stage"] = Stage.STEPPED


@inner
def _act(seat: Seat, env: int, world: World) -> int:
    """Take the action; return a Status."""
    episode = seat.episodes[env]
    action = int(seat.actions[env])
    episode["blocked"] = False
    episode["acted_on"] = NONE
    if action == 0:
        return Status.OK
    index = (action - 1) // NUM_CHANGES
    member = seat.members[episode["scenario"], index]
    if member["workload"] == NONE:
        episode["blocked"] = True
        return Status.OK
    edit = edit_deployment(
        world,
        seat.families[episode["scenario"]],
        member["workload"],
        seat.rules[0],
        (action - 1) % NUM_CHANGES + 1,
    )
    if edit == Edit.NO_ROOM:
        return Status.EVENTS_FULL
    episode["blocked"] = edit == Edit.BLOCKED
    episode["acted_on"] = index
    return Status.OK


@inner
def _begin_interval(bank: Bank, batch: Batch, seat: Seat, env: int, world: World) -> int:
    """Do what comes before time passes: the action, or the start of a cluster; return a Status."""
    episode = seat.episodes[env]
    if episode["stage"] == Stage.STARTED:
        rewind(world, by_reference(start_of(bank, batch, env, episode["scenario"])))
        episode["until_ms"] = seat.warmup_ms[episode["scenario"]]
        return Status.OK
    status = _act(seat, env, world)
    if status == Status.OK:
        interval_ms = _SECOND_MS * seat.rules[0]["interval_s"]
        episode["until_ms"] = world.state[0]["now_ms"] + interval_ms
    return status


@inner
def _settle(bank: Bank, batch: Batch, seat: Seat, env: int) -> bool:
    """Do what an environment's stage asks for; return whether a table was found full."""
    episode = seat.episodes[env]
    while episode["stage"] != Stage.IDLE:
        world = by_reference(world_of(bank, batch, env, episode["scenario"]))
        started = episode["stage"] == Stage.STARTED
        status: int = Status.OK
        if episode["until_ms"] == NONE:
            status = _begin_interval(bank, batch, seat, env, world)
        if status == Status.OK:
            status = advance(world, episode["until_ms"])
        episode["status"] = status
        if status != Status.OK:
            return True
        count_members(world, seat, env)
        count_harm(bank, world, seat, env)
        solved = episode["healthy"] == episode["workloads"] and episode["harmed"] == 0
        episode["solved"] = solved  # rewards go by it
        if not started:
            judge_step(episode, reward_of(seat, env), solved, -math.inf)
            episode["time_s"] += seat.rules[0]["interval_s"]
        observe_fleet(world, seat, env)
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
