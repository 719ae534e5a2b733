"""`simarena step`: observe a trace once, decide, and write the edited trace."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from simarena.cli.options.declared import Options, with_options
from simarena.training.named import Named

app = typer.Typer(name="step", help="One step on a trace: observe, decide, write the edited trace.")


@app.command()
@with_options
def step(
    *,
    trace: Annotated[str, typer.Argument(metavar="TRACE", help="A path or URI.")],
    deploy: Annotated[str, typer.Option(help="Workload to look after.")],
    target: Annotated[int, typer.Option(help="Pods that shall be ready.")],
    out: Annotated[str, typer.Option(help="Where to write the edited trace: a path or URI.")],
    where: Annotated[
        Named,
        Options(
            Named,
            without=("suite", "scenario", "trace", "deploy", "target"),
            says={"nodes": "Nodes, as 3x16cpu,32Gi or a file of manifests; may be repeated."},
            panel="Options",
        ),
    ],
    agent: Annotated[
        str, typer.Option(help="Who decides: a name, a run's folder or package.module:Class.")
    ] = "rules",
    duration: Annotated[int, typer.Option(help="Virtual seconds to replay.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
) -> None:
    """Replay a trace, let an agent decide, write the edited trace, and print one line of JSON.

    The line holds what was observed before and after, the action, and its reward. The edited trace
    is the next step's input.
    """
    from simarena.cluster.manifests.node_words import DEFAULT_NODES
    from simarena.evaluation.words import ACTION_WORDS
    from simarena.trace import apply_action, workload
    from simarena.training.players import game_of
    from simarena.training.scenarios import trace_scenario
    from simarena.training.showing import play_episode

    scenario = trace_scenario(
        trace,
        deploy=deploy,
        namespace=where.namespace,
        target=target,
        nodes=where.nodes or DEFAULT_NODES,
        kubelet=where.kubelet,
        duration_s=duration,
        seed=seed,
    )
    game = game_of(agent) | {"duration_s": duration}
    done = next(play_episode(agent, scenario, game, seed))
    ref = workload(scenario.trace, scenario.deploy, scenario.namespace)
    edited, blocked = apply_action(scenario.trace, ref, done.action)
    edited.save(out)
    print(
        json.dumps(
            {
                "trace": trace,
                "out": out,
                "agent": agent,
                "action": done.action,
                "does": ACTION_WORDS[done.action],
                "blocked": blocked,
                "reward": done.reward,
                "solved": done.after["solved"],
                "before": done.before,
                "after": done.after,
            },
            ensure_ascii=False,
        )
    )
