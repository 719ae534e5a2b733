"""The report over several seeds of one training: the mean over seeds, and the baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.evaluation.columns import seeds_columns
from simarena.evaluation.comparison.compare import compare_agents, draw
from simarena.evaluation.comparison.table import table
from simarena.evaluation.figures import figure, percent
from simarena.evaluation.statistics import mean_of_runs
from simarena.evaluation.summary import summarize
from simarena.training.report import command_of, pictures_of, seen_before, training_of
from simarena.training.settings import measured_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.evaluation.outcome import Outcome
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.settings import TrainSettings

_HOW_TO_READ: Final = (
    "The last row is the mean over seeds with Student's 95 % interval: what another training with "
    "these settings may be expected to give on these scenarios; none where all came to the same."
)


def write_seeds_report(
    folder: RunFolder,
    settings: TrainSettings,
    seeds: Sequence[int],
    runs: Sequence[RunFolder],
    trained: Sequence[Sequence[Outcome]],
    everything: Sequence[Outcome],
) -> dict[str, Any]:
    """Draw the pictures, write both reports into `folder`, and return the one in JSON.

    `trained` are the agent's outcomes for each seed; `everything` also has those of the baselines.
    """
    from simarena.evaluation.pictures import run_plots as plots

    figures = [column.key for column in seeds_columns().values()]
    least = {column.key: column.least for column in seeds_columns().values()} | {"seconds": 0.0}
    rows = []
    for seed, run, outcomes in zip(seeds, runs, trained, strict=True):
        summary = summarize(outcomes)
        rows.append(
            {"seed": seed, "run": run.path.name}
            | {name: _number(getattr(summary, name).value) for name in ("solve_rate", *figures)}
            | {"seconds": training_of(run).get("seconds")}
        )
    over_seeds = {
        "solve_rate": _rate(_known(rows, "solve_rate")),
        **{name: mean_of_runs(_known(rows, name), low).to_json() for name, low in least.items()},
    }
    comparison = compare_agents(everything, measured_on(settings))
    draw(comparison, folder.plots)
    curves = [run.metrics_rows() for run in runs]
    if all(any("return_mean" in row for row in curve) for curve in curves):
        plots.plot_learning_curves(curves, folder.plots / "learning_curve.png")
    report = {
        "run": folder.path.name,
        "settings": settings.to_json(),
        "versions": folder.versions(),
        "seeds": rows,
        "over_seeds": over_seeds,
        "by_family": _by_family(trained),
        "evaluation": comparison.to_json(),
    }
    folder.write_json("report.json", report)
    folder.write_text("report.md", _markdown(folder, report))
    return report


def _by_family(trained: Sequence[Sequence[Outcome]]) -> dict[str, dict[str, float | None]]:
    """Return the mean solve rate over seeds of each family."""
    rates = [summarize(outcomes).solve_rate_by_family for outcomes in trained]
    return {family: _rate(np.array([each[family].value for each in rates])) for family in rates[0]}


def _rate(rates: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float | None]:
    """Return a mean over runs as JSON, its interval cut to what a rate can be."""
    return mean_of_runs(rates, 0.0, 1.0).to_json()


def _markdown(folder: RunFolder, report: dict[str, Any]) -> str:
    settings, over_seeds = report["settings"], report["over_seeds"]
    evaluation = report["evaluation"]
    titled = {title: column.key for title, column in seeds_columns().items()}
    titled = {
        title: key
        for title, key in {**titled, "seconds of training": "seconds"}.items()
        if over_seeds[key]["value"] is not None
    }
    figures, titles = list(titled.values()), ["seed", "solved", *titled]
    lines = [
        f"# {report['run']}",
        "",
        (
            f"`{settings['agent']}`, trained with {len(report['seeds'])} seeds, solves "
            f"**{percent(over_seeds['solve_rate'])}** of the scenarios of `{evaluation['suite']}` "
            f"({evaluation['num_scenarios']} scenarios).{seen_before(settings)}"
        ),
        "",
        *command_of(folder),
        "## Seeds",
        "",
        "| " + " | ".join(titles) + " |",
        "|" + " --- |" * len(titles),
    ]
    for row in report["seeds"]:
        cells = [f"[{row['seed']}]({row['run']}/report.md)", f"{100 * row['solve_rate']:.1f} %"]
        cells += ["–" if row[name] is None else f"{row[name]:.2f}" for name in figures]
        lines.append("| " + " | ".join(cells) + " |")
    cells = ["mean", percent(over_seeds["solve_rate"])]
    cells += [figure(over_seeds[name]) for name in figures]
    lines += ["| " + " | ".join(cells) + " |", "", _HOW_TO_READ, ""]
    if len(report["by_family"]) > 1:
        lines += ["| family | solved, mean over seeds |", "| --- | --- |"]
        rates = report["by_family"].items()
        lines += [f"| {family} | {percent(rate)} |" for family, rate in rates]
        lines.append("")
    lines += ["## Agents, all seeds taken together", "", *table(evaluation), *pictures_of(folder)]
    return "\n".join(lines)


def _known(rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([row[name] for row in rows if row[name] is not None], dtype=np.float64)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
