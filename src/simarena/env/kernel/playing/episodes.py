"""The life of an episode, whatever is played: how it begins, is judged, ends and is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.codes import Autoreset, Call, Stage
from simarena.env.kernel.playing.sampling import next_scenario
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.env.records.bank import Bank, Batch
    from simarena.env.records.episode import Row
    from simarena.env.records.seats import AnySeat


@inner
def call_for(seat: AnySeat, call: int, env: int) -> int:
    """Return what a call (a Call) asks of one environment, again as a Call.

    Who is finished is reset by the next step, or rests; either way nothing is left of its end.
    """
    episode = seat.episodes[env]
    asked: int = Call.RESUME
    if call == Call.STEP:
        if not episode["finished"]:
            asked = Call.STEP
        elif seat.rules[0]["autoreset"] == Autoreset.NEXT_STEP:
            asked = Call.RESET
    elif call == Call.RESET and seat.mask[env]:
        asked = Call.RESET
    if asked == Call.RESET:
        episode["reward"] = 0.0
        episode["terminated"] = False
        episode["truncated"] = False
    return asked


@inner
def begin_episode(bank: Bank, batch: Batch, seat: AnySeat, env: int) -> int:
    """Choose a scenario, take its templates, specs and usage anew, and return its row.

    What the last episode came to stays: it is what this call tells, if that ended in it.
    """
    episode = seat.episodes[env]
    scenario = next_scenario(episode, seat.rules[0], env)
    episode["scenario"] = scenario
    episode["step"] = 0
    episode["blocked"] = False
    episode["episode_return"] = 0.0
    episode["finished"] = 0
    episode["stage"] = Stage.STARTED
    state = bank.state[scenario, 0]
    for row in range(state["num_templates"]):
        batch.templates[env, row] = bank.templates[scenario, row]
    for row in range(state["num_specs"]):
        batch.specs[env, row] = bank.specs[scenario, row]
    for row in range(state["num_usage"]):
        batch.usage[env, row] = bank.usage[scenario, row]
    return scenario


@inner
def judge_step(episode: Row, reward: float, solved: bool, least: float) -> None:  # noqa: FBT001
    """Write what a step is worth, and whether the episode is over.

    It is truncated after its last step, or when its return falls under `least`.
    """
    episode["reward"] = reward
    episode["episode_return"] += reward
    episode["solved"] = solved
    episode["terminated"] = solved
    episode["truncated"] = not solved and (
        episode["step"] >= episode["max_steps"] or episode["episode_return"] < least
    )
    episode["finished"] = episode["terminated"] or episode["truncated"]


@inner
def is_followed(seat: AnySeat, env: int) -> bool:
    """Return whether the next episode begins in this very call; the end of this one is kept then.

    The environment has done what its stage asked for.
    """
    episode = seat.episodes[env]
    episode["stage"] = Stage.IDLE
    if not episode["finished"] or seat.rules[0]["autoreset"] != Autoreset.SAME_STEP:
        return False
    for column in range(seat.observations.shape[1]):
        seat.final_observations[env, column] = seat.observations[env, column]
    seat.finals[env] = episode
    return True
