"""Steps and resets of a slice of environments, from the action to the observation.

A step is: edit the environment's own templates and specs, set its cluster back to the start, run it
for the scenario's duration, count, judge, observe. Where the same edits were replayed before, what
was counted then is remembered. What is asked of an environment is written down
as its `stage`, so that a replay that found a table full can be repeated once the table has grown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Status
from simarena.cluster.kernel.advance import advance, rewind
from simarena.env.codes import Call, Stage
from simarena.env.kernel.deployment.components import DeploymentComponent as Seen
from simarena.env.kernel.deployment.editing import apply_action, mask_edits
from simarena.env.kernel.deployment.goal import meets_goal
from simarena.env.kernel.deployment.observing import observe, shows_rooms
from simarena.env.kernel.deployment.remembering import find_slot, is_known, keep, recall
from simarena.env.kernel.deployment.rewards import reward_of
from simarena.env.kernel.playing.counting import count_pods, read_requests
from simarena.env.kernel.playing.episodes import begin_episode, call_for, is_followed, judge_step
from simarena.env.kernel.playing.harm import count_harmed, tally
from simarena.env.kernel.playing.rooms import observe_rooms
from simarena.env.kernel.playing.sharing import begin_turn, call_of, end_turn, next_env
from simarena.env.kernel.playing.telling import tell
from simarena.env.kernel.playing.worlds import start_of, unedited_of, world_of
from simarena.env.kernel.sources import CACHE_FOLDER
from simarena.jit.decorators import inner, kernel
from simarena.jit.references import by_reference
from simarena.trace import Action

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.env.records.bank import Bank, Batch
    from simarena.env.records.deployment import Seat


@inner
def _begin_episode(bank: Bank, batch: Batch, seat: Seat, env: int) -> None:
    scenario = begin_episode(bank, batch, seat, env)
    episode = seat.episodes[env]
    task = seat.tasks[scenario]
    episode["target"] = task["target"]
    episode["max_steps"] = task["max_steps"]
    episode["solved"] = False
    batch.state[env, 0] = bank.state[scenario, 0]  # actions look at it before anything is replayed


@inner
def _begin_step(bank: Bank, batch: Batch, seat: Seat, env: int) -> None:
    episode = seat.episodes[env]
    scenario = episode["scenario"]
    world = by_reference(world_of(bank, batch, env, scenario))
    workload = seat.tasks[scenario]["workload"]
    action = seat.actions[env]
    episode["blocked"] = apply_action(world, workload, seat.rules[0], action)
    episode["step"] += 1
    unchanged = action == Action.NOOP or episode["blocked"]
    episode["stage"] = Stage.UNCHANGED if unchanged else Stage.STEPPED


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
            world,
            task["workload"],
            template_row,
            episode["target"],
            seat.observations[env],
            Seen.CPU_OF_LARGEST_NODE,
            Seen.NODES,
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
    if seat.endings.shape[1] == 0:
        return _replay(bank, batch, seat, env, part, rooms)
    slot = find_slot(world, seat, env, scenario)
    if is_known(seat, part, slot, env, scenario):
        recall(seat.endings[part, slot], episode, seat.observations[env], rooms)
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
        solved = meets_goal(task, episode)
        episode["solved"] = solved  # rewards go by it
        if episode["stage"] != Stage.STARTED:
            judge_step(episode, reward_of(task, episode, rules), solved, rules["min_return"])
        observe(task, episode, rules, seat.observations[env])
        if is_followed(seat, env):
            _begin_episode(bank, batch, seat, env)
    return False


@inner
def _play_one(bank: Bank, batch: Batch, seat: Seat, call: int, env: int, part: int) -> bool:
    """Do in an environment what `call` (a Call) says; return whether a table was found full."""
    asked = call_for(seat, call, env)
    if asked == Call.RESET:
        _begin_episode(bank, batch, seat, env)
    elif asked == Call.STEP:
        _begin_step(bank, batch, seat, env)
    return _settle(bank, batch, seat, env, part)


@kernel(cached_in=CACHE_FOLDER)
def play(bank: Bank, batch: Batch, seat: Seat, call: int, turn: int, part: int) -> int:
    """Do what `call` says in environments that no other thread takes in this turn.

    Return how many found a table full, as `sharing.end_turn` says. There is one entry, not one for
    each call, because every entry costs another compilation of everything.
    """
    bank = by_reference(bank)
    batch = by_reference(batch)
    seat = by_reference(seat)
    env = begin_turn(seat.progress, call, turn, part)
    while env != NONE:
        is_full = _play_one(bank, batch, seat, call_of(seat.progress, part), env, part)
        tell(seat, env)
        env = next_env(seat.progress, part, is_full)
    return end_turn(seat.progress, part)
