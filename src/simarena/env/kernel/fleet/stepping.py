"""Steps and resets of a slice of environments with many Deployments to look after.

A step is: edit one running Deployment, let the interval pass, count, judge, look. An environment
that found a table full goes on where it stopped once the table has grown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Status
from simarena.cluster.kernel.advance import advance, rewind
from simarena.env.codes import Autoreset, Call, Edit, Stage
from simarena.env.kernel.deployment.stepping import start_of, world_of
from simarena.env.kernel.fleet.observing import (
    NUM_CHANGES,
    count_members,
    health,
    observe_fleet,
)
from simarena.env.kernel.playing.live_editing import edit_deployment
from simarena.env.kernel.playing.sampling import next_scenario
from simarena.env.kernel.playing.sharing import (
    ALONE,
    call_of,
    end_of,
    first_taken,
    next_taken,
    next_turn,
    total_full,
)
from simarena.env.kernel.playing.telling import tell
from simarena.env.kernel.sources import CACHE_FOLDER
from simarena.jit.decorators import inner, kernel
from simarena.jit.references import by_reference

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.living import FleetSeat
    from simarena.env.records.replaying import Bank, Batch, Row

_SECOND_MS = 1_000


@inner
def _begin_episode(bank: Bank, batch: Batch, seat: FleetSeat, env: int) -> None:
    """Choose a scenario, and take its templates, specs and usage anew."""
    episode = seat.episodes[env]
    rules = seat.rules[0]
    scenario = next_scenario(episode, rules, env)
    episode["scenario"] = scenario
    episode["max_steps"] = rules["max_steps"]
    episode["step"] = 0
    episode["time_s"] = 0
    episode["blocked"] = False
    episode["acted_on"] = NONE
    episode["episode_return"] = 0.0
    episode["finished"] = 0
    episode["until_ms"] = NONE
    episode["stage"] = Stage.STARTED
    state = bank.state[scenario, 0]
    for row in range(state["num_templates"]):
        batch.templates[env, row] = bank.templates[scenario, row]
    for row in range(state["num_specs"]):
        batch.specs[env, row] = bank.specs[scenario, row]
    for row in range(state["num_usage"]):
        batch.usage[env, row] = bank.usage[scenario, row]


@inner
def _clear_outcome(episode: Row) -> None:
    episode["reward"] = 0.0
    episode["terminated"] = False
    episode["truncated"] = False


@inner
def _begin_step(bank: Bank, batch: Batch, seat: FleetSeat, env: int) -> None:
    episode = seat.episodes[env]
    if episode["finished"]:
        if seat.rules[0]["autoreset"] == Autoreset.NEXT_STEP:
            _begin_episode(bank, batch, seat, env)
            _clear_outcome(episode)
        return
    episode["step"] += 1
    episode["until_ms"] = NONE
    episode["stage"] = Stage.STEPPED


@inner
def _act(seat: FleetSeat, env: int, world: World) -> int:
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
def _begin_interval(bank: Bank, batch: Batch, seat: FleetSeat, env: int, world: World) -> int:
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
def _judge(seat: FleetSeat, env: int) -> None:
    """Write reward and whether the episode is over, from the counts."""
    episode = seat.episodes[env]
    solved = episode["healthy"] == episode["workloads"]
    reward = 1.0 if solved else health(seat, env) - 1.0
    episode["reward"] = reward
    episode["episode_return"] += reward
    episode["solved"] = solved
    episode["terminated"] = solved
    episode["truncated"] = not solved and episode["step"] >= episode["max_steps"]
    episode["finished"] = episode["terminated"] or episode["truncated"]
    episode["time_s"] += seat.rules[0]["interval_s"]


@inner
def _settle(bank: Bank, batch: Batch, seat: FleetSeat, env: int) -> bool:
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
        if started:
            episode["solved"] = episode["healthy"] == episode["workloads"]
        else:
            _judge(seat, env)
        observe_fleet(world, seat, env)
        episode["stage"] = Stage.IDLE
        if episode["finished"] and seat.rules[0]["autoreset"] == Autoreset.SAME_STEP:
            for column in range(seat.observations.shape[1]):
                seat.final_observations[env, column] = seat.observations[env, column]
            seat.finals[env] = episode
            _begin_episode(bank, batch, seat, env)
    return False


@inner
def _play_one(bank: Bank, batch: Batch, seat: FleetSeat, call: int, env: int) -> bool:
    """Do in an environment what `call` (a Call) says; return whether a table was found full."""
    if call == Call.STEP:
        _begin_step(bank, batch, seat, env)
    elif call == Call.RESET and seat.mask[env]:
        _begin_episode(bank, batch, seat, env)
        _clear_outcome(seat.episodes[env])
    return _settle(bank, batch, seat, env)


@kernel(cached_in=CACHE_FOLDER)
def play_fleet(bank: Bank, batch: Batch, seat: FleetSeat, call: int, turn: int, part: int) -> int:
    """Do what `call` says in environments that no other thread takes in this turn.

    Return how many environments found a table full, which must be resumed once it has grown, NONE
    if not all are finished. `part` is the thread's own slice; a thread but the first goes on with
    the turns that follow soon. Without other threads the turn is ALONE.
    """
    bank = by_reference(bank)
    batch = by_reference(batch)
    seat = by_reference(seat)
    progress = seat.progress
    is_alone = turn == ALONE
    num_full = 0
    low = first_taken(progress, turn, part)
    while low != NONE:
        high = end_of(progress, turn, low)
        num_full = 0
        for env in range(low, high):
            if _play_one(bank, batch, seat, call, env):
                num_full += 1
            tell(seat, env)
        low = next_taken(progress, turn, part, high - low, num_full)
        while low == NONE and part > 0 and turn != ALONE:
            turn = next_turn(progress, turn, part)
            call = call_of(progress)
            low = first_taken(progress, turn, part) if turn != ALONE else NONE
    return num_full if is_alone else total_full(progress)
