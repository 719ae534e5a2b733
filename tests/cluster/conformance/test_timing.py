from __future__ import annotations

import pytest
from tests.cluster._objects import Manifest, deployment, node

from simarena.cluster.conformance.timing import Reached, Timing, fit_delays, time_cases


def case(timeline: list[Manifest]) -> Manifest:
    made = deployment("web", 1, "1", kind="ReplicaSet")
    made["metadata"]["namespace"] = "here"
    return {
        "name": "here",
        "family": "deployment",
        "ready_ms": 300,
        "quiet": 2.0,
        "nodes": [node()],
        "steps": [{"op": "apply", "object": made, "timeline": timeline, "settled": {}}],
    }


def moment(t_ms: int, word: str | None, ready: int = 0) -> Manifest:
    state = {
        "pods": {} if word is None else {f"1 {word}": 1},
        "replicasets": [[0, "1", 1, ready]],
        "status": {},
    }
    return {"t_ms": t_ms, "state": state}


def test_states_that_both_reached_are_compared_and_others_counted() -> None:
    timeline = [moment(5, None), moment(25, "unbound"), moment(60, "odd"), moment(400, "ready", 1)]
    first, second = time_cases("deployment", [case(timeline)])
    # A sync after 15 ms, a scheduling cycle of 2 ms, 300 ms to readiness.
    assert first.reached == [Reached(25, 15), Reached(400, 317)]
    assert first.num_states == 3
    assert second.num_states == 0
    assert second.quantiles() == []


def test_quantiles_are_of_each_side_and_the_error_is_of_pairs() -> None:
    timing = Timing("x", reached=[Reached(10, 12), Reached(20, 50), Reached(30, 31)])
    assert timing.quantiles() == [
        pytest.approx((20, 31)),
        pytest.approx((28, 46.2)),
        pytest.approx((30, 50)),
    ]
    assert timing.error_ms() == 2


def test_delays_are_fitted_to_one_half_and_shown_on_the_other() -> None:
    slow = [moment(5, None), moment(50, "unbound"), moment(352, "ready", 1)]
    slower = [moment(5, None), moment(80, "unbound"), moment(382, "ready", 1)]
    fit = fit_delays("statefulset", [case(slow), case(slower)])
    # A cycle of 2 ms and 300 ms to readiness come behind the delay: 50 ms fit, 80 ms would there.
    assert fit.delays_ms == {"replicaset_sync_ms": 50, "scheduling_ms": 2}
    assert (fit.fitted_ms, fit.shown_ms, fit.default_ms) == (0, 30, 65)


def test_of_two_delays_each_takes_its_part() -> None:
    slow = [moment(5, None), moment(50, "unbound"), moment(380, "ready", 1)]
    fit = fit_delays("statefulset", [case(slow), case(slow)])
    assert fit.delays_ms == {"replicaset_sync_ms": 50, "scheduling_ms": 30}
    assert (fit.fitted_ms, fit.shown_ms) == (0, 0)
