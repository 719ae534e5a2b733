"""Steps and resets of a slice of environments in which time flows.

A step is: edit the running Deployment, let the interval pass second by second under its load, look,
judge. An environment that found a table full goes on where it stopped once the table has grown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Status
from simarena.cluster.kernel.advance import advance, rewind
from simarena.env.codes import Autoreset, Call, Edit, Stage
from simarena.env.kernel.deployment.stepping import start_of, world_of
from simarena.env.kernel.online.observing import (
    clear_changes,
    count_service_pods,
    observe_service,
    read_usage,
)
from simarena.env.kernel.online.service import (
    add_second,
    look_at_pods,
    reckon_second,
    use_resources,
)
from simarena.env.kernel.playing.live_editing import edit_deployment
from simarena.env.kernel.playing.masking import mask_live_edits
from simarena.env.kernel.playing.sampling import gaussian, next_scenario, uniform
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
    from simarena.env.records.living import ServiceSeat
    from simarena.env.records.replaying import Bank, Batch, Row

_SECOND_MS = 1_000


@inner
def _begin_episode(bank: Bank, batch: Batch, seat: ServiceSeat, env: int) -> None:
    """Choose a scenario, and take its templates, specs and usage anew."""
    episode = seat.episodes[env]
    rules = seat.rules[0]
    scenario = next_scenario(episode, rules, env)
    task = seat.tasks[scenario]
    episode["scenario"] = scenario
    episode["target"] = task["target"]
    episode["max_steps"] = rules["max_steps"]
    episode["step"] = 0
    episode["time_s"] = 0
    episode["blocked"] = False
    episode["changed"] = 0
    episode["episode_return"] = 0.0
    episode["finished"] = 0
    episode["offset_s"] = 0
    if rules["random_start"]:
        episode["offset_s"] = int(uniform(episode) * task["num_seconds"])
    episode["tick"] = NONE
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
def _clear_sums(episode: Row) -> None:
    episode["offered"] = 0.0
    episode["answered"] = 0.0
    episode["sum_utilisation"] = 0.0
    episode["peak_utilisation"] = 0.0
    episode["sum_cost"] = 0.0


@inner
def _load_rps(seat: ServiceSeat, episode: Row, task: Row) -> float:
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
def _pass_time(world: World, seat: ServiceSeat, episode: Row, task: Row, seconds: int) -> int:
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
def _judge(episode: Row, rules: Row) -> None:
    """Write the reward, and whether the episode is over."""
    reward = (
        rules["service_weight"] * episode["served"]
        - rules["cost_weight"] * episode["cost"]
        - rules["change_weight"] * episode["changed"]
    )
    episode["reward"] = reward
    episode["episode_return"] += reward
    episode["truncated"] = episode["step"] >= episode["max_steps"]
    episode["finished"] = episode["truncated"]


@inner
def _begin_step(bank: Bank, batch: Batch, seat: ServiceSeat, env: int) -> None:
    episode = seat.episodes[env]
    rules = seat.rules[0]
    if episode["finished"]:
        if rules["autoreset"] == Autoreset.NEXT_STEP:
            _begin_episode(bank, batch, seat, env)
            _clear_outcome(episode)
        return
    episode["step"] += 1
    episode["tick"] = NONE
    episode["stage"] = Stage.STEPPED


@inner
def _begin_interval(
    bank: Bank, batch: Batch, seat: ServiceSeat, env: int, world: World, task: Row
) -> int:
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
def _settle(bank: Bank, batch: Batch, seat: ServiceSeat, env: int) -> bool:
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
            mask_live_edits(world, families, task["workload"], rules, episode)
        else:
            clear_changes(episode)
        read_usage(world, task, episode)
        if started:
            _take_last_second(task, episode)
        else:
            episode["time_s"] += seconds
            _judge(episode, rules)
        observe_service(world, task, episode, rules, seat.observations[env], is_still)
        episode["observed_ms"] = world.state[0]["now_ms"]
        episode["observed_events"] = num_events
        episode["stage"] = Stage.IDLE
        if episode["finished"] and rules["autoreset"] == Autoreset.SAME_STEP:
            for column in range(seat.observations.shape[1]):
                seat.final_observations[env, column] = seat.observations[env, column]
            seat.finals[env] = episode
            _begin_episode(bank, batch, seat, env)
    return False


@inner
def _play_one(bank: Bank, batch: Batch, seat: ServiceSeat, call: int, env: int) -> bool:
    """Do in an environment what `call` (a Call) says; return whether a table was found full."""
    if call == Call.STEP:
        _begin_step(bank, batch, seat, env)
    elif call == Call.RESET and seat.mask[env]:
        _begin_episode(bank, batch, seat, env)
        _clear_outcome(seat.episodes[env])
    return _settle(bank, batch, seat, env)


@kernel(cached_in=CACHE_FOLDER)
def play_online(
    bank: Bank, batch: Batch, seat: ServiceSeat, call: int, turn: int, part: int
) -> int:
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
