"""`report.md` and `report.json`, written from what the run folder holds and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.errors import RunError
from simarena.evaluation.comparison.compare import PICTURES, Comparison, compare_agents, draw
from simarena.evaluation.comparison.table import table
from simarena.evaluation.figures import percent
from simarena.evaluation.outcome import read_outcomes
from simarena.training.settings import settings_of

if TYPE_CHECKING:
    from simarena.evaluation.run_folder import RunFolder

_PICTURES: Final = (
    ("learning_curve.png", "Learning curve"),
    *PICTURES,
    ("actions_by_state.png", "Action by state"),
    ("best_episode.png", "The episode in which the agent made most pods ready"),
)


def write_report(run: RunFolder) -> dict[str, Any]:
    """Draw the pictures, write both reports into the folder, and return the one in JSON.

    Raises:
        RunError: the run has not been evaluated, or a file in it is damaged.
    """
    stored = run.read_json(run.evaluation.name)
    try:
        comparison = compare_agents(read_outcomes(run.outcomes), str(stored["suite"]))
        _draw(run, comparison, stored)
        best_episode = stored["best_episode"]
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        message = f"{run.evaluation}: is damaged ({error!r}); measure the run again with --resume"
        raise RunError(message) from error
    report = {
        "run": run.path.name,
        "settings": settings_of(run).to_json(),
        "versions": run.versions(),
        "training": training_of(run),
        "evaluation": comparison.to_json(),
        "best_episode": best_episode,
    }
    run.write_json("report.json", report)
    run.write_text("report.md", _markdown(run, report))
    return report


def training_of(run: RunFolder) -> dict[str, Any]:
    """Return how long the run trained, from its last whole row of metrics; empty without one."""
    keys = ("step", "episodes", "seconds")
    rows = [
        row
        for row in run.metrics_rows()
        if all(isinstance(row.get(key), (int, float)) for key in keys)
    ]
    if not rows:
        return {}
    last = rows[-1]
    training = {key: last[key] for key in (*keys, "updates") if key in last}
    if last["seconds"]:
        training["steps_per_s"] = round(last["step"] / last["seconds"])
    return training


def pictures_of(run: RunFolder) -> list[str]:
    """Return the lines of Markdown that show the pictures there are."""
    lines = []
    for name, title in _PICTURES:
        if (run.plots / name).exists():
            lines += [f"## {title}", "", f"![{title}](plots/{name})", ""]
    return lines


def _draw(run: RunFolder, comparison: Comparison, stored: dict[str, Any]) -> None:
    from simarena.evaluation.pictures import run_plots as plots

    rows = run.metrics_rows()
    if any("return_mean" in row for row in rows):
        plots.plot_learning_curves([rows], run.plots / "learning_curve.png")
    draw(comparison, run.plots)
    plots.plot_actions_by_state(
        np.array(stored["actions_by_state"]),
        comparison.summaries[0].agent,
        run.plots / "actions_by_state.png",
    )
    plots.plot_episode(stored["best_episode"], run.plots / "best_episode.png")


def _markdown(run: RunFolder, report: dict[str, Any]) -> str:
    evaluation, settings, training = report["evaluation"], report["settings"], report["training"]
    first = evaluation["agents"][0]
    lines = [
        f"# {report['run']}",
        "",
        (
            f"`{first['agent']}` solves **{percent(first['solve_rate'])}** of the scenarios of "
            f"`{evaluation['suite']}`. Scenarios: {first['num_scenarios']}; plays of each: "
            f"{first['num_plays'] / first['num_scenarios']:g}.{seen_before(settings)}"
        ),
        "",
        _trained(settings, training),
        "",
        *command_of(run),
        "## Agents",
        "",
        *table(evaluation),
        *pictures_of(run),
    ]
    return "\n".join(lines)


def seen_before(settings: dict[str, Any]) -> str:
    """Return a warning if the agent is measured on what it was trained on, else nothing."""
    if settings.get("suite") is not None and settings.get("eval_suite") not in {
        None,
        settings["suite"],
    }:
        return ""
    return " They are those it was trained on, so this says nothing about others."


def command_of(run: RunFolder) -> list[str]:
    """Return the lines of Markdown that say which command made the run."""
    command = run.command()
    return ["    " + command, ""] if command else []


def _trained(settings: dict[str, Any], training: dict[str, Any]) -> str:
    where = settings.get("trace") or f"suite `{settings.get('suite')}`"
    if not training:
        return f"Nothing was trained; the agent is `{settings['agent']}`."
    return (
        f"Trained on {where} for {training['step']:,} steps ({training['episodes']:,} episodes) in "
        f"{training['seconds']:.1f} s; observation `{settings['observation']}`, reward "
        f"`{settings['reward']}`, seed {settings['seed']}."
    )
