"""The report of a search: all trials, the best first, and its settings ready to be pasted."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from simarena.errors import RunError
from simarena.training.report import command_of
from simarena.training.sweeps.search_space import write_setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.evaluation.run_folder import RunFolder


def write_sweep_report(
    folder: RunFolder, base: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Write both reports into `folder`, and return the one in JSON.

    Raises:
        RunError: no trial was finished; the message says why the last one was not.
    """
    ranked = sorted(trials, key=lambda each: (each["value"] is None, each["value"] or 0.0))
    if not ranked or ranked[0]["value"] is None:
        reasons = [each["failure"] for each in trials if each["failure"]]
        reason = reasons[-1] if reasons else "none was finished"
        message = f"{folder.path}: the search found nothing: {reason}"
        raise RunError(message)
    best = ranked[0]
    command = train_command(base, best["params"])
    report = {"run": folder.path.name, "best": best, "command": command, "trials": ranked}
    folder.write_json("report.json", report)
    names = list(best["params"])
    titles = ["trial", "steps to solve", "solved", *names, ""]
    lines = [
        f"# {folder.path.name}",
        "",
        "The best settings found:",
        "",
        f"    {command}",
        "",
        "Found by:",
        "",
        *command_of(folder),
        "## Trials",
        "",
        "| " + " | ".join(titles) + " |",
        "|" + " --- |" * len(titles),
        *("| " + " | ".join(_cells(each, names)) + " |" for each in ranked),
        "",
        (
            "Mean steps to solve are what was minimised, an unsolved episode counting its whole "
            "limit. The best of many trials looks better than it is: measure it on scenarios that "
            "the search did not see, with several seeds."
        ),
        "",
    ]
    folder.write_text("report.md", "\n".join(lines))
    return report


def train_command(base: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    """Return the command that trains with these settings, measured on the usual scenarios."""
    given = {key: value for key, value in base.items() if key not in {"eval_suite", "eval_seeds"}}
    words = ["simarena", "train"]
    for name, value in (given | dict(params)).items():
        words += ["--set", f"{name}={write_setting(value)}"]
    return shlex.join(words)


def _cells(trial: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    value, rate = trial["value"], trial["solve_rate"]
    return [
        str(trial["number"]),
        "–" if value is None else f"{value:.2f}",
        "–" if rate is None else f"{100 * rate:.1f} %",
        *(write_setting(trial["params"].get(name, "–")) for name in names),
        "" if trial["state"] == "complete" else trial["failure"] or trial["state"],
    ]
