"""Lets a model operate a scenario's cluster, as an Inspect solver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
from inspect_ai.model import ChatMessageTool, ChatMessageUser, execute_tools, get_model
from inspect_ai.solver import solver
from inspect_ai.tool import ToolFunction
from inspect_ai.util import LimitExceededError, store_as
from mcp import Client

from simarena.benchmark.answers import read_action
from simarena.benchmark.episode import (
    CUT_SHORT,
    GAVE_UP,
    LIMIT,
    REFUSED,
    Episode,
    end_of,
    judged,
)
from simarena.benchmark.prompts import ACTION_BESIDE_CALLS, no_more_looks, reminder
from simarena.benchmark.rules import MAX_STRIKES, Rules
from simarena.benchmark.selection import Selection
from simarena.benchmark.tools import ACT, tools_of
from simarena.mcp import build_server
from simarena.mcp.tools.scenario import result_answer

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, ChatMessageAssistant, ModelOutput
    from inspect_ai.solver import Generate, Solver, TaskState
    from inspect_ai.tool import ToolChoice, ToolDef

    from simarena.mcp import ScenarioSession


_STRUCK_OUT: Final = {"content_filter": REFUSED, "max_tokens": CUT_SHORT}
"""How an episode ends whose last answer led to nothing because it stopped so."""


@solver
def operate(
    steps: int | None = None,
    max_tool_rounds: int = 8,
    answer: str = "tool",
    *,
    what_if: bool = False,
) -> Solver:
    """Return the solver: one cluster for each sample, looked at and acted upon by the model.

    The arguments are those of `Rules`. What came of the episode is in the sample's store
    (`Episode`), also where a limit of Inspect's ends it; an error of the provider leaves it empty.
    """
    rules = Rules(
        steps=steps,
        max_tool_rounds=max_tool_rounds,
        answer=answer,  # type: ignore[arg-type]  # Rules checks it
        what_if=what_if,
    )

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        scenario = Selection.of(state.metadata["selection"]).find(str(state.sample_id))
        session = rules.session(scenario)
        await anyio.to_thread.run_sync(session.open)  # the first one compiles the simulator
        async with Client(build_server(session, log_level="CRITICAL")) as client:
            tools = await tools_of(client, with_act=rules.answer == "tool")
            operator = _Operator(state, session, rules, tools)
            await operator.play_and_record()
        return state

    return solve


class _Operator:
    """A model at work on one session."""

    def __init__(
        self, state: TaskState, session: ScenarioSession, rules: Rules, tools: list[ToolDef]
    ) -> None:
        self._state = state
        self._session = session
        self._rules = rules
        self._tools = tools
        self._model = get_model()
        self._invalid = 0
        self._call_ms: list[float] = []

    async def play_and_record(self) -> None:
        """Play, and write what came of it into the sample's store.

        So it is where a limit of Inspect's ends the episode, too, but not where an error does, nor
        where the model has not answered at all: then it is the provider that was too slow.
        """
        ended = ""
        try:
            ended = await self._play()
        except LimitExceededError as limit:
            ended = f"{LIMIT}{limit.type}"
            raise
        except anyio.get_cancelled_exc_class():
            ended = f"{LIMIT}time"  # how Inspect ends a sample whose time is up
            raise
        finally:
            if ended and self._call_ms:
                self._record(ended)

    async def _play(self) -> str:
        """Play until the episode is over or the model gives up; return how it ended."""
        session = self._session
        looks = strikes = 0
        while not session.is_over:
            must_act = looks >= self._rules.max_tool_rounds
            if must_act and strikes == 0:
                self._tell(no_more_looks(self._rules))
            output = await self._answer(must_act=must_act)
            if output.stop_reason == "model_length":
                return f"{LIMIT}context"
            steps = session.steps
            has_looked = await self._follow(output, must_act=must_act)
            if session.steps > steps:
                looks = strikes = 0
            elif has_looked:
                looks, strikes = looks + 1, 0
            else:
                strikes += 1
                if strikes == MAX_STRIKES:
                    return _STRUCK_OUT.get(output.stop_reason, GAVE_UP)
        return end_of(session)

    def _record(self, ended: str) -> None:
        found = judged(self._session, ended)
        found |= {"invalid": self._invalid, "call_ms": self._call_ms}
        episode = store_as(Episode)
        for name, value in found.items():
            setattr(episode, name, value)

    async def _answer(self, *, must_act: bool) -> ModelOutput:
        choice: ToolChoice = "auto"
        if must_act:
            choice = ToolFunction(ACT) if self._rules.answer == "tool" else "none"
        output = await self._model.generate(
            self._state.messages, tools=self._offered(must_act=must_act), tool_choice=choice
        )
        if output.time is not None:
            self._call_ms.append(round(1000 * output.time, 3))
        self._state.output = output
        self._state.messages.append(output.message)
        return output

    def _offered(self, *, must_act: bool) -> list[ToolDef]:
        """Return the tools that an answer may call: once the looks are used up, those that act."""
        return [tool for tool in self._tools if tool.name == ACT or not must_act]

    async def _follow(self, output: ModelOutput, *, must_act: bool) -> bool:
        """Do what the model has answered and tell it what came of that; whether it has looked."""
        written = read_action(output.completion) if self._rules.answer == "json" else None
        if output.message.tool_calls:
            has_looked = await self._call(output.message, must_act=must_act)
            if written is not None:
                self._invalid += 1
                self._tell(ACTION_BESIDE_CALLS)
            return has_looked
        if written is None:
            self._invalid += 1
            self._tell(reminder(self._rules))
        else:
            result = self._session.step(written)
            self._tell(result_answer(self._session, result, "Step").text)
        return False

    async def _call(self, message: ChatMessageAssistant, *, must_act: bool) -> bool:
        """Carry out a message's calls; return whether one of them has shown anything."""
        calls = [
            replace(call, arguments=_given(call.arguments)) for call in message.tool_calls or ()
        ]
        asked = message.model_copy(update={"tool_calls": calls})
        results, _ = await execute_tools(
            [*self._state.messages[:-1], asked], self._offered(must_act=must_act)
        )
        self._state.messages += results
        if self._session.fault is not None:
            raise self._session.fault
        void = [_is_void(each) for each in results]
        self._invalid += sum(void)
        return not all(void)

    def _tell(self, text: str) -> None:
        self._state.messages.append(ChatMessageUser(content=text))


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments without those that are null, as many models send what they leave open."""
    return {name: value for name, value in arguments.items() if value is not None}


def _is_void(result: ChatMessage) -> bool:
    """Whether a call could not be carried out: no such tool or argument, or no step left."""
    if not isinstance(result, ChatMessageTool) or result.error is None:
        return False
    return result.error.type == "parsing" or result.function == ACT
