"""Steps and resets of a slice of environments, from the action to the observation.

A step is: edit the environment's own templates and specs, set its cluster back to the start, run it
for the scenario's duration, count, judge, observe. Where the same edits were replayed before, what
was counted then is remembered. What is asked of an environment is written down
as its `stage`, so that a replay that found a table full can be repeated once the table has grown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Status
from simarena.cluster.kernel.advance import advance, rewind
from simarena.cluster.records import World
from simarena.env.codes import Autoreset, Call, Stage
from simarena.env.kernel.deployment.editing import apply_action
from simarena.env.kernel.deployment.goal import meets_goal
from simarena.env.kernel.deployment.observing import observe, observe_rooms, shows_rooms
from simarena.env.kernel.deployment.remembering import find_slot, is_known, keep, recall
from simarena.env.kernel.deployment.rewards import reward_of
from simarena.env.kernel.playing.counting import count_pods, read_requests
from simarena.env.kernel.playing.harm import count_harmed, tally
from simarena.env.kernel.playing.masking import mask_edits
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
from simarena.env.records.replaying import Edited
from simarena.jit.decorators import inner, kernel
from simarena.jit.references import by_reference, tables_at
from simarena.trace import Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.env.records.replaying import Bank, Batch, Row, Seat


@inner
def start_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the compiled start of a scenario; tables that are empty at a start are the batch's."""
    return tables_at(World, bank, scenario, batch, env)


@inner
def world_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the cluster of an environment: its own tables, and the scenario's fixed ones."""
    return tables_at(World, batch, env, bank, scenario)


@inner
def unedited_of(bank: Bank, batch: Batch, env: int, scenario: int) -> World:
    """Return the same with the scenario's own templates, specs and usage, as before any action."""
    unedited = Edited(bank.templates, bank.specs, bank.usage)
    return tables_at(World, unedited, scenario, batch, env, bank, scenario)


@inner
def _begin_episode(bank: Bank, batch: Batch, seat: Seat, env: int) -> None:
    """Choose a scenario and take its templates and specs anew."""
    episode = seat.episodes[env]
    scenario = next_scenario(episode, seat.rules[0], env)
    task = seat.tasks[scenario]
    episode["scenario"] = scenario
    episode["target"] = task["target"]
    episode["max_steps"] = task["max_steps"]
    episode["step"] = 0
    episode["blocked"] = False
    episode["solved"] = False
    episode["episode_return"] = 0.0
    episode["finished"] = 0
    episode["stage"] = Stage.STARTED
    state = bank.state[scenario, 0]
    batch.state[env, 0] = state  # actions look at it before anything is replayed
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
def _begin_step(bank: Bank, batch: Batch, seat: Seat, env: int) -> None:
    episode = seat.episodes[env]
    rules = seat.rules[0]
    if episode["finished"]:
        if rules["autoreset"] == Autoreset.NEXT_STEP:
            _begin_episode(bank, batch, seat, env)
            _clear_outcome(episode)
        return
    scenario = episode["scenario"]
    world = by_reference(world_of(bank, batch, env, scenario))
    workload = seat.tasks[scenario]["workload"]
    episode["blocked"] = apply_action(world, workload, rules, seat.actions[env])
    episode["step"] += 1
    unchanged = seat.actions[env] == Action.NOOP or episode["blocked"]
    episode["stage"] = Stage.UNCHANGED if unchanged else Stage.STEPPED


@inner
def _judge(task: Row, episode: Row, rules: Row) -> None:
    """Write reward and whether the episode is over, from the counts."""
    solved = meets_goal(task, episode)
    episode["solved"] = solved
    reward = reward_of(task, episode, rules)
    episode["reward"] = reward
    episode["episode_return"] += reward
    episode["terminated"] = solved
    episode["truncated"] = not solved and (
        episode["step"] >= episode["max_steps"] or episode["episode_return"] < rules["min_return"]
    )
    episode["finished"] = episode["terminated"] or episode["truncated"]


@inner
def _copy_vector(source: NDArray[np.float32], target: NDArray[np.float32]) -> None:
    for column in range(source.shape[0]):
        target[column] = source[column]


@inner
def _note_unedited(bank: Bank, seat: Seat, part: int, scenario: int, world: World) -> None:
    """Keep how everybody fares at the end of a replay without edits."""
    start = bank.state[scenario, 0]
    known = seat.unedited[part, scenario]
    tally(world, start["num_workloads"], start["num_bare"], known)
    known[known.shape[0] - 1, 0] = 1


@inner
def _count_harm(bank: Bank, seat: Seat, env: int, part: int, world: World) -> None:
    """Write how many others an environment's edits have harmed, if the scenario asks for that."""
    episode = seat.episodes[env]
    scenario = episode["scenario"]
    task = seat.tasks[scenario]
    episode["harmed"] = 0
    if not task["harmless"]:
        return
    if episode["stage"] == Stage.STARTED:
        _note_unedited(bank, seat, part, scenario, world)
        return
    start = bank.state[scenario, 0]
    episode["harmed"] = count_harmed(
        world,
        task["workload"],
        start["num_workloads"],
        start["num_bare"],
        seat.unedited[part, scenario],
    )


@inner
def _replay_unedited(bank: Bank, batch: Batch, seat: Seat, env: int, part: int) -> bool:
    """Find out how everybody fares without edits, unless this thread has; return whether it could.

    An episode's first replay tells, so this is for episodes that another thread has begun.
    """
    episode = seat.episodes[env]
    scenario = episode["scenario"]
    task = seat.tasks[scenario]
    if not task["harmless"] or episode["stage"] == Stage.STARTED:
        return True
    known = seat.unedited[part, scenario]
    if known[known.shape[0] - 1, 0]:
        return True
    world = by_reference(unedited_of(bank, batch, env, scenario))
    rewind(world, by_reference(start_of(bank, batch, env, scenario)))
    status = advance(world, task["duration_ms"])
    episode["status"] = status
    if status != Status.OK:
        return False
    seat.num_replays[part, 0] += 1
    _note_unedited(bank, seat, part, scenario, world)
    return True


@inner
def _replay(bank: Bank, batch: Batch, seat: Seat, env: int, part: int, rooms: int) -> bool:
    """Run an environment's replay and count what is at its end; return whether it got there."""
    episode = seat.episodes[env]
    scenario = episode["scenario"]
    task = seat.tasks[scenario]
    if not _replay_unedited(bank, batch, seat, env, part):
        return False
    world = by_reference(world_of(bank, batch, env, scenario))
    rewind(world, by_reference(start_of(bank, batch, env, scenario)))
    status = advance(world, task["duration_ms"])
    episode["status"] = status
    if status != Status.OK:
        return False
    seat.num_replays[part, 0] += 1
    mask_edits(world, task["workload"], seat.rules[0], episode)
    count_pods(world, task, episode)
    _count_harm(bank, seat, env, part, world)
    if rooms:
        template_row = world.specs[task["spec"]]["template"]
        observe_rooms(
            world, task["workload"], template_row, episode["target"], seat.observations[env]
        )
    return True


@inner
def _look(bank: Bank, batch: Batch, seat: Seat, env: int, part: int) -> bool:
    """Write how an environment's replay ends, run now or known from before.

    Return whether it got there: otherwise a table was found full.
    """
    episode = seat.episodes[env]
    scenario = episode["scenario"]
    world = by_reference(world_of(bank, batch, env, scenario))
    rooms = shows_rooms(seat.rules[0])
    read_requests(world, seat.tasks[scenario], episode)
    if seat.outcomes.shape[1] == 0:
        return _replay(bank, batch, seat, env, part, rooms)
    slot = find_slot(world, seat, env, scenario)
    if is_known(seat, part, slot, env, scenario):
        recall(seat.outcomes[part, slot], episode, seat.observations[env], rooms)
        return True
    if _replay(bank, batch, seat, env, part, rooms):
        keep(seat, part, slot, env, rooms)
        return True
    return False


@inner
def _settle(bank: Bank, batch: Batch, seat: Seat, env: int, part: int) -> bool:
    """Do what an environment's stage asks for; return whether a table was found full."""
    episode = seat.episodes[env]
    rules = seat.rules[0]
    while episode["stage"] != Stage.IDLE:
        if episode["stage"] != Stage.UNCHANGED and not _look(bank, batch, seat, env, part):
            return True
        task = seat.tasks[episode["scenario"]]
        if episode["stage"] == Stage.STARTED:
            episode["solved"] = meets_goal(task, episode)
            episode["stage"] = Stage.IDLE
        else:
            _judge(task, episode, rules)
            episode["stage"] = Stage.IDLE
        observe(task, episode, rules, seat.observations[env])
        if episode["finished"] and rules["autoreset"] == Autoreset.SAME_STEP:
            _copy_vector(seat.observations[env], seat.final_observations[env])
            seat.finals[env] = episode
            _begin_episode(bank, batch, seat, env)
    return False


@inner
def _play_one(bank: Bank, batch: Batch, seat: Seat, call: int, env: int, part: int) -> bool:
    """Do in an environment what `call` (a Call) says; return whether a table was found full."""
    if call == Call.STEP:
        _begin_step(bank, batch, seat, env)
    elif call == Call.RESET and seat.mask[env]:
        _begin_episode(bank, batch, seat, env)
        _clear_outcome(seat.episodes[env])
    return _settle(bank, batch, seat, env, part)


@kernel(cached_in=CACHE_FOLDER)
def play(bank: Bank, batch: Batch, seat: Seat, call: int, turn: int, part: int) -> int:
    """Do what `call` says in environments that no other thread takes in this turn.

    Return how many environments found a table full, which must be resumed once it has grown, NONE
    if not all are finished. `part` is the thread's own slice; a thread but the first goes on with
    the turns that follow soon. Without other threads the turn is ALONE.
    There is one entry, not one for each call, because every entry costs another compilation of
    everything.
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
            if _play_one(bank, batch, seat, call, env, part):
                num_full += 1
            tell(seat, env)
        low = next_taken(progress, turn, part, high - low, num_full)
        while low == NONE and part > 0 and turn != ALONE:
            turn = next_turn(progress, turn, part)
            call = call_of(progress)
            low = first_taken(progress, turn, part) if turn != ALONE else NONE
    return num_full if is_alone else total_full(progress)
