"""`report.md` and `report.json`, written from what the run folder holds and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.training.evaluation import Evaluation, compare

if TYPE_CHECKING:
    from simarena.training.run_folder import RunFolder

_PICTURES: Final = (
    ("learning_curve.png", "Learning curve"),
    ("solve_rates.png", "Share of scenarios solved"),
    ("solved_by_step.png", "Scenarios solved within so many steps"),
    ("actions_by_state.png", "Action by state"),
    ("best_episode.png", "The episode in which the agent made most pods ready"),
)


def write_report(run: RunFolder) -> dict[str, Any]:
    """Draw the pictures, write both reports into the folder, and return the one in JSON.

    Raises:
        RunError: the run has not been evaluated, or a file in it is damaged.
    """
    stored = run.read_json(run.evaluation.name)
    evaluations = [Evaluation.from_json(each) for each in stored["agents"]]
    _draw(run, evaluations, stored)
    report = {
        "run": run.path.name,
        "settings": run.read_json("settings.json"),
        "versions": run.read_json("versions.json"),
        "training": _training(run),
        "evaluation": {
            "suite": stored["suite"],
            "num_scenarios": len(evaluations[0].scenarios),
            "num_seeds": int(evaluations[0].solved.shape[1]),
            "agents": [each.figures() for each in evaluations],
            "differences": [
                {
                    "first": evaluations[0].agent,
                    "second": other.agent,
                    **_compared(evaluations[0], other),
                }
                for other in evaluations[1:]
            ],
        },
        "best_episode": stored["best_episode"],
    }
    run.write_json("report.json", report)
    run.write_text("report.md", _markdown(run, report))
    return report


def _draw(run: RunFolder, evaluations: list[Evaluation], stored: dict[str, Any]) -> None:
    from simarena.training import plots

    rows = run.metrics_rows()
    if any("return_mean" in row for row in rows):
        plots.plot_learning_curve(rows, run.plots / "learning_curve.png")
    plots.plot_solve_rates(evaluations, run.plots / "solve_rates.png")
    plots.plot_solved_by_step(evaluations, run.plots / "solved_by_step.png")
    plots.plot_actions_by_state(
        np.array(stored["actions_by_state"]),
        evaluations[0].agent,
        run.plots / "actions_by_state.png",
    )
    plots.plot_episode(stored["best_episode"], run.plots / "best_episode.png")


def _training(run: RunFolder) -> dict[str, Any]:
    rows = run.metrics_rows()
    if not rows:
        return {}
    last = rows[-1]
    keys = ("step", "episodes", "updates", "seconds")
    training = {key: last[key] for key in keys if key in last}
    if last.get("seconds"):
        training["steps_per_s"] = round(last["step"] / last["seconds"])
    return training


def _compared(first: Evaluation, second: Evaluation) -> dict[str, Any]:
    return {
        what: paired._asdict() | {"difference": paired.difference._asdict()}
        for what, paired in compare(first, second).items()
    }


def _markdown(run: RunFolder, report: dict[str, Any]) -> str:
    evaluation, settings, training = report["evaluation"], report["settings"], report["training"]
    first = evaluation["agents"][0]
    lines = [
        f"# {report['run']}",
        "",
        (
            f"`{first['agent']}` solves **{_percent(first['solve_rate'])}** of the scenarios of "
            f"`{evaluation['suite']}`. Scenarios: {evaluation['num_scenarios']}; seeds each is "
            f"played with: {evaluation['num_seeds']}.{_seen_before(settings)}"
        ),
        "",
        _trained(settings, training),
        "",
        "    " + (run.path / "command.txt").read_text("utf-8").strip(),
        "",
        "## Agents",
        "",
        "| agent | solved | steps to solve | return | blocked actions |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {each['agent']} | {_percent(each['solve_rate'])} | {_figure(each['steps'])} "
        f"| {_figure(each['return'])} | {_figure(each['blocked'])} |"
        for each in evaluation["agents"]
    ]
    lines += [
        "",
        (
            "Means of an episode, with 95 % intervals in brackets: Wilson's for rates, bootstrap "
            "for others; scenarios are what is counted, the mean over seeds being taken first. An "
            "unsolved episode counts as many steps as the scenario allows."
        ),
        "",
        *_by_family(evaluation),
        *_differences(evaluation),
    ]
    for name, title in _PICTURES:
        if (run.plots / name).exists():
            lines += [f"## {title}", "", f"![{title}](plots/{name})", ""]
    return "\n".join(lines)


def _seen_before(settings: dict[str, Any]) -> str:
    if settings.get("suite") is not None and settings.get("eval_suite") not in {
        None,
        settings["suite"],
    }:
        return ""
    return " They are those it was trained on, so this says nothing about others."


def _trained(settings: dict[str, Any], training: dict[str, Any]) -> str:
    where = settings.get("trace") or f"suite `{settings.get('suite')}`"
    if not training:
        return f"Nothing was trained; the agent is `{settings['agent']}`."
    return (
        f"Trained on {where} for {training['step']:,} steps ({training['episodes']:,} episodes) in "
        f"{training['seconds']:.1f} s; observation `{settings['observation']}`, reward "
        f"`{settings['reward']}`, seed {settings['seed']}."
    )


def _by_family(evaluation: dict[str, Any]) -> list[str]:
    families = list(evaluation["agents"][0]["solve_rate_by_family"])
    if len(families) < 2:  # noqa: PLR2004 one family is the whole
        return []
    agents = evaluation["agents"]
    return [
        "## Solved, by family",
        "",
        "| family | " + " | ".join(each["agent"] for each in agents) + " |",
        "| --- |" + " --- |" * len(agents),
        *(
            f"| {family} | "
            + " | ".join(_percent(each["solve_rate_by_family"][family]) for each in agents)
            + " |"
            for family in families
        ),
        "",
    ]


def _differences(evaluation: dict[str, Any]) -> list[str]:
    if not evaluation["differences"]:
        return []
    return [
        "## Differences on the same scenarios and seeds",
        "",
        "| | solved | steps to solve | better / equal / worse (scenarios solved) |",
        "| --- | --- | --- | --- |",
        *(
            f"| {each['first']} − {each['second']} | {_percent(each['solved']['difference'])} "
            f"| {_figure(each['steps']['difference'])} | {each['solved']['num_better']} / "
            f"{each['solved']['num_equal']} / {each['solved']['num_worse']} |"
            for each in evaluation["differences"]
        ),
        "",
    ]


def _percent(interval: dict[str, float]) -> str:
    value, low, high = (100 * interval[key] for key in ("value", "low", "high"))
    return f"{value:.1f} % [{low:.1f}, {high:.1f}]"


def _figure(interval: dict[str, float]) -> str:
    return f"{interval['value']:.2f} [{interval['low']:.2f}, {interval['high']:.2f}]"
