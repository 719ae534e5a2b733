"""Scripted models, and plays with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from inspect_ai import eval as inspect_eval
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    Model,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.model._model_output import ChatCompletionChoice
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo

from simarena.benchmark.logs import Log
from simarena.benchmark.task import arena

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

    from simarena.evaluation.failure import Failure
    from simarena.evaluation.outcome import Outcome

Script: TypeAlias = Callable[[list[ChatMessage], list[ToolInfo], ToolChoice], ModelOutput]

NAME = "mockllm/model"
_IDS = count()


def says(text: str) -> ModelOutput:
    return _counted(ModelOutput.from_content(NAME, text))


def calls(*wanted: tuple[str, dict[str, Any]], text: str = "") -> ModelOutput:
    """Answer with one or several tool calls at once."""
    message = ChatMessageAssistant(
        content=text,
        tool_calls=[
            ToolCall(id=f"call-{next(_IDS)}", function=name, arguments=arguments)
            for name, arguments in wanted
        ],
        model=NAME,
        source="generate",
    )
    choice = ChatCompletionChoice(message=message, stop_reason="tool_calls")
    return _counted(ModelOutput(model=NAME, choices=[choice]))


def acts(action: str) -> ModelOutput:
    return calls(("act", {"action": action}))


def model_of(script: Script, name: str = NAME) -> Model:
    return get_model(
        name,
        custom_outputs=lambda messages, tools, choice, _config: script(messages, tools, choice),
        memoize=False,
    )


def results(messages: Sequence[ChatMessage], tool: str | None = None) -> list[ChatMessageTool]:
    """Return what calls, or those of one tool, have come to so far."""
    return [
        each
        for each in messages
        if isinstance(each, ChatMessageTool) and tool in {None, each.function}
    ]


def follows(way: Sequence[str], *looks: str) -> Script:
    """Look with some tools, then take actions one by one."""

    def script(
        messages: list[ChatMessage], _tools: list[ToolInfo], _choice: ToolChoice
    ) -> ModelOutput:
        done, taken = len(results(messages)), len(results(messages, "act"))
        return calls((looks[done], {})) if done < len(looks) else acts(way[taken])

    return script


def played(script: Script, log_dir: Path, **arguments: Any) -> EvalLog:
    """Return the log of the task with a scripted model; `arguments` are the task's."""
    options = arguments.pop("options", {})
    (log,) = inspect_eval(
        arena(**arguments),
        model=model_of(script),
        log_dir=str(log_dir),
        display="none",
        acp_server=False,
        ctl_server=False,
        **options,
    )
    return log


def result(script: Script, log_dir: Path, **arguments: Any) -> Outcome | Failure:
    """Return what came of one scenario that was played once."""
    log = played(script, log_dir, **arguments)
    outcomes, failures = Log(Path(log.location), log).results()
    assert len(outcomes) + len(failures) == 1
    return outcomes[0] if outcomes else failures[0]


def _counted(output: ModelOutput) -> ModelOutput:
    # Without counts Inspect looks for a tokenizer in the network.
    output.usage = ModelUsage(input_tokens=100, output_tokens=10, total_tokens=110)
    return output
