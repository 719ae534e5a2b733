"""What models of every kind come to: oracles, idlers, babblers, those who only look."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import anyio
import pytest
from inspect_ai.model import ChatMessage, ChatMessageUser, ModelOutput, StopReason
from inspect_ai.tool import ToolChoice, ToolFunction, ToolInfo
from tests.benchmark._models import acts, calls, follows, played, result, results, says

from simarena.benchmark.episode import Episode
from simarena.env import find_scenario, shortest_solution
from simarena.errors import SimulationError
from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.mcp import ScenarioSession

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = "classic-03"
HEALTHY = "classic-08"


def way_out(name: str) -> list[str]:
    found = shortest_solution(find_scenario(name))
    assert found is not None
    return [action.name.lower() for action in found]


def outcome(script: object, log_dir: Path, **arguments: object) -> Outcome:
    found = result(script, log_dir, **arguments)  # type: ignore[arg-type]
    assert isinstance(found, Outcome), found
    return found


def test_an_oracle_that_uses_the_tools_solves_a_scenario(tmp_path: Path) -> None:
    way = way_out(BROKEN)
    found = outcome(follows(way, "get_pods", "get_events"), tmp_path, scenario=BROKEN)
    assert (found.solved, found.reason, found.ended) == (True, "solved", "solved")
    assert found.steps == len(way) == found.optimal_steps
    assert (found.tool_calls, found.invalid) == (2, 0)
    num_answers = 2 + len(way)
    assert (found.input_tokens, found.output_tokens) == (100 * num_answers, 10 * num_answers)
    assert len(found.call_ms) == num_answers
    assert found.cost_usd is None


def test_a_model_that_says_all_is_well_has_done_nothing(tmp_path: Path) -> None:
    found = outcome(lambda *_: says("All is well."), tmp_path, scenario=BROKEN)
    assert (found.solved, found.steps, found.ended) == (False, 0, "gave-up")
    assert found.reason == "pods-pending"
    assert found.invalid == 3


def test_a_healthy_cluster_has_to_be_found_healthy(tmp_path: Path) -> None:
    idle = outcome(lambda *_: says("All is well."), tmp_path / "idle", scenario=HEALTHY)
    assert (idle.solved, idle.reason) == (False, "not-confirmed")
    sure = outcome(lambda *_: acts("noop"), tmp_path / "sure", scenario=HEALTHY)
    assert (sure.solved, sure.reason, sure.steps) == (True, "solved", 1)


def test_scaling_down_to_nothing_does_not_pass(tmp_path: Path) -> None:
    found = outcome(lambda *_: acts("decrease_replicas"), tmp_path, scenario=BROKEN, steps=6)
    assert (found.solved, found.ended, found.steps) == (False, "out-of-steps", 6)
    assert found.reason != "solved"


def test_a_model_that_only_looks_is_made_to_act(tmp_path: Path) -> None:
    offered: list[tuple[set[str], ToolChoice]] = []

    def looking(
        _messages: list[ChatMessage], tools: list[ToolInfo], choice: ToolChoice
    ) -> ModelOutput:
        offered.append(({tool.name for tool in tools}, choice))
        return acts("noop") if isinstance(choice, ToolFunction) else calls(("get_pods", {}))

    found = outcome(looking, tmp_path, scenario=BROKEN, steps=2, max_tool_rounds=3)
    assert (found.steps, found.tool_calls, found.ended) == (2, 6, "out-of-steps")
    assert [names == {"act"} for names, _ in offered] == [False] * 3 + [True] + [False] * 3 + [True]


def test_a_model_that_looks_even_then_is_told_and_has_given_up(tmp_path: Path) -> None:
    log = played(lambda *_: calls(("get_pods", {})), tmp_path, scenario=BROKEN, max_tool_rounds=2)
    assert log.samples is not None
    (sample,) = log.samples
    episode = sample.store_as(Episode)
    assert (episode.ended, episode.steps) == ("gave-up", 0)
    assert (episode.looks, episode.invalid) == ({"get_pods": 2}, 3)
    told = [each.text for each in sample.messages if isinstance(each, ChatMessageUser)]
    assert [text for text in told if "No looks are left" in text] == [told[1]]


def test_only_answers_in_a_row_that_lead_to_nothing_end_an_episode(tmp_path: Path) -> None:
    def clumsy(messages: list[ChatMessage], *_: object) -> ModelOutput:
        """Stumble every third time, and act in the end."""
        number = len(results(messages))
        if number == 7:
            return acts("noop")
        return calls(("get_pod", {})) if number % 3 == 0 else calls(("get_pods", {}))

    found = outcome(clumsy, tmp_path, scenario=HEALTHY, max_tool_rounds=8)
    assert (found.solved, found.tool_calls, found.invalid) == (True, 4, 3)


def test_an_answer_that_looks_and_stumbles_has_looked(tmp_path: Path) -> None:
    def mixed(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if len(results(messages)) == 8:
            return acts("noop")
        return calls(("get_pods", {}), ("get_pod", {}))

    found = outcome(mixed, tmp_path, scenario=HEALTHY)
    assert (found.solved, found.tool_calls, found.invalid) == (True, 4, 4)


def test_arguments_that_are_null_are_left_out(tmp_path: Path) -> None:
    def null(messages: list[ChatMessage], *_: object) -> ModelOutput:
        nothing = {"namespace": None, "label_selector": None}
        return acts("noop") if results(messages) else calls(("get_pods", nothing))

    found = outcome(null, tmp_path, scenario=HEALTHY)
    assert (found.solved, found.invalid) == (True, 0)


def test_text_does_not_act_where_a_tool_does(tmp_path: Path) -> None:
    found = outcome(lambda *_: says('I could {"action_index": 0}'), tmp_path, scenario=HEALTHY)
    assert (found.solved, found.steps, found.invalid) == (False, 0, 3)


def test_an_action_beside_calls_is_not_taken_and_said_to_be_not(tmp_path: Path) -> None:
    def both(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if results(messages):
            return says('{"action_index": 0}')
        return calls(("get_pods", {}), text='{"action_index": 6}')

    log = played(both, tmp_path, scenario=HEALTHY, answer="json")
    assert log.samples is not None
    (sample,) = log.samples
    episode = sample.store_as(Episode)
    assert (episode.actions, episode.invalid, episode.solved) == (["noop"], 1, True)
    assert any("was not taken" in each.text for each in sample.messages)


@pytest.mark.parametrize("broken", ["step", "judgement"])
@pytest.mark.parametrize("answer", ["tool", "json"])
@pytest.mark.parametrize("error", [IndexError("out of range"), SimulationError("at 3 ms: full")])
def test_a_defect_of_the_simulator_is_no_failure_of_the_model(
    broken: str, answer: str, error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise error

    def acting(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if not results(messages):
            return calls(("get_pods", {}))
        return acts("noop") if answer == "tool" else says('{"action_index": 0}')

    monkeypatch.setattr(ScenarioSession, broken, breaks)
    found = result(acting, tmp_path, scenario=BROKEN, answer=answer)
    assert isinstance(found, Failure)
    assert found.kind == "environment"
    assert str(error) in found.message


def test_a_provider_that_lets_time_run_out_is_to_blame_for_it(tmp_path: Path) -> None:
    async def silent(*_: object) -> ModelOutput:
        await anyio.sleep(30)
        return acts("noop")

    found = result(silent, tmp_path, scenario=BROKEN, options={"time_limit": 1})  # type: ignore[arg-type]
    assert isinstance(found, Failure)
    assert (found.kind, found.message) == ("provider", "no answer within the limit of time")


def test_several_actions_at_once_are_as_many_steps_and_never_more_than_there_are(
    tmp_path: Path,
) -> None:
    def eager(*_: object) -> ModelOutput:
        return calls(*[("act", {"action": "increase_cpu"})] * 5)

    log = played(eager, tmp_path, scenario=BROKEN, steps=3)
    assert log.samples is not None
    (sample,) = log.samples
    episode = sample.store_as(Episode)
    assert (episode.steps, episode.invalid, episode.ended) == (3, 2, "out-of-steps")
    refused = [each.error for each in results(sample.messages) if each.error is not None]
    assert "the episode is over" in refused[0].message


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("act", {"action": "restart"}),
        ("act", {}),
        ("delete_everything", {}),
        ("get_pods", {"x": 1}),
    ],
)
def test_calls_that_cannot_be_carried_out_are_counted(
    tmp_path: Path, name: str, arguments: dict[str, object]
) -> None:
    found = outcome(lambda *_: calls((name, arguments)), tmp_path, scenario=BROKEN)
    assert (found.ended, found.steps, found.invalid) == ("gave-up", 0, 3)


@pytest.mark.parametrize(
    ("stops", "ended"),
    [
        (("content_filter",) * 3, "content-filter"),
        (("max_tokens",) * 3, "answer-length"),
        (("stop", "stop", "content_filter"), "content-filter"),
        (("content_filter", "max_tokens", "stop"), "gave-up"),
    ],
)
def test_who_is_refused_or_cut_short_has_not_given_up(
    tmp_path: Path, stops: tuple[StopReason, ...], ended: str
) -> None:
    def stopped(messages: list[ChatMessage], *_: object) -> ModelOutput:
        said = sum(each.role == "assistant" for each in messages)
        output = says("I")
        output.choices[0].stop_reason = stops[said]
        return output

    found = outcome(stopped, tmp_path, scenario=BROKEN)
    assert (found.solved, found.ended, found.invalid) == (False, ended, 3)


def test_an_answer_that_is_cut_and_acts_all_the_same_counts(tmp_path: Path) -> None:
    def cut(*_: object) -> ModelOutput:
        output = acts("noop")
        output.choices[0].stop_reason = "max_tokens"
        return output

    found = outcome(cut, tmp_path, scenario=HEALTHY)
    assert (found.solved, found.ended) == (True, "solved")


def test_an_object_that_is_not_there_is_an_answer_and_no_fault(tmp_path: Path) -> None:
    def curious(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if not results(messages):
            return calls(("describe_deployment", {"deploy": "nobody"}))
        return acts("noop")

    log = played(curious, tmp_path, scenario=BROKEN, steps=1)
    assert log.samples is not None
    told = results(log.samples[0].messages)[0]
    assert told.error is not None
    assert told.error.message == (
        'Error from server (NotFound): deployments.apps "nobody" not found'
    )
    assert log.samples[0].store_as(Episode).invalid == 0


def test_actions_may_be_written_as_json(tmp_path: Path) -> None:
    from simarena.trace import Action

    way = [int(Action.parse(name)) for name in way_out(BROKEN)]
    seen: list[set[str]] = []

    def writing(messages: list[ChatMessage], tools: list[ToolInfo], _: object) -> ModelOutput:
        seen.append({tool.name for tool in tools})
        step = sum(isinstance(each, ChatMessageUser) for each in messages) - 1
        return says(json.dumps({"action_index": way[step], "reasoning": "so"}))

    found = outcome(writing, tmp_path, scenario=BROKEN, answer="json")
    assert (found.solved, found.steps) == (True, len(way))
    assert found.agent == "mockllm/model (json)"
    assert "act" not in seen[0]
    assert "get_pods" in seen[0]


def test_an_unreadable_answer_is_counted_and_asked_for_again(tmp_path: Path) -> None:
    def stammering(messages: list[ChatMessage], *_: object) -> ModelOutput:
        asked = sum(isinstance(each, ChatMessageUser) for each in messages)
        return says("Hm.") if asked % 2 else says('{"action_index": 0}')

    found = outcome(stammering, tmp_path, scenario=BROKEN, answer="json", steps=2)
    assert (found.steps, found.invalid, found.ended) == (2, 2, "out-of-steps")


def test_trying_out_is_offered_only_if_the_rules_say_so_and_moves_nothing(tmp_path: Path) -> None:
    def careful(messages: list[ChatMessage], tools: list[ToolInfo], _: object) -> ModelOutput:
        assert "what_if" in {tool.name for tool in tools}
        tried = results(messages, "what_if")
        return acts("noop") if tried else calls(("what_if", {"action": "increase_replicas"}))

    found = outcome(careful, tmp_path, scenario=BROKEN, what_if=True, steps=1)
    assert (found.steps, found.tool_calls, found.agent) == (1, 1, "mockllm/model (what-if, 1 step)")


def test_a_limit_of_inspects_ends_an_episode_that_still_counts(tmp_path: Path) -> None:
    found = outcome(
        lambda *_: acts("noop"), tmp_path, scenario=BROKEN, options={"token_limit": 250}
    )
    assert (found.ended, found.solved, found.reason) == ("limit:token", False, "pods-pending")
    assert found.steps == 2


def test_time_that_is_up_ends_an_episode_that_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_s = 0
    monkeypatch.setattr(asyncio.BaseEventLoop, "time", lambda _: time.monotonic() + late_s)

    def thinks_for_an_hour(messages: list[ChatMessage], *_: object) -> ModelOutput:
        nonlocal late_s
        late_s = 3600 * bool(results(messages))
        return acts("noop")

    found = outcome(thinks_for_an_hour, tmp_path, scenario=BROKEN, options={"time_limit": 600})
    assert (found.ended, found.solved) == ("limit:time", False)
    assert found.steps == 1


def test_an_error_of_the_provider_is_no_failure_of_the_model(tmp_path: Path) -> None:
    def failing(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if results(messages):
            message = "the provider is away"
            raise RuntimeError(message)
        return acts("noop")

    found = result(failing, tmp_path, scenario=BROKEN)
    assert isinstance(found, Failure)
    assert found.kind == "provider"
    assert "the provider is away" in found.message


def test_the_prompt_says_what_is_wanted_and_not_what_is_wrong(tmp_path: Path) -> None:
    log = played(lambda *_: acts("noop"), tmp_path, suite="classic", steps=1)
    assert log.samples is not None
    assert len(log.samples) == 14
    for sample in log.samples:
        told = "\n".join(message.text for message in sample.messages[:2])
        scenario = find_scenario(str(sample.id))
        for word in (scenario.name, scenario.family, "insufficient", "too many", "33Gi", "17"):
            assert word not in told.replace("most 17", "")
