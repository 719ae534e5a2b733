"""How fast a HorizontalPodAutoscaler may scale: stabilisation windows and scaling policies."""

from __future__ import annotations

import math

from simarena.cluster.codes import NUM_SAMPLES, Direction, SelectPolicy
from simarena.cluster.records import World
from simarena.jit.decorators import inner

_UP = int(Direction.UP)
_DOWN = int(Direction.DOWN)
_RECOMMENDATIONS = 0
_FIRST_RESCALES = 1  # rows of rescales follow, by Direction


@inner
def _note(world: World, row: int, kind: int, value: int, keep_ms: int) -> None:
    """Remember a value in place of one that is older than `keep_ms`, or of the oldest if full."""
    hpa = world.autoscalers[row]
    samples = world.autoscaler_samples[hpa["history"], kind]
    now_ms = world.state[0]["now_ms"]
    number = hpa["num_samples"][kind]
    oldest = 0
    for index in range(number):
        if samples[index]["time_ms"] < samples[oldest]["time_ms"]:
            oldest = index
    place = number
    if number > 0 and samples[oldest]["time_ms"] < now_ms - keep_ms:
        place = oldest
    elif number == NUM_SAMPLES:
        place = oldest
    else:
        hpa["num_samples"][kind] = number + 1
    samples[place]["time_ms"] = now_ms
    samples[place]["value"] = value


@inner
def note_recommendation(world: World, row: int, replicas: int, keep_ms: int) -> None:
    """Remember what the metrics asked for."""
    _note(world, row, _RECOMMENDATIONS, replicas, keep_ms)


@inner
def note_rescale(world: World, row: int, former: int, replicas: int) -> None:
    """Remember a rescale for as long as a policy of its direction looks back."""
    hpa = world.autoscalers[row]
    direction = _DOWN
    if replicas > former:
        direction = _UP
    longest_ms = 0
    for index in range(hpa["num_policies"][direction]):
        longest_ms = max(longest_ms, hpa["policy_period_ms"][direction, index])
    _note(world, row, _FIRST_RESCALES + direction, abs(replicas - former), longest_ms)


@inner
def stabilised(world: World, row: int, wanted: int) -> int:
    """Return the highest recommendation of the downscale window; for scaling without behaviour."""
    hpa = world.autoscalers[row]
    samples = world.autoscaler_samples[hpa["history"], _RECOMMENDATIONS]
    window_ms = world.settings[0]["hpa_downscale_ms"]
    since_ms = world.state[0]["now_ms"] - window_ms
    highest = wanted
    for index in range(hpa["num_samples"][_RECOMMENDATIONS]):
        if samples[index]["time_ms"] >= since_ms:
            highest = max(highest, samples[index]["value"])
    note_recommendation(world, row, wanted, window_ms)
    return highest


@inner
def stabilised_with_behaviour(world: World, row: int, current: int, wanted: int) -> int:
    """Return the replicas nearest to the current ones that both windows' recommendations allow."""
    hpa = world.autoscalers[row]
    samples = world.autoscaler_samples[hpa["history"], _RECOMMENDATIONS]
    now_ms = world.state[0]["now_ms"]
    up_ms = hpa["window_ms"][_UP]
    down_ms = hpa["window_ms"][_DOWN]
    lowest = wanted
    highest = wanted
    for index in range(hpa["num_samples"][_RECOMMENDATIONS]):
        sample = samples[index]
        if sample["time_ms"] > now_ms - up_ms:
            lowest = min(lowest, sample["value"])
        if sample["time_ms"] > now_ms - down_ms:
            highest = max(highest, sample["value"])
    note_recommendation(world, row, wanted, max(up_ms, down_ms))
    return min(max(current, lowest), highest)


@inner
def _change_since(world: World, row: int, direction: int, period_ms: int) -> int:
    """Return by how much the target was scaled in a direction within the last `period_ms`."""
    hpa = world.autoscalers[row]
    kind = _FIRST_RESCALES + direction
    samples = world.autoscaler_samples[hpa["history"], kind]
    since_ms = world.state[0]["now_ms"] - period_ms
    change = 0
    for index in range(hpa["num_samples"][kind]):
        if samples[index]["time_ms"] > since_ms:
            change += samples[index]["value"]
    return change


@inner
def _start_of_period(world: World, row: int, current: int, period_ms: int) -> int:
    added = _change_since(world, row, _UP, period_ms)
    return current - added + _change_since(world, row, _DOWN, period_ms)


@inner
def scale_up_limit(world: World, row: int, current: int) -> int:
    """Return the most replicas that the policies of scaling up allow; a percentage rounds up."""
    hpa = world.autoscalers[row]
    select = hpa["select"][_UP]
    if select == SelectPolicy.DISABLED:
        return current
    result = 0
    for index in range(hpa["num_policies"][_UP]):
        period_ms = hpa["policy_period_ms"][_UP, index]
        start = _start_of_period(world, row, current, period_ms)
        value = int(hpa["policy_value"][_UP, index])
        proposed = start + value
        if hpa["policy_is_percent"][_UP, index]:
            proposed = int(math.ceil(float(start) * (1.0 + float(value) / 100.0)))
        if index == 0:
            result = proposed
        elif select == SelectPolicy.MIN:
            result = min(result, proposed)
        else:
            result = max(result, proposed)
    return result


@inner
def scale_down_limit(world: World, row: int, current: int) -> int:
    """Return the fewest replicas that the policies of scaling down allow now."""
    hpa = world.autoscalers[row]
    select = hpa["select"][_DOWN]
    if select == SelectPolicy.DISABLED:
        return current
    result = 0
    for index in range(hpa["num_policies"][_DOWN]):
        period_ms = hpa["policy_period_ms"][_DOWN, index]
        start = _start_of_period(world, row, current, period_ms)
        value = int(hpa["policy_value"][_DOWN, index])
        proposed = start - value
        if hpa["policy_is_percent"][_DOWN, index]:
            proposed = int(float(start) * (1.0 - float(value) / 100.0))
        if index == 0:
            result = proposed
        elif select == SelectPolicy.MIN:
            result = max(result, proposed)
        else:
            result = min(result, proposed)
    return result
